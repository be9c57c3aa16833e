"""Multipart forms: faults, and what browsers send."""

import httpx
import pytest

from tests.support.problems import MARK, check_problem

FORM = {"Content-Type": "multipart/form-data; boundary=seam"}


def form(*parts: bytes, end: bytes = b"--seam--\r\n") -> bytes:
    """A multipart body of raw parts."""
    return b"".join(b"--seam\r\n" + part + b"\r\n" for part in parts) + end


def field(name: str, value: bytes = b"1") -> bytes:
    """A part that is a text field."""
    return b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value)


def file(name: str, value: bytes = b"1") -> bytes:
    """A part that is a file."""
    return b'Content-Disposition: form-data; name="%s"; filename="a.jpg"\r\n\r\n%s' % (name.encode(), value)


FORMS = {
    "nothing": (b"", FORM, "The body is empty"),
    "no-boundary": (form(file("file")), {"Content-Type": "multipart/form-data"}, "not a complete multipart form"),
    "other-boundary": (b"--other\r\n", FORM, "not a complete multipart form"),
    "cut-off": (form(file("file"), end=b""), FORM, "not a complete multipart form"),
    "no-file": (form(field("type")), FORM, "#/file is required"),
    "empty-file": (form(file("file", b"")), FORM, "#/file must not be empty"),
    "file-as-text": (form(field("file")), FORM, "#/file must be sent as a file: curl --form file=@photo.jpg"),
    "text-as-file": (form(file("file"), file("type")), FORM, "#/type must not be a file"),
    "two-files": (form(file("file"), file("file")), FORM, "#/file must be sent once"),
    "unknown-field": (form(file("file"), field(MARK)), FORM, "# has unknown fields"),
    "unknown-file": (form(file("file"), file(MARK)), FORM, "# has unknown fields"),
    "text-number": (form(file("file"), field("score_th", b"Zebra7")), FORM, "#/score_th must be a number"),
    "nan": (form(file("file"), field("score_th", b"nan")), FORM, "#/score_th must be a number"),
    "too-much": (form(file("file"), field("nms_iou", b"2")), FORM, "#/nms_iou must be at most 1"),
    "huge-number": (form(file("file"), field("maxResults", b"9" * 5000)), FORM, "#/maxResults must be a whole number"),
    "huge-text": (form(field("type", b"a" * 2_000_000)), FORM, "not a complete multipart form"),
    "many-seams": (form(file("file", b"\r\n--seamless" * 5000)), FORM, "not a complete multipart form"),
    "many-blanks": (form(file("file", b"\r\n--seam" + b" " * 5000)), FORM, "not a complete multipart form"),
    "many-fields": (form(*[field("type")] * 500), FORM, "not a complete multipart form"),
}


@pytest.mark.parametrize(("body", "headers", "detail"), FORMS.values(), ids=FORMS)
def test_form(client: httpx.Client, body: bytes, headers: dict[str, str], detail: str) -> None:
    """A form that breaks the contract is a 400."""
    check_problem(client.post("/predict/upload", content=body, headers=headers), 400, detail)


@pytest.mark.parametrize(
    "name",
    [
        "\xe9.jpg".encode("latin-1"),
        "写真.jpg".encode("gbk"),
        "写真.jpg".encode("shift-jis"),
        "写真.jpg".encode(),
        b'a\\"b.jpg',
        b"",
    ],
)
def test_names_of_files(client: httpx.Client, photo: bytes, name: bytes) -> None:
    """A file's name may be in any encoding."""
    part = b'Content-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s' % (name, photo)
    assert client.post("/predict/upload", content=form(part), headers=FORM).status_code == 200


def test_seams_within_a_file(client: httpx.Client, photo: bytes) -> None:
    """A file may contain the boundary now and then, as part of longer lines."""
    part = file("file", photo + b"\r\n--seamless, or --seam   -" * 1000)
    assert client.post("/predict/upload", content=form(part), headers=FORM).status_code == 200


def test_empty_fields(client: httpx.Client, photo: bytes) -> None:
    """Fields that a web page leaves empty are absent, as is a file that was not chosen; words are booleans."""
    names = ("type", "model", "score_th", "nms", "maxResults", "units")
    parts = [file("file", photo), *(field(name, b"") for name in names), field("explain", b"on")]
    response = client.post("/predict/upload", content=form(*parts), headers=FORM)
    assert response.status_code == 200
    assert response.json()["explain"]
    nothing = (
        b'Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    check_problem(client.post("/predict/upload", content=form(nothing), headers=FORM), 400, "#/file")
