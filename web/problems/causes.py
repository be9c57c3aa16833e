"""The causes of problems that every service has, each with a stable code for programs.

docs/problems.md lists them, and those in handlers/causes.py; a test compares both.
"""

TYPE = "urn:problem-type:"  # a problem's type is this and the code

CAUSES = {
    "invalid-request": "The request is not what the contract says; `errors` lists each fault and its place.",
    "unauthorized": "The token is missing or unknown.",
    "forbidden-origin": "The request comes from a web page of an origin that the operator has not named.",
    "not-found": "There is nothing at this address.",
    "method-not-allowed": "This address does not take this method.",
    "too-slow": "The body did not arrive in time.",
    "body-too-large": "The body has more bytes, or more JSON values, than the server takes.",
    "address-too-long": "The request's address is too long.",
    "headers-too-large": "The request's headers are too large.",
    "unsupported-media-type": "The body's media type or its coding is not one that the operation takes.",
    "unfetchable-image": "The photo at this address cannot be fetched.",
    "unusable-request": "The request is well-formed, but cannot be answered.",
    "busy": "The server has too much to do. The same may be sent again after Retry-After.",
    "starting": "The models are being loaded. Try again after Retry-After.",
    "failure": "The server failed.",
}
BY_STATUS = {  # if nothing more is known
    401: "unauthorized",
    403: "forbidden-origin",
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


def code_of_status(status: int) -> str:
    """The code for a status."""
    return BY_STATUS.get(status) or ("failure" if status >= 500 else "invalid-request")
