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


JAVA_FORM_TEXT = """\
  private static final org.apache.http.entity.ContentType FORM_TEXT =
      org.apache.http.entity.ContentType.create("text/plain", java.nio.charset.StandardCharsets.UTF_8);

  /** A field of a form: texts, numbers and enums as they are, objects as JSON. */
  private String formText(Object value) throws ApiException {
    com.fasterxml.jackson.databind.JsonNode node = memberVarObjectMapper.valueToTree(value);
    return node.isValueNode() ? node.asText() : node.toString();
  }

"""
GO_FORM_OBJECT = """\
\t\t\t\tif form, ok := headerOrQueryParams.(url.Values); ok && style == "" && collectionType == "multi" {
\t\t\t\t\tif text, err := json.Marshal(obj); err == nil {
\t\t\t\t\t\tform.Add(keyPrefix, string(text))
\t\t\t\t\t}
\t\t\t\t\treturn
\t\t\t\t}
"""
RUST_FORM_TEXTS = """
/// The texts of a field of a form: one per item of a list; texts and enums as they are, objects as JSON.
pub(crate) fn form_texts<T: serde::Serialize>(value: &T) -> Result<Vec<String>, serde_json::Error> {
    let items = match serde_json::to_value(value)? {
        serde_json::Value::Array(items) => items,
        item => vec![item],
    };
    let text = |item: serde_json::Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    Ok(items.into_iter().map(text).collect())
}
"""

MENDS: dict[str, list[Mend]] = {
    "python": [
        # A field of a form may be called `types`, as is the module with the type of all fields.
        Mend("*/models/*.py", r"(?m)^from \.\. import types$", "from .. import types as form_types"),
        Mend("*/models/*.py", r"\btypes\.RequestFiles\b", "form_types.RequestFiles"),
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
        # In forms, lists may be left out, objects are JSON, and texts are UTF-8.
        Mend("src/main/java/**/*Api.java", r"int i=0; i < (\w+)\.size\(\)", r"int i=0; \1 != null && i < \1.size()"),
        Mend(
            "src/main/java/**/*Api.java",
            r'multiPartBuilder\.addTextBody\(("\w+"), (.+)\.toString\(\)\);',
            r"multiPartBuilder.addTextBody(\1, formText(\2), FORM_TEXT);",
        ),
        Mend(
            "src/main/java/**/*Api.java",
            r"(?s)(public class \w+Api \{\n)(?=.*multiPartBuilder)",
            rf"\1{JAVA_FORM_TEXT}",
        ),
    ],
    "go": [
        Mend("go.mod", r"go 1\.\d+", "go 1.18"),  # the oldest that compiles it
        # In forms, each item of a list is a field of its own, and objects are JSON.
        Mend("api_*.go", r'(\(localVarFormParams, "\w+", r\.\w+, ""), "csv"\)', r'\1, "multi")'),
        Mend("client.go", r"\t\t\tcase reflect\.Struct:\n", rf"\g<0>{GO_FORM_OBJECT}"),
    ],
    "kotlin": [
        # An option that is left out is no field of the form.
        Mend(
            "src/main/kotlin/**/ApiClient.kt",
            r"( +)when \(part\.body\) \{\n",
            r"\g<0>\1    null -> Unit\n",
        ),
        # Objects in forms are JSON.
        Mend(
            "src/main/kotlin/**/ApiClient.kt",
            r'return if \(contentType\?\.contains\("json"\) == true\) \{',
            'return if (contentType?.contains("json") == true || Serializer.gson.toJsonTree(obj).isJsonObject) {',
        ),
    ],
    "rust": [
        Mend("src/apis/*_api.rs", r"models::models::", "models::"),
        # In forms, texts and enums are as they are, objects JSON, and each item of a list is a field of its own.
        Mend(
            "src/apis/*_api.rs",
            r'multipart_form = multipart_form\.text\(("\w+"), .+\);',
            r"for text in super::form_texts(&param_value)? { multipart_form = multipart_form.text(\1, text); }",
        ),
        Mend("src/apis/mod.rs", r"\Z", RUST_FORM_TEXTS),
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
