"""Looks at photos, one after the other: what each process of a run does."""

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

Photo = bytes | Refusal  # a photo's bytes, or why there are none


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with each photo; it can be sent to other processes.

    Attributes:
        models: those that look.
        features: what they look for.
        limits: for photos.
        max_bytes: of a photo.
        max_tiles: in which a photo is looked at.
    """

    models: LoadedModels
    features: list[Feature]
    limits: ImageLimits
    max_bytes: int
    max_tiles: int


class Looker:
    """Looks at photos."""

    def __init__(self, task: Task) -> None:
        """Build the interpreters.

        Raises:
            RuntimeError: a model cannot be run here.
        """
        self._task = task
        core = Admission(AdmissionLimits(at_once=1))
        self._detector = Detector(task.models, task.limits, core, max_tiles=task.max_tiles)
        self._detector.warm_up()

    def read(self, name: str) -> Photo:
        """A photo; may be called in other threads."""
        try:
            return read(name, self._task.max_bytes)
        except Refusal as refusal:
            return refusal

    def look(self, name: str, photo: Photo) -> Outcome:
        """What becomes of a photo."""
        if isinstance(photo, Refusal):
            return failed(name, photo)
        try:
            return outcome(name, result(detect(self._detector, photo, self._task.features)))
        except (DetectorError, Refusal) as error:
            return failed(name, error)
        except Exception:
            logger.exception("%s failed", name)
            return failed(name, Refusal(500, "The detector failed: its log says where."))


def failed(name: str, error: Exception) -> Outcome:
    """What becomes of a photo that cannot be looked at. Its problem's id depends on its name alone."""
    record.begin([(b"x-request-id", str(uuid.uuid5(uuid.NAMESPACE_URL, name)).encode())])
    return outcome(name, result(error))
