"""A traffic cone, drawn: body with reflective bands, base plate, shadow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.floating[Any]]
# Pixel (x, y) of a place in metres: across, ahead, up.
Project = Callable[[float, float, float], tuple[float, float]]

# A 75 cm cone as EN 13422 has it, in heights: half the plate, the plate's thickness, the body's radius below and above.
PLATE, THICK, BELOW, ABOVE = 0.255, 0.045, 0.175, 0.036
# Where the white bands may lie along the body, 0 at the foot, 1 at the tip.
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
        lean: sideways, metres at the tip for each metre of height.
        dirt: 0 clean, 1 filthy.
        pattern: which of the PATTERNS its bands follow.
    """

    across: float
    ahead: float
    height: float
    lean: float
    dirt: float
    pattern: int = 0


def draw_shadow(picture: Picture, project: Project, cone: Cone, light: float) -> Picture:
    """Darkens the road where the cone keeps the sun off, and all around its plate.

    Args:
        picture: float32 [H, W, 3], 0..255.
        project: the camera.
        cone: the cone.
        light: where the sun stands: -1 left, 1 right.
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
    for places, strength, softness in ((cast, 0.62, 0.016), (plate, 0.55, 0.02)):
        corners = np.array([project(across, ahead, 0.0) for across, ahead in places], np.float32)
        mask = np.zeros(picture.shape[:2], np.float32)
        cv2.fillPoly(mask, [corners.round().astype(np.int32)], 1.0, cv2.LINE_8)
        spread = max(1.0, softness * _pixels_a_metre(project, cone))
        mask = cv2.GaussianBlur(mask, (0, 0), spread).astype(np.float32) * strength
        shade = np.array([0.86, 0.93, 1.05], np.float32) * 34
        picture = picture * (1 - mask[..., None]) + np.minimum(picture, shade) * mask[..., None]
    return picture.astype(np.float32)


def draw_cone(
    picture: Picture, project: Project, cone: Cone, light: float, rng: Generator
) -> tuple[Picture, tuple[float, float, float, float]]:
    """Draws plate and body.

    Args:
        picture: float32 [H, W, 3], 0..255.
        project: the camera.
        cone: the cone.
        light: where the sun stands: -1 left, 1 right.
        rng: for scratches and dirt.

    Returns:
        The picture and the cone's box (x0, y0, x1, y1) in its pixels.
    """
    picture, plate_box = _draw_plate(picture, project, cone)
    scale = _pixels_a_metre(project, cone)
    tall = (cone.height - THICK * cone.height) * scale
    foot_x, foot_y = project(cone.across, cone.ahead, THICK * cone.height)
    below, above = BELOW * cone.height * scale, ABOVE * cone.height * scale
    # How much of the foot's circle is seen from above.
    _, horizon = project(0.0, 1e6, 0.0)
    tilt = min(0.6, (foot_y - horizon) / (scale * cone.ahead))

    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = (foot_y - y) / tall
    radius = below + (above - below) * np.clip(along, 0, 1)
    turn = (x - foot_x - cone.lean * (foot_y - y)) / radius
    round_off = np.sqrt(np.clip(1 - turn**2, 0, 1))
    # A band is a ring seen from above: its edges sag in the middle by `tilt` of the radius.
    level = along + tilt * radius / tall * round_off
    inside = _soft((1 - np.abs(turn)) * radius) * _soft(level * tall) * _soft((1 - along) * tall)

    colour = np.broadcast_to(np.array(ORANGE, np.float32), picture.shape).copy()
    for low, high in PATTERNS[cone.pattern]:
        band = _soft((level - low) * tall) * _soft((high - level) * tall)
        colour = colour * (1 - band[..., None]) + np.array(WHITE, np.float32) * band[..., None]
    scratches = cv2.resize(
        rng.normal(0, 1, (40, 24)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    grime = cone.dirt * np.clip(0.35 * (1 - level) + 0.16 * scratches, 0, 0.6)
    colour = colour * (1 - grime[..., None]) + np.array([96, 84, 72], np.float32) * grime[..., None]
    # Lambert's cosine between the round surface and the sun, sky light from everywhere, one soft highlight.
    toward = np.arcsin(np.clip(turn, -1, 1)) - np.arcsin(np.float32(light)) * 0.75
    lit = 0.5 + 0.6 * np.clip(np.cos(toward), 0, 1) - 0.1 * np.abs(turn) ** 3
    shine = 0.22 * np.exp(-((toward / 0.28) ** 2))
    colour = colour * lit[..., None] * (1 - shine[..., None]) + np.array(SUN, np.float32) * shine[..., None]
    picture = picture * (1 - inside[..., None]) + np.clip(colour, 0, 255) * inside[..., None]
    tip_x = foot_x + cone.lean * tall
    box = (
        min(plate_box[0], foot_x - below),
        foot_y - tall,
        max(plate_box[2], foot_x + below),
        plate_box[3],
    )
    return picture.astype(np.float32), (min(box[0], tip_x - above), box[1], max(box[2], tip_x + above), box[3])


def _draw_plate(picture: Picture, project: Project, cone: Cone) -> tuple[Picture, tuple[float, float, float, float]]:
    half, thick = PLATE * cone.height, THICK * cone.height
    upper = np.array([project(across, ahead, thick) for across, ahead in _square(cone, half)], np.float32)
    lower = np.array([project(across, ahead, 0.0) for across, ahead in _square(cone, half)], np.float32)
    side = np.concatenate([upper[:2], lower[1::-1]])
    rubber = np.array(RUBBER)
    for corners, shade in ((lower, 0.75), (side, 0.75), (upper, 1.35)):
        mask = np.zeros(picture.shape[:2], np.float32)
        cv2.fillConvexPoly(mask, (corners * 16).round().astype(np.int32), 1.0, cv2.LINE_8, 4)
        mask = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32)[..., None]
        picture = (picture * (1 - mask) + (rubber * shade) * mask).astype(np.float32)
    outline = np.concatenate([upper, lower])
    low, high = outline.min(0), outline.max(0)
    return picture, (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _square(cone: Cone, half: float) -> list[tuple[float, float]]:
    """The plate's corners, metres across and ahead: near left, near right, far right, far left."""
    return [
        (cone.across - half, cone.ahead - half),
        (cone.across + half, cone.ahead - half),
        (cone.across + half, cone.ahead + half),
        (cone.across - half, cone.ahead + half),
    ]


def _pixels_a_metre(project: Project, cone: Cone) -> float:
    return project(cone.across + 1, cone.ahead, 0.0)[0] - project(cone.across, cone.ahead, 0.0)[0]


def _soft(distance: Picture) -> Picture:
    """Coverage 0..1 of a pixel that lies `distance` pixels inside an edge."""
    return np.asarray(np.clip(distance + 0.5, 0, 1), np.float32)
