"""What a scene is: objects, camera, ground and timing, as plain frozen values.

Lengths are in frame heights (see `trajectories`), times in seconds. The **world** is the plane that the
camera shows at time 0: at rest, world pixels are image pixels. Pixel `i` covers the interval [i, i + 1).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from fm_assets.scenes.seeds import rng_of
from fm_assets.scenes.trajectories import Trajectory

Background = Literal["noise", "pebbles", "bricks"]
Timing = Literal["constant", "variable"]

BACKGROUNDS: tuple[Background, ...] = ("noise", "pebbles", "bricks")
CLASSES = ("ball", "box", "star", "cone", "cross")

#: Fill colours, RGB, one per basic colour term of `motion.vocabulary.COLOURS`.
COLOUR_RGB: dict[str, tuple[int, int, int]] = {
    "red": (220, 25, 30),
    "orange": (255, 140, 0),
    "yellow": (250, 220, 20),
    "green": (25, 155, 45),
    "blue": (30, 80, 220),
    "purple": (130, 40, 170),
    "pink": (255, 120, 185),
    "brown": (139, 72, 24),
    "black": (22, 22, 24),
    "grey": (128, 128, 128),
    "white": (246, 246, 246),
}


@dataclass(frozen=True)
class Wave:
    """One harmonic of a camera's shake: amplitude (frame heights or degrees), frequency in Hz, phase in radians."""

    amplitude: float
    hertz: float
    phase: float

    def value(self, t: np.ndarray) -> np.ndarray:
        """Deflection (n,) at times `t` (n,), zero at time 0."""
        angle = 2.0 * np.pi * self.hertz * t + self.phase
        return self.amplitude * (np.sin(angle) - np.sin(self.phase))


@dataclass(frozen=True)
class CameraSpec:
    """The camera's motion; at time 0 it always shows the world unchanged.

    Attributes:
        kind: static, pan, zoom or shake: the name of what dominates.
        pan: Velocity of the view's centre over the world, frame heights/s, x right, y down.
        zoom_per_s: Natural logarithm of the magnification gained per second.
        shake_x: Harmonics of the sideways shake, in frame heights.
        shake_y: Harmonics of the vertical shake, in frame heights.
        shake_deg: Harmonics of the roll, in degrees.
    """

    kind: Literal["static", "pan", "zoom", "shake"] = "static"
    pan: tuple[float, float] = (0.0, 0.0)
    zoom_per_s: float = 0.0
    shake_x: tuple[Wave, ...] = ()
    shake_y: tuple[Wave, ...] = ()
    shake_deg: tuple[Wave, ...] = ()


@dataclass(frozen=True)
class ObjectSpec:
    """One object.

    Attributes:
        class_name: One of `CLASSES`.
        colour: Key of `COLOUR_RGB`.
        size: Longer side of the object at rest, frame heights.
        trajectory: Path, run through once between `t_enter` and `t_exit`.
        t_enter: When the object begins to exist (at the path's start), seconds.
        t_exit: When it ceases to exist (at the path's end), seconds.
        growth: Size at the path's end over the size at its start, in between exponential.
    """

    class_name: str
    colour: str
    size: float
    trajectory: Trajectory
    t_enter: float
    t_exit: float
    growth: float = 1.0

    def share(self, t: np.ndarray) -> np.ndarray:
        """Normalised time (n,) along the path at times `t` (n,), held at both ends."""
        return np.clip((t - self.t_enter) / (self.t_exit - self.t_enter), 0.0, 1.0)

    def exists(self, t: np.ndarray) -> np.ndarray:
        """Whether the object exists (n,) at times `t` (n,)."""
        return (t >= self.t_enter - 1e-9) & (t <= self.t_exit + 1e-9)


@dataclass(frozen=True)
class Occluder:
    """A bar that stands in front of all objects, fixed in the world: `x1, y1, x2, y2` in frame heights."""

    box: tuple[float, float, float, float]
    rgb: tuple[int, int, int] = (78, 80, 84)


@dataclass(frozen=True)
class SceneSpec:
    """A whole scene. Later objects stand in front of earlier ones, occluders in front of all.

    Attributes:
        seed: Seed of ground texture and, for `variable` timing, of the frame times.
        kind: The kind of `generate.KINDS` that it was made as.
        name: Readable name, the stem of its files.
        width: Frame width in pixels.
        height: Frame height in pixels.
        fps: Nominal frames per second.
        duration_s: From the first frame's to the end of the last frame's presentation.
        timing: `constant`, or `variable`: frames are missing and the others are unevenly spaced.
    """

    seed: int
    kind: str
    name: str
    width: int
    height: int
    fps: int
    duration_s: float
    background: Background
    objects: tuple[ObjectSpec, ...]
    camera: CameraSpec = field(default_factory=CameraSpec)
    occluders: tuple[Occluder, ...] = ()
    timing: Timing = "constant"

    @property
    def aspect(self) -> float:
        """Frame width in frame heights."""
        return self.width / self.height

    def times(self) -> np.ndarray:
        """Presentation times (frames,) in seconds, the first 0; variable ones are whole milliseconds."""
        nominal = np.arange(round(self.duration_s * self.fps)) / self.fps
        if self.timing == "constant":
            return nominal
        rng = rng_of("timing", self.seed)
        # runs of up to three missing frames, and jitter of up to 30 % of an interval on the others
        kept = np.cumsum(rng.choice([1, 1, 1, 1, 2, 2, 3, 4], size=len(nominal)))
        kept = np.concatenate([[0], kept[kept < len(nominal)]])
        jitter = rng.uniform(-0.3, 0.3, size=len(kept)) / self.fps
        jitter[0] = 0.0
        return np.round(nominal[kept] + jitter, 3)

    def to_json(self) -> dict[str, Any]:
        """The specification as plain JSON values; a trajectory names its shape."""
        values = dataclasses.asdict(self)
        for item, obj in zip(values["objects"], self.objects, strict=True):
            item["trajectory"] = {"shape": obj.trajectory.shape, **item["trajectory"]}
        return values
