"""One model, ready to be run on images."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, clip
from detector.errors import UnusableModel
from detector.families import Family
from detector.files import UNNAMED, About, ModelFile, Sources
from detector.images import shrink_divisor
from detector.rewriting import prepared
from detector.serving.pool import Pool
from detector.tflite import LITERT, POSTPROCESS, Outputs, Runtime, Staged

GREY = np.full((64, 64, 3), 128, np.uint8)


class Model:
    """A recognised model file with its interpreters.

    Attributes:
        file: the facts about the file.
        family: defines how it is fed and decoded.
        runtime: runs it.
    """

    def __init__(self, file: ModelFile, family: Family, runtime: Runtime) -> None:
        self.file = file
        self.family = family
        self.runtime = runtime
        self._pool = Pool(lambda threads: file.build(runtime, threads), runtime.threads)
        self._named = np.array([label != UNNAMED for label in family.labels])

    def __reduce__(self) -> tuple[type["Model"], tuple[ModelFile, Family, Runtime]]:
        """Pickles the facts alone; another process builds interpreters of its own."""
        return Model, (self.file.picklable(), self.family, self.runtime)

    @classmethod
    def load(cls, path: Path, runtime: Runtime, name: str | None = None, title: str | None = None) -> "Model":
        """Reads, recognises and tries a file in this process, which a damaged file may crash.

        The service does this in a child process, see trial.py, and builds interpreters of what the child returns.

        Args:
            path: a .tflite file.
            runtime: runs it.
            name: its name for callers if it has a folder of its own; else the file's name is used.
            title: the file's name in messages, if it is another.

        Raises:
            UnusableModel: the file cannot be served; the message names it and says why and what to do.
        """
        title = title or path.name
        try:
            file, family = prepared(ModelFile.read(path, name))
            model = cls(file, family, runtime)
            if file.stages and runtime.name == LITERT.name:  # it ran twice when it was split
                model.keep(file.interpreter)
            else:
                model.try_out()
        except UnusableModel as error:
            raise UnusableModel(f"{title} {error}") from error
        except OSError as error:
            raise UnusableModel(
                f"{title}, or what lies beside it, cannot be read: let the service's user read it."
            ) from error
        return model

    @property
    def name(self) -> str:
        """Its name for callers."""
        return self.file.name

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it finds, in class order, without unnamed classes."""
        return tuple(label for label in self.family.labels if label != UNNAMED)

    @property
    def about(self) -> About:
        """Its origin and its licence; the sidecar overrides the file's metadata."""
        stated, embedded = self.file.sidecar, self.file.embedded.about
        return About(stated.origin or embedded.origin, stated.licence or embedded.licence)

    @property
    def sources(self) -> Sources:
        """The origin of the facts about it."""
        return Sources(
            family="sidecar" if self.file.sidecar.family else "file",
            labels=self.file.labels.source(self.family.labels),
            normalisation=self.family.input.normalisation_from,
            weights="repaired" if self.file.repaired else "file",
        )

    def build(self) -> None:
        """Builds the first interpreter that serves.

        Raises:
            UnusableModel: the runtime refuses the model.
        """
        self.keep(self.file.build(self.runtime))

    def keep(self, interpreter: Staged) -> None:
        """Adds an interpreter that was built elsewhere, on one thread."""
        self._pool.keep(interpreter)

    def try_out(self) -> None:
        """Runs the model on a grey image in two fresh interpreters, and keeps the first.

        Raises:
            UnusableModel: the model cannot be run, has other outputs than its file announces, returns numbers that are
                not finite, or answers differently in each interpreter.
        """
        is_read_by_it = self.runtime.name == LITERT.name
        interpreter = self.file.interpreter if is_read_by_it else self.file.build(self.runtime)
        try:
            found = self._run(interpreter, GREY, threshold=-math.inf)
            again = self._run(self.file.build(self.runtime), GREY, threshold=-math.inf)
            is_finite = self._is_finite(interpreter)
        except (RuntimeError, ValueError, IndexError) as error:
            raise UnusableModel("cannot be run, or answers otherwise than it announces: export it again.") from error
        if not is_finite:
            raise UnusableModel(
                "answers with numbers that are not finite: export it again, with float32 weights if need be."
            )
        if not found.equals(again):
            raise UnusableModel(
                "answers the same photo differently each time it is loaded, for the runtime reads beyond what the file "
                "holds: export it again with a newer converter, or with float32 weights."
            )
        self.keep(interpreter)

    def _is_finite(self, interpreter: Staged) -> bool:
        """True if all outputs of an interpreter are finite.

        TFLite_Detection_PostProcess leaves the memory after its last box as it was, so its outputs are not checked.
        """
        if POSTPROCESS in self.file.custom_operations:
            return True
        return all(np.isfinite(output.stored).all() for output in Outputs(interpreter, self.file.outputs).values())

    def shrink_divisor(self, width: int, height: int) -> int:
        """The power of two by which an image of this size may be scaled down before the model sees it."""
        placement = self.family.input.place(width, height)
        return shrink_divisor(width, height, placement.width, placement.height, self.family.input.average_from)

    def candidates(self, image_rgb: NDArray[np.uint8], threshold: float, *, alone: bool = False) -> Candidates:
        """All candidates that the model proposes for an image.

        Args:
            image_rgb: upright pixels [height, width, 3].
            threshold: the score, 0..1, below which candidates are only counted.
            alone: True to use all of the runtime's threads, because no one else needs the cores.

        Returns:
            Candidates in fractions of the image, clipped to it. Those that are not finite, or of an unnamed class, are
            only counted.
        """
        with self._pool.interpreter(alone=alone) as interpreter:
            return self._run(interpreter, image_rgb, threshold)

    def _run(self, interpreter: Staged, image_rgb: NDArray[np.uint8], threshold: float) -> Candidates:
        """See candidates."""
        image_input = self.family.input
        height, width = image_rgb.shape[:2]
        placement = image_input.place(width, height)
        interpreter.set_tensor(image_input.tensor.index, image_input.fill(image_rgb, placement))
        interpreter.invoke()
        outputs = Outputs(interpreter, self.file.outputs)
        with np.errstate(invalid="ignore", over="ignore"):  # for models whose outputs are nonsense
            found = self.family.decode(outputs, threshold)
            boxes_xyxy = clip(placement.to_image(found.boxes_xyxy))
        sound = np.isfinite(found.scores) & np.isfinite(boxes_xyxy).all(axis=1) & self._named[found.class_ids]
        # Quantisation may round a score to a little more than 1.
        clipped = replace(found, boxes_xyxy=boxes_xyxy, scores=np.minimum(found.scores, 1.0))
        return replace(clipped.take(sound), not_listed=found.not_listed + int(np.count_nonzero(~sound)))
