"""Rules for security: the service enforces tokens, and nothing else that OpenAPI can describe."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from web.contract.documents import Document, Steps
from web.contract.metaschema import Flaw, guess
from web.contract.structure import Part

ENFORCED = (
    "This service checks tokens: write `type: apiKey` with `in` and `name`, or `type: http` with `scheme: bearer`."
)
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.1; also of cookies, RFC 6265
TAKEN_HEADERS = {"accept", "content-length", "content-type", "cookie", "host"}


def scheme_flaws(_document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of a security scheme."""
    _, steps, value = part
    if value["type"] == "http":
        scheme = value["scheme"]
        if scheme.lower() != "bearer":
            yield Flaw((*steps, "scheme"), f"nothing here would check `scheme: {scheme}`. {ENFORCED}")
    elif value["type"] != "apiKey":
        yield Flaw((*steps, "type"), f"nothing here would check `type: {value['type']}`. {ENFORCED}")
    elif value["in"] != "query" and not HEADER_NAME.fullmatch(value["name"]):
        yield Flaw((*steps, "name"), f"no {value['in']} can have this name: take letters, digits and hyphens.")
    elif value["in"] == "header" and value["name"].lower() in TAKEN_HEADERS:
        yield Flaw((*steps, "name"), f"the header {value['name']} has another meaning: name one for the token.")


def requirement_flaws(document: Document, value: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Yields the flaws of the security requirements of a document or an operation."""
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    for index, alternative in enumerate(value.get("security", ())):
        for name, scopes in alternative.items():
            place = (*steps, "security", index, name)
            if name not in schemes:
                yield Flaw(
                    place, f"there is no security scheme {name} in #/components/securitySchemes.{guess(name, schemes)}"
                )
            elif scopes:
                yield Flaw(place, "only OAuth and OpenID Connect have scopes: write an empty list.")
