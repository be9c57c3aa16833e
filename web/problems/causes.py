"""The causes of problems, each with a code that stays: what programs tell apart.

docs/problems.md lists them; a test holds both to each other.
"""

from detector import DetectorError, ImageTooLarge, UnknownLabel, UnknownModel, UnreadableImage

TYPE = "urn:problem-type:"  # a problem's type is this and the code

CAUSES = {
    "invalid-request": "The request is not what the contract says; `errors` tells each fault and its place.",
    "unauthorized": "The token is missing or unknown.",
    "not-found": "There is nothing at this address.",
    "method-not-allowed": "This address does not take this method.",
    "too-slow": "The body did not arrive in time.",
    "body-too-large": "The body has more bytes, or more JSON values, than the server takes.",
    "address-too-long": "The request's address is too long.",
    "headers-too-large": "The request's headers are too large.",
    "unsupported-media-type": "The body's media type or its coding is not one that the operation takes.",
    "unreadable-image": "The bytes are no photo that can be decoded.",
    "image-too-large": "The photo has more pixels, or a longer side, than the server takes.",
    "not-base64": "The photo's text is not base64.",
    "no-image": "The request has no photo.",
    "unknown-model": "No model of this name is loaded.",
    "unknown-label": "No loaded model, or not the chosen one, finds this label.",
    "mixed-units": "The features of one photo ask for different units.",
    "unfetchable-image": "The photo at this address cannot be fetched.",
    "unusable-request": "The request is well-formed, but cannot be answered.",
    "busy": "The server has too much to do. The same may be sent again after Retry-After.",
    "starting": "The models are being loaded. Try again after Retry-After.",
    "failure": "The server failed.",
}
BY_STATUS = {  # where nothing more is known
    401: "unauthorized",
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    413: "body-too-large",
    414: "address-too-long",
    415: "unsupported-media-type",
    422: "unusable-request",
    431: "headers-too-large",
    503: "busy",
}
BY_ERROR: dict[type[DetectorError], str] = {
    UnreadableImage: "unreadable-image",
    ImageTooLarge: "image-too-large",
    UnknownModel: "unknown-model",
    UnknownLabel: "unknown-label",
}


def code_of_status(status: int) -> str:
    """The code for a status."""
    return BY_STATUS.get(status) or ("failure" if status >= 500 else "invalid-request")


def code_of_error(error: DetectorError) -> str:
    """The code for what the detector refuses."""
    return next((code for type_, code in BY_ERROR.items() if isinstance(error, type_)), "unusable-request")
