"""Detects objects in a photo, and translates between the contract and the detector."""

import string
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

import pybase64
from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from detector import Detector, Findings, QueryStats
from handlers.searches import Search, searches_of
from handlers.tiles import share_tiles, text_of
from schemas import AppliedOptions, Detection, Detections, Dropped, Explanation, Feature, Image, ImageSize
from web.fetching import FetchedPhotos
from web.problems.problem import Refusal

FRACTION_DIGITS = 6
PIXEL_DIGITS = 2
STEP = 1 << 20  # characters of base64 that are decoded at a time
BLANKS = string.whitespace.encode()


def detect(detector: Detector, photo: bytes, features: Sequence[Feature]) -> Detections:
    """Detects objects in the only photo of a request.

    Args:
        detector: runs the models.
        photo: an encoded photo.
        features: one or more.
    """
    searches = searches_of(detector, features)
    return find(detector, photo, searches, share_tiles(detector, [searches]))


def draw(detector: Detector, photo: bytes, features: Sequence[Feature]) -> bytes:
    """Draws the objects in the only photo of a request onto it; args are those of detect."""
    searches = searches_of(detector, features)
    max_tiles = share_tiles(detector, [searches])
    return detector.annotate(photo, [each.query(max_tiles) for each in searches])


def find(detector: Detector, photo: bytes, searches: Sequence[Search], max_tiles: int) -> Detections:
    """Detects objects in a photo, in the units that its features agree on.

    Args:
        detector: runs the models.
        photo: an encoded photo.
        searches: one or more.
        max_tiles: maximum number of tiles for each `auto`; see share_tiles.
    """
    findings = detector.detect(photo, [each.query(max_tiles) for each in searches])
    explanations = [
        explain(stats, each) for stats, each in zip(findings.stats, searches, strict=True) if each.feature.explain
    ]
    in_pixels = searches[0].feature.units == "pixel"
    return replace(to_detections(findings, in_pixels=in_pixels), explain=explanations or UNSET)


def photo_of(image: Image, fetched: FetchedPhotos) -> bytes:
    """The bytes of a photo, sent or fetched by address."""
    if image.source:
        return fetched.photo(image.source.image_uri)
    return from_base64(image.content or "")


def from_base64(text: str) -> bytes:
    """Decodes base64.

    Accepts both alphabets of RFC 4648, with or without padding, line breaks and a `data:` prefix.

    Raises:
        Refusal: it is not base64.
    """
    if text[:5].lower() == "data:":
        text = text.partition(",")[2]
    try:
        return b"".join(_decode(text))
    except ValueError:
        raise Refusal(
            422, "The photo is not base64: send its bytes as RFC 4648 encodes them.", code="not-base64"
        ) from None


def _decode(text: str) -> Iterator[bytes]:
    """Yields the bytes of a base64 text step by step: while 30 MB are decoded at once, nothing else runs.

    Raises:
        ValueError: it is not base64.
    """
    rest, is_over = "", False
    for start in range(0, len(text), STEP):
        clean = rest + _plain(text[start : start + STEP])
        whole = clean[: len(clean) - len(clean) % 4]
        rest = clean[len(whole) :]
        if is_over and clean:
            raise ValueError
        is_over = whole.endswith("=")
        yield pybase64.b64decode(whole, validate=True)
    if rest:
        yield pybase64.b64decode(rest + "=" * (-len(rest) % 4), validate=True)


def _plain(text: str) -> str:
    """A base64 text in the standard alphabet, without blanks."""
    if any(blank in text for blank in string.whitespace):  # finding blanks is cheap, removing them is not
        text = text.encode().translate(None, BLANKS).decode()  # a third of the time that split takes
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
    return text


def to_detections(findings: Findings, *, in_pixels: bool) -> Detections:
    """Converts findings to the contract's form."""
    size, digits = ((findings.width, findings.height), PIXEL_DIGITS) if in_pixels else ((1, 1), FRACTION_DIGITS)
    boxes = (findings.boxes_xyxy * [*size, *size]).round(digits)  # all at once: there may be thousands
    boxes[:, 2:] = (boxes[:, 2:] - boxes[:, :2]).round(digits)  # width and height
    scores = findings.scores.round(FRACTION_DIGITS).tolist()
    zones: Iterable[list[str] | UnsetType] = map(list, findings.zones or ())
    if findings.zones is None:
        zones = repeat(UNSET, len(scores))
    return Detections(
        image=ImageSize(width=findings.width, height=findings.height),
        normalized_vertices=[
            Detection(x=x, y=y, width=width, height=height, score=score, name=label, model=model, zones=names)
            for (x, y, width, height), score, label, model, names in zip(
                boxes.tolist(), scores, findings.labels, findings.models, zones, strict=True
            )
        ],
    )


def explain(stats: QueryStats, search: Search) -> Explanation:
    """Explains the steps from a model's candidates to a feature's boxes."""
    feature, dropped = search.feature, stats.dropped
    return Explanation(
        model=stats.model,
        options=AppliedOptions(
            type=feature.type,
            types=feature.types,
            except_=feature.except_,
            model=feature.model,
            thresholds=feature.thresholds,
            tiles=text_of(stats.grid),
            tile_overlap=feature.tile_overlap,
            zones=[zone.name for zone in feature.zones] if feature.zones else UNSET,
            only_zones=feature.only_zones if feature.zones else UNSET,
            units=feature.units,
            explain=feature.explain,
            **asdict(search.options),
        ),
        candidates=stats.candidates,
        dropped=Dropped(
            score=dropped.score,
            type=dropped.type,
            tiles=dropped.tiles,
            size=dropped.size,
            nms=dropped.nms,
            zones=dropped.zones,
            max_results=dropped.max_results,
        ),
    )
