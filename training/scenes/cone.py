"""A traffic cone, drawn: body with reflective bands, base plate, shadow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.floating[Any]]
# Pixel (x, y) of a position in metres: across, ahead, up.
Project = Callable[[float, float, float], tuple[float, float]]

# Proportions of a 75 cm cone (EN 13422), in cone heights: half the plate, the plate's thickness, the body's radius
# at the foot and at the tip.
PLATE, THICK, BELOW, ABOVE = 0.255, 0.045, 0.175, 0.036
# Positions of the white bands along the body, 0 at the foot, 1 at the tip.
PATTERNS = (((0.36, 0.55), (0.70, 0.86)), ((0.30, 0.52), (0.66, 0.80)), ((0.42, 0.74),))
ORANGE, WHITE, RUBBER = (228.0, 82.0, 26.0), (228.0, 228.0, 224.0), (52.0, 50.0, 50.0)
SUN = (255.0, 248.0, 236.0)


@dataclass(frozen=True)
class Cone:
    """One cone on the road.

    Attributes:
        across: metres right of the camera.
        ahead: metres in front of it.
        height: metres.
        lean: sideways, metres at the tip per metre of height.
        dirt: 0 clean, 1 filthy.
        pattern: index into PATTERNS.
    """

    across: float
    ahead: float
    height: float
    lean: float
    dirt: float
    pattern: int = 0


def draw_shadow(image: Image, project: Project, cone: Cone, light: float) -> Image:
    """Darkens the road in the cone's shadow and around its plate.

    Args:
        image: float32 [H, W, 3], 0..255.
        project: the camera.
        cone: the cone.
        light: direction of the sun: -1 left, 1 right.
    """
    tall = cone.height
    foot = BELOW * tall
    reach = -light / abs(light)
    tip_across, tip_ahead = cone.across + 1.7 * reach * tall, cone.ahead + 0.75 * tall
    cast = [
        (cone.across - 0.4 * reach * foot, cone.ahead - foot),
        (cone.across + 0.4 * reach * foot, cone.ahead + foot),
        (tip_across, tip_ahead + 0.04),
        (tip_across, tip_ahead - 0.04),
    ]
    plate = _square(cone, 1.12 * PLATE * tall)
    for positions, strength, softness in ((cast, 0.62, 0.016), (plate, 0.55, 0.02)):
        corners = np.array([project(across, ahead, 0.0) for across, ahead in positions], np.float32)
        mask = np.zeros(image.shape[:2], np.float32)
        cv2.fillPoly(mask, [corners.round().astype(np.int32)], 1.0, cv2.LINE_8)
        spread = max(1.0, softness * _pixels_per_metre(project, cone))
        mask = cv2.GaussianBlur(mask, (0, 0), spread).astype(np.float32) * strength
        shade = np.array([0.86, 0.93, 1.05], np.float32) * 34
        image = image * (1 - mask[..., None]) + np.minimum(image, shade) * mask[..., None]
    return image.astype(np.float32)


def draw_cone(
    image: Image, project: Project, cone: Cone, light: float, rng: Generator
) -> tuple[Image, tuple[float, float, float, float]]:
    """Draws the plate and the body.

    Args:
        image: float32 [H, W, 3], 0..255.
        project: the camera.
        cone: the cone.
        light: direction of the sun: -1 left, 1 right.
        rng: for scratches and dirt.

    Returns:
        The image and the cone's box (x0, y0, x1, y1) in its pixels.
    """
    image, plate_box = _draw_plate(image, project, cone)
    body = _body(image.shape[0], image.shape[1], project, cone)
    colour = _lit(_paint(body, cone, rng), body, light)
    image = image * (1 - body.cover[..., None]) + np.clip(colour, 0, 255) * body.cover[..., None]
    low, high = BELOW * cone.height * body.scale, ABOVE * cone.height * body.scale
    tip_x = body.foot_x + cone.lean * body.tall
    box = (
        min(plate_box[0], body.foot_x - low, tip_x - high),
        body.foot_y - body.tall,
        max(plate_box[2], body.foot_x + low, tip_x + high),
        plate_box[3],
    )
    return image.astype(np.float32), box


@dataclass(frozen=True)
class _Body:
    """The cone's body as the camera sees it.

    Attributes:
        scale: pixels per metre.
        tall: height of the body, pixels.
        foot_x, foot_y: middle of the foot, pixels.
        turn: float32 [H, W], position across the body: -1 left edge, 1 right edge.
        level: float32 [H, W], position along it: 0 foot, 1 tip.
        cover: float32 [H, W], share of each pixel that the body covers, 0..1.
    """

    scale: float
    tall: float
    foot_x: float
    foot_y: float
    turn: Image
    level: Image
    cover: Image


def _body(height: int, width: int, project: Project, cone: Cone) -> _Body:
    """Projects the body onto an image of this height and width."""
    scale = _pixels_per_metre(project, cone)
    tall = (cone.height - THICK * cone.height) * scale
    foot_x, foot_y = project(cone.across, cone.ahead, THICK * cone.height)
    below, above = BELOW * cone.height * scale, ABOVE * cone.height * scale
    # The foot's circle is seen as an ellipse: `tilt` is its height to its width.
    _, horizon = project(0.0, 1e6, 0.0)
    tilt = min(0.6, (foot_y - horizon) / (scale * cone.ahead))

    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = (foot_y - y) / tall
    radius = below + (above - below) * np.clip(along, 0, 1)
    turn = (x - foot_x - cone.lean * (foot_y - y)) / radius
    round_off = np.sqrt(np.clip(1 - turn**2, 0, 1))
    # A band is a ring seen from above: its edges sag in the middle by `tilt` of the radius.
    level = along + tilt * radius / tall * round_off
    cover = _soft((1 - np.abs(turn)) * radius) * _soft(level * tall) * _soft((1 - along) * tall)
    return _Body(scale, tall, foot_x, foot_y, turn, level, cover)


def _paint(body: _Body, cone: Cone, rng: Generator) -> Image:
    """The body's colour [H, W, 3] in even light: orange, white bands, scratches and dirt."""
    height, width = body.level.shape
    colour = np.broadcast_to(np.array(ORANGE, np.float32), (height, width, 3)).copy()
    for low, high in PATTERNS[cone.pattern]:
        band = _soft((body.level - low) * body.tall) * _soft((high - body.level) * body.tall)
        colour = colour * (1 - band[..., None]) + np.array(WHITE, np.float32) * band[..., None]
    coarse = rng.normal(0, 1, (40, 24)).astype(np.float32)
    scratches = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grime = cone.dirt * np.clip(0.35 * (1 - body.level) + 0.16 * scratches, 0, 0.6)
    return colour * (1 - grime[..., None]) + np.array([96, 84, 72], np.float32) * grime[..., None]


def _lit(colour: Image, body: _Body, light: float) -> Image:
    """Shades the body: Lambert's cosine towards the sun, light from the sky, one soft highlight."""
    toward = np.arcsin(np.clip(body.turn, -1, 1)) - np.arcsin(np.float32(light)) * 0.75
    lit = 0.5 + 0.6 * np.clip(np.cos(toward), 0, 1) - 0.1 * np.abs(body.turn) ** 3
    shine = 0.22 * np.exp(-((toward / 0.28) ** 2))
    return np.asarray(colour * lit[..., None] * (1 - shine[..., None]) + np.array(SUN, np.float32) * shine[..., None])


def _draw_plate(image: Image, project: Project, cone: Cone) -> tuple[Image, tuple[float, float, float, float]]:
    half, thick = PLATE * cone.height, THICK * cone.height
    upper = np.array([project(across, ahead, thick) for across, ahead in _square(cone, half)], np.float32)
    lower = np.array([project(across, ahead, 0.0) for across, ahead in _square(cone, half)], np.float32)
    side = np.concatenate([upper[:2], lower[1::-1]])
    rubber = np.array(RUBBER)
    for corners, shade in ((lower, 0.75), (side, 0.75), (upper, 1.35)):
        mask = np.zeros(image.shape[:2], np.float32)
        cv2.fillConvexPoly(mask, (corners * 16).round().astype(np.int32), 1.0, cv2.LINE_8, 4)
        mask = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32)[..., None]
        image = (image * (1 - mask) + (rubber * shade) * mask).astype(np.float32)
    outline = np.concatenate([upper, lower])
    low, high = outline.min(0), outline.max(0)
    return image, (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _square(cone: Cone, half: float) -> list[tuple[float, float]]:
    """The plate's corners, metres across and ahead: near left, near right, far right, far left."""
    return [
        (cone.across - half, cone.ahead - half),
        (cone.across + half, cone.ahead - half),
        (cone.across + half, cone.ahead + half),
        (cone.across - half, cone.ahead + half),
    ]


def _pixels_per_metre(project: Project, cone: Cone) -> float:
    return project(cone.across + 1, cone.ahead, 0.0)[0] - project(cone.across, cone.ahead, 0.0)[0]


def _soft(distance: Image) -> Image:
    """The share of a pixel, 0..1, that is covered if it lies `distance` pixels inside an edge."""
    return np.asarray(np.clip(distance + 0.5, 0, 1), np.float32)
