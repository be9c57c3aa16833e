"""Corrects generators' mistakes and bad names: mend.py CLIENT LANGUAGE CONTRACT.

Mistakes that a client cannot have, because its contract lacks such operations, are skipped.
"""

import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Mend(NamedTuple):
    """A pattern to replace in some files."""

    files: str
    wrong: str
    right: str


MENDS: dict[str, list[Mend]] = {
    "python": [
        # The code needs no more than Python 3.10, but for one name that only type checkers look at.
        Mend("setup.py", r'python_requires=">=3\.\d+', 'python_requires=">=3.10'),
        Mend("*/client.py", r"\A", "from __future__ import annotations\n\n"),
        Mend("*/client.py", r"from typing import Any, Self\n", "from typing import TYPE_CHECKING, Any\n"),
        Mend(
            "*/client.py",
            r"(?s)\n\n\n@define\n(.*)",
            r"\n\nif TYPE_CHECKING:\n    from typing_extensions import Self\n\n\n@define\n\1",
        ),
    ],
    "java": [
        # The bytes of a file, in place of its path as JSON.
        Mend(
            "src/main/java/**/*Api.java",
            r"memberVarObjectMapper\.writeValueAsBytes\(body\)",
            "java.nio.file.Files.readAllBytes(body.toPath())",
        ),
        Mend("src/main/java/**/*Api.java", r"\bAPI(\w+?)Request\b", r"\1Arguments"),
        Mend("src/main/java/**/*Api.java", r"\b_file\b", "file"),
    ],
    "go": [
        Mend("go.mod", r"go 1\.\d+", "go 1.18"),  # the oldest that compiles it
    ],
    "kotlin": [
        # An option that is left out is no field of the form.
        Mend(
            "src/main/kotlin/**/ApiClient.kt",
            r"( +)when \(part\.body\) \{\n",
            r"\g<0>\1    null -> Unit\n",
        ),
    ],
    "rust": [
        Mend("src/apis/*_api.rs", r"models::models::", "models::"),
        # Enums in forms are sent as they are, not as JSON in quotes.
        Mend("src/apis/*_api.rs", r"serde_json::to_string\(&param_value\)\?", "param_value.to_string()"),
        # An option need not be named to be left out.
        Mend(
            "src/apis/*.rs",
            r"#\[derive\(Clone, Debug\)\](\npub struct \w+Params \{)",
            r"#[derive(Clone, Debug, Default)]\1",
        ),
        Mend("Cargo.toml", "OpenAPI Generator team and contributors", "the specsight authors"),
    ],
}


def token_mends(contract: dict[str, Any]) -> list[Mend]:
    """Corrections for Python: the token goes into the contract's header, not into `Authorization: Bearer`."""
    schemes = contract.get("components", {}).get("securitySchemes", {}).values()
    headers = [scheme["name"] for scheme in schemes if scheme.get("in") == "header"]
    if not headers:
        return []
    return [
        Mend("*/client.py", r'prefix: str = "Bearer"', 'prefix: str = ""'),
        Mend("*/client.py", r'auth_header_name: str = "Authorization"', f'auth_header_name: str = "{headers[0]}"'),
    ]


def mend(client: Path, language: str, contract: Path) -> None:
    """Mends a client."""
    read = yaml.safe_load(contract.read_text("utf-8"))
    for files, wrong, right in [*MENDS.get(language, []), *(token_mends(read) if language == "python" else [])]:
        for file in client.glob(files):
            file.write_text(re.sub(wrong, right, file.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    mend(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
