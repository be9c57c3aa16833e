"""The command behind scripts/detect."""

import argparse
import signal
import sys
from functools import partial
from pathlib import Path
from types import FrameType

from msgspec.structs import replace

from app import create_admission, create_detector
from detector import DetectorError, ImageLimits, LoadedModels
from offline.errors import RunError
from offline.options import FeatureOptions, OptionError
from offline.pool import Pool
from offline.processing import Task
from offline.progress import Progress
from offline.queries import queries_for
from offline.rows import header
from offline.run import Job, Processes, run
from offline.silence import native_code_silenced
from offline.sources import source_of
from offline.streams import make_harmless
from process import usable_cpus
from schemas import Feature
from settings import Settings, SettingsError
from web.contract import Contract

CONTRACT = Path(__file__).parents[1] / "openapi.yml"
DESCRIPTION = "Detect objects in many photos. Each gets a row in FILE; those that have a row already are skipped."
EPILOG = (
    "The exit status is 0 if every photo was processed, 1 if some failed, 2 if the run could not begin or go on. "
    "The service's settings apply, such as DETECTOR_MODELS: see docs/settings.md."
)


class Interrupted(BaseException):
    """A signal has asked the run to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main() -> int:
    """Runs the command line and returns the exit status."""
    make_harmless()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    contract = Contract.read(CONTRACT)
    options = FeatureOptions(contract)
    parser = _parser(options)
    arguments = parser.parse_args()
    progress = Progress(quiet=arguments.quiet)
    try:
        features = options.features(arguments)
        source = source_of(arguments.source, arguments.folder)
        task, first_line = _prepare(contract.document["info"]["version"], features)
        job = Job(source, arguments.folder / arguments.out, first_line, arguments.retry)
        run(job, partial(_processes, task, arguments), progress)
    except (OptionError, SettingsError, DetectorError, RunError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except Interrupted as interrupted:
        print(f"{parser.prog}: interrupted. Run the same command again to go on.", file=sys.stderr)
        return 128 + interrupted.number
    print(progress.summary(), file=sys.stderr)
    return 1 if progress.failures else 0


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


def _parser(options: FeatureOptions) -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser("scripts/detect", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False)
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder, a pattern in quotes such as 'photos/**/*.jpg', a list of photos (.txt, .csv, .jsonl), "
        "or the address of one of these, such as s3://bucket/photos",
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="where the rows go, .jsonl or .parquet")
    parser.add_argument("--workers", type=_count, default=usable_cpus(), metavar="N", help="processes; one per CPU")
    parser.add_argument("--ray", metavar="ADDRESS", help="work in the Ray cluster at this address, on all of its CPUs")
    parser.add_argument("--retry", action="store_true", help="process the photos again that have an error")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("-C", dest="folder", type=Path, default=Path.cwd(), help=argparse.SUPPRESS)
    options.add_to(parser)
    return parser


def _count(text: str) -> int:
    """A number of processes."""
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError("must be a number from 1 to 1024")
    return int(text)


def _processes(task: Task, arguments: argparse.Namespace) -> Processes:
    """The processes that detect in photos.

    Raises:
        RunError: they cannot start.
    """
    if arguments.ray is None:
        return Pool(task, arguments.workers)
    try:
        from offline.cluster import Cluster  # noqa: PLC0415 - an extra
    except ImportError:
        raise RunError("--ray needs Ray: .venv/bin/pip install '.[ray]'.") from None
    return Cluster(arguments.ray, task)


def _prepare(version: str, features: list[Feature]) -> tuple[Task, bytes]:
    """The task for each process, and the header that identifies the results.

    Raises:
        SettingsError, DetectorError, OptionError: the settings, a model or a feature cannot be used.
    """
    settings = replace(Settings.read(), workers=usable_cpus())  # models run on one thread in each
    with native_code_silenced():
        detector = create_detector(settings, create_admission(settings))
    queries = queries_for(detector, features)
    asked = {query.model for query in queries}
    models = LoadedModels(model for model in detector.models if model in asked)
    limits = ImageLimits(settings.max_pixels, settings.max_side)
    task = Task(models, features, limits, settings.max_body_bytes, settings.max_tiles)
    return task, header(version, features, queries)


if __name__ == "__main__":
    sys.exit(main())
