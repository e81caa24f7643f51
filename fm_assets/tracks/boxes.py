"""The stored boxes of one clip, columnar, and overlaps between boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fm_resources.rows import struct_columns

#: Columns of a box that only some weights fill.
SHAPES = ("keypoints", "mask_area", "mask_angle", "mask_elongation")


@dataclass(frozen=True)
class ClipBoxes:
    """All boxes of a clip, flat, in order of frame.

    Attributes:
        frames: (f,) int64, numbers of the sampled frames.
        times: (f,) float64, seconds from the clip's start.
        of_frame: (n,) int64, index into `frames` of each box, rising.
        xyxy: (n, 4) float64, pixels.
        score: (n,) float64.
        names: (n,) class names.
        colours: (n,) colour terms.
        shares: (n,) float64, shares of the colours.
        shapes: What the weights told of each box besides: column -> (n,), None or NaN where they told nothing.
    """

    frames: np.ndarray
    times: np.ndarray
    of_frame: np.ndarray
    xyxy: np.ndarray
    score: np.ndarray
    names: np.ndarray
    colours: np.ndarray
    shares: np.ndarray
    shapes: dict[str, np.ndarray]

    def take(self, kept: np.ndarray) -> ClipBoxes:
        """The same clip with some of its boxes."""
        return ClipBoxes(
            self.frames, self.times, self.of_frame[kept], self.xyxy[kept], self.score[kept],
            self.names[kept], self.colours[kept], self.shares[kept], {n: c[kept] for n, c in self.shapes.items()},
        )  # fmt: skip

    def by_frame(self) -> Iterator[np.ndarray]:
        """For each frame the indices of its boxes."""
        bounds = np.searchsorted(self.of_frame, np.arange(len(self.frames) + 1))
        for low, high in pairwise(bounds.tolist()):
            yield np.arange(low, high)


def clip_boxes(detections: pa.Table, clip_id: str) -> ClipBoxes:
    """The boxes of one clip, from rows of `detections`."""
    rows = detections.filter(pc.equal(detections["clip_id"], clip_id)).sort_by("frame")
    lengths, box = struct_columns(rows, "boxes")
    return ClipBoxes(
        rows["frame"].to_numpy().astype(np.int64),
        rows["t_s"].to_numpy(),
        np.repeat(np.arange(rows.num_rows), lengths),
        np.stack([box[side].astype(np.float64) for side in ("x1", "y1", "x2", "y2")], axis=1),
        box["score"].astype(np.float64),
        box["class"].astype(object),
        box["colour"].astype(object),
        box["colour_share"].astype(np.float64),
        {name: box[name] for name in SHAPES},
    )
