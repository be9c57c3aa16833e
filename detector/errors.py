"""What can go wrong between bytes and detections.

DetectorError            what was asked for cannot be done; the message is a sentence for the caller
├── UnreadableImage      the bytes are no picture that can be decoded
├── ImageTooLarge        the picture has more pixels, or a longer side, than is allowed
├── UnknownModel         no model of that name is loaded
├── UnknownLabel         no loaded model, or not the chosen one, knows that label
├── UnusableZone         a zone's outline is no polygon; the message lacks its subject
└── UnusableModel        a model file cannot serve (raised while loading, never while detecting)

Messages say what to do and never repeat what the caller sent.
"""

from collections.abc import Collection


class DetectorError(Exception):
    """Never raised itself; catch it to catch every refusal of the detector."""


class UnreadableImage(DetectorError):
    """The bytes are no picture in a supported encoding, or are damaged."""


class ImageTooLarge(DetectorError):
    """Decoding was not tried, because the header announces more pixels than are allowed."""


class UnknownModel(DetectorError):
    """No loaded model has the requested name."""


class UnknownLabel(DetectorError):
    """A requested label is not one that the model, or any model, can find.

    Attributes:
        labels: those that are unknown; all of them if each is known, but no model knows all.
    """

    def __init__(self, message: str, labels: Collection[str] = ()) -> None:
        super().__init__(message)
        self.labels = labels


class UnusableZone(DetectorError):
    """A zone encloses nothing, or its outline crosses itself; the message lacks its subject, the outline."""


class UnusableModel(DetectorError):
    """A file cannot serve as a detector; below Model.load the message lacks its subject, the file's name."""
