"""detector/files/metadata.py, detector/files/tflite_metadata.py and detector/files/flatbuffer.py."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import UnusableModel
from detector.families.recognition import recognise
from detector.files import metadata
from detector.files.about import About
from detector.files.flatbuffer import Damaged, Table, reading
from detector.files.metadata import NOTHING, Embedded
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Normalisation
from tests.support import made_models
from tests.support.made_models import flat, zipped

FRUIT = ("Äpfel", "梨")
MODEL_METADATA, OUTPUT_FILES = 3, 6
AXIS, VALUE, VOCABULARY = np.int8(2), np.int8(3), np.int8(5)


def embedded(folder: Path, table: bytes = b"", **files: bytes) -> Embedded:
    """The facts in a file with this TFLite Metadata and these appended files; __ in a name stands for a dot."""
    named = {name.replace("__", "."): content for name, content in files.items()}
    path = made_models.write(folder / "m.tflite", np.zeros((1, 6, 84)), metadata=table, files=named)
    return ModelFile.read(path).embedded


def of_output(*files: dict[int, object]) -> bytes:
    """TFLite Metadata that names files of an output."""
    return flat({MODEL_METADATA: [{3: [{OUTPUT_FILES: list(files)}]}]})


def of_input(mean: list[float], std: list[float]) -> bytes:
    """TFLite Metadata with a normalisation of the input, after another process unit."""
    units = [{0: np.int8(3), 1: {0: 0.5}}, {0: np.int8(1), 1: {0: mean, 1: std}}]
    return flat({MODEL_METADATA: [{2: [{0: "image", 4: units}]}]})


def test_labels_that_no_answer_could_hold(tmp_path: Path) -> None:
    """Half of a character, which Python's repr can state, is no label: a list of models with it could not be sent."""
    assert embedded(tmp_path, meta__txt=repr({"names": ["\ud800", "b"]}).encode()).labels is None


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"metadata__json": json.dumps({"names": {"1": "梨", "0": "Äpfel"}}).encode()}, id="JSON, any order"
        ),
        pytest.param({"metadata__json": json.dumps({"names": FRUIT}).encode()}, id="JSON, a list"),
        pytest.param({"temp_meta__txt": repr({"names": dict(enumerate(FRUIT))}).encode()}, id="Python's repr"),
        pytest.param({"meta__txt": repr({"stride": 32, "names": list(FRUIT)}).encode()}, id="YOLOv5's repr"),
        pytest.param({"labelmap__txt": "Äpfel\n梨\n".encode()}, id="labelmap.txt"),
        pytest.param({"labels__txt": "\ufeff???\r\nÄpfel\r\n梨".encode()}, id="labels.txt, a placeholder first"),
        pytest.param({"labels__txt": "background\nÄpfel\n梨".encode()}, id="labels.txt, a background first"),
        pytest.param({"other__txt": b"x", "README__md": b"#", "labels__txt": "0 Äpfel\n1 梨".encode()}, id="numbered"),
    ],
)
def test_labels(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Labels are found in every form that exporters use, in any script."""
    found = embedded(tmp_path, **files).labels
    assert found is not None
    assert found.names(len(FRUIT)) == FRUIT


def test_labels_by_table(tmp_path: Path) -> None:
    """The table names the file of labels; one without a language is preferred."""
    files = {"de__txt": b"Apfel", "any__txt": "Äpfel\n梨".encode(), "words__txt": b"x\ny", "labels__txt": b"wrong"}
    table = of_output({0: "words.txt", 2: VOCABULARY}, {0: "de.txt", 2: VALUE, 3: "de"}, {0: "any.txt", 2: AXIS})
    found = embedded(tmp_path, table, **files).labels
    assert found is not None
    assert found.readings == (FRUIT,)


@pytest.mark.parametrize("label", ["x" * 256, "cat\x1b[31m"], ids=["long", "control character"])
def test_forbidden_labels_are_absent(tmp_path: Path, label: str) -> None:
    """Labels that are too long or hold control characters count as damaged, in any place."""
    assert embedded(tmp_path, metadata__json=json.dumps({"names": [label]}).encode()).labels is None
    assert embedded(tmp_path, labels__txt=label.encode()).labels is None


def test_task(tmp_path: Path) -> None:
    """The task that an Ultralytics model was trained for is known."""
    content = json.dumps({"names": {"0": "a"}, "task": "segment"}).encode()
    assert embedded(tmp_path, metadata__json=content).task == "segment"


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        pytest.param([127.5], [128], Normalisation(127.5, 128.0), id="one"),
        pytest.param([0, 0, 0], [255, 255, 255], Normalisation(0.0, 255.0), id="three alike"),
        pytest.param([1, 2, 3], [4, 5, 6], Normalisation((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), id="three"),
        pytest.param([0], [0], None, id="a deviation of 0"),
        pytest.param([1, 2], [1, 1], None, id="two channels"),
        pytest.param([], [], None, id="none"),
    ],
)
def test_normalisation(tmp_path: Path, mean: list[float], std: list[float], expected: Normalisation | None) -> None:
    """An input's normalisation is read, for all channels or each; an unreadable one counts as absent."""
    assert embedded(tmp_path, of_input(mean, std)).normalisation == expected


def test_about(tmp_path: Path) -> None:
    """Origin and licence are what either exporter wrote; texts that are damaged are absent, the rest is kept."""
    ultralytics = {"names": ["a"], "description": "YOLO of fruit", "author": "Us", "license": "AGPL-3.0"}
    stated = About("YOLO of fruit, by Us", "AGPL-3.0")
    assert embedded(tmp_path, metadata__json=json.dumps(ultralytics).encode()).about == stated
    assert embedded(tmp_path, meta__txt=repr(ultralytics).encode()).about == stated
    found = embedded(tmp_path, metadata__json=json.dumps(ultralytics | {"license": 7, "author": None}).encode())
    assert (found.about, found.labels is not None) == (About("YOLO of fruit"), True)
    table = flat({0: "Fruit finder", 4: "Us", 5: "Apache-2.0", MODEL_METADATA: []})
    assert embedded(tmp_path, table).about == About("Fruit finder, by Us", "Apache-2.0")
    damaged = flat({0: b"\xff\xfe", 5: "MIT", MODEL_METADATA: [{2: [{0: "image", 4: [], 6: []}]}]})
    assert embedded(tmp_path, damaged).about == About(None, "MIT")


def test_anchors(tmp_path: Path) -> None:
    """MediaPipe's options for raw SSD heads are read, and a file that has them is served."""
    anchors = [{0: 0.5, 1: 0.25, 2: 0.5, 3: 0.25}, {0: 0.5, 1: 0.5, 2: 1.0, 3: 1.0}]
    decoding = {0: 3, 1: 2, 2: 4, 6: 10.0, 7: 10.0, 8: 5.0, 9: 5.0, 10: True, 11: False}
    options = flat({1: {0: {0: anchors}}, 2: decoding})
    table = flat({MODEL_METADATA: [{9: [{0: "OTHER", 1: b"?"}, {0: "DETECTOR_METADATA", 1: options}]}]})
    path = made_models.write(
        tmp_path / "m.tflite",
        np.zeros((1, 2, 4)),
        np.zeros((1, 2, 3)),
        metadata=table,
        files={"labels.txt": "background\nÄpfel\n梨".encode()},
    )
    file = ModelFile.read(path)
    ssd = file.embedded.ssd
    assert ssd is not None
    assert ssd.anchors_cxcywh.tolist() == [[0.5, 0.25, 0.5, 0.25], [0.5, 0.5, 1, 1]]
    assert (ssd.scales_xywh, ssd.exponential, ssd.sigmoid, ssd.classes) == ((10, 10, 5, 5), True, False, 3)
    family = recognise(file)
    assert (family.name, family.labels) == ("ssd", FRUIT)


def test_nothing(tmp_path: Path) -> None:
    """A file without metadata states nothing."""
    assert embedded(tmp_path) == NOTHING


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"temp_meta__txt": b"{'names': [__import__('os').getcwd()]}"}, id="code"),
        pytest.param({"temp_meta__txt": b"[" * 100_000}, id="deep brackets"),
        pytest.param({"temp_meta__txt": b"-" * 100_000 + b"1"}, id="deep signs"),
        pytest.param({"temp_meta__txt": b"1" + b"+1" * 50_000}, id="deep sums"),
        pytest.param({"temp_meta__txt": b"{[]: 1}"}, id="a key that is none"),
        pytest.param({"temp_meta__txt": b"\xff\xfe"}, id="not text"),
        pytest.param({"temp_meta__txt": b"{'names': {0: 'a', 2: 'b'}}"}, id="a number left out"),
        pytest.param({"temp_meta__txt": b"{'names': {}}"}, id="no names"),
        pytest.param({"temp_meta__txt": b"{'stride': 32}"}, id="names missing"),
        pytest.param({"temp_meta__txt": b"'names'"}, id="a word"),
        pytest.param({"metadata__json": b"[" * 100_000}, id="deep JSON"),
        pytest.param({"metadata__json": b'{"names": {"0": ""}}'}, id="an empty name"),
        pytest.param({"metadata__json": b'{"names": {"x": "a"}}'}, id="a word for a number"),
        pytest.param({"metadata__json": b'{"names": 7}'}, id="names that are a number"),
        pytest.param({"labels__txt": b"\xff\xfe"}, id="labels that are not text"),
        pytest.param({"labels__txt": b"a\n" * (1 << 20)}, id="a bomb of labels"),
        pytest.param({"labels__txt": b"\0" * 50_000_000}, id="a bomb of zeros"),
    ],
)
def test_damaged_labels_count_as_absent(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Unusable or malicious metadata gives no labels: nothing is run and nothing raised."""
    assert embedded(tmp_path, **files).labels is None


def test_damaged_zips_count_as_absent() -> None:
    """A zip that is cut off, encrypted, wrong, or compressed by a rare method gives no labels."""
    sound = zipped({"labels.txt": b"a" * 200})
    encrypted = bytearray(sound)
    encrypted[6] |= 1
    encrypted[sound.index(b"PK\1\2") + 8] |= 1
    wrong = bytearray(sound)
    wrong[sound.index(b"PK\1\2") + 16] ^= 0xFF  # the checksum
    for spoilt in (
        sound[:-30],
        encrypted,
        wrong,
        zipped({"labels.txt": b"a"}, zipfile.ZIP_BZIP2),
        b"PK\5\6" + bytes(18),
    ):
        assert metadata._files(b"model" + bytes(spoilt)) == {}
    assert metadata._files(b"model" + sound) == {"labels.txt": b"a" * 200}


SOUND = flat({MODEL_METADATA: [{2: [{4: [{0: np.int8(1), 1: {0: [1], 1: [2]}}]}], 3: [{6: [{0: "x", 2: AXIS}]}]}]})


@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(SOUND)))
def test_damaged_tables_count_as_absent(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], length: int
) -> None:
    """A table with changed or missing bytes is read or ignored, and raises nothing else."""
    spoilt = bytearray(SOUND)
    for place, value in changes:
        spoilt[place] = value
    path = tmp_path_factory.getbasetemp() / "spoilt.tflite"
    made_models.write(path, np.zeros((1, 6, 84)), metadata=bytes(spoilt[:length]))
    assert metadata.read(path.read_bytes()).labels is None


def test_tables_outside_of_the_content() -> None:
    """A table whose offset is behind the content is refused."""
    with pytest.raises(Damaged), reading():
        Table.root(b"\xff\xff\xff\x7f")


def test_a_label_file_comes_first(tmp_path: Path) -> None:
    """Labels beside the model replace those in it, even if these are damaged or too many."""
    path = made_models.write(tmp_path / "m.tflite", np.zeros((1, 6, 84)), files={"labels.txt": b"x\ny\nz"})
    with pytest.raises(UnusableModel, match=r"2 classes, but its metadata names 3: write m\.txt beside it"):
        recognise(ModelFile.read(path))
    (tmp_path / "m.txt").write_text("a\nb", "utf-8")
    assert recognise(ModelFile.read(path)).labels == ("a", "b")
    (tmp_path / "m.txt").write_text("a", "utf-8")
    with pytest.raises(UnusableModel, match="2 classes, but its label file names 1: correct it"):
        recognise(ModelFile.read(path))
