"""Pieces of foreground, and how two objects that touch are told apart.

Where objects meet, subtraction sees one piece, and its box would drag both objects' tracks to the middle. The
objects were seen apart before: each is laid, as it looked then, where it explains the common piece best. One that
is mostly hidden yields no box, which is a gap and not a wrong place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

#: Frames for which an object must have been seen alone before it is looked for inside a common piece.
MATURE = 3

#: Frames after which a common piece counts as one object.
PATIENCE = 20

#: Largest difference (of 255, strongest channel) of a pixel that still shows the object.
ALIKE = 48

#: Pixels of an object that are compared at most.
SAMPLES = 600

#: Share of an object that must be visible for a box.
VISIBLE = 0.6


@dataclass(frozen=True)
class Blob:
    """One connected piece of foreground in one frame.

    Attributes:
        box: (4,) float64, x1 y1 x2 y2 in working pixels.
        mask: (h, w) bool within the integer bounds `corner`.
        corner: (x, y) of the mask's first pixel in the frame.
        area: Pixels of the mask.
        contrast: Median difference to the background, of 255.
    """

    box: np.ndarray
    mask: np.ndarray
    corner: tuple[int, int]
    area: int
    contrast: float

    def shifted(self, by: tuple[int, int]) -> Blob:
        """The same blob elsewhere in the frame."""
        corner = (self.corner[0] + by[0], self.corner[1] + by[1])
        return replace(self, corner=corner, box=self.box + np.array([*by, *by]))

    def inside(self, shape: tuple[int, ...]) -> Blob | None:
        """The part of the blob that is inside a frame of this shape; None where nothing is."""
        (x, y), (h, w) = self.corner, self.mask.shape
        x1, y1, x2, y2 = max(x, 0), max(y, 0), min(x + w, shape[1]), min(y + h, shape[0])
        mask = self.mask[max(y1 - y, 0) : max(y2 - y, 0), max(x1 - x, 0) : max(x2 - x, 0)]
        area = int(mask.sum())
        limit = np.array([shape[1], shape[0]] * 2, dtype=np.float64)
        return replace(self, box=np.clip(self.box, 0, limit), mask=mask, corner=(x1, y1), area=area) if area else None


@dataclass
class _Known:
    """An object as it was last seen alone.

    Attributes:
        blob: Its shape, where it is now.
        samples: x and y within the shape's bounds, and colours (n, 3) int16, of at most `SAMPLES` of its pixels.
        velocity: (2,) pixels per frame.
        age: Frames for which it was seen alone.
        merged: Frames since it was.
    """

    blob: Blob
    samples: tuple[np.ndarray, np.ndarray, np.ndarray]
    velocity: np.ndarray
    age: int = 0
    merged: int = 0

    def predicted(self) -> Blob:
        step = np.rint(self.velocity).astype(int)
        return self.blob.shifted((int(step[0]), int(step[1])))


def separate(images: list[np.ndarray], found: list[list[Blob]]) -> list[list[Blob]]:
    """Blobs of a clip in which objects that meet stay apart.

    Args:
        images: (h, w, 3) uint8 frames.
        found: For each frame its blobs.

    Returns:
        For each frame its blobs, a common piece replaced by the objects that are visible in it.
    """
    known: list[_Known] = []
    result = []
    for image, blobs in zip(images, found, strict=True):
        owners = _owners(known, blobs, image.shape[:2])
        known, seen = [], []
        for blob, mine in zip(blobs, owners, strict=True):
            apart = [k for k in mine if k.age >= MATURE and k.merged < PATIENCE]
            if len(apart) > 1:
                seen += _place(apart, blob, image)
                known += apart
            else:
                seen.append(blob)
                known.append(_alone(mine[0] if len(mine) == 1 else None, blob, image))
        result.append(seen)
    return result


def _owners(known: list[_Known], blobs: list[Blob], shape: tuple[int, int]) -> list[list[_Known]]:
    """For each blob the objects that are expected in it."""
    owners: list[list[_Known]] = [[] for _ in blobs]
    if not blobs or not known:
        return owners
    labels = np.full(shape, -1, np.int32)
    for i, blob in enumerate(blobs):
        _window(labels, blob)[blob.mask] = i
    for one in known:
        under = _under(labels, one.predicted(), -1)
        hits = np.bincount(under[under >= 0], minlength=len(blobs))
        best = int(hits.argmax())
        if hits[best] > 0.2 * one.blob.area:
            owners[best].append(one)
    return owners


def _alone(before: _Known | None, blob: Blob, image: np.ndarray) -> _Known:
    ys, xs = np.nonzero(blob.mask)
    thin = slice(None, None, max(1, len(xs) // SAMPLES))
    samples = xs[thin], ys[thin], _window(image, blob)[ys[thin], xs[thin]].astype(np.int16)
    if before is None:
        return _Known(blob, samples, np.zeros(2))
    step = (blob.box[:2] + blob.box[2:] - before.blob.box[:2] - before.blob.box[2:]) / 2
    velocity = step if before.age == 0 or before.merged else (before.velocity + step) / 2
    return _Known(blob, samples, velocity, before.age + 1)


def _place(objects: list[_Known], blob: Blob, image: np.ndarray) -> list[Blob]:
    """Lays the objects into their common blob and moves them there; returns the visible ones."""
    room = max(max(k.blob.mask.shape) for k in objects)
    (x, y), (h, w) = blob.corner, blob.mask.shape
    canvas = np.pad(blob.mask, room)
    pixels = np.full((*canvas.shape, 3), -1000, np.int16)
    pixels[room : room + h, room : room + w][blob.mask] = _window(image, blob)[blob.mask]
    origin = (x - room, y - room)
    places = [_clamped(k.predicted(), origin, canvas.shape) for k in objects]
    for _ in range(2):
        for i, one in enumerate(objects):
            others = np.zeros(canvas.shape, bool)
            for j, place in enumerate(places):
                if j != i:
                    _at(others, place, objects[j].blob)[objects[j].blob.mask] = True
            places[i] = _best(one, places[i], canvas & ~others, pixels)
    visible = []
    for one, place in zip(objects, places, strict=True):
        share = _match(one, place, pixels)
        moved = one.blob.shifted((place[0] + origin[0] - one.blob.corner[0], place[1] + origin[1] - one.blob.corner[1]))
        shown = moved.inside(image.shape)
        if share >= VISIBLE and shown is not None:
            one.velocity = 0.7 * one.velocity + 0.3 * (moved.box[:2] - one.blob.box[:2])
            visible.append(replace(shown, contrast=blob.contrast))
        one.blob = moved
        one.merged += 1
    return visible


def _best(one: _Known, expected: tuple[int, int], uncovered: np.ndarray, pixels: np.ndarray) -> tuple[int, int]:
    """The place near the expected one that shows most of the object and leaves least of the blob unexplained.

    Searched from coarse to fine: 7 x 7 places, then the 8 around the best at half the step, down to one pixel.
    """
    h, w = one.blob.mask.shape
    xs, ys, _ = one.samples
    reach = max(3, round(0.25 * max(h, w)))

    def value(x: int, y: int) -> float:
        if not (0 <= x <= uncovered.shape[1] - w and 0 <= y <= uncovered.shape[0] - h):
            return -np.inf
        explained = np.count_nonzero(uncovered[ys + y, xs + x]) / len(xs)
        far = ((x - expected[0]) ** 2 + (y - expected[1]) ** 2) / (4 * reach * reach)
        return _match(one, (x, y), pixels) + explained - far

    best, best_value = expected, value(*expected)
    step, span = max(1, reach // 3), 3
    while step >= 1:
        x0, y0 = best
        for dy in range(-span, span + 1):
            for dx in range(-span, span + 1):
                here = (x0 + dx * step, y0 + dy * step)
                if (found := value(*here)) > best_value:
                    best, best_value = here, found
        step, span = step // 2, 1
    return best


def _match(one: _Known, place: tuple[int, int], pixels: np.ndarray) -> float:
    """Share of the object's pixels that look like it at a place."""
    xs, ys, colours = one.samples
    there = pixels[ys + place[1], xs + place[0]]
    return float((np.abs(there - colours) <= ALIKE).all(axis=1).mean())


def _clamped(blob: Blob, origin: tuple[int, int], shape: tuple[int, ...]) -> tuple[int, int]:
    h, w = blob.mask.shape
    x, y = blob.corner[0] - origin[0], blob.corner[1] - origin[1]
    return min(max(x, 0), shape[1] - w), min(max(y, 0), shape[0] - h)


def _at(array: np.ndarray, place: tuple[int, int], blob: Blob) -> np.ndarray:
    h, w = blob.mask.shape
    return array[place[1] : place[1] + h, place[0] : place[0] + w]


def _window(array: np.ndarray, blob: Blob) -> np.ndarray:
    return _at(array, blob.corner, blob)


def _under(array: np.ndarray, blob: Blob, outside: int) -> np.ndarray:
    """Values under a blob that may reach beyond the array."""
    ys, xs = np.nonzero(blob.mask)
    ys, xs = ys + blob.corner[1], xs + blob.corner[0]
    inside = (ys >= 0) & (ys < array.shape[0]) & (xs >= 0) & (xs < array.shape[1])
    values = np.full(len(ys), outside, array.dtype)
    values[inside] = array[ys[inside], xs[inside]]
    return values
