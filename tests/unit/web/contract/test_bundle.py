"""web/contract/bundle.py: a contract may consist of several files."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.contracts import SMALL, replaced
from web.contract import Contract, ContractError

MAIN = """\
openapi: 3.0.3
info: {title: Files, version: 1.0.0}
paths:
  /things:
    $ref: 'paths/things.yml'
components:
  schemas:
    Name: {type: string, maxLength: 5}
"""
THINGS = """\
post:
  tags: [things]
  operationId: addThing
  parameters:
    - {$ref: '../parts.yml#/parameters/Trace'}
  requestBody:
    content:
      application/json:
        schema: {$ref: '../parts.yml#/Thing'}
  responses:
    '201':
      description: Added.
      content:
        application/json:
          schema: {$ref: '../parts.yml#/Thing'}
"""
PARTS = """\
Thing:
  type: object
  properties:
    name: {$ref: 'main.yml#/components/schemas/Name'}
    inner: {$ref: '#/Thing'}
    other: {$ref: 'more/Name.json'}
parameters:
  Trace: {name: X-Trace, in: header, schema: {type: string}}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The folder of a contract of four files, which refer to each other."""
    for name, text in {
        "main.yml": MAIN,
        "paths/things.yml": THINGS,
        "parts.yml": PARTS,
        "more/Name.json": '{"type": "integer"}',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_puts_files_together(files: Path) -> None:
    """The bundle is one document without references to others; names stay, and a name already in use gets a number."""
    contract = Contract.read(files / "main.yml")
    document: dict[str, Any] = yaml.safe_load(contract.text)
    assert document == contract.document
    schemas = document["components"]["schemas"]
    assert document["paths"]["/things"]["post"]["operationId"] == "addThing"
    assert schemas["Thing"]["properties"] == {
        "name": {"$ref": "#/components/schemas/Name"},
        "inner": {"$ref": "#/components/schemas/Thing"},
        "other": {"$ref": "#/components/schemas/Name2"},
    }
    assert schemas["Name2"] == {"type": "integer"}
    assert document["components"]["parameters"]["Trace"]["name"] == "X-Trace"
    assert {file.name for file in contract.files} == {"main.yml", "things.yml", "parts.yml", "Name.json"}


def test_one_file_stays_as_it_is(files: Path) -> None:
    """A contract of one file is served as its authors wrote it, including comments."""
    text = f"# Mine.\n{SMALL}"
    (files / "one.yml").write_text(text)
    assert Contract.read(files / "one.yml").text == text


MISTAKES = {
    "file": (
        "parts.yml",
        "more/Name.json",
        "more/Nam.json",
        "line 6, #/Thing/properties/other: there is no file",
    ),
    "fragment": (
        "paths/things.yml",
        "parts.yml#/Thing",
        "parts.yml#/Thin",
        "things.yml, line 9, #/post/requestBody",
    ),
    "yaml": ("parts.yml", "Thing:", "Thing", "parts.yml, line 2: this is not YAML"),
    "type": ("parts.yml", "type: object", "type: objekt", "line 2, #/Thing/type: `type` has to be one of"),
    "in-a-path": (
        "paths/things.yml",
        "operationId",
        "operationID",
        "line 3, #/post/operationID: OpenAPI has no",
    ),
    "host": (
        "parts.yml",
        "'more/Name.json'",
        "'http://example.com/x'",
        "line 6, #/Thing/properties/other: this refers to",
    ),
    "not-text": ("parts.yml", "Thing:", "\udcff", "parts.yml is not UTF-8 text."),
}


@pytest.mark.parametrize(("file", "before", "after", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_names_the_file(files: Path, file: str, before: str, after: str, sentence: str) -> None:
    """A mistake is reported with its file and the line there."""
    text = replaced((files / file).read_text(), before, after)
    (files / file).write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(ContractError) as told:
        Contract.read(files / "main.yml")
    assert sentence in str(told.value)


def test_missing_contract(tmp_path: Path) -> None:
    """A missing file is named."""
    with pytest.raises(ContractError, match=r"There is no file .*absent\.yml"):
        Contract.read(tmp_path / "absent.yml")
