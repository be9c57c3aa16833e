"""The training loop."""

from __future__ import annotations

import copy
import math
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from training.data import Augmentation, Dataset
from training.learning.batch import Batch, batches
from training.learning.checkpoint import Checkpoint
from training.learning.plan import Plan, steps_in
from training.learning.start import initial_network
from training.measuring import TorchPredictor, average_precision, draw_history, draw_page, find
from training.network import Network, detection_loss, normalise, points

STEPS_PER_EPOCH = 100
WARMUP_STEPS = 100
WEIGHT_DECAY = 0.02
# Steps that tell how long one takes, after some that take longer.
WARM_STEPS, TIMED_STEPS = 3, 6


def fit(plan: Plan, dataset: Dataset, start: Path | None, folder: Path) -> Checkpoint:
    """Trains a network, or resumes its training.

    Args:
        plan: what to do.
        dataset: photos to learn from and to measure on.
        start: see initial_network.
        folder: where the checkpoint, the curve and the page of examples go.

    Returns:
        The finished checkpoint.

    Raises:
        ValueError: the folder has the checkpoint of another plan.
    """
    torch.manual_seed(plan.seed)
    trainer = Trainer(plan, initial_network(plan, dataset.names, start), freeze=start is not None)
    augmentation = Augmentation(dataset.train, dataset.negatives, plan.size)
    state = Checkpoint(trainer.network.settings, dataset.names, asdict(plan), 0, trainer.average.state_dict())
    file = folder / "checkpoint.pt"
    if file.is_file():
        state = _resume(file, state)
        trainer.load(state)
    elif plan.minutes is not None:
        state.plan["steps"] = steps_in(plan.minutes, _seconds_per_step(trainer, augmentation))
        tqdm.write(f"{state.plan['steps']} steps in {plan.minutes:g} minutes")
    trainer.plan = plan = Plan(**state.plan)
    source = batches(augmentation, plan, state.step, trainer.workers)
    progress = tqdm(source, total=plan.steps, initial=state.step, unit="step", smoothing=0.02, disable=None)
    losses = []
    for step, batch in enumerate(progress, state.step + 1):
        losses.append(trainer.learn(step, batch))
        scores, boxes = np.mean(losses, axis=0).tolist()
        progress.set_postfix(scores=f"{scores:.3f}", boxes=f"{boxes:.3f}")
        if step % STEPS_PER_EPOCH == 0 or step == plan.steps:
            precision = _report(trainer, dataset, folder)
            tqdm.write(f"step {step}: loss {scores:.3f} + {boxes:.3f}, AP50 on val {precision:.3f}")
            state.history.append({"step": step, "scores": scores, "boxes": boxes, "ap50": precision})
            trainer.store(state, step)
            state.save(file)
            draw_history(state.history, folder / "curve.png")
            losses.clear()
    return state


class Trainer:
    """A network in training, its moving average and its optimiser.

    Attributes:
        network: the network in training.
        average: the moving average of its weights, which is what a run results in.
        device: a GPU if PyTorch has one, else the CPU.
        workers: processes that make the batches; see batches.
        plan: what to do.
    """

    def __init__(self, plan: Plan, network: Network, *, freeze: bool) -> None:
        """Moves the network to the device.

        Args:
            plan: what to do.
            network: the network to train.
            freeze: keep the backbone's first layers as they are.
        """
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # A GPU takes batches faster than one core makes them; a CPU that trains has no core to spare.
        self.workers = max(1, (os.cpu_count() or 1) - 1) if self.device.type == "cuda" else 0
        self.plan = plan
        self.network = network.to(self.device)
        if freeze:
            network.backbone.freeze()
        for parameter in network.parameters():
            parameter.data = parameter.data.contiguous(memory_format=_layout(parameter))
        self.average = copy.deepcopy(network)
        self._optimiser = _optimiser(network, plan)
        self._points = torch.from_numpy(points(plan.size)).to(self.device)

    def learn(self, step: int, batch: Batch) -> tuple[float, float]:
        """Takes one step, counted from 1; returns the losses of scores and boxes."""
        for group in self._optimiser.param_groups:
            group["lr"] = group["max_lr"] * _schedule(step, self.plan.steps)
        losses = take_step(self.network, self._optimiser, batch.to(self.device), self._points)
        _blend(self.average, self.network, step)
        return losses

    def load(self, state: Checkpoint) -> None:
        """Resumes from a checkpoint."""
        self.average.load_state_dict(state.average)
        self.network.load_state_dict(state.network)
        self._optimiser.load_state_dict(state.optimiser)

    def store(self, state: Checkpoint, step: int) -> None:
        """Copies all that a run needs to resume into a checkpoint."""
        state.step = step
        state.average, state.network = self.average.state_dict(), self.network.state_dict()
        state.optimiser = self._optimiser.state_dict()


def take_step(
    network: Network, optimiser: torch.optim.Optimizer, batch: Batch, points: torch.Tensor
) -> tuple[float, float]:
    """Moves the weights along the gradient of one batch; returns the losses of scores and boxes."""
    network.train()
    with torch.autocast(points.device.type, torch.bfloat16, enabled=_has_bfloat16(points.device)):
        logits, distances = network(normalise(batch.images))
    scores, boxes = detection_loss(logits.float(), distances.float(), points, batch.truth)
    optimiser.zero_grad()
    (scores + boxes).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    nn.utils.clip_grad_norm_(network.parameters(), 10.0)
    optimiser.step()
    return float(scores.detach()), float(boxes.detach())


def _seconds_per_step(trainer: Trainer, augmentation: Augmentation) -> float:
    """The time of a step, taken on a copy of the network."""
    trial = copy.deepcopy(trainer)
    warm = WARM_STEPS + 3 * trainer.workers  # the workers' first batches are ready before they are asked for
    trial.plan = replace(trainer.plan, steps=warm + TIMED_STEPS)
    source = enumerate(batches(augmentation, trial.plan, 0, trainer.workers), 1)
    for step, batch in source:
        trial.learn(step, batch)
        if step == warm:
            start = time.perf_counter()
    return (time.perf_counter() - start) / TIMED_STEPS


def _report(trainer: Trainer, dataset: Dataset, folder: Path) -> float:
    """Measures the average on val, draws examples and returns AP50."""
    found = find(TorchPredictor(trainer.average, dataset.names, trainer.device), dataset.val, dataset.names)
    draw_page(dataset.val, found, dataset.names, folder / "examples.jpg")
    return average_precision(found, dataset.val, len(dataset.names))


def _optimiser(network: Network, plan: Plan) -> torch.optim.AdamW:
    """AdamW; biases and norms do not decay, the backbone learns at a lower rate."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name.startswith("backbone."), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "weight_decay": WEIGHT_DECAY if decays else 0.0,
                "lr": plan.rate,
                "max_lr": plan.rate * (plan.backbone_rate if in_backbone else 1.0),
            }
            for (in_backbone, decays), parameters in groups.items()
        ]
    )


def _resume(file: Path, fresh: Checkpoint) -> Checkpoint:
    state = Checkpoint.load(file)
    if fresh.plan["minutes"] is not None:
        fresh.plan["steps"] = state.plan["steps"]
    if (state.plan, state.names, state.settings) != (fresh.plan, fresh.names, fresh.settings):
        raise ValueError(f"{file} belongs to another plan: give --work another folder, or remove it")
    tqdm.write(f"resuming from step {state.step} of {file}")
    return state


def _schedule(step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to one hundredth (Loshchilov and Hutter, arXiv 1608.03983)."""
    warmup = min(WARMUP_STEPS, steps // 5)
    if step < warmup:
        return step / warmup
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup))) / 2


@torch.no_grad()
def _blend(average: Network, network: Network, step: int) -> None:
    """Updates the exponential moving average: over some hundreds of steps, over fewer at first."""
    keep = 0.998 * (1 - math.exp(-step / 200))
    for old, new in zip(average.buffers(), network.buffers(), strict=True):
        if not old.dtype.is_floating_point:
            old.copy_(new)
    olds, news = ([*each.parameters(), *_floats(each)] for each in (average, network))
    torch._foreach_lerp_(olds, news, 1 - keep)  # one call instead of hundreds; has no public name


def _floats(network: Network) -> list[torch.Tensor]:
    """The statistics of the batch norms."""
    return [buffer for buffer in network.buffers() if buffer.dtype.is_floating_point]


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = dict(torch.cpu.get_capabilities())
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def _layout(parameter: nn.Parameter) -> torch.memory_format:
    """Channels last for kernels, which is much faster on a CPU."""
    return torch.channels_last if parameter.ndim == 4 else torch.contiguous_format
