"""Detects in photos, one after the other, in each process of a run."""

import logging
import uuid
from dataclasses import dataclass

from detector import Detector, DetectorError, ImageLimits, LoadedModels
from handlers.detection import result
from handlers.photo import detect
from offline.reading import read
from offline.rows import Outcome, outcome
from schemas import Feature
from web import record
from web.admission import Admission, AdmissionLimits
from web.problems.problem import Refusal

logger = logging.getLogger(__name__)

Photo = bytes | Refusal  # a photo's bytes, or the reason why there are none


@dataclass(frozen=True, slots=True)
class Task:
    """The work for each photo; it can be sent to other processes.

    Attributes:
        models: the models to run.
        features: the options for each photo.
        limits: for photos.
        max_bytes: of a photo.
        max_tiles: maximum number of tiles per photo.
    """

    models: LoadedModels
    features: list[Feature]
    limits: ImageLimits
    max_bytes: int
    max_tiles: int


class Processor:
    """Detects in photos."""

    def __init__(self, task: Task) -> None:
        """Builds the interpreters.

        Raises:
            RuntimeError: a model cannot be run here.
        """
        self._task = task
        core = Admission(AdmissionLimits(at_once=1))
        self._detector = Detector(task.models, task.limits, core, max_tiles=task.max_tiles)
        self._detector.warm_up()

    def read(self, name: str) -> Photo:
        """Reads a photo; may be called in other threads."""
        try:
            return read(name, self._task.max_bytes)
        except Refusal as refusal:
            return refusal

    def process(self, name: str, photo: Photo) -> Outcome:
        """The outcome for a photo."""
        if isinstance(photo, Refusal):
            return failure(name, photo)
        try:
            return outcome(name, result(detect(self._detector, photo, self._task.features)))
        except (DetectorError, Refusal) as error:
            return failure(name, error)
        except Exception:
            logger.exception("%s failed", name)
            return failure(name, Refusal(500, "The detector failed: its log says where."))


def failure(name: str, error: DetectorError | Refusal) -> Outcome:
    """The outcome for a photo that failed. Its problem's id depends on its name alone."""
    record.begin([(b"x-request-id", str(uuid.uuid5(uuid.NAMESPACE_URL, name)).encode())])
    return outcome(name, result(error))
