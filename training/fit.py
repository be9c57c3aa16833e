"""The training loop."""

from __future__ import annotations

import copy
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.augmentation import Augmentation
from training.backbone import mobilenet_v1, read_backbone
from training.batch import Batch, batches
from training.checkpoint import LAST, Checkpoint
from training.dataset import Dataset
from training.evaluate import Network, find
from training.geometry import points
from training.loss import detection_loss
from training.measure import average_precision
from training.network import Detector
from training.pictures import draw_history, draw_page
from training.plan import Plan
from training.pruning import pruned

STEPS_PER_EPOCH = 100
WARMUP_STEPS = 100
WEIGHT_DECAY = 0.02


def fit(plan: Plan, dataset: Dataset, start: Path | None, folder: Path) -> Checkpoint:
    """Trains a detector, or goes on training it.

    Args:
        plan: what to do.
        dataset: photos to learn from and to measure on.
        start: a classifier (.tflite) or a checkpoint (.pt) whose weights to start from; None for random ones.
        folder: where the checkpoint, the curve and the page of pictures go.

    Returns:
        The finished checkpoint.
    """
    torch.manual_seed(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    detector = _detector(plan, dataset.names, start).to(device)
    if start:
        detector.backbone.freeze()
    for parameter in detector.parameters():
        parameter.data = parameter.data.contiguous(memory_format=_layout(parameter))
    optimiser = _optimiser(detector, plan)
    average = copy.deepcopy(detector)
    state = Checkpoint(detector.settings, dataset.names, asdict(plan), 0, average.state_dict())
    file = folder / "checkpoint.pt"
    if file.is_file():
        state = _resumed(file, state)
        average.load_state_dict(state.average)
        detector.load_state_dict(state.network)
        optimiser.load_state_dict(state.optimiser)

    at = torch.from_numpy(points(plan.size)).to(device)
    source = batches(Augmentation(dataset.train, dataset.negatives, plan.size), plan, state.step)
    progress = tqdm(source, total=plan.steps, initial=state.step, unit="step", smoothing=0.02)
    sums = np.zeros(3)
    for step, batch in enumerate(progress, state.step + 1):
        for group in optimiser.param_groups:
            group["lr"] = group["highest"] * _schedule(step, plan.steps)
        sums += [*_learn(detector, optimiser, batch.to(device), at), 1]
        _blend(average, detector, step)
        scores, boxes = (float(value) for value in sums[:2] / sums[2])
        progress.set_postfix(scores=f"{scores:.3f}", boxes=f"{boxes:.3f}")
        if step % STEPS_PER_EPOCH == 0 or step == plan.steps:
            found = find(Network(average, device), plan.size, dataset.val)
            precision = average_precision(found, dataset.val, len(dataset.names))
            tqdm.write(f"step {step}: loss {scores:.3f} + {boxes:.3f}, AP50 on val {precision:.3f}")
            state.step = step
            state.average, state.network = average.state_dict(), detector.state_dict()
            state.optimiser = optimiser.state_dict()
            state.history.append({"step": step, "scores": scores, "boxes": boxes, "ap50": precision})
            state.save(file)
            draw_history(state.history, folder / "curve.png")
            draw_page(dataset.val, found, dataset.names, folder / "examples.jpg")
            sums[:] = 0
    return state


def _learn(detector: Detector, optimiser: torch.optim.Optimizer, batch: Batch, at: Tensor) -> tuple[float, float]:
    """One step; returns the losses of scores and boxes."""
    detector.train()
    with torch.autocast(at.device.type, torch.bfloat16, enabled=_has_bfloat16(at.device)):
        logits, distances = detector(batch.images)
    scores, boxes = detection_loss(logits.float(), distances.float(), at, batch.truth)
    optimiser.zero_grad()
    (scores + boxes).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    nn.utils.clip_grad_norm_(detector.parameters(), 10.0)
    optimiser.step()
    return float(scores.detach()), float(boxes.detach())


def _detector(plan: Plan, names: list[str], start: Path | None) -> Detector:
    classes = len(names)
    if start is None:
        return Detector(mobilenet_v1(), classes, plan.size)
    if start.suffix == ".tflite":
        layers, weights = read_backbone(start)
        detector = Detector(layers, classes, plan.size)
        detector.backbone.load(weights)
        return pruned(detector)
    known = Checkpoint.load(start)
    detector = Detector(**{**known.settings, "layers": known.layers, "classes": classes, "size": plan.size})
    # Other labels need another last layer; everything before it is a good start.
    left = () if known.names == names else LAST
    learnt = {name: value for name, value in known.average.items() if name not in left}
    detector.load_state_dict({**detector.state_dict(), **learnt})
    return pruned(detector)


def _optimiser(detector: Detector, plan: Plan) -> torch.optim.AdamW:
    """AdamW; biases and norms are not decayed, the backbone moves more slowly."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in detector.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name.startswith("backbone."), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "weight_decay": WEIGHT_DECAY if decayed else 0.0,
                "lr": plan.rate,
                "highest": plan.rate * (plan.backbone_rate if in_backbone else 1.0),
            }
            for (in_backbone, decayed), parameters in groups.items()
        ]
    )


def _resumed(file: Path, fresh: Checkpoint) -> Checkpoint:
    state = Checkpoint.load(file)
    if (state.plan, state.names, state.settings) != (fresh.plan, fresh.names, fresh.settings):
        raise ValueError(f"{file} belongs to another plan: give --work another folder, or remove it")
    tqdm.write(f"going on from step {state.step} of {file}")
    return state


def _schedule(step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to one hundredth (Loshchilov and Hutter, arXiv 1608.03983)."""
    warmup = min(WARMUP_STEPS, steps // 5)
    if step < warmup:
        return step / warmup
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup))) / 2


@torch.no_grad()
def _blend(average: Detector, detector: Detector, step: int) -> None:
    """Exponential moving average over some hundreds of steps, shorter at first."""
    keep = 0.998 * (1 - math.exp(-step / 200))
    for old, new in zip(average.state_dict().values(), detector.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.lerp_(new, 1 - keep)
        else:
            old.copy_(new)


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    able = dict(torch.cpu.get_capabilities())
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _layout(parameter: nn.Parameter) -> torch.memory_format:
    """Channels last for kernels: on a CPU that is much faster."""
    return torch.channels_last if parameter.ndim == 4 else torch.contiguous_format
