"""Lists the changes between two versions of the contract; fails if the version hides a breaking change.

`redocly diff` finds the changes and rates them. This script rates those that redocly considers harmless although
clients notice them.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
RELEASES = ROOT / "docs" / "releases"  # the contract of each release
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}

# Members whose every change breaks clients although redocly lets it pass: their object, their name, and the effect.
MISSED = {
    ("Schema", "default"): "clients that omit it get another result",
    ("Schema", "format"): "generated clients have another type for it",
    ("Parameter", "name"): "generated clients have another argument for it",
    ("Operation", "tags"): "generated clients have it in another class",
}
# A named schema becomes a type in generated clients if it has one of these.
NAMED_SCHEMA = re.compile("#/components/schemas/[^/]+")
TYPE_MAKERS = {"properties", "enum"}

# Members that only describe: a change of these alone needs no line in the changelog.
PROSE = {"description", "summary", "title", "example", "examples", "value"}
LONG = 60  # values of more characters are not shown

HEADINGS = {"opened": "Open to more callers", "major": "Breaking", "minor": "Added", "patch": "Changed otherwise"}

Contract = dict[str, Any]


class Unusable(Exception):
    """The versions cannot be compared; the message says why."""


class Change(NamedTuple):
    """One difference: its rating, a key of HEADINGS; its place; and whether it is more than prose."""

    rating: str
    where: str
    what: str
    matters: bool


def run(*command: str | Path) -> str:
    """Runs a program and returns its output.

    Raises:
        Unusable: it failed, or is not installed.
    """
    environment = os.environ | {"REDOCLY_TELEMETRY": "off"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        raise Unusable(f"{command[0]} is not installed") from None
    if done.returncode:
        raise Unusable(done.stderr.strip() or f"{command[0]} failed")
    return done.stdout


def read(source: str) -> Contract:
    """The contract in a file or at a git revision.

    Raises:
        Unusable: no such file or revision exists, or it is not a contract.
    """
    try:
        contract = yaml.safe_load(run(ROOT / "scripts/contract", source))
        numbers(contract["info"]["version"])
    except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as fault:
        raise Unusable(f"{source} is no contract: {fault!r}") from None
    return dict(contract)


def numbers(version: str) -> tuple[int, int]:
    """The major and minor numbers of a version. A breaking change raises the major one, or, while it is 0, the minor.

    Raises:
        Unusable: this is not a semantic version.
    """
    found = re.match(r"(\d+)\.(\d+)\.\d", version)
    if not found:
        raise Unusable(f"info.version is {version!r}, but has to be a semantic version such as 1.2.3.")
    major, minor = map(int, found.groups())
    return major, 0 if major else minor


def last_release() -> str:
    """The file with the contract of the last release.

    Raises:
        Unusable: there is none.
    """
    files = {tuple(map(int, file.stem.split("."))): str(file) for file in RELEASES.glob("[0-9]*.[0-9]*.[0-9]*.yml")}
    if not files:
        raise Unusable("No release is in docs/releases: name what to compare with.")
    return files[max(files)]


def place(pointer: str) -> str:
    """The target of a JSON Pointer: the operation or component, then the steps from there."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#/").split("/")]
    if parts[0] == "paths":
        parts[:3] = [" ".join([*map(str.upper, parts[2:3]), parts[1]])]
    elif parts[0] == "components" and len(parts) > 2:
        parts[:3] = [parts[2]]
    rest = [part for part in parts[1:] if part not in {"properties", "schema", "content"}]
    return " ".join([f"`{parts[0]}`", *rest])


def describe(change: dict[str, Any]) -> str:
    """A change in words: added, removed, or both values if they are short."""
    sides = [change.get(side, {}) for side in ("base", "revision")]
    if change["kind"] != "modified":
        value = sides[0].get("value") or sides[1].get("value")
        items = value if isinstance(value, list) else [value]
        names = [str(item["name"]) for item in items if isinstance(item, dict) and "name" in item]
        return " ".join([", ".join(names), change["kind"]]).strip()
    values = [json.dumps(side["value"], ensure_ascii=False) if "value" in side else "none" for side in sides]
    return "changed" if max(map(len, values)) > LONG else " → ".join(values)


def rate(change: dict[str, Any]) -> Change:
    """Rates a change that redocly reports, anew if redocly considers it harmless."""
    side = change["base"] if "value" in change.get("base", {}) else change["revision"]
    reasons = [verdict["message"].rstrip(".") for verdict in change["verdicts"]]
    missed = MISSED.get((change["typeName"], change.get("property", "")))
    if change["kind"] == "removed" and NAMED_SCHEMA.fullmatch(change["path"]) and side["value"].keys() & TYPE_MAKERS:
        missed = "generated clients lose this type"
    if missed and not reasons:
        reasons = [f"{describe(change)}: {missed}"]
    rating = "major" if reasons else change["impact"]
    matters = change["typeName"] != "Info" and change.get("property") not in PROSE
    return Change(rating, place(side["pointer"]), "; ".join(reasons) or describe(change), matters)


def demands(contract: Contract) -> dict[str, list[set[str]]]:
    """The sets of credentials that each operation accepts; an empty set means none."""
    return {
        f"{method.upper()} {path}": [
            {f"{scheme} {scope}".strip() for scheme, scopes in need.items() for scope in ["", *scopes]}
            for need in operation.get("security", contract.get("security", [])) or [{}]
        ]
        for path, item in contract.get("paths", {}).items()
        for method, operation in item.items()
        if method in METHODS
    }


def closed_operations(old: Contract, new: Contract) -> Iterator[Change]:
    """The operations that refuse credentials that they accepted before.

    Redocly compares the lists where they are written, and misses operations without a list of their own. A token
    matters only if some token is accepted, even an optional one.
    """
    after = demands(new)
    for operation, before in demands(old).items():
        for had in before:
            needs = after.get(operation, [set()])
            if needs != [set()] and not any(need <= had and (need or not had) for need in needs):
                what = f"{_shown(had)} is no longer enough: it takes {_shown(*needs)}"
                yield Change("major", f"`{operation}` security", what, matters=True)


def opened_operations(old: Contract, new: Contract) -> Iterator[Change]:
    """The operations that require less than before."""
    after = demands(new)
    for operation, before in demands(old).items():
        needs = after.get(operation, before)
        where = f"`{operation}` security"
        if any(before) and not any(needs):
            yield Change("opened", where, f"tokens are no longer checked: it took {_shown(*before)}", matters=True)
            continue
        for need in needs:
            if not any(had <= need for had in before):
                what = f"{_shown(need)} is enough now: it took {_shown(*before)}"
                yield Change("opened", where, what, matters=True)


def _shown(*alternatives: set[str]) -> str:
    return " or ".join(" with ".join(sorted(each)) or "no token" for each in alternatives)


def operations(contract: Contract) -> dict[str, str]:
    """The operationIds, by method and path."""
    return {
        f"{method.upper()} {path}": operation.get("operationId", "")
        for path, item in contract.get("paths", {}).items()
        for method, operation in item.items()
        if method in METHODS
    }


def by_operation(old: Contract, new: Contract, changes: Iterable[Change]) -> Iterator[Change]:
    """The changes, with a line for each operation of a new path instead of one for the path."""
    for change in changes:
        path = change.where.strip("`")
        if change.what == "added" and path in new.get("paths", {}).keys() - old.get("paths", {}).keys():
            added = [name for name in operations(new) if name.partition(" ")[2] == path]
            yield from (change._replace(where=f"`{name}`") for name in added)
        else:
            yield change


def compare(old: Contract, new: Contract) -> list[Change]:
    """All changes, in the contract's order.

    Raises:
        Unusable: redocly cannot read one of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, "old.json"), Path(folder, "new.json")]
        for file, contract in zip(files, (old, new), strict=True):
            file.write_text(json.dumps(contract, default=str), "utf-8")
        options = ("--format=json", "--fail-on=none", "--skip-rule=security-requirement-changed")
        config = f"--config={ROOT}/scripts/node/redocly.yaml"
        report = json.loads(run(ROOT / "scripts/node/run", "redocly", "diff", *files, config, *options))
    rest = by_operation(old, new, map(rate, report["changes"]))
    return [*opened_operations(old, new), *closed_operations(old, new), *rest]


def to_lines(changes: list[Change]) -> Iterator[str]:
    """The changes as lines, the breaking ones first, with an empty line at the end."""
    if not changes:
        yield "\nNothing changed."
    for rating, heading in HEADINGS.items():
        lines = dict.fromkeys(f"- {where}: {what}" for rated_as, where, what, _ in changes if rated_as == rating)
        if lines:
            yield from (f"\n## {heading}\n", *lines)
    yield ""


def in_changelog(released: str) -> str:
    """The changelog's lists about the contract above the heading of the released version."""
    newer = re.split(rf"(?m)^## \[?{re.escape(released)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"))[0]
    return "".join(re.findall(r"(?ms)^### Contract\n(.*?)(?=^##|\Z)", newer))


def faults(old: Contract, new: Contract, changes: list[Change], *, since_release: bool) -> Iterator[str]:
    """Sentences about what to do before these changes may be released."""
    before, after = old["info"]["version"], new["info"]["version"]
    if numbers(after) <= numbers(before) and any(change.rating == "major" for change in changes):
        major, minor = numbers(before)
        wanted = f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
        yield (
            f"A breaking change needs a new version: raise info.version in openapi.yml from {after} to {wanted}, "
            f"or take the change back ({before} is what it is compared with)."
        )
    if not since_release:
        return
    tell = f"since {before}: tell it in CHANGELOG.md, as a list under Unreleased, ### Contract"
    told = in_changelog(before)
    if any(change.matters for change in changes) and "- " not in told:
        yield f"The contract changed {tell}."
    known = operations(old)
    for name, operation_id in operations(new).items():
        if name not in known and f"`{name}`" not in told and not re.search(rf"\b{re.escape(operation_id)}\b", told):
            yield f"`{name}` is new {tell}, as `{name}` or {operation_id}."


def main() -> int:
    """Compares the versions on the command line, prints the changes, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/diff", description="Say what changed in the contract.")
    parser.add_argument("old", nargs="?", help="a file or a git revision; unless given, the last release")
    parser.add_argument("new", nargs="?", default=str(ROOT / "openapi.yml"), help="a file or a git revision")
    arguments = parser.parse_args()
    try:
        older = arguments.old or last_release()
        old, new = read(older), read(arguments.new)
        changes = compare(old, new)
        todo = list(faults(old, new, changes, since_release=not arguments.old))
    except Unusable as reason:
        parser.error(str(reason))
    title = f"# The contract, {old['info']['version']} to {new['info']['version']}"
    print(title, *to_lines(changes), *todo, sep="\n")
    return 1 if todo else 0


if __name__ == "__main__":
    sys.exit(main())
