"""Batches, made beside the training so that neither waits for the other: in a thread, or in processes for a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from training.data import IGNORED, Augmentation
from training.learning.plan import Plan
from training.network import Truth

AHEAD = 3


@dataclass(frozen=True)
class Batch:
    """Images and their boxes.

    Attributes:
        images: uint8 [B, S, S, 3].
        truth: their boxes.
    """

    images: Tensor
    truth: Truth

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        truth = Truth(**{name: tensor.to(device) for name, tensor in vars(self.truth).items()})
        return Batch(self.images.to(device), truth)


def make_batch(augmentation: Augmentation, plan: Plan, step: int) -> Batch:
    """Makes the batch of one step, the same every time."""
    rng = np.random.default_rng((plan.seed, step))
    size = plan.batch
    samples = [augmentation(rng, plain=plan.is_plain(step)) for _ in range(size)]
    rows = max(1, *(len(sample.class_ids) for sample in samples))
    boxes = np.zeros((size, rows, 4), np.float32)
    class_ids = np.zeros((size, rows), np.int64)
    filled = np.zeros((size, rows), bool)
    for row, sample in enumerate(samples):
        count = len(sample.class_ids)
        boxes[row, :count], class_ids[row, :count], filled[row, :count] = sample.boxes_xyxy, sample.class_ids, True
    ignored = class_ids == IGNORED
    arrays = (boxes, np.where(ignored, 0, class_ids), filled & ~ignored, ignored)
    images = torch.from_numpy(np.stack([sample.pixels for sample in samples]))
    return Batch(images, Truth(*map(torch.from_numpy, arrays)))


def batches(augmentation: Augmentation, plan: Plan, first: int, workers: int = 0) -> Iterator[Batch]:
    """Yields the batches of the steps from `first` on; each depends on its step alone, which makes a run resumable.

    Args:
        augmentation: makes the images.
        plan: what to do.
        first: the first step, counted from 0.
        workers: processes that make the batches; 0 for one thread, which is enough where the CPU trains, too.
    """
    if workers:
        steps = range(first, plan.steps)
        yield from DataLoader(Steps(augmentation, plan), None, sampler=steps, num_workers=workers)
    else:
        yield from _in_a_thread(augmentation, plan, first)


class Steps:
    """The batches of a run by their steps, for PyTorch's loader."""

    def __init__(self, augmentation: Augmentation, plan: Plan) -> None:
        """Keeps what all batches are made of."""
        self._augmentation = augmentation
        self._plan = plan

    def __len__(self) -> int:
        """The number of steps."""
        return self._plan.steps

    def __getitem__(self, step: int) -> Batch:
        """Makes the batch of one step."""
        cv2.setNumThreads(1)  # each process has a core of its own
        return make_batch(self._augmentation, self._plan, step)


def _in_a_thread(augmentation: Augmentation, plan: Plan, first: int) -> Iterator[Batch]:
    with ThreadPoolExecutor(1) as pool:

        def start(step: int) -> Future[Batch]:
            return pool.submit(make_batch, augmentation, plan, step)

        waiting = [start(step) for step in range(first, min(first + AHEAD, plan.steps))]
        for step in range(first, plan.steps):
            if step + AHEAD < plan.steps:
                waiting.append(start(step + AHEAD))
            yield waiting.pop(0).result()
