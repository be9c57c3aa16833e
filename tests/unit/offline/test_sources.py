"""Sources list every photo once, in the same order each time."""

import os
import zipfile
from pathlib import Path

import pytest

from offline.errors import RunError
from offline.sources import source_of


def listed(text: str | Path, start: Path) -> list[str]:
    """The names that a source lists, the same each time."""
    source = source_of(str(text), start)
    names = list(source())
    assert list(source()) == names
    return names


def filled(folder: Path, *names: str) -> Path:
    """A folder with files of these names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"photo")
    return folder


def test_folder(tmp_path: Path) -> None:
    """A folder's photos are found by their suffix in all its folders, in order, without hidden ones."""
    filled(tmp_path, "b.JPG", "a/c.png", "a/b/d.heic", "notes.txt", ".hidden.jpg", ".git/e.jpg", "results.jsonl")
    assert listed(".", tmp_path) == [f"{tmp_path}/{name}" for name in ("a/b/d.heic", "a/c.png", "b.JPG")]


def test_same_folder_by_other_words(tmp_path: Path) -> None:
    """Every spelling of a folder gives its photos the same names, so that a run resumes."""
    filled(tmp_path, "photos/a.jpg")
    names = listed(tmp_path / "photos", tmp_path)
    for text in ("photos", "photos/", "./photos", "photos//.", f"file://{tmp_path}/photos"):
        assert listed(text, tmp_path) == names


def test_links(tmp_path: Path) -> None:
    """A link to a photo is a photo of its own; a link to a folder around it is not followed for ever."""
    filled(tmp_path, "photos/a.jpg")
    (tmp_path / "photos/b.jpg").symlink_to("a.jpg")
    (tmp_path / "photos/loop").symlink_to("..")
    (tmp_path / "photos/gone.jpg").symlink_to("nowhere")
    names = [name.removeprefix(f"{tmp_path}/photos/") for name in listed("photos", tmp_path)]
    assert names == ["a.jpg", "b.jpg", "gone.jpg"]


def test_odd_entries(tmp_path: Path) -> None:
    """A pipe with a photo's name is listed; a folder with one is searched."""
    filled(tmp_path, "folder.jpg/a.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert listed(tmp_path, tmp_path) == [f"{tmp_path}/folder.jpg/a.jpg", f"{tmp_path}/pipe.jpg"]


def test_pattern(tmp_path: Path) -> None:
    """A pattern matches files of any suffix, in all folders with `**`; a file of that very name comes first."""
    filled(tmp_path, "x/a", "x/y/b", "[1].jpg")
    assert listed("x/**", tmp_path) == [f"{tmp_path}/x/a", f"{tmp_path}/x/y/b"]
    assert listed("[1].jpg", tmp_path) == [f"{tmp_path}/[1].jpg"]
    assert listed(f"{tmp_path}/x/*", Path("/")) == [f"{tmp_path}/x/a"]
    filled(tmp_path / "[odd]", "a.jpg")
    assert listed("*.jpg", tmp_path / "[odd]") == [f"{tmp_path}/[odd]/a.jpg"]


def test_no_source(tmp_path: Path) -> None:
    """A missing source is refused with advice."""
    with pytest.raises(RunError, match="name a folder, a pattern, a manifest or an address"):
        source_of("nowhere", tmp_path)


MANIFESTS = {
    "list.txt": "a.jpg\r\nb c.jpg \n\n/d.jpg\ns3://bucket/e.jpg\nfile:///f%20g.jpg",
    "titled.csv": 'id,Photo\n1,a.jpg\n2,"b c.jpg "\n3,\n4,/d.jpg\n5,s3://bucket/e.jpg\n6,file:///f%20g.jpg\n',
    "untitled.csv": 'a.jpg,1\n"b c.jpg ",2\n\n/d.jpg,3\ns3://bucket/e.jpg,4\nfile:///f%20g.jpg\n',
    "tabs.tsv": "id\turl\n1\ta.jpg\n2\tb c.jpg \n3\t/d.jpg\n4\ts3://bucket/e.jpg\n5\tfile:///f%20g.jpg\n",
    "lines.jsonl": '"a.jpg"\n{"id": 1, "path": "b c.jpg "}\n\n{"file": "/d.jpg"}\n{"run": {}}\n'
    '{"url": "s3://bucket/e.jpg"}\n{"photo": "file:///f%20g.jpg"}\n',
}


@pytest.mark.parametrize("name", MANIFESTS)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte-order-mark"])
def test_manifest(tmp_path: Path, name: str, mark: str) -> None:
    """Manifests list photos relative to their own folder, absolute, or by address; empty entries do not count."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / name).write_text(mark + MANIFESTS[name], "utf-8", newline="")
    base = f"{tmp_path}/lists"
    assert listed(f"lists/{name}", tmp_path) == [
        f"{base}/a.jpg", f"{base}/b c.jpg ", "/d.jpg", "s3://bucket/e.jpg", "/f g.jpg"
    ]  # fmt: skip


def test_manifest_of_any_bytes(tmp_path: Path) -> None:
    """Text lists paths that are not UTF-8, as find prints them; JSON and CSV may have line breaks in names."""
    (tmp_path / "list.txt").write_bytes(b"\xff.jpg\n")
    (tmp_path / "list.jsonl").write_text('"a\\nb.jpg"\n')
    (tmp_path / "list.csv").write_text('"a\nb.jpg"\n')
    assert listed("list.txt", tmp_path) == [f"file://{tmp_path}/%FF.jpg"]
    assert listed("list.jsonl", tmp_path) == listed("list.csv", tmp_path) == [f"{tmp_path}/a\nb.jpg"]


BROKEN = {
    "not JSON": ("a.jsonl", '"a.jpg"\n\n{broken\n', "Line 3 of a.jsonl cannot be used: it is not JSON."),
    "not UTF-8": ("a.jsonl", b'"a.jpg"\n"\xff.jpg"\n', "Line 2 of a.jsonl cannot be used: it is not JSON."),
    "too deep": ("a.jsonl", "[" * 100_000, "Line 1 of a.jsonl cannot be used: it is not JSON."),
    "a number": (
        "a.jsonl",
        '"a.jpg"\n{"url": 5}\n',
        "Line 2 of a.jsonl cannot be used: its member url must be a text.",
    ),
    "no member": ("a.jsonl", '{"name": "a.jpg"}', "Line 1 of a.jsonl cannot be used: it has no member called photo, "),
    "no object": ("a.jsonl", '["a.jpg"]', "Line 1 of a.jsonl cannot be used: it must be a text or an object."),
    "an open quote": ("a.csv", 'a.jpg\n"b\nc.jpg"\n"open\n\n', "Line 4 of a.csv is not CSV"),
    "a stray quote": ("a.csv", 'photo,n\n"a"b.jpg,1\n', "Line 2 of a.csv is not CSV"),
    "a long name": ("a.txt", f"a\n{'x' * 9000}\n", "Line 2 of a.txt cannot be used: it has more than 8192 characters."),
    "a long cell": ("a.csv", f"n,url\n1,a\n2,{'x' * 9000}\n", "Line 3 of a.csv cannot be used: it has more than"),
    "UTF-16": ("a.txt", "a.jpg\n".encode("utf-16"), "Line 1 of a.txt cannot be used: it has a null character"),
}


@pytest.mark.parametrize(("name", "content", "sentence"), BROKEN.values(), ids=BROKEN)
def test_broken_manifest(tmp_path: Path, name: str, content: str | bytes, sentence: str) -> None:
    """A manifest with a bad line is refused with the line's number and the reason, before any photo is processed."""
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RunError) as refused:
        list(source_of(name, tmp_path)())
    assert str(refused.value).startswith(sentence)


def test_no_comments(tmp_path: Path) -> None:
    """A line that begins with `#` is a path like any other, since files may be called so."""
    (tmp_path / "list.txt").write_text("#1.jpg\n# a.jpg\n")
    assert listed("list.txt", tmp_path) == [f"{tmp_path}/#1.jpg", f"{tmp_path}/# a.jpg"]


def test_entries_without_a_photo(tmp_path: Path) -> None:
    """Null and empty texts in JSON name no photo, like empty cells."""
    (tmp_path / "list.jsonl").write_text('null\n""\n{"url": null}\n{"url": ""}\n{"url": "a.jpg"}\n')
    assert listed("list.jsonl", tmp_path) == [f"{tmp_path}/a.jpg"]


def test_store(tmp_path: Path) -> None:
    """A store that fsspec opens is listed like a folder, by names that open the photos."""
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for name in ("b.jpg", "a/c.jpg", "a/notes.md", "a/.hidden.jpg", "lists/list.txt"):
            archive.writestr(name, "c.jpg\n" if name.endswith("txt") else "photo")
    end = f"::file://{tmp_path}/photos.zip"
    assert listed(f"zip://{end}", tmp_path) == [f"zip://a/c.jpg{end}", f"zip://b.jpg{end}"]
    assert listed(f"zip://a{end}", tmp_path) == [f"zip://a/c.jpg{end}"]
    assert listed(f"zip://*.jpg{end}", tmp_path) == [f"zip://b.jpg{end}"]
    assert listed(f"zip://b.jpg{end}", tmp_path) == [f"zip://b.jpg{end}"]


@pytest.mark.parametrize(
    "address", ["zip://nowhere::file://{}/none.zip", "nonsense://bucket/photos", "memory://nowhere"]
)
def test_no_store(tmp_path: Path, address: str) -> None:
    """An address that leads nowhere is refused in a sentence."""
    with pytest.raises(RunError, match="address"):
        list(source_of(address.format(tmp_path), tmp_path)())
