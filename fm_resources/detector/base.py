"""What a detector is, and which one a video gets; nothing heavy is imported here.

Boxes are in pixels of the full-size frame in display orientation, x1, y1, x2, y2, y downwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

#: Class name of boxes whose detector knows no classes.
UNKNOWN_CLASS = "object"

#: Videos of this domain are drawn, not filmed: networks trained on photographs do not know what they show.
RENDERED = "rendered"

Backend = Literal["ultralytics", "motion"]

#: What runs a network: PyTorch, ONNX Runtime, OpenVINO; empty where there is no network.
Runtime = Literal["torch", "onnx", "openvino", ""]

#: Body keypoints per person, COCO's order: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
KEYPOINTS = 17

#: `(n,)` times in seconds from the clip's start -> `(n, 2, 3)` affine maps of full-size pixels to the stabilised frame.
CameraPath = Callable[[np.ndarray], np.ndarray]


class DetectorError(RuntimeError):
    """The detector cannot be used as configured; the message says what to do."""


class FrameLike(Protocol):
    """What a detector needs of a decoded frame; `fm_resources.video.Frame` is one."""

    @property
    def index(self) -> int:
        """Number of the sampled frame in the clip, from 0."""

    @property
    def t_s(self) -> float:
        """Seconds from the clip's start."""

    @property
    def image(self) -> np.ndarray:
        """RGB, uint8, (height, width, 3); may be smaller than the full-size frame."""


@dataclass(frozen=True)
class FrameBoxes:
    """The boxes of one frame, columnar.

    Attributes:
        index: Number of the sampled frame in the clip, from 0.
        t_s: Seconds from the clip's start.
        xyxy: (n, 4) float64, full-size pixels, inside the frame.
        score: (n,) float64, 0 to 1.
        names: n class names.
        colours: n basic colour terms; empty where there is none.
        colour_shares: (n,) float64, share of the object's pixels with that colour.
        keypoints: (n, 17, 3) float64 x, y in full-size pixels and score; None where the weights give none.
        masks: (n, 3) float64 area in full-size square pixels, direction of the longer principal axis in degrees
            (0 = right, 90 = up, below 180) and elongation; None where the weights give none.
    """

    index: int
    t_s: float
    xyxy: np.ndarray
    score: np.ndarray
    names: tuple[str, ...]
    colours: tuple[str, ...]
    colour_shares: np.ndarray
    keypoints: np.ndarray | None = None
    masks: np.ndarray | None = None

    @staticmethod
    def empty(index: int, t_s: float) -> FrameBoxes:
        """A frame in which nothing was found."""
        return FrameBoxes(index, t_s, np.zeros((0, 4)), np.zeros(0), (), (), np.zeros(0))


class Detector(Protocol):
    """Finds boxes in the frames of one clip."""

    @property
    def longer_side(self) -> int:
        """Size at which it wants its frames: pixels of the longer side, at most."""

    @property
    def bitexact(self) -> bool:
        """Whether it wants pixels that are the same on every processor, rather than those that networks are used to."""

    @property
    def timing(self) -> dict[str, float]:
        """Seconds that `detect` took so far, by what they were spent on; empty where nobody measures."""

    def detect(
        self, frames: Iterable[FrameLike], size: tuple[int, int], camera: CameraPath | None = None
    ) -> Iterator[FrameBoxes]:
        """Boxes of each frame, in order; every frame yields one `FrameBoxes`.

        Args:
            frames: Sampled frames of one clip, by time; all of one size.
            size: (width, height) of the full-size frame in display orientation.
            camera: The camera's path where it moves; None where it stands still.
        """


@dataclass(frozen=True)
class DetectorSpec:
    """Which detector, exactly.

    Attributes:
        backend: `ultralytics` or `motion`.
        name: File name of the weights, or `background-subtraction`.
        weights: Path of the weights; empty for `motion`.
        weights_sha256: Hash of the weights; empty for `motion`.
        runtime: What runs the network; empty for `motion`.
        device: `cpu`, `cuda:0`, `mps` ...
        precision: What the network computes in: `f32`, `bf16`, `fp16` or `int8`.
        image_size: Longer side of the frames that the network sees, in pixels.
        reason: Why this one, in plain words.
    """

    backend: Backend
    name: str
    weights: str
    weights_sha256: str
    runtime: Runtime
    device: str
    precision: str
    image_size: int
    reason: str

    def identity(self) -> dict[str, Any]:
        """What decides its output: neither the place of the weights nor the reason does."""
        facts = asdict(self)
        del facts["weights"], facts["reason"]
        return facts


@dataclass(frozen=True)
class DetectorSpecs:
    """The detectors of a configuration: one for filmed videos, one for rendered ones, one for the bodies of people.

    Attributes:
        filmed: For filmed videos.
        rendered: For rendered videos.
        pose: Gives the people that `filmed` finds their keypoints; None: there is none.
    """

    filmed: DetectorSpec
    rendered: DetectorSpec
    pose: DetectorSpec | None = None

    @property
    def all(self) -> tuple[DetectorSpec, ...]:
        """Every one, each once."""
        return tuple(dict.fromkeys(s for s in (self.filmed, self.rendered, self.pose) if s is not None))


@dataclass(frozen=True)
class DetectOptions:
    """What a detector is asked for.

    Attributes:
        min_score: Boxes below are left out.
        iou: Overlap above which the weaker box of a class is suppressed.
        max_boxes: Boxes per frame at most.
        classes: Classes that are kept; empty: all.
        class_scores: Class -> least score, in place of `min_score`.
        prompts: Words for what open-vocabulary weights shall find.
        batch: Frames per call of the network; 0: as the device takes them.
        threads: Threads of the numeric kernels; 0: as the libraries choose.
        motion_threshold: `motion`: difference to the background, of 255.
        motion_min_area: `motion`: smallest object, share of the frame.
    """

    min_score: float = 0.1
    iou: float = 0.7
    max_boxes: int = 100
    classes: tuple[str, ...] = ()
    class_scores: Mapping[str, float] = field(default_factory=dict)
    prompts: tuple[str, ...] = ()
    batch: int = 0
    threads: int = 0
    motion_threshold: int = 24
    motion_min_area: float = 0.0004


def spec_for(specs: DetectorSpecs, domain: str) -> DetectorSpec:
    """The detector of a video of this domain."""
    return specs.rendered if domain == RENDERED else specs.filmed
