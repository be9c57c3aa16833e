"""Mends what a generator gets wrong, or names badly: mend.py CLIENT LANGUAGE."""

import re
import sys
from pathlib import Path
from typing import NamedTuple


class Mend(NamedTuple):
    """A pattern to replace in some files; where it no longer occurs, the generator has changed."""

    files: str
    wrong: str
    right: str


MENDS: dict[str, list[Mend]] = {
    "python": [
        # The token goes where the contract says. The generator knows `Authorization: Bearer` alone.
        Mend("specsight_client/client.py", r'prefix: str = "Bearer"', 'prefix: str = ""'),
        Mend(
            "specsight_client/client.py",
            r'auth_header_name: str = "Authorization"',
            'auth_header_name: str = "X-Api-Token"',
        ),
    ],
    "java": [
        # The bytes of a file, in place of its path as JSON.
        Mend(
            "src/main/java/specsight/api/DetectionApi.java",
            r"memberVarObjectMapper\.writeValueAsBytes\(body\)",
            "java.nio.file.Files.readAllBytes(body.toPath())",
        ),
        Mend("src/main/java/specsight/api/*.java", r"\bAPI(\w+?)Request\b", r"\1Arguments"),
        Mend("src/main/java/specsight/api/DetectionApi.java", r"\b_file\b", "file"),
    ],
    "go": [
        Mend("go.mod", r"go 1\.\d+", "go 1.18"),  # the oldest that compiles it
    ],
    "kotlin": [
        # An option that is left out is no field of the form.
        Mend(
            "src/main/kotlin/specsight/infrastructure/ApiClient.kt",
            r"( +)when \(part\.body\) \{\n",
            r"\g<0>\1    null -> Unit\n",
        ),
    ],
    "rust": [
        Mend("src/apis/detection_api.rs", r"models::models::", "models::"),
        # Enums in forms are sent as they are, not as JSON in quotes.
        Mend("src/apis/detection_api.rs", r"serde_json::to_string\(&param_value\)\?", "param_value.to_string()"),
        # An option need not be named to be left out.
        Mend(
            "src/apis/*.rs",
            r"#\[derive\(Clone, Debug\)\](\npub struct \w+Params \{)",
            r"#[derive(Clone, Debug, Default)]\1",
        ),
        Mend("Cargo.toml", "OpenAPI Generator team and contributors", "the specsight authors"),
    ],
}


def mend(client: Path, language: str) -> None:
    """Mend a client.

    Raises:
        SystemExit: something needs no mending any more.
    """
    for files, wrong, right in MENDS.get(language, []):
        count = 0
        for file in client.glob(files):
            text, times = re.subn(wrong, right, file.read_text("utf-8"))
            count += times
            file.write_text(text, "utf-8")
        if not count:
            sys.exit(f"The generator for {language} no longer writes {wrong!r} into {files}: see scripts/sdks/mend.py.")


if __name__ == "__main__":
    mend(Path(sys.argv[1]), sys.argv[2])
