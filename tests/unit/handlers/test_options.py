"""handlers/options.py."""

from pathlib import Path

from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from handlers.options import DEFAULTS, defaults_of


def test_a_sidecars_maximum_bounds_the_general_minimum(copied: Path) -> None:
    """A sidecar that states only a small maximum leaves options that objects can meet."""
    with copied.with_suffix(".yml").open("a", encoding="utf-8") as sidecar:
        sidecar.write("\ndefaults: {max_height: 0.02, max_width: 0.5}\n")
    defaults = defaults_of(Model.load(copied, LITERT))
    assert (defaults.min_height, defaults.max_height) == (0.02, 0.02)
    assert (defaults.min_width, defaults.max_width) == (DEFAULTS.min_width, 0.5)
