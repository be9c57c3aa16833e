"""YAML, read by libyaml where PyYAML has it, as its wheels do: create_app() then takes a tenth of the time."""

from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str) -> Any:
    """What a text says; raises yaml.YAMLError where it is no YAML."""
    return yaml.load(text, LOADER)  # noqa: S506  # it is a safe one


def tree(text: str) -> Any:
    """A text's nodes, which know their lines; raises yaml.YAMLError where it is no YAML."""
    return yaml.compose(text, LOADER)
