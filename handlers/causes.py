"""The causes of problems that only this service has; web/problems/causes.py has those of every service."""

from msgspec.structs import replace

from detector import DetectorError, ImageTooLarge, NoCommonModel, UnknownLabel, UnknownModel, UnreadableImage
from schemas import Fault, Problem
from web.problems.problem import Refusal, problem

CAUSES = {
    "unreadable-image": "The photo cannot be decoded.",
    "unreadable-file": "The photo's file cannot be opened or read; only `scripts/detect` reads files.",
    "image-too-large": "The photo has more pixels, or a longer side, than the server takes.",
    "not-base64": "The photo's text is not base64.",
    "no-image": "The request has no photo.",
    "unknown-model": "No model of this name is loaded.",
    "unknown-label": "No loaded model, or not the chosen one, finds this label.",
    "contradicting-options": "Options contradict each other, so that nothing could be found.",
    "too-many-tiles": "The request asks for more tiles than the server allows.",
    "unusable-zone": "A zone encloses nothing, its outline crosses itself, or it has another zone's name.",
    "mixed-units": "The features of one photo ask for different units.",
}
BY_ERROR: dict[type[DetectorError], str] = {
    UnreadableImage: "unreadable-image",
    ImageTooLarge: "image-too-large",
    UnknownModel: "unknown-model",
    UnknownLabel: "unknown-label",
}
ADVICE: dict[type[DetectorError], str] = {  # for errors that state a fact only
    UnknownModel: "GET /models lists those that are.",
    UnknownLabel: "GET /models lists the labels.",
    NoCommonModel: "ask for them in several requests.",
}
POINTERS = {"unknown-model": "#/model"}  # the option with the mistake


def code_of_error(error: DetectorError) -> str:
    """The code for an error of the detector."""
    return next((code for type_, code in BY_ERROR.items() if isinstance(error, type_)), "unusable-request")


def detail_of_error(error: DetectorError) -> str:
    """A sentence for the caller about an error of the detector, with what to do."""
    advice = ADVICE.get(type(error))
    return f"{str(error).removesuffix('.')}: {advice}" if advice else str(error)


def problem_of_error(error: DetectorError) -> Problem:
    """The problem for an error of the detector: a well-formed request that it cannot serve."""
    code, detail = code_of_error(error), detail_of_error(error)
    answer = problem(422, detail, code=code)
    pointer = POINTERS.get(code)
    return replace(answer, errors=[Fault(pointer=pointer, detail=detail)]) if pointer else answer


def contradiction(pointer: str, detail: str) -> Refusal:
    """The refusal of options that contradict each other."""
    fault = Fault(pointer=pointer, detail=detail)
    return Refusal(
        422, f"The options contradict each other: {pointer} {detail}.", [fault], code="contradicting-options"
    )
