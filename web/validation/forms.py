"""Parses forms, and checks their fields against the contract."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from starlette.datastructures import Headers
from werkzeug.datastructures import FileStorage, MultiDict

from schemas import Fault
from web.contract import Parameter
from web.jsonschema.draft4 import Translator
from web.jsonschema.faults import fault
from web.jsonschema.schema import Schema
from web.problems.problem import Refusal
from web.validation.checks import check
from web.validation.multipart import content_of, parse
from web.validation.parameters import ABSENT, OneParameter, Sent, decoded_pairs, from_json, value_and_faults
from web.validation.styles import StyleError
from web.validation.texts import Reader

Follow = Callable[[Any], Any]
Fields = dict[str, Any]


def command(media_type: str, fields: Mapping[str, Reader]) -> str:
    """The beginning of a command that sends a form: the first of its files, or else of its fields."""
    option = "--form" if media_type == "multipart/form-data" else "--data-urlencode"
    file = next((name for name, field in fields.items() if field.is_binary), None)
    return f"curl {option} {file}=@photo.jpg" if file else f"curl {option} {next(iter(fields), 'name')}=value"


class Form:
    """A form of the contract."""

    def __init__(self, content: Mapping[str, Any], follow: Follow) -> None:
        """Prepares for a form.

        Args:
            content: its Media Type Object.
            follow: returns the target of a reference.
        """
        self._schema = Schema(Translator(follow)(content["schema"]))
        self._fields = Reader(content["schema"], follow).members

    def read(self, body: bytes, content_type: str, /) -> Fields:
        """The fields of a body, with files as bytes, without fields whose text is empty.

        Raises:
            Refusal: they do not fit the contract.
        """
        raise NotImplementedError

    def _fault(self, name: str, detail: str) -> Fault:
        """A fault of a field; never repeats unknown names."""
        return fault((name,) if name in self._fields else (), detail)


class MultipartForm(Form):
    """A form of multipart/form-data."""

    def __init__(self, content: Mapping[str, Any], follow: Follow) -> None:
        super().__init__(content, follow)
        encoding = content.get("encoding", {})
        self._command = command("multipart/form-data", self._fields)
        self._files = {name for name, field in self._fields.items() if field.is_binary}
        self._lists = {name for name, field in self._fields.items() if "array" in field.kinds}
        self._measured = {name for name in self._files if self._fields[name].is_measured}
        self._media_types = {
            name: [each.strip() for each in value["contentType"].split(",")]
            for name, value in encoding.items()
            if "contentType" in value
        }

    def read(self, body: bytes, content_type: str, /) -> Fields:
        """See Form."""
        texts, files = parse(body, content_type, self._command)
        values: Fields = {}
        contents: dict[str, list[bytes]] = {name: [content_of(file) for file in files.getlist(name)] for name in files}
        faults = [*self._misplaced_fields(texts, files), *self._mistyped_files(files), *self._empty(contents)]
        for name in texts:
            sent = [text for text in texts.getlist(name) if text]
            if sent and name not in self._files:
                try:
                    values[name] = self._value(name, sent)
                except StyleError as error:
                    faults.append(self._fault(name, str(error)))
        if faults:
            raise Refusal.for_faults(faults)
        stand_ins = {name: [self._stand_in(name, content) for content in each] for name, each in contents.items()}
        check(self._schema, values | self._shape(stand_ins))
        fields: Fields = self._schema.without_nulls(values)
        return fields | self._shape(contents)

    def _misplaced_fields(self, texts: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Iterator[Fault]:
        for name in dict.fromkeys([*texts, *files]):
            if (
                name in self._fields
                and name not in self._lists
                and len([*filter(None, texts.getlist(name)), *files.getlist(name)]) > 1
            ):
                yield self._fault(name, "must be sent once")
        for name in self._fields:
            if name in self._files and any(texts.getlist(name)):
                yield self._fault(name, f"must be sent as a file: curl --form {name}=@photo.jpg")
            if name not in self._files and name in files:
                yield self._fault(name, "must not be a file")

    def _mistyped_files(self, files: MultiDict[str, FileStorage]) -> Iterator[Fault]:
        for name, wanted in self._media_types.items():
            sent = [file.mimetype or "application/octet-stream" for file in files.getlist(name)]
            if not all(any(fnmatch(media_type, each) for each in wanted) for media_type in sent):
                yield self._fault(name, f"must have the media type {' or '.join(wanted)}")

    def _empty(self, contents: Mapping[str, Sequence[bytes]]) -> Iterator[Fault]:
        for name, each in contents.items():
            if b"" in each:
                yield self._fault(name, "must not be empty")

    def _value(self, name: str, texts: list[str]) -> object:
        field = self._fields.get(name)
        if field is None:
            return texts[0]
        kinds = field.item_kinds if name in self._lists else field.kinds
        if "object" in kinds:  # OpenAPI: the default for objects is application/json
            values = [from_json(text) for text in texts]
            holds_all = len(values) == 1 and (
                isinstance(values[0], list) or (values[0] is None and "null" in field.kinds)
            )
            return values[0] if holds_all or name not in self._lists else values
        return field(texts if name in self._lists else texts[0])

    def _stand_in(self, name: str, content: bytes) -> str:
        """A text that stands in for a file in validation; as long as the file if its length matters."""
        return " " * len(content) if name in self._measured else ""

    def _shape(self, contents: Mapping[str, Sequence[Any]]) -> Fields:
        return {name: each if name in self._lists else each[0] for name, each in contents.items()}


class UrlencodedForm(Form):
    """A form of application/x-www-form-urlencoded, which is written like a query."""

    def __init__(self, content: Mapping[str, Any], follow: Follow) -> None:
        super().__init__(content, follow)
        encoding = content.get("encoding", {})
        schemas: Mapping[str, Any] = follow(content["schema"]).get("properties", {})
        self._parameters = [
            OneParameter(
                Parameter.of({"name": name, "in": "query", "schema": schema, **encoding.get(name, {})}), follow
            )
            for name, schema in schemas.items()
        ]

    def read(self, body: bytes, _content_type: str, /) -> Fields:
        """See Form."""
        pairs = decoded_pairs(body)
        spare = [name for name, _ in pairs if not any(each.owns(name) for each in self._parameters)]
        sent = Sent({}, pairs, spare, Headers())
        faults: list[Fault] = []
        values: Fields = {}
        for each in self._parameters:
            value, found = value_and_faults(each, sent)
            faults += found
            if value is not ABSENT:
                values[each.name] = value
        if faults:
            raise Refusal.for_faults(faults)
        check(self._schema, values | dict.fromkeys(spare, ""))
        fields: Fields = self._schema.without_nulls(values)
        return fields
