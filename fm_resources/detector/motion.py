"""Detection without weights: what differs from the clip's still background is an object.

It needs no training and no class names, works on drawn and filmed clips, and finds whatever moves. It cannot
find an object that stays where it is for the whole clip (that is background), finds one that moves by less than
its own length only in part, and sees shadows, reflections
and parallax as objects. Objects that stand still for most of the clip and leave are found: the hole that
they leave is told from an object by its edges, which are in the background picture and not in the frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from fm_resources.detector.background import Background, Canvas, estimate, make_canvas
from fm_resources.detector.base import UNKNOWN_CLASS, CameraPath, DetectOptions, FrameBoxes, FrameLike
from fm_resources.detector.blobs import Blob, separate
from fm_resources.detector.colour import dominant

#: Boxes from this share of the frame on are no objects (paper, released code: 80 %).
MOST = 0.8

#: Longer side of the frames it works on: an edge is then known to about a full-size pixel in 640.
LONGER_SIDE = 480

#: Times the background is corrected where objects that left had been taken for it.
HEALINGS = 3

#: Lowest and highest score.
SCORES = (0.3, 0.95)

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))


class MotionDetector:
    """Background subtraction as a `Detector`.

    Args:
        options: What is asked for; of the classes only `object` exists.
    """

    def __init__(self, options: DetectOptions) -> None:
        self._options = options
        self.bitexact = True
        self.timing: dict[str, float] = {}
        if options.threads > 0:
            cv2.setNumThreads(options.threads)

    @property
    def longer_side(self) -> int:
        """Longer side of the frames it works on, in pixels."""
        return LONGER_SIDE

    def detect(
        self, frames: Iterable[FrameLike], size: tuple[int, int], camera: CameraPath | None = None
    ) -> Iterator[FrameBoxes]:
        """See `Detector.detect`; all frames are held in memory at the working size."""
        held = list(frames)
        if not held or (self._options.classes and UNKNOWN_CLASS not in self._options.classes):
            yield from (FrameBoxes.empty(f.index, f.t_s) for f in held)
            return
        images = [f.image for f in held]
        height, width = images[0].shape[:2]
        scale = np.array([size[0] / width, size[1] / height])
        maps = None if camera is None else _small_maps(camera(np.array([f.t_s for f in held])), scale)
        for frame, blobs in zip(held, find_blobs(images, maps, self._options), strict=True):
            yield self._boxes(frame, blobs, np.tile(scale, 2), size)

    def _boxes(self, frame: FrameLike, blobs: list[Blob], scale: np.ndarray, size: tuple[int, int]) -> FrameBoxes:
        least = self._options.motion_min_area * frame.image.shape[0] * frame.image.shape[1]
        scored = sorted(((_score(b, least, self._options.motion_threshold), b) for b in blobs), key=lambda p: -p[0])
        usable = [(s, b) for s, b in scored if s >= self._options.min_score and not _fills(b, frame.image)]
        kept = usable[: self._options.max_boxes]
        if not kept:
            return FrameBoxes.empty(frame.index, frame.t_s)
        xyxy = np.clip(np.stack([b.box for _, b in kept]) * scale, 0, np.array([*size, *size], dtype=np.float64))
        colours = [_colour(frame.image, b) for _, b in kept]
        return FrameBoxes(
            frame.index,
            frame.t_s,
            xyxy,
            np.array([s for s, _ in kept]),
            (UNKNOWN_CLASS,) * len(kept),
            tuple(name for name, _ in colours),
            np.array([share for _, share in colours]),
        )


def _fills(blob: Blob, image: np.ndarray) -> bool:
    """Whether nearly all of the frame changed at once: the light, or the scene, but no object."""
    left, top, right, bottom = blob.box
    return bool((right - left) * (bottom - top) >= MOST * image.shape[0] * image.shape[1])


def _small_maps(maps: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Maps between full-size pixels as maps between working pixels."""
    small = np.array(maps, dtype=np.float64)
    small[:, :, 2] /= scale
    small[:, 0, 1] *= scale[1] / scale[0]
    small[:, 1, 0] *= scale[0] / scale[1]
    return small


def _score(blob: Blob, least: float, threshold: int) -> float:
    """Grows with contrast (full at four thresholds) and area (full at eight times the smallest)."""
    contrast = np.clip((blob.contrast - threshold) / (3 * threshold), 0, 1)
    area = np.clip((blob.area - least) / (7 * least), 0, 1)
    return float(SCORES[0] + (SCORES[1] - SCORES[0]) * np.sqrt(contrast * area))


def _colour(image: np.ndarray, blob: Blob) -> tuple[str, float]:
    """Dominant colour of the blob's inside: its rim mixes with the background."""
    (x, y), (h, w) = blob.corner, blob.mask.shape
    inner = cv2.erode(np.pad(blob.mask, 1).astype(np.uint8), _CROSS, iterations=2)[1:-1, 1:-1].astype(bool)
    return dominant(image[y : y + h, x : x + w], inner if inner.any() else blob.mask)


def find_blobs(images: list[np.ndarray], maps: np.ndarray | None, options: DetectOptions) -> list[list[Blob]]:
    """Foreground of each frame.

    Args:
        images: RGB uint8 frames of one clip, all of one size.
        maps: (n, 2, 3) maps of each frame's pixels to the stabilised frame; None for a still camera.
        options: Threshold and smallest area.

    Returns:
        For each frame its blobs.
    """
    height, width = images[0].shape[:2]
    smooth = [cv2.GaussianBlur(image, (3, 3), 0.8) for image in images]
    canvas = make_canvas((width, height), maps, len(images))
    background = estimate(smooth, canvas)
    for _ in range(HEALINGS):
        if not _heal(background, smooth, canvas, options):
            break
    found = [_blobs(_difference(image, i, background, canvas), options) for i, image in enumerate(smooth)]
    return separate(smooth, found)


def _difference(image: np.ndarray, i: int, background: Background, canvas: Canvas) -> np.ndarray:
    """(h, w) float32: how far each pixel is from the background, of 255; 0 where there is none.

    A change of brightness of the whole frame is taken out first. With a moving camera a pixel may also match
    the background's neighbourhood, since stabilising is exact only to a fraction of a pixel.
    """
    size = (image.shape[1], image.shape[0])
    still = canvas.view(background.image, i, size)
    known = canvas.view(background.known.astype(np.uint8), i, size, linear=False).astype(bool)
    noise = canvas.view(background.noise, i, size)
    frame = image.astype(np.float32)
    if known.any():
        frame = (
            frame - np.median((frame - still)[::4, ::4][known[::4, ::4]], axis=0) if known[::4, ::4].any() else frame
        )
    if canvas.still:
        difference = np.abs(frame - still)
    else:
        above, below = frame - cv2.dilate(still, np.ones((3, 3))), cv2.erode(still, np.ones((3, 3))) - frame
        difference = np.maximum(np.maximum(above, below), 0)
    difference = difference.max(axis=2) - 2 * noise
    difference[~known] = 0
    return np.maximum(difference, 0)


def _blobs(difference: np.ndarray, options: DetectOptions) -> list[Blob]:
    least = options.motion_min_area * difference.size
    weak = (difference > options.motion_threshold / 2).astype(np.uint8)
    weak = cv2.morphologyEx(cv2.morphologyEx(weak, cv2.MORPH_OPEN, _CROSS), cv2.MORPH_CLOSE, _DISC)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    blobs = []
    for k in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[k])
        if area < least:
            continue
        mask = labels[y : y + h, x : x + w] == k
        values = difference[y : y + h, x : x + w]
        strong = mask & (values > options.motion_threshold)
        if strong.sum() < max(4, least / 2):
            continue
        contrast = float(np.median(values[strong]))
        blobs.append(Blob(_tight(values, mask, contrast, (x, y)), mask, (x, y), area, contrast))
    return _join(blobs)


def _tight(values: np.ndarray, mask: np.ndarray, contrast: float, corner: tuple[int, int]) -> np.ndarray:
    """The box of a blob at half its contrast, where a blurred edge really lies; moved by 2 pixels at most."""
    core = mask & (values >= contrast / 2)
    h, w = mask.shape
    xs, ys = np.flatnonzero(core.any(axis=0)), np.flatnonzero(core.any(axis=1))
    left, top = min(int(xs[0]), 2), min(int(ys[0]), 2)
    right, bottom = max(int(xs[-1]) + 1, w - 2), max(int(ys[-1]) + 1, h - 2)
    return np.array([left, top, right, bottom], dtype=np.float64) + np.array([*corner, *corner])


def _join(blobs: list[Blob]) -> list[Blob]:
    """Small fragments beside a large blob become part of it: a body falls apart where it looks like the background."""
    blobs = sorted(blobs, key=lambda b: (-b.area, b.corner))
    kept: list[Blob] = []
    for blob in blobs:
        host = next((k for k, big in enumerate(kept) if _is_fragment(blob, big)), None)
        if host is None:
            kept.append(blob)
        else:
            kept[host] = _union(kept[host], blob)
    return kept


def _is_fragment(small: Blob, big: Blob) -> bool:
    if small.area > 0.25 * big.area:
        return False
    size = big.box[2:] - big.box[:2]
    gap = np.maximum(np.maximum(big.box[:2] - small.box[2:], small.box[:2] - big.box[2:]), 0)
    overlap = np.minimum(big.box[2:], small.box[2:]) - np.maximum(big.box[:2], small.box[:2])
    beside = overlap.max() > 0.5 * (small.box[2:] - small.box[:2])[int(overlap.argmax())]
    return bool(beside and (gap <= np.maximum(2, 0.08 * size)).all())


def _union(a: Blob, b: Blob) -> Blob:
    x, y = min(a.corner[0], b.corner[0]), min(a.corner[1], b.corner[1])
    right = max(p.corner[0] + p.mask.shape[1] for p in (a, b))
    bottom = max(p.corner[1] + p.mask.shape[0] for p in (a, b))
    mask = np.zeros((bottom - y, right - x), bool)
    for part in (a, b):
        dx, dy = part.corner[0] - x, part.corner[1] - y
        mask[dy : dy + part.mask.shape[0], dx : dx + part.mask.shape[1]] |= part.mask
    box = np.concatenate([np.minimum(a.box[:2], b.box[:2]), np.maximum(a.box[2:], b.box[2:])])
    return Blob(box, mask, (x, y), a.area + b.area, max(a.contrast, b.contrast))


def _heal(background: Background, images: list[np.ndarray], canvas: Canvas, options: DetectOptions) -> bool:
    """Puts what lies behind an object that left into the background; True when it changed."""
    votes = np.zeros(background.known.shape, np.int32)
    total = np.zeros(background.image.shape, np.float64)
    for i, image in enumerate(images):
        ghost = _ghosts(image, i, background, canvas, options)
        if ghost is None:
            continue
        placed, covered = canvas.place(image, i)
        where = canvas.place(ghost, i)[0].astype(bool) & covered
        votes += where
        total[where] += placed[where]
    healed = votes >= max(2, round(0.05 * len(images)))
    if not healed.any():
        return False
    background.image[healed] = (total[healed] / votes[healed, None]).astype(np.float32)
    background.noise[healed] = 0
    return True


def _ghosts(
    image: np.ndarray, i: int, background: Background, canvas: Canvas, options: DetectOptions
) -> np.ndarray | None:
    """(h, w) uint8: blobs whose outline is an edge of the background but not of the frame; None without any."""
    blobs = _blobs(_difference(image, i, background, canvas), options)
    if not blobs:
        return None
    size = (image.shape[1], image.shape[0])
    here, behind = _edges(image.astype(np.float32)), _edges(canvas.view(background.image, i, size))
    ghost = np.zeros(image.shape[:2], np.uint8)
    for blob in blobs:
        (x, y), (h, w) = blob.corner, blob.mask.shape
        x0, y0, x1, y1 = max(x - 2, 0), max(y - 2, 0), min(x + w + 2, size[0]), min(y + h + 2, size[1])
        padded = np.zeros((y1 - y0, x1 - x0), np.uint8)
        padded[y - y0 : y - y0 + h, x - x0 : x - x0 + w] = blob.mask
        rim = cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(bool)
        if _is_ghost(behind[y0:y1, x0:x1][rim], here[y0:y1, x0:x1][rim]):
            ghost[y0:y1, x0:x1][cv2.dilate(padded, np.ones((3, 3), np.uint8)).astype(bool)] = 1
    return ghost if ghost.any() else None


def _is_ghost(behind: np.ndarray, here: np.ndarray) -> bool:
    """Whether a blob's rim is an edge of the background rather than of the frame, by strength and by length."""
    stronger, weaker = np.count_nonzero(behind > here + 4), np.count_nonzero(here > behind + 4)
    return bool(behind.mean() > 1.25 * here.mean() and stronger > 1.5 * weaker and stronger > 0.3 * len(here))


def _edges(image: np.ndarray) -> np.ndarray:
    """(h, w) strength of edges, per pixel of distance, of the strongest channel."""
    dx, dy = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=0.25)
    return np.sqrt(dx * dx + dy * dy).max(axis=2)
