"""Exact truth of a scene: where each object is in every frame, computed, never measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fm_assets.scenes import SCENE_TAG, geometry
from fm_assets.scenes.facts import parameter_facts
from fm_assets.scenes.raster import FINE, fine_mask, window
from fm_assets.scenes.spec import SceneSpec

#: Format of the sidecar.
FORMAT = "foundationmotion scene truth 1"


@dataclass(frozen=True)
class Truth:
    """Truth of n objects in f frames; rows of an object that does not exist (yet) are NaN, its visibility 0.

    Attributes:
        width: Frame width in pixels.
        height: Frame height in pixels.
        times: Presentation times (f,), seconds.
        camera: World to image (f, 2, 3), both in pixels; the identity in the first frame.
        classes: Class per object.
        colours: Colour term per object.
        shapes: Trajectory shape per object, in the world.
        boxes: Full extent x1, y1, x2, y2 in image pixels (n, f, 4), also where hidden or outside the frame.
        visible_boxes: Extent of the object's part inside the frame (n, f, 4), hidden or not; NaN where no part is.
        visible: Share of the object's area that is inside the frame and not hidden (n, f), 0 to 1.
        world: Centre in the world = in the stabilised image (n, f, 2), pixels of the first frame.
        image: Centre in the image (n, f, 2), pixels.
    """

    width: int
    height: int
    times: np.ndarray
    camera: np.ndarray
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    shapes: tuple[str, ...]
    boxes: np.ndarray
    visible_boxes: np.ndarray
    visible: np.ndarray
    world: np.ndarray
    image: np.ndarray


def truth(spec: SceneSpec, times: np.ndarray | None = None) -> Truth:
    """The scene's truth at `times` (f,), seconds; default: `spec.times()`."""
    t = spec.times() if times is None else times
    matrices = geometry.camera_matrices(spec, t)
    outlines = [geometry.vertices(spec, obj, t) for obj in spec.objects]
    exists = np.array([obj.exists(t) for obj in spec.objects], dtype=bool).reshape(len(spec.objects), len(t))
    n, f = exists.shape
    boxes = np.array([geometry.extents(points) for points in outlines]).reshape(n, f, 4)
    world = np.array([geometry.world_centres(spec, obj, t) for obj in spec.objects]).reshape(n, f, 2)
    visible = _visible(spec, t, outlines, boxes, exists)
    cut = np.array([geometry.visible_extents(p, spec.width, spec.height) for p in outlines]).reshape(n, f, 4)
    boxes[~exists] = np.nan
    cut[~exists] = np.nan
    world[~exists] = np.nan
    image = geometry.apply(matrices, world.swapaxes(0, 1)).swapaxes(0, 1)
    return Truth(
        width=spec.width,
        height=spec.height,
        times=t,
        camera=matrices,
        classes=tuple(o.class_name for o in spec.objects),
        colours=tuple(o.colour for o in spec.objects),
        shapes=tuple(o.trajectory.shape for o in spec.objects),
        boxes=boxes,
        visible_boxes=cut,
        visible=visible,
        world=world,
        image=image,
    )


def _visible(
    spec: SceneSpec, t: np.ndarray, outlines: list[np.ndarray], boxes: np.ndarray, exists: np.ndarray
) -> np.ndarray:
    """Visible share (n, f); only frames in which something may hide the object are rasterised."""
    bars = [geometry.occluder_vertices(spec, bar, t) for bar in spec.occluders]
    inside = (
        (boxes[..., 0] >= 0) & (boxes[..., 1] >= 0) & (boxes[..., 2] <= spec.width) & (boxes[..., 3] <= spec.height)
    )
    visible = exists.astype(np.float64)
    for i in range(len(outlines)):
        front = [(outlines[j], exists[j], boxes[j]) for j in range(i + 1, len(outlines))]
        front += [(bar, np.ones(len(t), bool), geometry.extents(bar)) for bar in bars]
        for k in np.flatnonzero(exists[i]):
            hiding = [points[k] for points, there, box in front if there[k] and _meet(boxes[i, k], box[k])]
            if hiding or not inside[i, k]:
                visible[i, k] = _share(outlines[i][k], hiding, spec.width, spec.height)
    return visible


def _meet(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def _share(points: np.ndarray, hiding: list[np.ndarray], width: int, height: int) -> float:
    """Share of the polygon that is in the frame and under none of the others, counted on subpixels."""
    area = window(points)
    mask = fine_mask(points, area) > 0
    total = int(mask.sum())
    for other in hiding:
        mask &= fine_mask(other, area) == 0
    x1, y1 = area[:2]
    mask[:, : max(0, -x1) * FINE] = False
    mask[: max(0, -y1) * FINE] = False
    mask[:, max(0, width - x1) * FINE :] = False
    mask[max(0, height - y1) * FINE :] = False
    return int(mask.sum()) / total


def write_truth(path: Path, spec: SceneSpec, file_name: str, variant: str) -> None:
    """The sidecar: specification, parameter facts and truth as compact JSON (pixels to 0.001, null for NaN)."""
    exact, facts = truth(spec), parameter_facts(spec)
    objects = [
        {
            "id": fact.object_id,
            "class": exact.classes[i],
            "colour": exact.colours[i],
            "trajectory_shape": exact.shapes[i],
            "boxes": _numbers(exact.boxes[i], 3),
            "visible_boxes": _numbers(exact.visible_boxes[i], 3),
            "visible": _numbers(exact.visible[i], 4),
            "world": _numbers(exact.world[i], 3),
            "image": _numbers(exact.image[i], 3),
        }
        for i, fact in enumerate(facts)
    ]
    document = {
        "format": FORMAT,
        "tag": SCENE_TAG,
        "file": file_name,
        "variant": variant,
        "spec": spec.to_json(),
        "facts": [fact.to_json() for fact in facts],
        "width": exact.width,
        "height": exact.height,
        "times": _numbers(exact.times, 6),
        "camera": _numbers(exact.camera.reshape(-1, 6), 9),
        "objects": objects,
    }
    path.write_text(json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf-8")


def read_truth(path: Path) -> Truth:
    """The truth of a sidecar.

    Raises:
        ValueError: The file is no sidecar of this format.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path}: not a scene truth file ({FORMAT!r})")
    objects, frames = document["objects"], len(document["times"])

    def stack(name: str, *shape: int) -> np.ndarray:
        return np.array([o[name] for o in objects], dtype=np.float64).reshape(len(objects), frames, *shape)

    return Truth(
        width=document["width"],
        height=document["height"],
        times=np.array(document["times"], dtype=np.float64),
        camera=np.array(document["camera"], dtype=np.float64).reshape(frames, 2, 3),
        classes=tuple(o["class"] for o in objects),
        colours=tuple(o["colour"] for o in objects),
        shapes=tuple(o["trajectory_shape"] for o in objects),
        boxes=stack("boxes", 4),
        visible_boxes=stack("visible_boxes", 4),
        visible=stack("visible"),
        world=stack("world", 2),
        image=stack("image", 2),
    )


def _numbers(values: np.ndarray, digits: int) -> Any:
    """Nested lists of rounded numbers with None for NaN."""
    if values.ndim > 1:
        return [_numbers(row, digits) for row in values]
    return [None if np.isnan(v) else round(float(v), digits) + 0.0 for v in values]
