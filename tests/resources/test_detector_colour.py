"""Colour terms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm_assets.motion import vocabulary
from fm_resources.detector.colour import COLOURS, box_colours, dominant, term_index

#: Colours that people call by one name, and the least brightness at which they still do.
PATCHES = [
    ("red", (220, 30, 30), 0.5), ("red", (255, 0, 0), 0.4), ("red", (178, 34, 34), 0.6),
    ("orange", (255, 140, 0), 0.8), ("orange", (240, 120, 20), 0.8),
    ("yellow", (250, 220, 20), 0.7), ("yellow", (255, 255, 0), 0.6),
    ("green", (30, 160, 50), 0.4), ("green", (0, 255, 0), 0.4), ("green", (46, 204, 113), 0.4),
    ("blue", (30, 80, 220), 0.4), ("blue", (0, 0, 255), 0.5), ("blue", (52, 152, 219), 0.4),
    ("purple", (130, 40, 170), 0.5), ("purple", (155, 89, 182), 0.5),
    ("pink", (255, 140, 190), 0.7), ("pink", (255, 192, 203), 0.8), ("pink", (255, 105, 180), 0.8),
    ("brown", (139, 69, 19), 0.5), ("brown", (120, 72, 40), 0.6), ("brown", (160, 82, 45), 0.5),
    ("black", (20, 20, 20), 0.0), ("grey", (128, 128, 128), 0.6), ("grey", (170, 170, 170), 0.5),
    ("white", (246, 246, 246), 0.9),
]  # fmt: skip


def test_terms_are_those_of_the_vocabulary() -> None:
    assert COLOURS == vocabulary.COLOURS


@pytest.mark.parametrize(("name", "rgb", "darkest"), PATCHES)
def test_a_patch_keeps_its_name_in_weaker_light(name: str, rgb: tuple[int, int, int], darkest: float) -> None:
    for light in np.linspace(1.0, darkest, 6):
        patch = np.full((4, 4, 3), np.array(rgb) * light).astype(np.uint8)
        assert dominant(patch) == (name, 1.0), f"at brightness {light:.2f}"


def test_shading_does_not_split_a_colour() -> None:
    shade = np.linspace(0.55, 1.0, 60)[:, None, None]
    ball = (np.array([[[220, 30, 30]]]) * np.repeat(shade, 40, axis=1)).astype(np.uint8)
    assert dominant(ball) == ("red", 1.0)


def test_noise_of_a_camera_leaves_the_dominant_colour() -> None:
    noise = np.random.default_rng(1).normal(0, 12, (50, 50, 3))
    patch = np.clip(np.array([30, 80, 220]) + noise, 0, 255).astype(np.uint8)
    name, share = dominant(patch)
    assert name == "blue" and share > 0.95


def test_boxes_look_at_their_centre() -> None:
    image = np.full((100, 100, 3), 128, np.uint8)
    image[30:70, 30:70] = (25, 155, 45)
    names, shares = box_colours(image, np.array([[20.0, 20, 80, 80], [0, 0, 20, 20], [95, 95, 100, 100]]))
    assert names == ("green", "grey", "grey")
    assert (shares > 0.99).all()
    assert box_colours(image, np.zeros((0, 4)))[0] == ()


def test_a_mask_chooses_the_pixels() -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    image[:, 5:] = (250, 220, 20)
    assert dominant(image, image[..., 0] > 0) == ("yellow", 1.0)
    assert dominant(image, np.zeros((10, 10), bool)) == ("", 0.0)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_pixel_has_a_term(rgb: tuple[int, int, int]) -> None:
    assert 0 <= int(term_index(np.array([[rgb]], np.uint8))[0, 0]) < len(COLOURS)


@given(st.integers(0, 255))
def test_greys_are_never_coloured(level: int) -> None:
    assert COLOURS[int(term_index(np.full((1, 1, 3), level, np.uint8))[0, 0])] in ("black", "grey", "white")
