"""Estimates machines and money for some photos: `python -m benchmarks.plan [--service_ms 31 ...]`.

It prints the tables of docs/scaling.md. Each input is an option: put in your own.
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

RATES = (10, 1_000, 100_000)  # photos per second
AT_REST = 1_000_000_000  # photos
MONTH = 730  # hours


@dataclass(frozen=True)
class Inputs:
    """The assumptions of the plan; docs/scaling.md has the origin of each number."""

    service_ms: float = 31.0
    offline_ms: float = 24.0
    photo_kb: float = 105.0
    row_kb: float = 0.57
    utilisation: float = 0.7
    pod_cpus: float = 4.0
    node_cpus: float = 32.0
    node_pods: float = 7.0
    cpu_price: float = 0.04
    spot_price: float = 0.015
    proxy_gbits: float = 1.0
    get_price: float = 0.0004
    prefix_gets: float = 5500.0
    job_cpus: float = 1000.0


@dataclass(frozen=True)
class Live:
    """The needs of photos that come at a steady rate.

    Attributes:
        busy: CPUs that work.
        cpus: CPUs that are there, so that a share of them is free.
        pods, nodes: to have these.
        gbits: photos that arrive, Gbit/s.
        proxy_cpus: for TLS in front.
        month: price of a month, dollars.
        million: price of a million photos, dollars.
    """

    busy: float
    cpus: float
    pods: int
    nodes: int
    gbits: float
    proxy_cpus: int
    month: float
    million: float

    @classmethod
    def of(cls, rate: float, inputs: Inputs) -> "Live":
        """The resources for a rate, photos per second."""
        busy = rate * inputs.service_ms / 1000
        cpus = busy / inputs.utilisation
        pods = math.ceil(cpus / inputs.pod_cpus)
        gbits = rate * inputs.photo_kb * 8 / 1e6
        proxy_cpus = math.ceil(gbits / inputs.proxy_gbits)
        paid = pods * inputs.node_cpus / inputs.node_pods + proxy_cpus
        month = paid * inputs.cpu_price * MONTH
        million = month / (rate * 3600 * MONTH) * 1e6
        return cls(busy, cpus, pods, math.ceil(pods / inputs.node_pods), gbits, proxy_cpus, month, million)


@dataclass(frozen=True)
class AtRest:
    """The needs of photos in an object store.

    Attributes:
        cpu_hours: of CPUs.
        dollars, spot_dollars: their price, by the hour and interruptible.
        get_dollars: price of a request for each photo.
        read_tb, written_tb: data.
        rate: photos per second that the job's CPUs process.
        hours: duration of the job.
        gbits: what it reads, Gbit/s.
        prefixes: the number that the photos must be spread over.
    """

    cpu_hours: float
    dollars: float
    spot_dollars: float
    get_dollars: float
    read_tb: float
    written_tb: float
    rate: float
    hours: float
    gbits: float
    prefixes: int

    @classmethod
    def of(cls, photos: float, inputs: Inputs) -> "AtRest":
        """For a number of photos."""
        cpu_hours = photos * inputs.offline_ms / 1000 / 3600
        rate = inputs.job_cpus / inputs.offline_ms * 1000
        return cls(
            cpu_hours,
            cpu_hours * inputs.cpu_price,
            cpu_hours * inputs.spot_price,
            photos / 1000 * inputs.get_price,
            photos * inputs.photo_kb / 1e9,
            photos * inputs.row_kb / 1e9,
            rate,
            cpu_hours / inputs.job_cpus,
            rate * inputs.photo_kb * 8 / 1e6,
            math.ceil(rate / inputs.prefix_gets),
        )


def lines(inputs: Inputs) -> Iterator[str]:
    """The tables, in Markdown."""
    yield (
        "| photos per second | busy CPUs | CPUs | pods | nodes | Gbit/s in | CPUs for TLS "
        "| $ per month | $ per million |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for rate in RATES:
        live = Live.of(rate, inputs)
        yield (
            f"| {rate:,} | {live.busy:,.1f} | {live.cpus:,.1f} | {live.pods:,} | {live.nodes:,} | {live.gbits:,.2f} "
            f"| {live.proxy_cpus:,} | {live.month:,.0f} | {live.million:.2f} |"
        )
    yield ""
    rest = AtRest.of(AT_REST, inputs)
    yield f"| {AT_REST:,} stored photos | |"
    yield "|---|---|"
    yield f"| CPU hours | {rest.cpu_hours:,.0f} |"
    yield f"| $ by the hour | {rest.dollars:,.0f} |"
    yield f"| $ interruptible | {rest.spot_dollars:,.0f} |"
    yield f"| $ for a GET each | {rest.get_dollars:,.0f} |"
    yield f"| TB read | {rest.read_tb:,.0f} |"
    yield f"| TB written as JSON lines | {rest.written_tb:,.1f} |"
    yield f"| photos per second with {inputs.job_cpus:,.0f} CPUs | {rest.rate:,.0f} |"
    yield f"| hours with them | {rest.hours:,.1f} |"
    yield f"| Gbit/s read | {rest.gbits:,.0f} |"
    yield f"| prefixes of the store | {rest.prefixes} |"


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description="Print the tables of docs/scaling.md.")
    for field in fields(Inputs):
        parser.add_argument(f"--{field.name}", type=float, default=field.default)
    print("\n".join(lines(Inputs(**vars(parser.parse_args())))))


if __name__ == "__main__":
    main()
