"""Options that the models cannot serve are refused in the words of the command."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from app import create_admission, create_detector
from detector import Detector
from offline import queries
from offline.options import OptionError
from offline.queries import queries_for
from schemas import Feature, Zone, ZonePoint
from settings import Settings

OUTSIDE = [ZonePoint(x=0, y=0), ZonePoint(x=0.5, y=0.5), ZonePoint(x=1, y=1)]  # encloses nothing


@pytest.fixture(scope="module")
def detector(two_models: Path) -> Detector:
    """A detector with two models, one of which finds cones and the other Leitkegel."""
    settings = replace(Settings(), models=str(two_models), workers=1)
    return create_detector(settings, create_admission(settings))


REFUSED = {
    "model": (Feature(model="nope"), "--model must be the name of a model. There are: 'english', 'german'."),
    "label": (
        Feature(type="car"),
        "--type must be a label that a model finds. 'english' finds 'cone'; 'german' finds 'Leitkegel'.",
    ),
    "label of a model": (
        Feature(model="german", type="cone"),
        "--type must be a label that a model finds. 'german' finds 'Leitkegel'.",
    ),
    "labels": (Feature(types=["cone", "Leitkegel"]), "--types/0 and --types/1 must be labels that one model finds."),
    "thresholds": (Feature(thresholds={"car": 0.5}), "--thresholds must be a label that a model finds."),
    "zone's label": (
        Feature(zones=[Zone(name="a", points=OUTSIDE, types=["car"])]),
        "--zones/0/types/0 must be a label that a model finds.",
    ),
    "zone": (Feature(zones=[Zone(name="a", points=OUTSIDE)]), "A zone cannot be used: --zones/0/points "),
    "sizes": (
        Feature(min_height=0.5, max_height=0.2),
        "--max_height must not be less than min_height, which is 0.5.",
    ),
    "zones": (Feature(only_zones=True), "--only_zones needs zones."),
    "tiles": (Feature(tiles="16x16"), "--tiles asks for too many: at most 64 per photo are allowed"),
}


@pytest.mark.parametrize(("feature", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused(detector: Detector, feature: Feature, sentence: str) -> None:
    """A message names the option, and lists the models or labels that there are; it needs no server."""
    with pytest.raises(OptionError) as refused:
        queries_for(detector, [Feature(), feature])
    assert sentence in str(refused.value)
    assert "GET" not in str(refused.value)
    assert "#/" not in str(refused.value)


def test_bounded(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first models are listed, with the number of the others."""
    monkeypatch.setattr(queries, "LISTED", 1)
    with pytest.raises(OptionError, match=r"There are: 'english' and 1 more\."):
        queries_for(detector, [Feature(model="nope")])


def test_usable(detector: Detector) -> None:
    """Every feature gets a query of the model that it names, or of one that finds its labels."""
    found = queries_for(detector, [Feature(model="english"), Feature(type="Leitkegel")])
    assert [query.model.name for query in found] == ["english", "german"]
