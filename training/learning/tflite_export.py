"""Exports a checkpoint to the files that the service loads: model, labels, sidecar."""

# ruff: noqa: PLC0415  # the converter and the quantiser take seconds to import: other commands do without

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from training.data import Augmentation, Photo, letterbox
from training.files import replace_file
from training.learning.checkpoint import Checkpoint
from training.network import MEAN, STD, STRIDES, Exported, equalise, prune

CALIBRATION_PHOTOS = 160
MIN_WEIGHT = 1e-4  # relative to the bias


def export(checkpoint: Checkpoint, photos: list[Photo], out: Path) -> None:
    """Writes NAME.tflite (int8), NAME.txt (labels) and NAME.yml (the sidecar).

    Args:
        checkpoint: the finished run.
        photos: photos like those that the model will see, to calibrate with; never those it is measured on.
        out: NAME.tflite.

    Raises:
        ValueError: the quantised input is not pixel - 128.
    """
    with tempfile.TemporaryDirectory() as scratch:
        raw, small = Path(scratch, "float.tflite"), Path(scratch, "int8.tflite")
        images = _calibration(photos, checkpoint.settings["size"])
        network = _network(checkpoint)
        equalise(network.network, [torch.from_numpy(image).permute(0, 3, 1, 2) for image in images])
        _convert(network, raw)
        _quantise(raw, small, images)
        _check_input(small)
        content = small.read_bytes()
    replace_file(out, content)
    replace_file(out.with_suffix(".txt"), "".join(f"{name}\n" for name in checkpoint.names).encode())
    write_sidecar(out)


def write_sidecar(out: Path, **defaults: float) -> None:
    """Writes NAME.yml.

    Args:
        out: NAME.tflite.
        defaults: for options that requests omit, see docs/models.md.
    """
    sidecar = {"family": "fcos", "strides": list(STRIDES), "normalisation": {"mean": MEAN, "std": STD}}
    sidecar |= {"defaults": defaults} if defaults else {}
    replace_file(out.with_suffix(".yml"), yaml.safe_dump(sidecar, sort_keys=False, default_flow_style=None).encode())


def export_float(checkpoint: Checkpoint, out: Path) -> None:
    """Writes the network without quantisation, to compare with."""
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch, "float.tflite")
        _convert(_network(checkpoint), raw)
        replace_file(out, raw.read_bytes())


def _network(checkpoint: Checkpoint) -> Exported:
    network = Exported(prune(checkpoint.averaged())).eval()
    keep_biases(network)
    return network


def _convert(network: Exported, out: Path) -> None:
    import litert_torch  # type: ignore[import-untyped]  # comes without types

    size = network.network.settings["size"]
    with quiet():
        litert_torch.convert(network, (torch.zeros(1, size, size, 3),)).export(str(out))


@torch.no_grad()
def keep_biases(network: nn.Module) -> None:
    """Gives vanished kernels a tiny weight, so that their biases survive quantisation.

    A bias is stored in 32 bits, in units of the kernel's step times the input's. If a kernel is nearly zero, this unit
    is so small that the bias would be cut off. Pruning leaves few such kernels; with all 1,174 of the MobileNet v2 as
    trained on Open Images, a detector of cones had AP50 0.734 instead of 0.819 (0.810 before quantisation).
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            tiny = MIN_WEIGHT * module.bias.abs()
            vanished = module.weight.abs().amax((1, 2, 3)) < tiny
            module.weight[vanished, 0, 0, 0] = tiny[vanished]


def _calibration(photos: list[Photo], size: int) -> list[NDArray[np.float32]]:
    """Normalised images [1, S, S, 3]: half as the service sees them, half augmented, one with all greys."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(photos))[:CALIBRATION_PHOTOS]
    augmentation = Augmentation(photos, [], size)
    images = [letterbox(photos[index].pixels, size)[0] for index in order[::2]]
    images += [augmentation(rng, plain=True).pixels for _ in order[1::2]]
    images.append(np.resize(np.arange(256, dtype=np.uint8), (size, size, 3)))
    return [((image.astype(np.float32) - MEAN) / STD)[None] for image in images]


def _quantise(raw: Path, out: Path, images: list[NDArray[np.float32]]) -> None:
    """Quantises weights per channel and activations per tensor, to int8."""
    from ai_edge_quantizer import quantizer, recipe  # type: ignore[import-untyped]  # comes without types

    [(key, signature)] = Interpreter(str(raw)).get_signature_list().items()
    name = signature["inputs"][0]
    work = quantizer.Quantizer(str(raw))
    work.load_quantization_recipe(recipe.static_wi8_ai8())
    ranges: dict[str, Any] = {}
    for image in tqdm(images, desc="calibrating", unit="photo", disable=None):
        # One image per call: within a call ranges are moving averages, which would cut off the few scores near 1, since
        # most points see no object.
        with quiet():
            _widen(ranges, work.calibrate({key: [{name: image}]}))
    with quiet():
        work.quantize(ranges).export_model(str(out), overwrite=True)


def _widen(ranges: dict[str, Any], others: dict[str, Any]) -> None:
    """Widens each tensor's range to include the other range."""
    for tensor, other in others.items():
        known = ranges.setdefault(tensor, other)
        for bound, extreme in (("min", np.minimum), ("max", np.maximum)):
            if bound in other:
                known[bound] = extreme(known[bound], other[bound])


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences the converter's progress and warnings, not its errors."""
    with (
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _check_input(file: Path) -> None:
    """Checks that the quantised input is pixel - 128, so that nothing is rounded."""
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    scale, zero = interpreter.get_input_details()[0]["quantization"]
    if abs(scale * STD - 1) > 1e-3 or zero != 0:
        raise ValueError(f"the input is quantised with scale {scale}, zero point {zero}, not 1/{STD:g} and 0")
