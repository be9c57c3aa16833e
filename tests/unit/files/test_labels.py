"""detector/files/labels.py."""

from pathlib import Path

import pytest

from detector.errors import UnusableModel
from detector.files.labels import MAX_BYTES, Labels, parse, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cat\ndog\n", ("cat", "dog"), id="plain"),
        pytest.param("cat\ndog", ("cat", "dog"), id="no line end at the end"),
        pytest.param("cat\r\ndog\r\n", ("cat", "dog"), id="Windows line ends"),
        pytest.param("\n  cat \n\n\tdog\n\n", ("cat", "dog"), id="blanks and empty lines"),
        pytest.param("\ufeffcat\ndog\n", ("cat", "dog"), id="byte order mark"),
        pytest.param("traffic light\nhot dog\n", ("traffic light", "hot dog"), id="labels of two words"),
        pytest.param("Leitkegel\ncône\n三角锥\n🚧\n", ("Leitkegel", "cône", "三角锥", "🚧"), id="Unicode"),
        pytest.param("cat\ncat\n", ("cat", "cat"), id="one name for two classes"),
        pytest.param("7 up\nfanta\n", ("7 up", "fanta"), id="a number in one name is part of it"),
        pytest.param("0  cat\n1  dog\n", ("cat", "dog"), id="numbered"),
        pytest.param("0: cat\n1: dog\n", ("cat", "dog"), id="numbered, colon"),
        pytest.param("0,cat\n1,dog\n", ("cat", "dog"), id="numbered, comma"),
        pytest.param("1 dog\n0 hot cat\n", ("hot cat", "dog"), id="numbered, not in order"),
        pytest.param("1 cat\n2 dog\n", ("cat", "dog"), id="numbered from 1"),
        pytest.param("0 cat\n3 dog\n", ("cat", "???", "???", "dog"), id="numbered, with a gap"),
        pytest.param("0. cat\n1) dog\n", ("cat", "dog"), id="numbered, with a dot or a bracket"),
        pytest.param("0\tcat\n1\tdog\n", ("cat", "dog"), id="numbered, with a tab"),
        pytest.param("1 euro\n2 euro\n", ("1 euro", "2 euro"), id="numbers that tell names apart"),
        pytest.param("30 kmh\n50 kmh\n100 kmh\n", ("30 kmh", "50 kmh", "100 kmh"), id="numbers from 30"),
        pytest.param("0 cat\n0 dog\n", ("0 cat", "0 dog"), id="one number for two"),
        pytest.param("0 cat\n999999999 dog\n", ("0 cat", "999999999 dog"), id="a huge gap"),
        pytest.param("n/a\ncat", ("???", "cat"), id="not available"),
        pytest.param("item { id: 1 name: 'cat' }", ("cat",), id="items in a .txt"),
        pytest.param("???\ncat\ndog\n", ("???", "cat", "dog"), id="placeholder first"),
        pytest.param("background\ncat\n", ("background", "cat"), id="background first"),
        pytest.param("__background__\ncat\n", ("__background__", "cat"), id="another background"),
        pytest.param("0 Background\n1 cat\n", ("Background", "cat"), id="numbered background"),
        pytest.param("cat\n???\nbackground\n", ("cat", "???", "background"), id="placeholders later on are classes"),
    ],
)
def test_reads_lines(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    """Label files of all common kinds give the labels in class order."""
    file = tmp_path / "model.txt"
    file.write_bytes(text.encode())
    assert parse(file.name, read(file))[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "item {\n id: 1\n name: 'cat'\n}\nitem {\n id: 2\n name: \"dog\"\n}", ("cat", "dog"), id="both quotes"
        ),
        pytest.param("item{name:'dog' id:2}item{name:'cat' id:1}", ("cat", "dog"), id="close together, not in order"),
        pytest.param(
            "item { id: 1 name: 'cat' }\nitem { id: 3 name: 'dog' }", ("cat", "???", "dog"), id="a gap, as in COCO"
        ),
        pytest.param(
            "item { id: 0 name: 'background' } item { id: 1 name: 'cat' }", ("background", "cat"), id="background"
        ),
        pytest.param("item { name: '/m/01' id: 1 display_name: 'cat' }", ("cat",), id="a name for people is preferred"),
        pytest.param("item { display_name: 'cat' id: 1 name: '/m/01' }", ("cat",), id="wherever it stands"),
        pytest.param("item { id: 1 name: 'chien d\u2019aveugle' }", ("chien d\u2019aveugle",), id="Unicode"),
        pytest.param("item { id: 1 name: 'a {b} c' }", ("a {b} c",), id="braces"),
        pytest.param("item { id: 1 name: 'cat' keypoints { id: 7 label: 'nose' } }", ("cat",), id="keypoints"),
    ],
)
def test_reads_pbtxt(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    """The Object Detection API's label maps give the labels by their ids."""
    file = tmp_path / "model.pbtxt"
    file.write_text(text, "utf-8")
    assert parse(file.name, read(file))[0] == expected


@pytest.mark.parametrize("text", ["item {", "item { name: '", "id:1", "1\n", "1 a\n"])
@pytest.mark.parametrize("name", ["m.txt", "m.pbtxt"])
def test_any_text_is_soon_refused(text: str, name: str) -> None:
    """Whatever a label file of the largest size repeats, reading it does not take minutes."""
    content = (text * (MAX_BYTES // len(text))).encode()
    with pytest.raises(UnusableModel, match=f" {name}"):
        parse(name, content)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("names:\n  0: cat\n  1: dog\n", ("cat", "dog"), id="by number"),
        pytest.param("nc: 2\ntrain: images/train\nnames: [cat, dog]\n", ("cat", "dog"), id="a list"),
        pytest.param("names: {1: dog, 0: hot cat}\nstride: 32\n", ("hot cat", "dog"), id="not in order"),
    ],
)
@pytest.mark.parametrize("name", ["data.yaml", "metadata.yaml", "data.YML"])
def test_reads_yaml(name: str, text: str, expected: tuple[str, ...]) -> None:
    """Ultralytics' metadata.yaml and data.yaml give the labels under `names`."""
    assert parse(name, text.encode()) == (expected,)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("m.txt", b"", "has no labels", id="empty"),
        pytest.param("m.txt", b"\n \n", "has no labels", id="blank"),
        pytest.param("m.txt", b"???\n", "has no labels", id="only a placeholder"),
        pytest.param("m.pbtxt", b"cat\ndog\n", "has no labels", id="lines in a pbtxt"),
        pytest.param("m.txt", "caf\u00e9".encode("latin-1"), "not UTF-8", id="Latin-1"),
        pytest.param("m.txt", "cat".encode("utf-16"), "not UTF-8", id="UTF-16"),
        pytest.param("m.txt", b"cat\n" + b"x" * 256, "more than 255 characters", id="a long label"),
        pytest.param("m.txt", b"cat\x1b[31m\ndog", "control character", id="an escape"),
        pytest.param("m.txt", b"cat\x00\ndog", "control character", id="a zero byte"),
        pytest.param("m.txt", "cat\u0085dog".encode(), "control character", id="a control character beyond ASCII"),
        pytest.param("m.txt", b"x\n" * 100_001, "more than 100,000 labels", id="too many"),
        pytest.param("m.txt", b"x" * (8 << 20) + b"x", "more than 8 MiB", id="too large"),
        pytest.param("data.yaml", b"train: images\n", "under `names`", id="YAML without names"),
        pytest.param("data.yaml", b"names: [", "under `names`", id="not YAML"),
        pytest.param("data.yaml", b"names: {1: cat, 3: dog}", "has no labels", id="YAML with a gap"),
        pytest.param("m.pbtxt", b"item {id: 7 name: 'a'}", "numbered from 7 to 7", id="items from 7"),
        pytest.param("m.pbtxt", b"item { id: 1 }", "without an id or a name", id="item without a name"),
        pytest.param("m.pbtxt", b"item { name: 'cat' }", "without an id or a name", id="item without an id"),
        pytest.param("m.pbtxt", b"item {id: 1 name: 'a'} item {id: 1 name: 'b'}", "two labels", id="an id twice"),
    ],
)
def test_refuses(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """A file that is not labels is refused with the reason, its name and what to do."""
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UnusableModel, match=reason) as refusal:
        parse(file.name, read(file))
    assert name in str(refusal.value)
    assert ": " in str(refusal.value)


@pytest.mark.parametrize(
    ("entries", "classes", "expected"),
    [
        pytest.param("??? cat dog", 2, "cat dog", id="a placeholder"),
        pytest.param("Background cat dog", 2, "cat dog", id="a background"),
        pytest.param("__background__ cat", 1, "cat", id="another background"),
        pytest.param("??? cat", None, "cat", id="a placeholder, classes unknown"),
        pytest.param("background cat", 2, "background cat", id="a background that is a class"),
        pytest.param("unlabeled cat dog", 2, "cat dog", id="a word that may be a class, but is one too many"),
        pytest.param("unlabeled cat dog", 3, "unlabeled cat dog", id="a word that is a class"),
        pytest.param("none cat", None, "none cat", id="a word that may be a class, classes unknown"),
        pytest.param("cat ??? dog", 3, "cat ??? dog", id="a placeholder later on is a class"),
    ],
)
def test_without_background(entries: str, classes: int | None, expected: str) -> None:
    """A first entry that is not a class is dropped, unless there are as many classes as entries."""
    assert Labels((tuple(entries.split()),), "label_file").names(classes) == tuple(expected.split())


@pytest.mark.parametrize(
    ("text", "classes", "expected"),
    [
        pytest.param("1 euro\n2 cent\n", 2, "euro cent", id="numbers give the class count and distinct names"),
        pytest.param("0 cat\n3 dog\n", 4, "cat ??? ??? dog", id="classes without a name"),
        pytest.param("0 cat\n3 dog\n", 2, "cat dog", id="classes that were numbered anew"),
        pytest.param("0 bg\n1 cat\n", 1, "cat", id="a numbered background"),
        pytest.param("cat\n\ndog\n", 3, "cat ??? dog", id="an empty line for a class without a name"),
        pytest.param("cat\n\ndog\n", 2, "cat dog", id="an empty line for nothing"),
        pytest.param("cat\ndog\n", 3, None, id="too few"),
        pytest.param("item {id: 1 name: 'a'} item {id: 3 name: 'b'}", 2, "a b", id="items that were numbered anew"),
    ],
)
def test_the_number_of_classes_chooses_the_reading(text: str, classes: int, expected: str | None) -> None:
    """A file is read in the way that gives as many labels as there are classes."""
    names = Labels(parse("m.txt", text.encode()), "label_file").names(classes)
    assert names == (tuple(expected.split()) if expected else None)


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        pytest.param("cat_raccoon.txt", 2, "cat", "raccoon", id="numbered"),
        pytest.param("coco_80.txt", 80, "person", "toothbrush", id="plain"),
        pytest.param("coco_90_with_placeholder.txt", 90, "person", "toothbrush", id="placeholder first"),
        pytest.param("pets.pbtxt", 37, "Abyssinian", "yorkshire_terrier", id="pbtxt"),
        pytest.param("safetycone.txt", 1, "safetycone", "safetycone", id="a single label"),
    ],
)
def test_public_files(assets: Path, name: str, count: int, first: str, last: str) -> None:
    """Label files found beside public models are read as their authors meant them."""
    found = Labels(parse(name, read(assets / "labels" / name)), "label_file").names(count)
    assert found is not None
    assert (len(found), found[0], found[-1]) == (count, first, last)
