"""Notes photos' stages on the records of their requests, for the log and the metrics."""

from collections.abc import Sequence

from detector import Listener
from web import record


class StageNotes(Listener):
    """Writes to the current request's record; several threads may do so for one request."""

    def decoded(self, seconds: float) -> None:
        """See Listener."""
        record.current().stages.append(("decode", seconds))

    def inferred(self, models: Sequence[str], seconds: float) -> None:
        """See Listener."""
        request = record.current()
        request.stages.append(("infer", seconds))
        request.models.update(dict.fromkeys(models))

    def found(self, labels: Sequence[str]) -> None:
        """See Listener."""
        record.current().found.append(labels)
