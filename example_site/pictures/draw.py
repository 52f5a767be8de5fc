#!/usr/bin/env python
"""Draw the sample pictures: six landscapes, the same ones each time.

python example_site/pictures/draw.py
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIZE = WIDTH, HEIGHT = 1200, 900
SMOOTH = 2  # drawn larger, then scaled down
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A sky between two colours, a sun or moon, and hills that fade into the distance."""

    name: str
    sky: tuple[str, str]
    sun: str
    sun_at: tuple[float, float]
    hills: tuple[str, str]
    roughness: float
    stars: int = 0


SCENES = (
    Scene(name="dawn", sky=("#35477d", "#ffb88c"), sun="#fff1c9", sun_at=(0.68, 0.55),
          hills=("#c98d8b", "#3b2a4a"), roughness=1.0),
    Scene(name="dunes", sky=("#f6c667", "#fbe9c0"), sun="#fffbe8", sun_at=(0.25, 0.25),
          hills=("#e9b872", "#a8572a"), roughness=0.35),
    Scene(name="fjord", sky=("#8ec5d6", "#e8f4ef"), sun="#ffffff", sun_at=(0.8, 0.2),
          hills=("#a7c4bc", "#1d4046"), roughness=1.5),
    Scene(name="heath", sky=("#d6c4e8", "#f9e6ef"), sun="#fff6fb", sun_at=(0.4, 0.3),
          hills=("#c79bc4", "#5c3566"), roughness=0.6),
    Scene(name="moonrise", sky=("#0b1230", "#3c4f86"), sun="#f3f1e3", sun_at=(0.3, 0.3),
          hills=("#344473", "#0a0f22"), roughness=1.2, stars=220),
    Scene(name="meadow", sky=("#6db3e8", "#dff1fb"), sun="#fffdf0", sun_at=(0.6, 0.22),
          hills=("#a9cf8f", "#2f6b3a"), roughness=0.45),
)  # fmt: skip


def main() -> None:
    for scene in SCENES:
        path = Path(__file__).with_name(f"{scene.name}.jpg")
        draw_scene(scene).save(path, "JPEG", quality=82, optimize=True)


def draw_scene(scene: Scene) -> Image.Image:
    chance = random.Random(scene.name)  # noqa: S311  # for pictures, not for secrets
    size = WIDTH * SMOOTH, HEIGHT * SMOOTH
    picture = draw_sky(scene, size)
    draw_stars(picture, scene, chance)
    picture = draw_sun(picture, scene)
    draw_hills(picture, scene, chance)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def draw_sky(scene: Scene, size: tuple[int, int]) -> Image.Image:
    top, bottom = (rgb(colour) for colour in scene.sky)
    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        column.putpixel((0, y), between(top, bottom, min(1.0, y / size[1] / 0.75)))
    return column.resize(size)


def draw_stars(picture: Image.Image, scene: Scene, chance: random.Random) -> None:
    draw = ImageDraw.Draw(picture)
    for _ in range(scene.stars):
        x, y = chance.uniform(0, picture.width), chance.uniform(0, picture.height * 0.6)
        radius = chance.choice((1.5, 2, 3))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill="#dfe5ff")


def draw_sun(picture: Image.Image, scene: Scene) -> Image.Image:
    x, y = scene.sun_at[0] * picture.width, scene.sun_at[1] * picture.height
    radius = picture.height * 0.075
    glow = Image.new("L", picture.size, 0)
    wide = radius * 2.2
    ImageDraw.Draw(glow).ellipse((x - wide, y - wide, x + wide, y + wide), fill=110)
    glow = glow.filter(ImageFilter.GaussianBlur(radius))
    ImageDraw.Draw(glow).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return Image.composite(Image.new("RGB", picture.size, scene.sun), picture, glow)


def draw_hills(picture: Image.Image, scene: Scene, chance: random.Random) -> None:
    draw = ImageDraw.Draw(picture)
    far, near = (rgb(colour) for colour in scene.hills)
    ranges = 5
    for number in range(ranges):
        share = number / (ranges - 1)
        base = picture.height * (0.55 + 0.36 * share)
        waves = [
            (chance.uniform(0.6, 1.4) * 2**octave, chance.uniform(0, math.tau), 0.5**octave)
            for octave in range(1 + math.ceil(scene.roughness * 3))
        ]
        height = picture.height * 0.07 * scene.roughness
        outline = [
            (x, base + height * ridge(x / picture.width, waves))
            for x in range(0, picture.width + 8, 8)
        ]
        edge = [(picture.width, picture.height), (0, picture.height)]
        draw.polygon([*outline, *edge], fill=between(far, near, share))


def ridge(x: float, waves: list[tuple[float, float, float]]) -> float:
    return sum(size * math.sin(x * math.tau * speed + phase) for speed, phase, size in waves)


def rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def between(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


if __name__ == "__main__":
    main()
