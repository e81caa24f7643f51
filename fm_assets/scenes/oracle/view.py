"""A scene on a fine clock: where each object is, how it moves and what is seen of it.

Lengths are in frame heights. World positions have y **up** like the vocabulary's angles, image boxes y down. The
image is the world through the camera's exact transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fm_assets.scenes import geometry
from fm_assets.scenes.spec import ObjectSpec, SceneSpec
from fm_assets.scenes.truth import truth

#: Samples per second.
HZ = 100
#: Shares of an object's area in view from which on somebody might see it, and nobody could miss it. The second is a
#: share of the most that is ever in view.
SLIVER, PLAIN = 0.02, 0.9

Span = tuple[float, float]


@dataclass(frozen=True)
class Actor:
    """One object of the scene on k samples.

    Attributes:
        name: `o1`, `o2` ... in the order of the specification.
        spec: Its parameters.
        t: (k,) seconds.
        exists: (k,) bool.
        position: (k, 2) centre in the world, frame heights, y up.
        velocity: (k, 2) frame heights per second.
        box: (k, 4) whole extent x1, y1, x2, y2 in the image, frame heights, y down.
        seen_box: (k, 4) extent of the part inside the frame; NaN where there is none.
        visible: (k,) share of its area that is inside the frame and not hidden.
    """

    name: str
    spec: ObjectSpec
    t: np.ndarray
    exists: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    box: np.ndarray
    seen_box: np.ndarray
    visible: np.ndarray

    @cached_property
    def centre(self) -> np.ndarray:
        """(k, 2) centre of the whole extent in the image, y down."""
        return np.asarray((self.box[:, :2] + self.box[:, 2:]) / 2)

    @cached_property
    def size(self) -> np.ndarray:
        """(k, 2) width and height of the whole extent in the image."""
        return np.asarray(self.box[:, 2:] - self.box[:, :2])

    @cached_property
    def lives(self) -> tuple[Span, ...]:
        """The time in which it is seen, read in two ways: while a sliver of it shows, and while nearly all of it does.

        Empty where nothing of it ever shows.
        """
        least = (SLIVER, PLAIN * float(self.visible.max()))
        shown = [np.flatnonzero(self.visible >= share) for share in least]
        if not len(shown[0]) or self.visible.max() <= SLIVER:
            return ()
        return tuple((float(self.t[at[0]]), float(self.t[at[-1]])) for at in shown)

    def during(self, span: Span) -> np.ndarray:
        """Indices of the samples within a time in which the object exists; the nearest one where there is none."""
        inside = np.flatnonzero((self.t >= span[0] - 1e-6) & (self.t <= span[1] + 1e-6) & self.exists)
        if len(inside):
            return inside
        there = np.flatnonzero(self.exists)
        return there[np.abs(self.t[there] - span[0]).argmin()][None]


class View:
    """The objects of a scene, sampled.

    Args:
        spec: The scene.
    """

    def __init__(self, spec: SceneSpec) -> None:
        self.spec = spec
        self.t = np.arange(round(spec.duration_s * HZ)) / HZ
        exact = truth(spec, self.t)
        self.actors: dict[str, Actor] = {}
        for i, obj in enumerate(spec.objects):
            exists = obj.exists(self.t)
            position = obj.trajectory.position(obj.share(self.t)) * [1.0, -1.0]
            self.actors[f"o{i + 1}"] = Actor(
                f"o{i + 1}", obj, self.t, exists, position, _velocity(position, exists, self.t),
                geometry.extents(geometry.vertices(spec, obj, self.t)) / spec.height,
                exact.visible_boxes[i] / spec.height, exact.visible[i],
            )  # fmt: skip

    @property
    def last_s(self) -> float:
        """Presentation time of the last frame, seconds."""
        return float(self.spec.times()[-1])


def _velocity(position: np.ndarray, exists: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Velocities (k, 2) while the object exists, else 0: it does not halt where its path ends."""
    velocity = np.zeros_like(position)
    there = np.flatnonzero(exists)
    if len(there) > 1:
        velocity[there] = np.gradient(position[there], t[there], axis=0)
    return velocity


def shared(lives: tuple[tuple[Span, ...], tuple[Span, ...]]) -> tuple[Span, ...]:
    """Times that two have in common, reading by reading; only those that there are."""
    both = [(max(a[0], b[0]), min(a[1], b[1])) for a, b in zip(*lives, strict=False)]
    return tuple(span for span in both if span[1] > span[0])
