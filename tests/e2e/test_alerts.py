"""docs/operations/rules.yml: each alert fires when it should, and only then; and the dashboard explains itself."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.server import ROOT
from tests.support.tools import needs

PROMTOOL = shutil.which("promtool")
OPERATIONS = ROOT / "docs" / "operations"
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load((OPERATIONS / "rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")

A, B = 'instance="a"', 'instance="b"'
HEALTHY: dict[str, str | None] = {  # two servers that answer 10 requests per second, one of each hundred with a 503
    f'up{{job="specsight",{A}}}': "1x120",
    f'up{{job="specsight",{B}}}': "1x120",
    f'specsight_requests_total{{{A},operation="predict",status="200"}}': "0+149x120",
    f'specsight_requests_total{{{A},operation="predict",status="500"}}': "0x120",
    f'specsight_requests_total{{{A},operation="predict",status="503"}}': "0+1x120",
    f'specsight_requests_total{{{A},operation="getReadiness",status="503"}}': "0 1x119",
    f'specsight_requests_total{{{A},operation="getReadiness",status="200"}}': "0 0 0+1x118",
    f'specsight_requests_total{{{A},operation="getMetrics",status="200"}}': "0+1x120",
    f'specsight_refusals_total{{{A},reason="place"}}': "0+1x120",
    f'specsight_refusals_total{{{A},reason="token"}}': "0+100x120",
    f'specsight_stage_seconds_bucket{{{A},stage="wait",le="0.5"}}': "0+148x120",
    f'specsight_stage_seconds_bucket{{{A},stage="wait",le="1"}}': "0+148x120",
    f'specsight_stage_seconds_bucket{{{A},stage="wait",le="2"}}': "0+149x120",
    f'specsight_stage_seconds_bucket{{{A},stage="wait",le="+Inf"}}': "0+149x120",
    f"specsight_oldest_waiting_seconds{{{A}}}": "0x40 19 0x79",
    f"specsight_worker_deaths_total{{{A}}}": "0x90 2x30",
    f"specsight_unusable_models{{{A}}}": "0x100 1x5 0x14",
    f'specsight_model_info{{{A},model="cone",digest="1"}}': "1x120",
    f'specsight_model_info{{{B},model="cone",digest="1"}}': "1x120",
    f'specsight_model_info{{{B},model="cat",digest="2"}}': "1x120",
}
FAULTS: dict[str, dict[str, str | None]] = {
    "SpecsightDown": {f'up{{job="specsight",{B}}}': "1x60 0x59"},
    "SpecsightIsNotScraped": {f'up{{job="specsight",{A}}}': None, f'up{{job="specsight",{B}}}': None},
    "SpecsightIsNotReady": {
        f'specsight_requests_total{{{A},operation="getReadiness",status="503"}}': "0+1x120",
        f'specsight_requests_total{{{A},operation="getReadiness",status="200"}}': "0x120",
    },
    "SpecsightFails": {f'specsight_requests_total{{{A},operation="predict",status="500"}}': "0+3x120"},
    "SpecsightHasFailed": {f'specsight_requests_total{{{A},operation="predict",status="500"}}': "0x100 1x19"},
    "SpecsightRefuses": {
        f'specsight_requests_total{{{A},operation="predict",status="503"}}': "0+10x120",
        f'specsight_refusals_total{{{A},reason="place"}}': "0+10x120",
    },
    "SpecsightQueueIsSlow": {
        f'specsight_stage_seconds_bucket{{{A},stage="wait",le="0.5"}}': "0+140x120",
        f'specsight_stage_seconds_bucket{{{A},stage="wait",le="1"}}': "0+140x120",
    },
    "SpecsightIsStuck": {
        f"specsight_oldest_waiting_seconds{{{A}}}": "0x100 5 20 25 0 5 20 25 0 5 20 25 0 5 20 25 0 5 20"
    },
    "SpecsightLosesWorkers": {f"specsight_worker_deaths_total{{{A}}}": "0x90 2x10 5x20"},
    "SpecsightSkipsModels": {f"specsight_unusable_models{{{A}}}": "0x90 1x30"},
    "SpecsightModelsDiffer": {
        f'specsight_model_info{{{B},model="cone",digest="1"}}': None,
        f'specsight_model_info{{{B},model="cone",digest="3"}}': "1x120",
    },
}
ALSO = {"SpecsightFails": {"SpecsightHasFailed"}}  # alerts that fire along with one


def firing(series: dict[str, str | None], folder: Path) -> set[str]:
    """The alerts that fire after half an hour of these series, one value per 15 s."""
    # promtool prints what fires, and fails, because nothing is expected to.
    expected = [{"eval_time": "30m", "alertname": alert, "exp_alerts": []} for alert in ALERTS]
    inputs = [{"series": name, "values": values} for name, values in series.items() if values]
    tests = [{"interval": "15s", "input_series": inputs, "alert_rule_test": expected}]
    file = folder / "test.yml"
    file.write_text(
        yaml.safe_dump({"rule_files": [str(OPERATIONS / "rules.yml")], "evaluation_interval": "15s", "tests": tests})
    )
    done = subprocess.run([str(PROMTOOL), "test", "rules", file], check=False, capture_output=True, text=True)
    output = done.stdout + done.stderr
    assert done.returncode == 0 or "got:" in output, output
    return set(re.findall(r'alertname="(\w+)"', output))


@needs(PROMTOOL, "Prometheus")
class TestAlerts:
    """The rules, evaluated by Prometheus' own tool."""

    def test_none_fires_on_a_good_day(self, tmp_path: Path) -> None:
        """Nothing fires for a few refusals, callers' mistakes, a start, a short wait and several models."""
        assert firing(HEALTHY, tmp_path) == set()

    @pytest.mark.parametrize("alert", ALERTS)
    def test_fires_for_its_fault(self, alert: str, tmp_path: Path) -> None:
        """Each alert fires for its fault, and no other does."""
        assert firing(HEALTHY | FAULTS[alert], tmp_path) == {alert} | ALSO.get(alert, set())


def test_each_alert_says_what_to_do() -> None:
    """Each alert has a summary and a description, and a line in the documentation, in bold if it wakes someone."""
    lines = re.findall(r"^\| (\**)(Specsight\w+)\** \| .+ \| .+ \|$", PAGE, re.MULTILINE)
    assert {name: bool(stars) for stars, name in lines} == {
        name: rule["labels"]["severity"] == "page" for name, rule in ALERTS.items()
    }
    for rule in ALERTS.values():
        assert rule["annotations"].keys() == {"summary", "description"}


def test_each_panel_explains_itself() -> None:
    """Each panel of the dashboard has a title, a unit and a description; each of its lines has a name."""
    panels: list[dict[str, Any]] = json.loads((OPERATIONS / "dashboard.json").read_text("utf-8"))["panels"]
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert len(panel["description"]) > 30, panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["type"] == "table" or all(target["legendFormat"] for target in panel["targets"]), panel["title"]
    named = set(re.findall(r"panel \*([^*]+)\*", PAGE))
    assert named
    assert all(any(panel["title"].startswith(name) for panel in panels) for name in named)
