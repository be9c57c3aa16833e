"""The tables of docs/scaling.md follow from its inputs."""

import math
import re
from pathlib import Path

import pytest

from benchmarks import autoscaling, plan
from benchmarks.plan import AtRest, Inputs, Live

PAGE = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text("utf-8")


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """The inputs that the page lists."""
    return Inputs(
        **{name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE, re.MULTILINE)}
    )


def test_inputs(inputs: Inputs) -> None:
    """The page lists every input, with the value that the scripts have."""
    assert inputs == Inputs()
    assert all(f"| `{name}` |" in PAGE for name in vars(inputs))


def test_plan(inputs: Inputs) -> None:
    """The page has the tables of the plan, line by line."""
    printed = "\n".join(plan.lines(inputs)).split("\n\n")
    assert len(printed) == 2
    assert all(table in PAGE for table in printed)


@pytest.mark.parametrize("rate", [1, 10, 1_000, 100_000])
def test_arithmetic(inputs: Inputs, rate: float) -> None:
    """The numbers are those of the page's formulas."""
    live = Live.of(rate, inputs)
    assert live.cpus == pytest.approx(rate * inputs.service_ms / 1000 / inputs.utilisation)
    assert live.pods - 1 < live.cpus / inputs.pod_cpus <= live.pods
    assert live.gbits == pytest.approx(rate * inputs.photo_kb * 8 / 10**6)
    paid = live.pods * inputs.node_cpus / inputs.node_pods + math.ceil(live.gbits / inputs.proxy_gbits)
    assert live.month == pytest.approx(paid * inputs.cpu_price * 730)
    assert live.million == pytest.approx(live.month / (rate * 730 * 3600 / 10**6))


def test_arithmetic_at_rest(inputs: Inputs) -> None:
    """So are those for stored photos."""
    rest = AtRest.of(10**9, inputs)
    assert rest.cpu_hours == pytest.approx(10**9 * inputs.offline_ms / (3.6 * 10**6))
    assert rest.hours == pytest.approx(10**9 / rest.rate / 3600)
    assert rest.prefixes - 1 < rest.rate / inputs.prefix_gets <= rest.prefixes


@pytest.mark.slow
def test_days(inputs: Inputs) -> None:
    """The page has the simulation's table."""
    assert "\n".join(autoscaling.lines(inputs)) in PAGE


def test_more_pods_refuse_less(inputs: Inputs) -> None:
    """In the simulation, pods for the peak refuse nothing, and a hundredth of them refuse most."""
    rates = autoscaling.curve(spike=True)
    generous = autoscaling.simulate(rates, None, 0, inputs)
    assert generous.refused == 0
    assert generous.pod_hours == pytest.approx(generous.pods * 24)
    slow = Inputs(service_ms=inputs.service_ms, utilisation=70)  # a hundredth of the pods
    assert autoscaling.simulate(rates, None, 0, slow).refused > 0.5 * generous.photos
