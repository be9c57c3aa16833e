"""Draws a road with cones: the example photo, in which no one else has rights, and scenes to train on.

``python -m training example --out models/example.jpg`` draws the example; other seeds draw other roads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.scenes.cone import PATTERNS, Cone, draw_cone, draw_shadow

Image = NDArray[np.floating[Any]]

WIDTH, HEIGHT = 480, 320
# Scenes are drawn this many times larger, then shrunk, which makes edges as soft as a lens does.
FINER = 3
# The camera: height above the road in metres, focal length in image widths.
EYE, FOCAL = 1.45, 0.95
LANE = 3.4


@dataclass(frozen=True)
class Scene:
    """A rendered image and the boxes of its cones.

    Attributes:
        pixels: uint8 [HEIGHT, WIDTH, 3], RGB.
        boxes_xyxy: float32 [K, 4], pixels.
    """

    pixels: NDArray[np.uint8]
    boxes_xyxy: NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """Projects the road's plane onto the image.

    Attributes:
        width: pixels, at FINER.
        height: pixels, at FINER.
        vanishing_x: column in which straight roads end, pixels.
        horizon: row of the horizon, pixels.
        focal: focal length, pixels.
    """

    width: int
    height: int
    vanishing_x: float
    horizon: float
    focal: float = field(init=False)

    def __post_init__(self) -> None:
        """Derives the focal length in pixels."""
        object.__setattr__(self, "focal", FOCAL * self.width)

    def project(self, across: float, ahead: float, up: float = 0.0) -> tuple[float, float]:
        """Pixel (x, y) of a position in metres."""
        scale = self.focal / ahead
        return self.vanishing_x + across * scale, self.horizon + (EYE - up) * scale

    def ground(self) -> tuple[Image, Image]:
        """Metres across and ahead of the road under every pixel, each [height, width]."""
        rows = np.maximum(np.arange(self.height, dtype=np.float32) - self.horizon, 0.75)[:, None]
        ahead = EYE * self.focal / rows
        across = (np.arange(self.width, dtype=np.float32)[None] - self.vanishing_x) * ahead / self.focal
        return across.astype(np.float32), np.broadcast_to(ahead, across.shape).astype(np.float32)


def render(seed: int = 0) -> Scene:
    """Draws a road with three to five cones; the same seed gives the same image."""
    rng = np.random.default_rng(seed)
    width, height = WIDTH * FINER, HEIGHT * FINER
    camera = Camera(width, height, width * float(rng.uniform(0.4, 0.6)), height * float(rng.uniform(0.3, 0.38)))
    image = _sky(camera, rng)
    across, ahead = camera.ground()
    below = np.clip(np.arange(height, dtype=np.float32) - camera.horizon, 0, 1)[:, None, None]
    image = image * (1 - below) + _ground(across, ahead, rng) * below
    image = _trees(image, camera, rng)
    boxes = []
    light = float(rng.choice([-1, 1]) * rng.uniform(0.35, 0.9))
    for cone in _cones(rng):
        image = draw_shadow(image, camera.project, cone, light)
        image, box = draw_cone(image, camera.project, cone, light, rng)
        boxes.append(box)
    image = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    clipped = np.clip(np.array(boxes) / FINER, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
    return Scene(_photograph(image, rng), clipped.astype(np.float32))


def encode(pixels: NDArray[np.uint8], max_bytes: int) -> bytes:
    """JPEG of RGB pixels at the best quality that fits.

    Raises:
        ValueError: even quality 20 does not fit.
    """
    for quality in range(90, 19, -2):
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1, cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
        _, packed = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
        if packed.size <= max_bytes:
            return packed.tobytes()
    raise ValueError(f"the picture does not fit into {max_bytes} bytes")


def write_example(file: Path, seed: int, max_bytes: int) -> None:
    """Writes one scene as a JPEG of at most `max_bytes`."""
    file.write_bytes(encode(render(seed).pixels, max_bytes))


def write_scenes(folder: Path, first: int, count: int) -> None:
    """Writes scenes into images/ of a folder, and their YOLO labels into labels/."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        scene = render(seed)
        (folder / "images" / f"scene{seed}.jpg").write_bytes(encode(scene.pixels, 1 << 20))
        lines = []
        for x0, y0, x1, y1 in scene.boxes_xyxy / np.array([WIDTH, HEIGHT, WIDTH, HEIGHT]):
            lines.append(f"0 {(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f} {x1 - x0:.5f} {y1 - y0:.5f}\n")
        (folder / "labels" / f"scene{seed}.txt").write_text("".join(lines))


def _cones(rng: Generator) -> list[Cone]:
    """A taper of cones that closes a lane, furthest first: nearer ones are drawn over them."""
    count = int(rng.integers(3, 6))
    side = float(rng.choice([-1, 1]))
    near, gap = float(rng.uniform(2.9, 4.2)), float(rng.uniform(1.1, 2.0))
    start, drift = float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.5, 0.8))
    height, pattern = float(rng.uniform(0.65, 0.8)), int(rng.integers(len(PATTERNS)))
    cones = []
    for index in range(count):
        ahead = near + gap * index * (1 + 0.12 * index)
        across = side * (start - drift * index) + float(rng.normal(0, 0.05))
        lean, dirt = float(rng.normal(0, 0.015)), float(rng.uniform(0.1, 0.5))
        cones.append(Cone(across, ahead, height, lean, dirt, pattern))
    return cones[::-1]


def _noise(height: int, width: int, cell: float, rng: Generator, stretch: float = 1.0) -> Image:
    """Smooth noise [height, width], mean 0, deviation about 1; grains `cell` pixels high, `stretch` times as wide."""
    rows, columns = max(2, round(height / cell)), max(2, round(width / (cell * stretch)))
    coarse = rng.normal(0, 1, (rows, columns)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _sky(camera: Camera, rng: Generator) -> Image:
    """Blue above, haze below, thin clouds."""
    height, width = camera.height, camera.width
    depth = np.clip(np.arange(height) / camera.horizon, 0, 1)[:, None, None]
    top, haze = np.array([112, 150, 196]) + rng.normal(0, 6, 3), np.array([214, 221, 226])
    sky = top * (1 - depth) + haze * depth
    clouds = sum(_noise(height, width, cell, rng, 3.0) * weight for cell, weight in ((110, 1.0), (50, 0.5), (22, 0.25)))
    cover = np.clip(np.asarray(clouds) * 0.35 + 0.15, 0, 0.8)[..., None]
    return (sky * (1 - cover) + np.array([236, 238, 240]) * cover).astype(np.float32)


def _trees(image: Image, camera: Camera, rng: Generator) -> Image:
    """A hazy tree line with a ragged upper edge."""
    height, width = camera.height, camera.width
    for distance, colour in ((0.085, (124, 138, 138)), (0.06, (72, 88, 62))):
        outline = sum(
            _noise(1, width, 1, rng, cell)[0] * weight for cell, weight in ((260, 1.0), (70, 0.45), (14, 0.2))
        )
        top = camera.horizon - height * distance * np.clip(0.62 + 0.3 * np.asarray(outline), 0.08, 2)
        rows = np.arange(height, dtype=np.float32)[:, None]
        mask = np.clip(rows - top[None], 0, 2) / 2 * np.clip(camera.horizon + 3 - rows, 0, 4) / 4
        leaves = 1 + 0.16 * _noise(height, width, 9, rng) + 0.1 * _noise(height, width, 4, rng)
        colours = np.array(colour, np.float32) * leaves[..., None]
        image = image * (1 - mask[..., None]) + colours * mask[..., None]
    return image.astype(np.float32)


def _ground(across: Image, ahead: Image, rng: Generator) -> Image:
    """Grass, gravel, asphalt and markings."""
    fine = _laid(across, ahead, 0.05, rng)
    coarse, broad = _laid(across, ahead, 0.35, rng), _laid(across, ahead, 2.2, rng)
    near = np.clip(9 / ahead, 0, 1)
    asphalt = 122 + 5 * broad + 3 * coarse * near + 9 * fine * near
    wheels = np.exp(-(((np.abs(np.abs(across) - LANE / 2) - 0.8) / 0.3) ** 2))
    ground = (asphalt - 7 * wheels)[..., None] * np.array([0.99, 1.0, 1.02], np.float32)
    edge = LANE + 0.12 * coarse
    gravel = (138 + 9 * coarse + 14 * fine * near)[..., None] * np.array([1.03, 0.99, 0.9], np.float32)
    ground = _over(ground, gravel, np.clip((np.abs(across) - edge - 0.35) / 0.1, 0, 1))
    grass = (94 + 10 * broad + 9 * coarse + 13 * fine * near)[..., None] * np.array([0.9, 1.06, 0.58], np.float32)
    ground = _over(ground, grass, np.clip((np.abs(across) - edge - 1.1) / 0.35, 0, 1))
    worn = np.clip(0.92 + 0.12 * coarse + 0.1 * fine * near, 0.55, 1)
    ground = _over(ground, _paint(), worn * _line(across, -LANE, 0.07, ahead) + worn * _line(across, LANE, 0.07, ahead))
    dashes = (((ahead + rng.uniform(0, 6)) % 6) < 2.6).astype(np.float32)
    ground = _over(ground, _paint(), worn * dashes * _line(across, 0.0, 0.065, ahead))
    haze = np.clip((ahead - 15) / 160, 0, 0.45)
    return _over(ground, np.array([196, 202, 204], np.float32), haze)


def _laid(across: Image, ahead: Image, cell: float, rng: Generator) -> Image:
    """Noise on the road with grains of `cell` metres, fading where a pixel holds many grains."""
    texture = np.asarray(cv2.GaussianBlur(rng.normal(0, 1, (512, 512)), (0, 0), 1.0), np.float32)
    texture = texture / texture.std()
    x, y = (across / cell * 2 + 200) % 512, (ahead / cell * 2) % 512
    laid = cv2.remap(texture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    grain = cell * FOCAL * WIDTH * FINER / ahead * np.minimum(1, EYE / ahead * 2)
    return np.asarray(laid * np.clip(grain / 2.5, 0, 1), np.float32)


def _line(across: Image, at: float, half: float, ahead: Image) -> Image:
    """A painted line along the road, its edges soft by one pixel."""
    pixel = ahead / (FOCAL * WIDTH * FINER)
    return np.asarray(np.clip((half - np.abs(across - at)) / pixel + 0.5, 0, 1), np.float32)


def _paint() -> Image:
    return np.array([214, 213, 206], np.float32)


def _over(below: Image, above: Image, cover: Image) -> Image:
    return (below * (1 - cover[..., None]) + above * cover[..., None]).astype(np.float32)


def _photograph(image: Image, rng: Generator) -> NDArray[np.uint8]:
    """Simulates a lens and a sensor: slight blur, darker corners, a tone curve and noise."""
    image = cv2.GaussianBlur(image, (0, 0), 0.45).astype(np.float32)
    rows, columns = np.linspace(-1, 1, HEIGHT)[:, None], np.linspace(-1, 1, WIDTH)[None]
    image = image * (1 - 0.13 * (rows**2 + columns**2) / 2)[..., None]
    tone = np.clip(image / 255, 0, 1)
    tone = tone + 0.12 * (tone - 0.45) * (1 - np.abs(2 * tone - 1))
    noisy = 255 * tone + rng.normal(0, 1.6, (HEIGHT, WIDTH, 1)) + rng.normal(0, 0.6, (HEIGHT, WIDTH, 3))
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
