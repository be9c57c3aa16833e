"""From a checkpoint to the files that the service loads: .tflite, labels, normalisation."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import litert_torch  # type: ignore[import-untyped]  # comes without types
import numpy as np
import torch
import yaml
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe  # type: ignore[import-untyped]  # comes without types
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from training.augmentation import Augmentation
from training.backbone import STRIDES
from training.checkpoint import Checkpoint
from training.dataset import Photo
from training.equalising import equalise
from training.geometry import MEAN, STD, letterbox
from training.network import Exported
from training.pruning import pruned

CALIBRATION_PHOTOS = 160
LEAST_WEIGHT = 1e-4  # to the bias


def export(checkpoint: Checkpoint, photos: list[Photo], out: Path) -> None:
    """Writes NAME.tflite (int8), NAME.txt (labels) and NAME.yml (how to feed and read it).

    Args:
        checkpoint: the finished run.
        photos: photos to calibrate with, of the kind the model will meet; never those it is measured on.
        out: NAME.tflite.

    Raises:
        ValueError: the quantised input does not take pixels as they are.
    """
    with tempfile.TemporaryDirectory() as scratch:
        raw, small = Path(scratch, "float.tflite"), Path(scratch, "int8.tflite")
        pictures = _calibration(photos, checkpoint.settings["size"])
        network = _network(checkpoint)
        equalise(network.detector, [torch.from_numpy(picture).permute(0, 3, 1, 2) for picture in pictures])
        _convert(network, raw)
        _quantise(raw, small, pictures)
        _check_input(small)
        content = small.read_bytes()
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)
    write_whole(out.with_suffix(".txt"), "".join(f"{name}\n" for name in checkpoint.names).encode())
    write_sidecar(out)


def write_sidecar(out: Path, **defaults: float) -> None:
    """Writes NAME.yml.

    Args:
        out: NAME.tflite.
        defaults: of requests that do not say, see docs/models.md.
    """
    sidecar = {"family": "fcos", "strides": list(STRIDES), "normalisation": {"mean": MEAN, "std": STD}}
    sidecar |= {"defaults": defaults} if defaults else {}
    write_whole(out.with_suffix(".yml"), yaml.safe_dump(sidecar, sort_keys=False, default_flow_style=None).encode())


def export_float(checkpoint: Checkpoint, out: Path) -> None:
    """Writes the network without quantisation, to compare with."""
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch, "float.tflite")
        _convert(_network(checkpoint), raw)
        write_whole(out, raw.read_bytes())


def write_whole(file: Path, content: bytes) -> None:
    """Writes beside the file, then moves: a reader sees the old file or the new one, never half of one."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(file)


def _network(checkpoint: Checkpoint) -> Exported:
    network = Exported(pruned(checkpoint.detector())).eval()
    keep_biases(network)
    return network


def _convert(network: Exported, out: Path) -> None:
    size = network.detector.settings["size"]
    with quiet():
        litert_torch.convert(network, (torch.zeros(1, size, size, 3),)).export(str(out))


@torch.no_grad()
def keep_biases(network: nn.Module) -> None:
    """Gives kernels that have vanished a weight of next to nothing, so that their biases outlast quantisation.

    A bias is stored in 32 bits, in steps of the kernel's times the input's. Where a kernel is nearly zero these are so
    small that the bias would be cut off. Pruning leaves few of these; with all 1,174 that MobileNet v2 as trained on
    Open Images has, a detector of cones had AP50 0.734 instead of 0.819 (0.810 before quantisation).
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            least = LEAST_WEIGHT * module.bias.abs()
            vanished = module.weight.abs().amax((1, 2, 3)) < least
            module.weight[vanished, 0, 0, 0] = least[vanished]


def _calibration(photos: list[Photo], size: int) -> list[NDArray[np.float32]]:
    """Normalised pictures [1, S, S, 3]: half as the service sees them, half augmented, one of all greys."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(photos))[:CALIBRATION_PHOTOS]
    augmentation = Augmentation(photos, [], size)
    pictures = [letterbox(photos[index].pixels, size)[0] for index in order[::2]]
    pictures += [augmentation(rng, plain=True).pixels for _ in order[1::2]]
    pictures.append(np.resize(np.arange(256, dtype=np.uint8), (size, size, 3)))
    return [((picture.astype(np.float32) - MEAN) / STD)[None] for picture in pictures]


def _quantise(raw: Path, out: Path, pictures: list[NDArray[np.float32]]) -> None:
    """Weights int8 a channel, activations int8 a tensor."""
    [(key, signature)] = Interpreter(str(raw)).get_signature_list().items()
    name = signature["inputs"][0]
    work = quantizer.Quantizer(str(raw))
    work.load_quantization_recipe(recipe.static_wi8_ai8())
    ranges: dict[str, Any] = {}
    for picture in tqdm(pictures, desc="calibrating", unit="photo"):
        # One picture a call, since a call's own range is a moving average: most photos show nothing, and the few scores
        # near 1 would be cut off.
        with quiet():
            _widen(ranges, work.calibrate({key: [{name: picture}]}))
    with quiet():
        work.quantize(ranges).export_model(str(out), overwrite=True)


def _widen(ranges: dict[str, Any], others: dict[str, Any]) -> None:
    """Takes the lower minimum and the higher maximum of each tensor."""
    for tensor, other in others.items():
        known = ranges.setdefault(tensor, other)
        for bound, extreme in (("min", np.minimum), ("max", np.maximum)):
            if bound in other:
                known[bound] = extreme(known[bound], other[bound])


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps the converter's own progress and warnings off the terminal; what it raises still comes through."""
    with (
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _check_input(file: Path) -> None:
    """The service's pixel - 128 must be the quantised value itself: nothing is lost, nothing to round."""
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    scale, zero = interpreter.get_input_details()[0]["quantization"]
    if abs(scale * STD - 1) > 1e-3 or zero != 0:
        raise ValueError(f"the input is quantised with scale {scale}, zero point {zero}, not 1/{STD:g} and 0")
