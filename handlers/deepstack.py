"""Translates between DeepStack and the contract."""

import time

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from detector import Detector, DetectorError
from handlers.causes import code_of_error, detail_of_error
from handlers.options import any_size
from handlers.photo import detect
from schemas import DeepStackKeys, DeepStackPrediction, DeepStackRequest, DeepStackResponse, Detection, Detections
from web.problems.problem import Refusal
from web.tokens import Tokens

MAX_PREDICTIONS = 20  # the contract's limit; Frigate's plugin fails if there are more


def deepstack_response(
    detector: Detector, tokens: Tokens, request: DeepStackRequest, model: str | UnsetType = UNSET
) -> DeepStackResponse:
    """Finds objects in a photo, with DeepStack's options and its field for the token.

    Raises:
        Refusal: the token is not accepted, or the photo cannot be used.
    """
    check_token(tokens, request)
    started = time.perf_counter()
    wanted = replace(any_size(score_th=request.min_confidence, max_results=MAX_PREDICTIONS), model=model)
    try:
        found = detect(detector, request.image, [wanted])
    except DetectorError as error:
        raise Refusal(400, detail_of_error(error), code=code_of_error(error)) from None
    milliseconds = round((time.perf_counter() - started) * 1000)
    predictions = [prediction(each, found) for each in found.normalized_vertices]
    return DeepStackResponse(
        success=True,
        predictions=predictions,
        message=f"Found {', '.join(each.label for each in predictions) or 'nothing'}",
        count=len(predictions),
        inference_ms=milliseconds,
        process_ms=milliseconds,
        code=200,
    )


def check_token(tokens: Tokens, keys: DeepStackRequest | DeepStackKeys | None, header: str = "") -> None:
    """Checks the token among a form's fields.

    Raises:
        Refusal: it is not accepted.
    """
    sent = [header, *([keys.api_key, keys.admin_key] if keys else [])]
    if not any(tokens.accepts(key.encode()) for key in sent if key) and tokens.required:
        raise Refusal(401, "Send a valid token in the field api_key.")


def prediction(found: Detection, among: Detections) -> DeepStackPrediction:
    """Converts a detection to DeepStack's form."""
    width, height = among.image.width, among.image.height
    return DeepStackPrediction(
        label=found.name,
        confidence=found.score,
        x_min=round(found.x * width),
        y_min=round(found.y * height),
        x_max=round((found.x + found.width) * width),
        y_max=round((found.y + found.height) * height),
    )
