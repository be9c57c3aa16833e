"""The detector's errors.

DetectorError            the request cannot be met; the message is a sentence for the caller
├── UnreadableImage      the photo cannot be decoded
├── ImageTooLarge        the photo has more pixels, or a longer side, than is allowed
├── UnknownModel         no model of that name is loaded
├── UnknownLabel         the chosen model, or every model, lacks that label
│   └── NoCommonModel    each label is known, but no single model has all
├── UnusableZone         a zone's outline is not a polygon; the message lacks its subject
└── UnusableModel        a model file cannot be served (raised while loading, never while detecting)

Messages say what to do and never repeat what the caller sent.
"""

from collections.abc import Collection


class DetectorError(Exception):
    """The base of the detector's errors; never raised itself."""


class UnreadableImage(DetectorError):
    """The photo is damaged, or not in a supported encoding."""


class ImageTooLarge(DetectorError):
    """The photo was not decoded, because its header announces more pixels than are allowed."""


class UnknownModel(DetectorError):
    """No loaded model has the requested name."""


class UnknownLabel(DetectorError):
    """A requested label is one that the chosen model, or every model, lacks.

    Attributes:
        labels: the unknown ones.
    """

    def __init__(self, message: str, labels: Collection[str] = ()) -> None:
        super().__init__(message)
        self.labels = labels


class NoCommonModel(UnknownLabel):
    """Each of the requested labels is known, but no single model has all.

    Attributes:
        labels: all of them.
    """


class UnusableZone(DetectorError):
    """A zone encloses nothing, or its outline crosses itself; the message lacks its subject, the outline."""


class UnusableModel(DetectorError):
    """A model file cannot be served; below Model.load, the message lacks its subject, the file's name.

    Control characters in the names of files, or in what files say, are replaced: they would forge lines in a log.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(character if character.isprintable() else "\ufffd" for character in message))
