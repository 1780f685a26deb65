"""A filter to tune by eye: what it makes of a grainy picture of hills at dusk."""

from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

WIDTH, HEIGHT = 480, 320
TONES = {"warm": (1.25, 1.0, 0.75), "cold": (0.8, 0.95, 1.3)}


def picture() -> Image.Image:
    """Three ridges before a sky with a low sun, too dull and with the grain of a dark evening."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    sky = np.stack([150 - 0.10 * y, 120 + 0.05 * y, 140 + 0.02 * y], axis=-1)
    sun = np.exp(-((x - 340) ** 2 + (y - 130) ** 2) / 900)
    scene = sky + sun[..., None] * np.array([70, 55, 10])
    for height, colour, wave in (
        (190, (96, 100, 112), 70),
        (230, (76, 84, 92), 50),
        (270, (58, 66, 64), 90),
    ):
        ridge = height + 18 * np.sin(x / wave) + 7 * np.sin(x / 11 + wave)
        scene[y > ridge] = colour
    scene += rng.normal(0, 14, scene.shape)
    return Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))


PICTURE = picture()


def render(parameters: dict[str, Any]) -> Image.Image:
    """The picture through the filter; what is not active, as the toning of no tone, is not there."""
    made = PICTURE.filter(ImageFilter.GaussianBlur(parameters["smoothing"] / 2))
    made = ImageEnhance.Contrast(made).enhance(parameters["contrast"])
    made = ImageEnhance.Sharpness(made).enhance(1 + parameters["sharpening"])
    if parameters["tone"] in TONES:
        pixels = np.asarray(made, dtype=float)
        toned = pixels * TONES[parameters["tone"]]
        share = parameters["toning"]
        made = Image.fromarray(
            np.clip((1 - share) * pixels + share * toned, 0, 255).astype(np.uint8)
        )
    return made
