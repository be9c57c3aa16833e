"""handlers/compatibility.py, over HTTP."""

import base64
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageOps

from app import create_app
from settings import Settings
from tests.support.encoding import encode

VISION = "/v1/images:annotate"
DEEPSTACK = "/v1/vision/detection"
LOCALIZE = [{"type": "OBJECT_LOCALIZATION"}]


@pytest.fixture(scope="module")
def others() -> httpx.Client:
    """A client of a service with the operations for other services' clients."""
    return create_app(Settings(compatibility=True, validate_responses=True)).test_client()


@pytest.fixture(scope="module")
def guarded() -> httpx.Client:
    """The same with a token."""
    return create_app(Settings(compatibility=True, tokens="open-sesame", validate_responses=True)).test_client()


@pytest.fixture(scope="module")
def edge(bundled: Path) -> bytes:
    """The example photo, cropped so that a cone touches its left and its upper edge."""
    with Image.open(bundled / "example.jpg") as image:
        return encode(image.crop((240, 190, 480, 320)), "PNG")


def vision(client: httpx.Client, *entries: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    """The responses to requests of Google Cloud Vision's kind, which must be a 200."""
    response = client.post(VISION, json={"requests": entries}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()["responses"]


def predictions(client: httpx.Client, photo: bytes, **fields: Any) -> list[dict[str, Any]]:
    """The predictions for a form of DeepStack's kind, which must be a 200."""
    response = client.post(DEEPSTACK, files={"image": photo}, data=fields)
    assert response.status_code == 200, response.text
    assert response.json()["success"] is True
    return response.json()["predictions"]


class TestSwitch:
    """The setting DETECTOR_COMPATIBILITY."""

    @pytest.mark.parametrize("path", [VISION, DEEPSTACK])
    def test_is_off(self, client: httpx.Client, path: str) -> None:
        """Unless switched on, an operation is neither served nor in the contract that is served."""
        absent, nowhere = (client.post(where, json={}).json() for where in (path, "/nowhere"))
        for problem in (absent, nowhere):
            del problem["instance"], problem["requestId"]
        assert absent == nowhere
        assert absent["status"] == 404
        assert path not in client.get("/openapi.yml").text

    @pytest.mark.parametrize("path", [VISION, DEEPSTACK])
    def test_is_on(self, others: httpx.Client, path: str) -> None:
        """Once switched on, it is in both."""
        assert others.post(path).status_code == 400
        assert path in others.get("/openapi.yml").text


class TestGoogleVision:
    """POST /v1/images:annotate."""

    def test_gives_the_same_boxes(self, others: httpx.Client, photo_base64: str) -> None:
        """Objects, scores and corners equal those of POST /predict; corners run clockwise from the top left."""
        [answer] = vision(others, {"image": {"content": photo_base64}, "features": LOCALIZE})
        expected = others.post("/predict", json={"image": photo_base64}).json()["normalizedVertices"]
        assert len(expected) == len(answer["localizedObjectAnnotations"]) == 4
        for each, box in zip(answer["localizedObjectAnnotations"], expected, strict=True):
            assert (each["name"], each["score"]) == (box["name"], box["score"])
            left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
            corners = [(corner["x"], corner["y"]) for corner in each["boundingPoly"]["normalizedVertices"]]
            wanted = [(left, top), (right, top), (right, bottom), (left, bottom)]
            assert corners == [pytest.approx(corner) for corner in wanted]

    def test_writes_zeros_out(self, others: httpx.Client, edge: bytes) -> None:
        """A corner at the photo's edge has both coordinates, including a 0, which Google omits."""
        entry = {"image": {"content": base64.b64encode(edge).decode()}, "features": LOCALIZE}
        [answer] = vision(others, entry)
        corners = [
            corner
            for each in answer["localizedObjectAnnotations"]
            for corner in each["boundingPoly"]["normalizedVertices"]
        ]
        assert all(corner.keys() == {"x", "y"} for corner in corners)
        assert 0 in {corner["x"] for corner in corners} | {corner["y"] for corner in corners}

    @pytest.mark.parametrize("kind", ["OBJECT_LOCALIZATION", 19])
    def test_max_results(self, others: httpx.Client, photo_base64: str, kind: str | int) -> None:
        """The best come first, no more than maxResults; a feature may be a name or a number; 0 means the default."""
        counts = [
            len(
                vision(
                    others,
                    {"image": {"content": photo_base64}, "features": [{"type": kind, "maxResults": most}]},
                )[0]["localizedObjectAnnotations"]
            )
            for most in (1, 2, 0, 1000)
        ]
        assert counts == [1, 2, 4, 4]

    def test_answers_in_order_despite_errors(self, others: httpx.Client, photo_base64: str) -> None:
        """An unusable photo or feature has a google.rpc.Status in its place; the others are answered."""
        good = {"image": {"content": photo_base64}, "features": LOCALIZE}
        answers = vision(
            others,
            good,
            {"image": {"content": "aGVsbG8="}, "features": LOCALIZE},
            {"image": {}, "features": LOCALIZE},
            {"image": {"source": {"imageUri": "http://127.0.0.1/street.jpg"}}, "features": LOCALIZE},
            {"image": {"content": photo_base64}, "features": [{"type": "LABEL_DETECTION"}]},
            good,
        )
        assert answers[0] == answers[-1]
        assert len(answers[0]["localizedObjectAnnotations"]) == 4
        assert [answer["error"]["code"] for answer in answers[1:-1]] == [3, 3, 3, 12]
        sentences = ["readable picture", "has no bytes", "fetches no photos", "OBJECT_LOCALIZATION alone"]
        for answer, sentence in zip(answers[1:-1], sentences, strict=True):
            assert answer.keys() == {"error"}
            assert sentence in answer["error"]["message"]

    def test_unoffered_feature_beside_another(self, others: httpx.Client, photo_base64: str) -> None:
        """A feature that is not offered has its error beside the objects that another one finds."""
        features = [{"type": "LABEL_DETECTION"}, *LOCALIZE]
        [answer] = vision(others, {"image": {"content": photo_base64}, "features": features})
        assert answer["error"]["code"] == 12
        assert len(answer["localizedObjectAnnotations"]) == 4

    def test_snake_case(self, others: httpx.Client, photo_base64: str) -> None:
        """Members may be in snake case, as protobuf's JSON allows; unknown members are ignored."""
        feature = {"type": "OBJECT_LOCALIZATION", "max_results": 2}
        photo = {"content": photo_base64, "source": {"gcs_image_uri": "gs://bucket/street.jpg"}}
        [answer] = vision(others, {"image": photo, "features": [feature], "image_context": {}})
        assert len(answer["localizedObjectAnnotations"]) == 2
        source = {"source": {"image_uri": "http://127.0.0.1/street.jpg"}}
        [answer] = vision(others, {"image": source, "features": [feature]})
        assert "has no bytes" not in answer["error"]["message"]

    @pytest.mark.parametrize(
        ("name", "count"), [("maxResults", "2"), ("max_results", "2"), ("maxResults", "9999999999")]
    )
    def test_numbers_as_text(self, others: httpx.Client, photo_base64: str, name: str, count: str) -> None:
        """A number may be a text, as protobuf's JSON allows; what is no number is refused."""
        feature = {"type": "OBJECT_LOCALIZATION", name: count}
        [answer] = vision(others, {"image": {"content": photo_base64}, "features": [feature]})
        found = answer["localizedObjectAnnotations"]
        assert len(found) == 2 if count == "2" else len(found) > 2
        request = {"image": {"content": photo_base64}, "features": [feature | {name: "two"}]}
        assert others.post(VISION, json={"requests": [request]}).status_code == 400

    def test_takes_the_key_in_the_query(self, guarded: httpx.Client, others: httpx.Client, photo_base64: str) -> None:
        """The query may hold the key, and everything else that Google's clients put there."""
        body = {"requests": [{"image": {"content": photo_base64}, "features": LOCALIZE}]}
        query = {"alt": "json", "prettyPrint": "false", "fields": "responses", "quotaUser": "me", "$.xgafv": "2"}
        for client, key, status in ((guarded, "open-sesame", 200), (guarded, "guess", 401), (others, "guess", 200)):
            assert client.post(VISION, params=query | {"key": key}, json=body).status_code == status

    @pytest.mark.parametrize("feature", [{"type": None}, {"type": {}}, {}])
    def test_feature_of_no_kind(self, others: httpx.Client, photo_base64: str, feature: dict[str, Any]) -> None:
        """A feature without a type, or with one that is neither text nor number, counts as one that is not offered."""
        [answer] = vision(others, {"image": {"content": photo_base64}, "features": [feature]})
        assert answer["error"]["code"] == 12

    def test_content_wins(self, others: httpx.Client, photo_base64: str) -> None:
        """If there is a content, the source does not count; other members that Google accepts do no harm."""
        entry = {
            "image": {"content": photo_base64, "source": {"gcsImageUri": "gs://bucket/street.jpg"}},
            "features": [{"type": "OBJECT_LOCALIZATION", "model": "builtin/latest"}],
            "imageContext": {"languageHints": ["de"]},
        }
        response = others.post(VISION, params={"$alt": "json;enum-encoding=int"}, json={"requests": [entry]})
        assert len(response.json()["responses"][0]["localizedObjectAnnotations"]) == 4

    def test_takes_an_api_key(self, guarded: httpx.Client, photo_base64: str) -> None:
        """A token may come in Google's header or in ours; without one, the problem is also Google's error."""
        entry = {"image": {"content": photo_base64}, "features": LOCALIZE}
        for header in ("X-Goog-Api-Key", "X-Api-Token"):
            assert vision(guarded, entry, **{header: "open-sesame"})
        for headers in ({}, {"X-Goog-Api-Key": "guess"}):
            response = guarded.post(VISION, json={"requests": [entry]}, headers=headers)
            assert response.status_code == 401
            assert response.json()["error"] == {
                "code": 401,
                "message": response.json()["detail"],
                "status": "UNAUTHENTICATED",
            }

    def test_refuses_faulty_envelopes(self, others: httpx.Client) -> None:
        """A fault in the envelope is a problem that is also Google's error."""
        problem = others.post(VISION, json={"requests": [{"image": {}}]}).json()
        assert problem["errors"] == [{"pointer": "#/requests/0/features", "detail": "is required"}]
        assert problem["error"]["status"] == "INVALID_ARGUMENT"
        assert "features is required" in problem["error"]["message"]


class TestDeepStack:
    """POST /v1/vision/detection."""

    def test_gives_whole_pixels(self, others: httpx.Client, photo: bytes) -> None:
        """Boxes equal those of POST /predict/upload, rounded to pixels, best first."""
        found = predictions(others, photo)
        pixels = others.post("/predict/upload", files={"file": photo}, data={"units": "pixel", "score_th": 0.4}).json()
        assert len(found) == len(pixels["normalizedVertices"]) == 4
        for each, box in zip(found, pixels["normalizedVertices"], strict=True):
            assert (each["label"], each["confidence"]) == (box["name"], box["score"])
            sides = (each["x_min"], each["y_min"], each["x_max"], each["y_max"])
            wanted = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
            assert sides == pytest.approx(wanted, abs=0.51)
            assert all(type(side) is int for side in sides)
        confidences = [each["confidence"] for each in found]
        assert confidences == sorted(confidences, reverse=True)

    def test_measures_the_upright_photo(self, others: httpx.Client, bundled: Path) -> None:
        """Pixels refer to the upright photo, not to the photo as it is stored."""
        with Image.open(bundled / "example.jpg") as image:
            stored = image.transpose(Image.Transpose.ROTATE_90)
            exif = stored.getexif()
            exif[0x0112] = 6
            held = encode(stored, "PNG", exif=exif)
            upright = encode(ImageOps.exif_transpose(image), "PNG")
        assert predictions(others, held) == predictions(others, upright)

    @pytest.mark.parametrize(
        ("fields", "lowest"), [({}, 0.4), ({"min_confidence": "0.7"}, 0.7), ({"min_confidence": 0}, 0)]
    )
    def test_min_confidence(self, others: httpx.Client, photo: bytes, fields: dict[str, Any], lowest: float) -> None:
        """No prediction is below min_confidence; DeepStack's default is 0.4; 0 is accepted and means 0."""
        found = predictions(others, photo, **fields)
        assert found
        assert all(each["confidence"] >= lowest for each in found)
        assert any(each["confidence"] < 0.2 for each in found) == (lowest == 0)

    def test_gives_no_more_than_clients_can_take(self, others: httpx.Client, photo: bytes) -> None:
        """There are 20 predictions at most: Frigate's plugin has room for 20 and fails with more."""
        form = {"score_th": 0, "min_width": 0, "min_height": 0, "maxResults": 300}
        more = others.post("/predict/upload", files={"file": photo}, data=form).json()["normalizedVertices"]
        found = predictions(others, photo, min_confidence=0)
        assert len(more) > len(found) == 20
        assert [each["confidence"] for each in found] == [each["score"] for each in more[:20]]

    def test_takes_an_api_key(self, guarded: httpx.Client, photo: bytes) -> None:
        """The token is a field of the form; without it, the problem is also DeepStack's error."""
        assert len(predictions(guarded, photo, api_key="open-sesame")) == 4
        for fields in ({}, {"api_key": ""}, {"api_key": "guess"}):
            response = guarded.post(DEEPSTACK, files={"image": photo}, data=fields)
            assert response.status_code == 401
            assert response.json()["success"] is False
            assert response.json()["error"] == response.json()["detail"] == "Send a valid token in the field api_key."

    @pytest.mark.parametrize(
        "sent",
        [
            {"data": {"api_key": "open-sesame", "admin_key": ""}},
            {"data": {"admin_key": "open-sesame"}},
            {"headers": {"X-Api-Token": "open-sesame"}},
        ],
    )
    def test_lists_models_for_a_key(self, guarded: httpx.Client, photo: bytes, sent: dict[str, Any]) -> None:
        """The token is a field of the form, by either name, or the header; without it, nothing is listed."""
        answer = guarded.post("/v1/vision/custom/list", **sent)
        assert (answer.status_code, answer.json()["models"]) == (200, ["safetycone"])
        for fields, headers in (({}, {}), ({"api_key": "guess"}, {}), ({}, {"X-Api-Token": "guess"})):
            answer = guarded.post("/v1/vision/custom/list", data=fields, headers=headers)
            assert (answer.status_code, answer.json()["success"]) == (401, False)
        assert len(predictions(guarded, photo, admin_key="open-sesame")) == 4

    @pytest.mark.parametrize(
        ("files", "fields", "sentence"),
        [
            ({"image": b"no photo"}, {}, "readable picture"),
            ({"image": b"x"}, {"min_confidence": 40}, "#/min_confidence must be at most 1"),
            ({"file": b"x"}, {}, "#/image is required"),
        ],
    )
    def test_refuses(
        self, others: httpx.Client, files: dict[str, bytes], fields: dict[str, Any], sentence: str
    ) -> None:
        """A fault in the request or in its photo is a 400 that DeepStack's clients can read."""
        response = others.post(DEEPSTACK, files=files, data=fields)
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["success"] is False
        assert sentence in response.json()["error"]

    def test_ignores_other_fields(self, others: httpx.Client, photo: bytes) -> None:
        """Fields that DeepStack or this server does not know have no effect."""
        assert predictions(others, photo, typedownload="", min_size=["3", "4"]) == predictions(others, photo)

    def test_custom_models(self, others: httpx.Client, photo: bytes) -> None:
        """The address may name a model; an unknown one is a 400 that DeepStack's clients can read."""
        listed = others.post("/v1/vision/custom/list").json()
        assert listed == {"success": True, "models": ["safetycone"], "code": 200}
        expected = predictions(others, photo)
        for name in ("safetycone", "default"):
            answer = others.post(f"/v1/vision/custom/{name}", files={"image": photo}).json()
            assert answer["predictions"] == expected
        response = others.post("/v1/vision/custom/zebra", files={"image": photo})
        assert (response.status_code, response.json()["success"]) == (400, False)

    def test_members_of_codeproject(self, others: httpx.Client, photo: bytes) -> None:
        """The response has the members that CodeProject.AI adds to DeepStack's."""
        answer = others.post(DEEPSTACK, files={"image": photo}).json()
        assert (answer["count"], answer["code"]) == (4, 200)
        assert answer["message"] == "Found safetycone, safetycone, safetycone, safetycone"
        assert 0 <= answer["inferenceMs"] == answer["processMs"] < 60_000


class TestDoods:
    """GET /detectors, POST /detect and POST /image."""

    def detect(self, client: httpx.Client, **request: Any) -> list[dict[str, Any]]:
        """The detections for a request, which must be a 200."""
        response = client.post("/detect", json=request)
        assert response.status_code == 200, response.text
        return response.json()["detections"]

    def test_lists_detectors(self, others: httpx.Client) -> None:
        """Each model is a detector; the default model is also listed as `default`."""
        detectors = others.get("/detectors").json()["detectors"]
        assert [each["name"] for each in detectors] == ["safetycone", "default"]
        assert all(each["labels"] == ["safetycone"] and each["width"] == each["height"] > 0 for each in detectors)

    def test_gives_the_same_boxes(self, others: httpx.Client, photo_base64: str) -> None:
        """Boxes equal those of POST /predict, as sides; confidences are percentages; the id comes back."""
        expected = others.post("/predict", json={"image": photo_base64, "score_th": 0.5}).json()["normalizedVertices"]
        answer = others.post("/detect", json={"id": "7", "data": photo_base64, "detect": {"*": 50}}).json()
        assert answer["id"] == "7"
        assert len(answer["detections"]) == len(expected) == 4
        for each, box in zip(answer["detections"], expected, strict=True):
            assert (each["label"], each["confidence"]) == (box["name"], pytest.approx(box["score"] * 100))
            assert (each["left"], each["top"]) == (box["x"], box["y"])
            assert each["right"] == pytest.approx(box["x"] + box["width"])
            assert each["bottom"] == pytest.approx(box["y"] + box["height"])

    def test_confidence_of_each_label(self, others: httpx.Client, photo_base64: str) -> None:
        """A label's own confidence counts, else the one for all labels; labels that are not requested are omitted."""
        counts = [
            len(self.detect(others, data=photo_base64, detector_name=name, detect=labels, preprocess=["grayscale"]))
            for name, labels in (
                ("default", {"safetycone": 80}),
                ("safetycone", {"*": 10, "safetycone": 80}),
                ("", {"person": 10}),
            )
        ]
        assert counts == [3, 3, 0]

    def test_regions(self, others: httpx.Client, photo_base64: str) -> None:
        """A region selects the objects inside it, or touching it, and is named in the response."""
        half = {"id": "left", "top": 0, "left": 0, "bottom": 1, "right": 0.38, "detect": {"*": 50}}
        touching = self.detect(others, data=photo_base64, regions=[half])
        inside = self.detect(others, data=photo_base64, regions=[half | {"covers": True}])
        assert 4 > len(touching) > len(inside)
        assert {each["region_id"] for each in touching} == {"left"}
        assert all(each["right"] <= 0.38 for each in inside)

    def test_image(self, others: httpx.Client, photo_base64: str) -> None:
        """The annotated photo has the photo's size."""
        for labels in ({"*": 50}, {"safetycone": 50}, {"person": 50}, {}):
            response = others.post("/image", json={"data": photo_base64, "detect": labels})
            assert response.headers["Content-Type"] == "image/jpeg"
            with Image.open(io.BytesIO(response.content)) as image:
                assert image.size == (480, 320)

    def test_takes_an_auth_key(self, guarded: httpx.Client) -> None:
        """The token may come in DOODS's header; without it, the problem has the member `error`."""
        assert guarded.get("/detectors", headers={"doods-auth-key": "open-sesame"}).status_code == 200
        response = guarded.get("/detectors", headers={"doods-auth-key": "guess"})
        assert response.status_code == 401
        assert response.json()["error"] == response.json()["detail"]

    def test_refuses(self, others: httpx.Client) -> None:
        """An unusable photo or detector is an error that says so."""
        for request in ({"data": "aGVsbG8="}, {"data": "aGVsbG8=", "detector_name": "zebra"}):
            response = others.post("/detect", json=request)
            assert response.status_code == 422
            assert response.json()["error"]
