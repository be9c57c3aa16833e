"""Converts the contract's names to Python's."""

import keyword
import re

TAKEN = {"request", "query"}
CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake_case(camel_case: str) -> str:
    """Converts `listModels` to `list_models`."""
    return CAMEL_HUMP.sub("_", camel_case).lower()


def argument_name(name: str) -> str:
    """The argument for a parameter: `max_results` for `maxResults`, `x_trace` for `X-Trace`, `class_` for `class`.

    `request` and `query` are the body and the whole query, so parameters of these names get an underscore, too.
    """
    argument = re.sub(r"\W+", "_", snake_case(name)).strip("_")
    is_taken = keyword.iskeyword(argument) or argument[:1].isdigit() or argument in TAKEN or not argument
    return f"{argument}_" if is_taken else argument
