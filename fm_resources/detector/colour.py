"""Basic colour terms: which of the eleven a box's pixels have."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

#: Berlin and Kay's basic colour terms.
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "grey", "white")

#: Share of a box's width and height that counts as the object when there is no mask.
CENTRE = 0.5

#: Boxes are read at this many points per side at most: a colour needs no more.
_POINTS = 24

_BITS = 5


def term_index(rgb: np.ndarray) -> np.ndarray:
    """Colour term of each pixel.

    Hue alone does not name a colour: dark orange is brown, light red is pink, and near the grey axis hue is
    noise. The rules therefore look at CIE L*C*h, whose lightness and chroma are even to the eye.

    Args:
        rgb: (..., 3) uint8, sRGB.

    Returns:
        (...,) uint8, indices into `COLOURS`.
    """
    step = 8 - _BITS
    cells = rgb.astype(np.uint16) >> step
    return _table()[(cells[..., 0] << (2 * _BITS)) | (cells[..., 1] << _BITS) | cells[..., 2]]


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Terms of all cells of the RGB cube: (2**(3 * _BITS),) uint8."""
    levels = (np.arange(1 << _BITS) + 0.5) * (1 << (8 - _BITS)) / 256.0
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    return _terms(*_lch(grid))


def _lch(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """CIE L* (0 to 100), C* and hue (degrees) of sRGB values in 0 to 1, white point D65."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    xyz = xyz / np.array([0.9505, 1.0, 1.0890])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    a, b = 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])
    return 116 * f[:, 1] - 16, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _terms(light: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    names = np.full(light.shape, "grey", dtype="<U6")
    # Hue sectors of saturated colours; the pure sRGB primaries lie at 40 (red), 103 (yellow), 136 (green), 306 (blue).
    for low, high, name in [
        (-25, 47, "red"), (47, 79, "orange"), (79, 111, "yellow"), (111, 215, "green"), (215, 302, "blue"),
        (302, 335, "purple"),
    ]:  # fmt: skip
        shifted = (hue + 25) % 360 - 25
        names[(shifted >= low) & (shifted < high)] = name
    # Blue keeps its hue of 300 to 308 only where it is strongly coloured; paler, that hue is purple.
    names[(hue >= 295) & (hue < 310) & (chroma > 75)] = "blue"
    warm = (hue >= 335) | (hue < 47)
    pinkish = ((hue >= 320) | (hue < 30)) & (light > 42)
    names[pinkish & ((light > 62) | (hue >= 335) & (hue <= 360) | (hue < 12))] = "pink"
    names[warm & (light > 67)] = "pink"
    names[(hue >= 302) & (hue < 320) & (light > 80)] = "pink"
    # Dark or dull orange is brown; so is dark yellow, and red that is dull.
    names[(hue >= 47) & (hue < 79) & ((light < 52) | (chroma < 38))] = "brown"
    names[(hue >= 79) & (hue < 95) & (light < 48)] = "brown"
    names[(hue >= 30) & (hue < 47) & (chroma < 42) & (light < 55)] = "brown"
    names[(hue >= 95) & (hue < 111) & (light < 55)] = "green"
    neutral = chroma < np.where(light > 75, 9, 11)
    names[neutral & (light >= 25) & (light < 84)] = "grey"
    names[(chroma < 9) & (light >= 84)] = "white"
    names[(light < 8) | (light < 25) & (chroma < 12) | (light < 14) & (chroma < 20)] = "black"
    index = np.zeros(names.shape, np.uint8)
    for i, name in enumerate(COLOURS):
        index[names == name] = i
    return index


def dominant(rgb: np.ndarray, mask: np.ndarray | None = None) -> tuple[str, float]:
    """The most frequent colour term of an image's pixels.

    Args:
        rgb: (h, w, 3) uint8.
        mask: (h, w) bool: the pixels that count; None: all.

    Returns:
        `(term, share of the pixels)`; `("", 0.0)` where there is no pixel.
    """
    indices = term_index(rgb if mask is None else rgb[mask]).ravel()
    if indices.size == 0:
        return "", 0.0
    counts = np.bincount(indices, minlength=len(COLOURS))
    best = int(counts.argmax())
    return COLOURS[best], float(counts[best] / indices.size)


def box_colours(rgb: np.ndarray, xyxy: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Dominant colour of the central region of each box.

    Args:
        rgb: (h, w, 3) uint8, the frame.
        xyxy: (n, 4), boxes in pixels of this image.

    Returns:
        `(n terms, (n,) shares)`.
    """
    if len(xyxy) == 0:
        return (), np.zeros(0)
    height, width = rgb.shape[:2]
    offsets = (np.arange(_POINTS) + 0.5) / _POINTS - 0.5
    centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    span = (xyxy[:, 2:] - xyxy[:, :2]) * CENTRE
    xs = np.clip(centre[:, :1] + span[:, :1] * offsets, 0, width - 1).astype(np.intp)
    ys = np.clip(centre[:, 1:] + span[:, 1:] * offsets, 0, height - 1).astype(np.intp)
    points = (ys[:, :, None] * width + xs[:, None, :]).reshape(len(xyxy), -1)
    indices = term_index(rgb.reshape(-1, 3).take(points, axis=0))
    # boxes are counted at once: each has terms of its own
    own = indices + len(COLOURS) * np.arange(len(xyxy))[:, None]
    counts = np.bincount(own.ravel(), minlength=len(COLOURS) * len(xyxy)).reshape(len(xyxy), -1)
    best = counts.argmax(axis=1)
    return tuple(COLOURS[i] for i in best), counts[np.arange(len(best)), best] / indices.shape[1]
