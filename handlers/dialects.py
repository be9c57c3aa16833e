"""Members that other services' clients expect in an error, as extensions of a problem (RFC 9457, section 3.2)."""

from collections.abc import Callable, Mapping

from schemas import Problem

# The names of google.rpc.Code. Source: google/rpc/code.proto, which has the HTTP statuses of each.
GOOGLE_CODES = {
    401: "UNAUTHENTICATED",
    404: "NOT_FOUND",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def google(problem: Problem) -> dict[str, object]:
    """The `error` of Google's APIs over HTTP."""
    status = GOOGLE_CODES.get(problem.status, "INVALID_ARGUMENT")
    return {"error": {"code": problem.status, "message": problem.detail, "status": status}}


def deepstack(problem: Problem) -> dict[str, object]:
    """The `success` and `error` of DeepStack."""
    return {"success": False, "error": problem.detail}


def doods(problem: Problem) -> dict[str, object]:
    """The `error` of DOODS."""
    return {"error": problem.detail}


DIALECTS: Mapping[str, Callable[[Problem], dict[str, object]]] = {
    "annotateLikeGoogleVision": google,
    "detectLikeDeepStack": deepstack,
    "detectWithModelLikeDeepStack": deepstack,
    "listModelsLikeDeepStack": deepstack,
    "listDetectorsLikeDoods": doods,
    "detectLikeDoods": doods,
    "annotateLikeDoods": doods,
}
