"""Simulates the autoscalers of deploy/kubernetes for a day and a spike: `python -m benchmarks.autoscaling`.

It prints a table of docs/scaling.md. Photos arrive at random around a curve. Pods work on as many at a time as they
have CPUs, queue up to DETECTOR_QUEUE each, and refuse the rest, which nobody sends again. Time goes in steps of a
second, so shorter queues are not seen. The autoscaler is Kubernetes' own: every 15 s it compares a metric per pod
with its target; it grows at once, but no faster than its policy allows, and shrinks to the most that it has wanted in
the last minutes. Targets, policies and sizes are read from the manifests.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.plan import Inputs
from settings import Settings

KUBERNETES = Path(__file__).parents[1] / "deploy" / "kubernetes"
DAY = 86_400
SYNC = 15  # seconds between two looks of the autoscaler; the default of kube-controller-manager
TOLERANCE = 0.1  # a metric this near to its target changes nothing; the default of kube-controller-manager
CPU_SECONDS = 30  # over which metrics-server averages what CPUs do, with what it is late
PEAK = 1_000  # photos per second
NIGHT = 0.2  # of the peak
SPIKE = 5  # times what would come without it
SPIKE_SECONDS = 600
SPIKE_RISE = 60  # seconds until it is there
SPIKE_AT = 10 * 3600
MAX_PODS = 100  # of the simulation: the manifests' own bound is for a smaller service


@dataclass(frozen=True)
class Scaler:
    """An autoscaler.

    Attributes:
        target: of the metric, per pod.
        metric: of a pod, from the share of its CPUs that is busy and its queue.
        window: seconds over which the metric is averaged.
        min_pods: it keeps.
        growth: how many times the pods it may have a step later.
        down_seconds: how long it remembers what it has wanted.
    """

    target: float
    metric: Callable[[float, float], float]
    window: int
    min_pods: int
    growth: float
    down_seconds: int


@dataclass(frozen=True)
class Day:
    """The outcome of a day.

    Attributes:
        photos: that came.
        refused: of these.
        wait_p99: seconds that 99 of 100 photos waited no longer than.
        pods: at the most.
        pod_hours: that were paid.
    """

    photos: int
    refused: int
    wait_p99: float
    pods: int
    pod_hours: float


def read(*path: str) -> Any:
    """A manifest."""
    return yaml.safe_load(KUBERNETES.joinpath(*path).read_text("utf-8"))


def pod_cpus() -> int:
    """CPUs of a pod."""
    [container] = read("base", "deployment.yml")["spec"]["template"]["spec"]["containers"]
    return int(container["resources"]["limits"]["cpu"])


def scalers() -> dict[str, Scaler]:
    """The autoscalers of the manifests, by their overlays."""
    cpus = pod_cpus()
    cpu = read("overlays", "cpu", "autoscaler.yml")["spec"]
    queue = read("overlays", "queue", "scaled-object.yml")["spec"]
    behaviour = queue["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    [minutes] = set(re.findall(r"\[(\d+)m\]", queue["triggers"][0]["metadata"]["query"]))
    [policy] = cpu["behavior"]["scaleUp"]["policies"]
    return {
        "cpu": Scaler(
            cpu["metrics"][0]["resource"]["target"]["averageUtilization"] / 100,
            lambda busy, _queue: busy,
            CPU_SECONDS,
            cpu["minReplicas"],
            1 + policy["value"] / 100 * SYNC / policy["periodSeconds"],
            cpu["behavior"]["scaleDown"]["stabilizationWindowSeconds"],
        ),
        "queue": Scaler(
            float(queue["triggers"][0]["metadata"]["threshold"]),
            lambda busy, waiting: busy * cpus + waiting,
            60 * int(minutes),
            queue["minReplicaCount"],
            2.0,  # Kubernetes' default policy: twice as many within 15 s
            behaviour["scaleDown"]["stabilizationWindowSeconds"],
        ),
    }


def curve(*, spike: bool) -> np.ndarray:
    """The expected photos per second, for each second of a day."""
    seconds = np.arange(DAY)
    rates = PEAK * (NIGHT + (1 - NIGHT) * (1 - np.cos(2 * np.pi * seconds / DAY)) / 2)
    if spike:
        since = seconds - SPIKE_AT
        rise = np.clip(since / SPIKE_RISE, 0, 1) * (since < SPIKE_SECONDS)
        rates *= 1 + (SPIKE - 1) * rise
    return rates


def simulate(rates: np.ndarray, scaler: Scaler | None, start_seconds: int, inputs: Inputs) -> Day:
    """A day.

    Args:
        rates: expected photos per second.
        scaler: the autoscaler; None for as many pods as the peak needs, all day.
        start_seconds: until a new pod works.
        inputs: of the plan.
    """
    per_pod = pod_cpus() / inputs.service_ms * 1000  # photos per second
    fixed = math.ceil(float(rates.max()) / per_pod / inputs.utilisation)
    ready = wanted = fixed if scaler is None else math.ceil(float(rates[0]) / per_pod / inputs.utilisation)
    arrivals = np.random.default_rng(0).poisson(rates)
    starting: deque[tuple[int, int]] = deque()  # when they work, and how many
    seen: deque[tuple[float, float]] = deque(maxlen=scaler.window if scaler else 1)
    wishes: deque[int] = deque(maxlen=max(1, scaler.down_seconds // SYNC) if scaler else 1)
    queue, refused, most, pod_seconds = 0.0, 0.0, ready, 0
    waits, weights = np.zeros(DAY), np.zeros(DAY)
    for second in range(DAY):
        while starting and starting[0][0] <= second:
            ready += starting.popleft()[1]
        capacity, room = ready * per_pod, ready * Settings().queue
        served = min(queue + arrivals[second], capacity)
        left = queue + arrivals[second] - served
        refused += max(0.0, left - room)
        queue = min(left, room)
        waits[second], weights[second] = queue / capacity, served
        seen.append((served / capacity, queue / ready))
        pods = ready + sum(count for _, count in starting)
        pod_seconds += pods
        most = max(most, pods)
        if scaler and second % SYNC == SYNC - 1:
            wanted = _wanted(scaler, seen, ready, pods)
            wishes.append(wanted)
            if wanted > pods:
                starting.append((second + start_seconds, wanted - pods))
            elif not starting:
                ready = min(ready, max(wishes))
    return Day(int(arrivals.sum()), round(refused), _quantile(waits, weights, 0.99), most, pod_seconds / 3600)


def _wanted(scaler: Scaler, seen: Sequence[tuple[float, float]], ready: int, pods: int) -> int:
    """The pods that an autoscaler wants. Those that do not work yet count as idle when it wants more."""
    metric = scaler.metric(*np.mean(seen, axis=0))
    ratio = metric / scaler.target
    if ratio > 1 and pods > ready:
        ratio = max(1.0, ratio * ready / pods)
    count = pods if abs(ratio - 1) <= TOLERANCE else math.ceil((pods if ratio > 1 else ready) * ratio)
    return max(scaler.min_pods, min(count, int(pods * scaler.growth), MAX_PODS))


def _quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The weighted quantile of the values: a share of them does not exceed it."""
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), share * weights.sum())])


def lines(inputs: Inputs) -> Iterator[str]:
    """The table, in Markdown."""
    price = inputs.node_cpus / inputs.node_pods * inputs.cpu_price
    yield "| day | pods | a pod works after | max pods | refused | wait, p99 | $ per day |"
    yield "|---|---|---|---|---|---|---|"
    choices: dict[str, Scaler | None] = {"as the peak needs": None, **scalers()}
    for name, rates in (("curve", curve(spike=False)), ("curve and spike", curve(spike=True))):
        for choice, scaler in choices.items():
            for seconds in (30, 120) if scaler else (0,):
                day = simulate(rates, scaler, seconds, inputs)
                after = f"{seconds} s" if scaler else ""
                yield (
                    f"| {name} | {choice} | {after} | {day.pods} | {day.refused / day.photos:.2%} "
                    f"| {day.wait_p99:.2f} s | {day.pod_hours * price:,.0f} |"
                )


def main() -> None:
    """Prints the table."""
    print("\n".join(lines(Inputs())))


if __name__ == "__main__":
    main()
