"""Runs the command of scripts/detect, and reads its results."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.tools import ROOT, Done

PATIENCE = 300  # seconds


def command(*arguments: str | Path, folder: Path) -> list[str | Path]:
    """The command line that runs it as scripts/detect does, from a folder."""
    return [sys.executable, "-W", "ignore", "-m", "offline", "-C", folder, *arguments]


def start(*arguments: str | Path, folder: Path, **settings: str) -> "subprocess.Popen[str]":
    """A running run."""
    words = command(*arguments, "--workers", "2", folder=folder)
    return subprocess.Popen(words, cwd=ROOT, env=os.environ | settings, stderr=subprocess.PIPE, text=True)


def detect(*arguments: str | Path, folder: Path, **settings: str) -> Done:
    """A finished run."""
    running = start(*arguments, folder=folder, **settings)
    _, said = running.communicate(timeout=PATIENCE)
    assert "Traceback" not in said
    return subprocess.CompletedProcess(running.args, running.returncode, "", said)


def rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a file of results, in either format; absent members in JSON are null in Parquet."""
    if file.suffix == ".parquet":
        import pyarrow.parquet as pq

        found: list[dict[str, Any]] = pq.read_table(file).to_pylist()
        return [without_nulls(row) for row in found]
    header, *lines = file.read_bytes().splitlines()
    assert "run" in json.loads(header)
    return [json.loads(line) for line in lines]


def without_nulls(value: Any) -> Any:
    """A value without members that are null, at any depth."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def links(folder: Path, photo: Path, count: int) -> Path:
    """A folder with this many links to a photo."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:05}.jpg").symlink_to(photo)
    return folder
