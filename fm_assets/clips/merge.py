"""The camera's path from two measurements: that of `filtered_clips`, and the steps measured again with masked boxes.

Both are sampled, perhaps at different times. What was measured again replaces what was measured first over its own
span; of a first step that is covered in part, the rest stands, as the share of the motion that falls on it.
"""

from __future__ import annotations

import cmath
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import pairwise, takewhile
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fm_assets.clips.camera import Camera, Step
from fm_assets.clips.verdict import camera_score, judge
from fm_assets.settings import ClipsSettings
from fm_resources.rows import TIME_TOLERANCE_S


def merged(camera: Sequence[Mapping[str, Any]], frames: Iterable[tuple[float, Mapping[str, Any] | None]]) -> list[dict]:
    """One camera from both measurements, in the form of the column `camera` of `filtered_clips`.

    Args:
        camera: That column.
        frames: Per row of `detections` of the clip, in order: its time, and its step measured again, or None.
    """
    again: list[tuple[float, Step]] = []
    before: float | None = None
    for t_s, step in frames:
        if step is not None and before is not None:
            again.append((before, Step(**step)))
        before = t_s
    if not camera or not again:
        return [dict(step) for step in camera]
    first = [Step(**step) for step in camera]
    spans: list[tuple[float, Step]] = [*again]
    for last, following in pairwise(first):
        spans += _rest(last.t_s, following, again)
    return [asdict(first[0]), *(asdict(part) for _, part in sorted(spans, key=lambda span: span[0]))]


def frame_of_reference(clip: Mapping[str, Any], camera: Sequence[Mapping[str, Any]], settings: ClipsSettings) -> str:
    """In what frame a clip's motion may be stated, once its camera was measured again: image, stabilised or none.

    Args:
        clip: Its row of `filtered_clips`; one that is judged in the image stays so.
        camera: Its camera, see `merged`.
        settings: Section `clips`.
    """
    if clip["frame_of_reference"] == "image" or list(camera) == list(clip["camera"]):
        return str(clip["frame_of_reference"])
    steps = tuple(Step(**step) for step in camera)
    size = (int(clip["width"]), int(clip["height"]))
    return judge(Camera(steps, still=False), camera_score(steps, size, settings), size, settings).frame_of_reference


def with_camera(clip: Mapping[str, Any], detections: pa.Table, settings: ClipsSettings) -> dict[str, Any]:
    """A clip's row of `filtered_clips` with the camera and frame of reference that its detections leave it with.

    Args:
        clip: The row.
        detections: Rows of `detections`, also of other clips.
        settings: Section `clips`.
    """
    rows = detections.filter(pc.equal(detections["clip_id"], clip["clip_id"])).sort_by("frame")
    again = [steps[0] if steps else None for steps in rows["camera"].to_pylist()]
    camera = merged(clip["camera"], zip(rows["t_s"].to_pylist(), again, strict=True))
    return {**clip, "camera": camera, "frame_of_reference": frame_of_reference(clip, camera, settings)}


def _rest(began_s: float, step: Step, again: Sequence[tuple[float, Step]]) -> list[tuple[float, Step]]:
    """What is left of a step once the spans that were measured again are taken out of it."""
    open_spans = [(began_s, step.t_s)]
    first = bisect_right(again, began_s, key=lambda span: span[1].t_s)
    for start, other in takewhile(lambda span: span[0] < step.t_s, again[first:]):
        open_spans = [
            part
            for begin, end in open_spans
            for part in ((begin, min(end, start)), (max(begin, other.t_s), end))
            if part[1] - part[0] > TIME_TOLERANCE_S
        ]
    whole = step.t_s - began_s
    return [(begin, _part_of(step, (end - begin) / whole, end)) for begin, end in open_spans]


def _part_of(step: Step, share: float, t_s: float) -> Step:
    """A share of a step's motion, as of a camera that moves evenly; ends at `t_s`."""
    if share > 1 - 1e-9:
        return replace(step, t_s=t_s)
    # a similarity is z -> turn * z + shift in complex numbers, and a power of it shifts by the geometric sum
    turn, shift = complex(step.a, step.b), complex(step.tx, step.ty)
    part = cmath.exp(share * cmath.log(turn))
    shift *= share if abs(turn - 1) < 1e-9 else (part - 1) / (turn - 1)
    return replace(step, t_s=t_s, a=part.real, b=part.imag, tx=shift.real, ty=shift.imag)
