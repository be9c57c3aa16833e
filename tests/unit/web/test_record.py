"""web/record.py."""

import re

import pytest

from web import record

UUID = "2f1b6d0e-6f0a-4a86-9d0b-0c6ad1f6a1c2"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def of(*headers: tuple[str, str]) -> record.Record:
    """The record of a request with these headers."""
    return record.begin([(name.encode(), value.encode("latin-1")) for name, value in headers])


@pytest.mark.parametrize(
    ("id_", "urn"),
    [
        (UUID, f"urn:uuid:{UUID}"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "urn:x-request-id:01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("4bf92f3577b34da6a3ce929d0e0e4736", "urn:x-request-id:4bf92f3577b34da6a3ce929d0e0e4736"),
        ("Root=1-67891233-abcdef012345678912345678", "urn:x-request-id:Root=1-67891233-abcdef012345678912345678"),
        ("a" * 128, "urn:x-request-id:" + "a" * 128),
    ],
)
def test_keeps_ids_that_are_well_formed(id_: str, urn: str) -> None:
    """A caller's id becomes the request's, and so appears in both their logs."""
    begun = of(("x-request-id", id_))
    assert (begun.id, begun.urn) == (id_, urn)
    assert record.current() is begun


@pytest.mark.parametrize(
    "id_", ["", " ", "a b", "a\tb", 'a"b', "a\x1b[31m", "<script>", "ä", "a" * 129, "-a", "a,b", "%0a", "{x}", "a\\b"]
)
def test_replaces_other_ids(id_: str) -> None:
    """An id that could confuse a log, or its reader, is replaced."""
    begun = of(("x-request-id", id_))
    assert re.fullmatch(record.UUID, begun.id)
    assert begun.id != of(("x-request-id", id_)).id


def test_replaces_two_ids() -> None:
    """Two ids are ambiguous, and replaced."""
    assert of(("x-request-id", "a"), ("x-request-id", "b")).id not in ("a", "b")


@pytest.mark.parametrize("trace", [TRACE, "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more"])
def test_keeps_traces(trace: str) -> None:
    """A trace is kept, including later versions of its format."""
    assert of(("traceparent", trace)).traceparent == trace


@pytest.mark.parametrize(
    "trace",
    [
        "",
        TRACE.upper(),
        f"ff{TRACE[2:]}",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        f"{TRACE}\n",
        f"{TRACE} forged",
        TRACE[:-1],
    ],
)
def test_leaves_other_traces_out(trace: str) -> None:
    """A malformed trace is not logged."""
    assert of(("traceparent", trace)).traceparent == ""
