"""Bundles a contract of several files into one document."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from web.contract.documents import Document, Steps, pointer, steps_of
from web.contract.errors import ContractError
from web.contract.structure import COMPONENTS, EACH, MEMBERS

Read = Callable[[PurePosixPath], str]  # the text of a file; raises OSError or UnicodeDecodeError if there is none


@dataclass(frozen=True)
class BundledDocument(Document):
    """A bundled document; errors name the file that a part came from.

    Attributes:
        origins: the origin of each part, by its place in the bundle.
    """

    origins: Mapping[Steps, tuple[Document, Steps]] = field(default_factory=dict)

    def error(self, steps: Sequence[str | int], sentence: str) -> ContractError:
        """An error at a place."""
        for length in range(len(steps), 0, -1):
            origin = self.origins.get(tuple(steps[:length]))
            if origin:
                document, before = origin
                return document.error((*before, *steps[length:]), sentence)
        return super().error(steps, sentence)


def bundle(path: PurePosixPath, read: Read) -> Document:
    """Bundles a document with everything that it refers to in other files; unchanged if that is nothing.

    Raises:
        ContractError: a file cannot be read, or is not YAML.
    """
    try:
        main = Document.parse(path.name, read(path))
    except OSError:
        raise ContractError(f"There is no file {path}: name an OpenAPI document.") from None
    except UnicodeDecodeError:
        raise ContractError(f"{path.name} is not UTF-8 text, as YAML must be.") from None
    return _Bundler(path, main, read).to_document()


@dataclass
class _Bundler:
    """The state of bundling."""

    path: PurePosixPath
    main: Document
    read: Read
    files: dict[PurePosixPath, Document] = field(default_factory=dict)
    names: dict[tuple[PurePosixPath, str], str] = field(default_factory=dict)
    components: dict[str, dict[str, Any]] = field(default_factory=dict)
    origins: dict[Steps, tuple[Document, Steps]] = field(default_factory=dict)

    def to_document(self) -> Document:
        self.files[self.path] = self.main
        content = self._copy(self.path, self.main.content, "Document", (), ())
        if not self.origins:
            return replace(self.main, files=(self.path,))
        if self.components:
            content["components"] = kept = dict(content.get("components") or {})
            for section, members in self.components.items():
                kept[section] = {**(kept.get(section) or {}), **members}
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
        return BundledDocument(self.main.name, text, content, tuple(self.files), self.origins)

    def _copy(self, file: PurePosixPath, value: Any, kind: str, before: Steps, after: Steps) -> Any:
        """A part of a file, with references into the bundle."""
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("$ref"), str):
            return self._follow(file, value, kind, before, after)
        copy = dict(value)
        for name, inner in MEMBERS[kind].items():
            if name in value:
                copy[name] = self._copies(file, value[name], inner, (*before, name), (*after, name))
        mapping = copy.get("discriminator", {}).get("mapping") if kind == "Schema" else None
        if isinstance(mapping, dict):
            meant = {key: self._copy(file, {"$ref": ref}, kind, before, after)["$ref"] for key, ref in mapping.items()}
            copy["discriminator"] = copy["discriminator"] | {"mapping": meant}
        return copy

    def _copies(self, file: PurePosixPath, value: Any, inner: Any, before: Steps, after: Steps) -> Any:
        if isinstance(inner, str):
            return self._copy(file, value, inner, before, after)
        if isinstance(value, dict):
            return {
                key: self._copy(file, each, inner[EACH], (*before, key), (*after, key)) for key, each in value.items()
            }
        if isinstance(value, list):
            return [
                self._copy(file, each, inner[EACH], (*before, index), (*after, index))
                for index, each in enumerate(value)
            ]
        return value

    def _follow(self, file: PurePosixPath, value: dict[str, Any], kind: str, before: Steps, after: Steps) -> Any:
        """A reference into the bundle, or its target if the bundle has no place for that."""
        reference = urlsplit(value["$ref"])
        if reference.scheme or reference.netloc:
            raise self.files[file].error(before, "this refers to another host: save what it means beside the contract.")
        if not reference.path and file == self.path:
            return value
        target = file if not reference.path else _join(file, unquote(reference.path))
        fragment = unquote(reference.fragment)
        if target == self.path:
            return {"$ref": f"#{fragment}"}
        document = self._file(target, file, before)
        try:
            found = document.at(steps_of(fragment))
        except (LookupError, TypeError, ValueError):
            raise self.files[file].error(
                before, f"{target.name} has nothing at {pointer(steps_of(fragment))}."
            ) from None
        if kind not in COMPONENTS:
            self.origins[after] = document, steps_of(fragment)
            return self._copy(target, found, kind, steps_of(fragment), after)
        return {"$ref": f"#/components/{COMPONENTS[kind]}/{self._component(target, fragment, kind, found)}"}

    def _component(self, file: PurePosixPath, fragment: str, kind: str, found: Any) -> str:
        """The name of a part of another file in the bundle; adds the part if it is not there yet."""
        if (file, fragment) not in self.names:
            section = COMPONENTS[kind]
            ours = (self.main.content.get("components") or {}).get(section) or {}
            taken = {*ours, *self.components.get(section, ())}
            name = base = fragment.rpartition("/")[2] or file.stem
            number = 1
            while name in taken:
                number += 1
                name = f"{base}{number}"
            self.names[file, fragment] = name
            place = ("components", section, name)
            self.origins[place] = self.files[file], steps_of(fragment)
            members = self.components.setdefault(section, {})
            members[name] = None  # until it has been copied, since it may refer to itself
            members[name] = self._copy(file, found, kind, steps_of(fragment), place)
        return self.names[file, fragment]

    def _file(self, path: PurePosixPath, referrer: PurePosixPath, steps: Steps) -> Document:
        if path not in self.files:
            try:
                self.files[path] = Document.parse(path.name, self.read(path))
            except OSError:
                raise self.files[referrer].error(steps, f"there is no file {path}.") from None
            except UnicodeDecodeError:
                raise self.files[referrer].error(steps, f"{path} is not UTF-8 text.") from None
        return self.files[path]


def _join(file: PurePosixPath, reference: str) -> PurePosixPath:
    """A path relative to a file, with `..` resolved, since git revisions need that."""
    parts: list[str] = []
    for part in (file.parent / reference).parts:
        if part == ".." and parts and parts[-1] not in {"..", "/"}:
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)
