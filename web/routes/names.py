"""Names of the contract as names of Python."""

import keyword
import re

CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake_case(camel_case: str) -> str:
    """`listModels` as `list_models`."""
    return CAMEL_HUMP.sub("_", camel_case).lower()


def argument_name(name: str) -> str:
    """The argument for a parameter: `maxResults` as `max_results`, `X-Trace` as `x_trace`, `class` as `class_`."""
    argument = re.sub(r"\W+", "_", snake_case(name)).strip("_")
    return f"{argument}_" if keyword.iskeyword(argument) or argument[:1].isdigit() or not argument else argument
