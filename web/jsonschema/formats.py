"""The formats of texts and numbers that a contract may name. Any other is a mistake."""

import sys
from collections.abc import Callable
from typing import Any

import jsonschema_rs

BOUNDS = {  # the ranges of other languages' types
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
    "double": (-sys.float_info.max, sys.float_info.max),
}
TYPES = {"int32": "integer", "int64": "integer", "float": "number", "double": "number"}  # of all others: string
UNCHECKED = {"binary", "byte", "password"}  # base64 is decoded, or refused, by the handler that needs the bytes
CHECKED = {
    "date": "a date such as 2026-11-26",
    "date-time": "a time such as 2026-11-26T17:00:00Z",
    "duration": "a duration such as PT1H30M",
    "email": "an e-mail address",
    "hostname": "a host name",
    "idn-email": "an e-mail address",
    "idn-hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "iri": "an absolute address",
    "iri-reference": "an address",
    "json-pointer": "a JSON Pointer",
    "regex": "a regular expression",
    "relative-json-pointer": "a relative JSON Pointer",
    "time": "a time such as 17:00:00Z",
    "uri": "an absolute URI",
    "uri-reference": "a URI",
    "uri-template": "a URI template",
    "uuid": "a UUID",
}
KNOWN = [*BOUNDS, *sorted(UNCHECKED), *CHECKED]


def _checker(name: str) -> Callable[[str], bool]:
    schema: dict[str, Any] = {"format": name}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid


CHECKERS = {name: _checker(name) for name in CHECKED}  # draft 4 has only a few of them
