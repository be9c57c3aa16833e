"""Decodes YAML that strangers wrote."""

import re
from typing import TypeVar

import msgspec
import yaml

MAX_DEPTH = 100

# A number that takes minutes to read: PyYAML knows numbers in base 60, such as 1:59:59, of any length.
LONG_NUMBER = re.compile(r"[-+\d_.:]{100,}")

Type = TypeVar("Type")


def decode_yaml(content: bytes | str, wanted: type[Type]) -> Type:
    """Decodes YAML into a type.

    Raises:
        ValueError: it is not YAML, is nested too deeply, has a number of thousands of digits, or does not fit the type.
    """
    depth = 0
    try:
        for event in yaml.parse(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.ScalarEvent) and LONG_NUMBER.fullmatch(event.value):
                raise ValueError("it has a number of too many digits")
            if depth > MAX_DEPTH:  # on Python 3.10, building such a document overruns the stack
                raise ValueError("it is nested too deeply")
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    try:
        return msgspec.yaml.decode(content, type=wanted)
    except OverflowError:
        raise ValueError("it has a number that is too large") from None
