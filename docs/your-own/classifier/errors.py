"""The classifier's errors. Messages say what to do and never repeat what the caller sent."""


class UnreadableImage(Exception):
    """The bytes are not an image in a supported encoding, or are damaged."""


class ImageTooLarge(Exception):
    """Decoding was not tried, because the header announces more pixels than are allowed."""


class UnusableModel(Exception):
    """A file cannot serve as a classifier."""
