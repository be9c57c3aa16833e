"""detector/tflite/stages.py."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.files.modelfile import ModelFile
from detector.tflite.runtime import LITERT
from detector.tflite.stages import Staged
from tests.support.made_networks import SIDE
from tests.support.made_yolo import Yolov8
from tests.support.running import labelled, split

IMAGES = np.random.default_rng(0).random((2, 1, SIDE, SIDE, 3), np.float32)


class Counted:
    """A real interpreter that counts its runs."""

    def __init__(self, content: bytes) -> None:
        self.interpreter = LITERT.build(content)
        self.runs = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.interpreter, name)

    def invoke(self) -> None:
        """Counts, and runs."""
        self.runs += 1
        self.interpreter.invoke()


@pytest.fixture
def parts(tmp_path: Path) -> ModelFile:
    """A network with a first part and three others."""
    return split(labelled(tmp_path, Yolov8().export()))[0]


def test_later_parts_run_on_demand(parts: ModelFile) -> None:
    """An input runs the first part; another runs when its output is read, once per input."""
    built: list[Counted] = []

    def build(content: bytes) -> Counted:
        built.append(Counted(content))
        return built[-1]

    staged = Staged(build, parts.content, parts.stages)
    answers = []
    for number, image in enumerate(IMAGES):
        staged.set_tensor(parts.inputs[0].index, image)
        staged.invoke()
        assert [each.runs for each in built] == [number + 1, 0, number, 0]
        answers += [staged.get_tensor(parts.stages[1].gives) for _ in range(2)]
        assert [each.runs for each in built] == [number + 1, 0, number + 1, 0]
    np.testing.assert_array_equal(answers[0], answers[1])
    np.testing.assert_array_equal(answers[2], answers[3])
    assert np.ptp(answers[0] - answers[2]) > 0
