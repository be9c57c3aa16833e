"""handlers/detection.py, over HTTP."""

import io
import itertools
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageChops

from tests.support.ways import find

JPEG = {"Content-Type": "image/jpeg"}


class TestPredict:
    """One photo, one response, by every way to send it."""

    def test_finds_the_cones_of_the_example(self, client: httpx.Client, photo: bytes) -> None:
        """The bundled model finds the example's four cones, best score first, inside the photo."""
        answer = find(client, photo)
        found = answer["normalizedVertices"]
        scores = [each["score"] for each in found]
        assert answer["image"] == {"width": 480, "height": 320}
        assert [each["name"] for each in found] == ["safetycone"] * 4
        assert scores == sorted(scores, reverse=True)
        assert all(each["x"] >= 0 and each["x"] + each["width"] <= 1 + 1e-9 for each in found)
        assert all(each["y"] >= 0 and each["y"] + each["height"] <= 1 + 1e-9 for each in found)

    def test_gives_one_answer_to_all_ways(self, client: httpx.Client, photo: bytes, photo_base64: str) -> None:
        """Base64, form, raw bytes and batch give the same detections for the same photo and options."""
        options = {"score_th": 0.35, "nms_iou": 0.5, "maxResults": 2}
        plain = find(client, photo, **options)
        form = client.post("/predict/upload", files={"file": ("street.jpg", photo)}, data=options).json()
        flat = client.post("/predict", json={"image": photo_base64, **options}).json()
        batch = client.post("/", json={"requests": [{"image": {"content": photo_base64}, "features": [options]}]})
        assert plain == form == flat == batch.json()["responses"][0]
        assert len(plain["normalizedVertices"]) == 2

    @pytest.mark.parametrize("text", ["***=", "abcde"], ids=str)
    def test_refuses_other_texts_than_base64(self, client: httpx.Client, text: str) -> None:
        """Text with other characters, or of an impossible length, is a 422 that says what to send."""
        response = client.post("/predict", json={"image": text})
        assert response.status_code == 422
        assert "not base64" in response.json()["detail"]

    def test_answers_nothing_found_with_an_empty_list(self, client: httpx.Client, photo: bytes) -> None:
        """Finding nothing is a success."""
        assert find(client, photo, score_th=1)["normalizedVertices"] == []


class TestOptions:
    """The options of a feature."""

    def test_score_th(self, client: httpx.Client, photo: bytes) -> None:
        """No detection is below the threshold; 0 means 0 and lists more than the default does."""
        strict = find(client, photo, score_th=0.5)["normalizedVertices"]
        loose = find(client, photo, score_th=0, maxResults=300)["normalizedVertices"]
        assert all(each["score"] >= 0.5 for each in strict)
        assert len(loose) > len(find(client, photo)["normalizedVertices"]) >= len(strict)

    def test_nms_iou(self, client: httpx.Client, photo: bytes) -> None:
        """1 keeps overlapping boxes, the default drops them, 0 leaves no two that touch."""
        kept = {iou: find(client, photo, nms_iou=iou, score_th=0.2)["normalizedVertices"] for iou in (0, 0.4, 1)}
        assert len(kept[1]) > len(kept[0.4]) >= len(kept[0])
        assert not any(touch(one, other) for one, other in itertools.combinations(kept[0], 2))

    def test_max_results(self, client: httpx.Client, photo: bytes) -> None:
        """The best are kept."""
        everything = find(client, photo)["normalizedVertices"]
        assert find(client, photo, maxResults=2)["normalizedVertices"] == everything[:2]

    @pytest.mark.parametrize("side", ["height", "width"])
    def test_min_size(self, client: httpx.Client, photo: bytes, side: str) -> None:
        """Boxes below the minimum height or width are dropped, the others stay."""
        everything = find(client, photo)["normalizedVertices"]
        largest = max(everything, key=lambda each: each[side])
        found = find(client, photo, **{f"min_{side}": largest[side] - 1e-6})["normalizedVertices"]
        assert found == [largest]
        assert len(everything) > 1

    def test_type(self, client: httpx.Client, photo: bytes) -> None:
        """A known label finds its objects; an unknown one is a 422 that points to the list of labels."""
        assert len(find(client, photo, type="safetycone")["normalizedVertices"]) == 4
        response = client.post("/predict/image?type=zebra", content=photo, headers=JPEG)
        assert response.status_code == 422
        assert "GET /models" in response.json()["detail"]

    def test_model(self, client: httpx.Client, photo: bytes) -> None:
        """A known model is used; an unknown one is a 422 that points to the list of models."""
        assert find(client, photo, model="safetycone") == find(client, photo)
        response = client.post("/predict/image?model=zebra", content=photo, headers=JPEG)
        assert response.status_code == 422
        assert "GET /models" in response.json()["detail"]

    def test_units(self, client: httpx.Client, photo: bytes) -> None:
        """Pixels are the fractions times the upright photo's size."""
        fraction = find(client, photo)["normalizedVertices"][0]
        pixel = find(client, photo, units="pixel")["normalizedVertices"][0]
        assert pixel["x"] == pytest.approx(fraction["x"] * 480, abs=0.01)
        assert pixel["width"] == pytest.approx(fraction["width"] * 480, abs=0.02)
        assert pixel["y"] == pytest.approx(fraction["y"] * 320, abs=0.01)
        assert pixel["height"] == pytest.approx(fraction["height"] * 320, abs=0.02)

    def test_explain(self, client: httpx.Client, photo: bytes) -> None:
        """The explanation states the options in force, and its counts add up."""
        answer = find(client, photo, explain=True, maxResults=2, min_width=0.05)
        [explanation] = answer["explain"]
        assert explanation["model"] == "safetycone"
        assert explanation["options"] == {
            "score_th": 0.3,
            "nms_iou": 0.4,
            "nms": "per_class",
            "maxResults": 2,
            "min_height": 0.03,
            "min_width": 0.05,
            "max_height": 1,
            "max_width": 1,
            "tiles": "none",
            "tile_overlap": 0.2,
            "units": "normalized",
            "explain": True,
        }
        assert explanation["dropped"]["size"] > 0
        kept = len(answer["normalizedVertices"])
        assert explanation["candidates"] == sum(explanation["dropped"].values()) + kept

    def test_explain_is_off_by_default(self, client: httpx.Client, photo: bytes) -> None:
        """A response holds no explanation by default."""
        assert "explain" not in find(client, photo)


def touch(one: dict[str, float], other: dict[str, float]) -> bool:
    """True if two boxes overlap."""
    return all(
        min(one[low] + one[size], other[low] + other[size]) > max(one[low], other[low])
        for low, size in (("x", "width"), ("y", "height"))
    )


class TestAnnotate:
    """POST /annotate: the photo with its detections drawn on it."""

    @staticmethod
    def annotated(client: httpx.Client, photo: bytes, **options: Any) -> Image.Image:
        """The response of POST /annotate, which must be a JPEG."""
        response = client.post("/annotate", files={"file": photo}, data=options)
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"] == "image/jpeg"
        image = Image.open(io.BytesIO(response.content))
        assert image.format == "JPEG"
        return image

    def test_keeps_the_size(self, client: httpx.Client, photo: bytes) -> None:
        """The annotated photo has the photo's size, and shows the detections."""
        image = self.annotated(client, photo)
        assert image.size == (480, 320)
        assert ImageChops.difference(image, Image.open(io.BytesIO(photo))).getbbox()

    def test_takes_the_options(self, client: httpx.Client, photo: bytes) -> None:
        """The options choose what is drawn: each further object changes more of the photo."""
        plain, one, all_ = (
            np.asarray(self.annotated(client, photo, **options), int)
            for options in ({"score_th": 1}, {"maxResults": 1}, {"score_th": 0.3, "units": "pixel", "explain": True})
        )
        assert 0 < (np.abs(one - plain) > 60).sum() < (np.abs(all_ - plain) > 60).sum()

    def test_refuses_other_bytes(self, client: httpx.Client) -> None:
        """An error is a problem, as for every operation."""
        response = client.post("/annotate", files={"file": b"no photo"})
        assert response.status_code == 422
        assert response.headers["Content-Type"] == "application/problem+json"
        assert "readable photo" in response.json()["detail"]


class TestBatch:
    """The envelope that existing clients send to POST /."""

    def test_takes_nulls_in_features(self, client: httpx.Client, photo: bytes, photo_base64: str) -> None:
        """A null means the default, inside features and in place of them."""
        nulls: dict[str, object] = dict.fromkeys(
            "type model score_th nms_iou nms maxResults min_height min_width units explain".split()  # noqa: SIM905
        )
        options: list[list[dict[str, object]] | None] = [[nulls], [{}], [], None]
        requests = [{"image": {"content": photo_base64}, "features": features} for features in options]
        response = client.post("/", json={"requests": [*requests, {"image": {"content": photo_base64}}]})
        assert response.status_code == 200, response.text
        assert response.json()["responses"] == [find(client, photo)] * 5

    def test_merges_features(self, client: httpx.Client, photo_base64: str) -> None:
        """Several features give one list, best first, without duplicates, and an explanation per feature."""
        features = [{"score_th": 0.5, "explain": True}, {"score_th": 0.2, "maxResults": 2, "explain": True}]
        response = client.post("/", json={"requests": [{"image": {"content": photo_base64}, "features": features}]})
        [answer] = response.json()["responses"]
        found = answer["normalizedVertices"]
        scores = [each["score"] for each in found]
        assert scores == sorted(scores, reverse=True)
        assert len({(each["x"], each["y"]) for each in found}) == len(found)
        assert [each["options"]["score_th"] for each in answer["explain"]] == [0.5, 0.2]

    def test_answers_in_order_despite_errors(self, client: httpx.Client, photo: bytes, photo_base64: str) -> None:
        """An unusable photo has an error in its place, and the others are answered."""
        images = [
            {"content": photo_base64},
            {"content": "***="},
            {"content": "aGVsbG8="},
            {"source": {"imageUri": "http://127.0.0.1/street.jpg"}},
            {"content": photo_base64},
        ]
        response = client.post("/", json={"requests": [{"image": image} for image in images]})
        assert response.status_code == 200
        first, not_base64, no_photo, not_fetched, last = response.json()["responses"]
        assert first == last == find(client, photo)
        assert "not base64" in not_base64["error"]["detail"]
        assert "readable photo" in no_photo["error"]["detail"]
        assert "fetches no photos" in not_fetched["error"]["detail"]
        for index, bad in enumerate((not_base64, no_photo, not_fetched), start=1):
            assert bad.keys() == {"error"}
            assert bad["error"]["status"] == 422
            assert bad["error"]["requestId"] == response.headers["X-Request-Id"]
            place = {"pointer": f"#/requests/{index}/image", "detail": bad["error"]["detail"]}
            assert bad["error"]["errors"] == [place]

    def test_refuses_mixed_units(self, client: httpx.Client, photo_base64: str) -> None:
        """One list cannot hold fractions and pixels."""
        features = [{"units": "pixel"}, {"units": "normalized"}]
        response = client.post("/", json={"requests": [{"image": {"content": photo_base64}, "features": features}]})
        [answer] = response.json()["responses"]
        assert "different units" in answer["error"]["detail"]
