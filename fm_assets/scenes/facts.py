"""What a scene's parameters say about its objects, without looking at a box; claims are judged by `scenes.oracle`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from fm_assets.scenes import geometry
from fm_assets.scenes.spec import ObjectSpec, SceneSpec
from fm_assets.scenes.trajectories import Arc, Oscillation, Point, Straight

#: Net displacement below which a path has no direction, frame heights.
NO_DIRECTION = 0.1
#: Step of the search for the moments of entering and leaving, seconds.
STEP_S = 0.002


@dataclass(frozen=True)
class ObjectFacts:
    """Facts of one object over the whole scene, in the world = stabilised frame of reference.

    Attributes:
        object_id: `o1`, `o2` ... in the order of the specification.
        class_name: Class.
        colour: Colour term.
        shape: Trajectory shape, of `motion.vocabulary.SHAPES`.
        start: Position at `t_enter`, frame heights, y down.
        end: Position at `t_exit`.
        displacement: Net displacement, frame heights.
        direction_deg: Angle of the net displacement, 0 right, 90 up, in (-180, 180]; None without direction.
        path_length: Frame heights.
        speed: Mean speed, frame heights/s.
        speed_ratio: Speed at the end over the speed at the start of a straight path; None for others.
        turn_deg: Net turn of an arc, counter-clockwise positive; None for others.
        cycles: Complete cycles of a back-and-forth movement; None for others.
        scale: Apparent size at the end over the start, the camera's zoom included.
        present_s: Interval in which the object exists.
        enter_s: When its extent first touches the frame, None where it does so from the first frame on.
        exit_s: When its extent last touches the frame, None where it still does at the scene's end.
    """

    object_id: str
    class_name: str
    colour: str
    shape: str
    start: Point
    end: Point
    displacement: float
    direction_deg: float | None
    path_length: float
    speed: float
    speed_ratio: float | None
    turn_deg: float | None
    cycles: int | None
    scale: float
    present_s: tuple[float, float]
    enter_s: float | None
    exit_s: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain values, numbers to 6 decimals."""
        return {k: _plain(v) for k, v in dataclasses.asdict(self).items()}


def parameter_facts(spec: SceneSpec) -> list[ObjectFacts]:
    """Facts per object, from the scene's parameters alone."""
    return [_facts(spec, f"o{i + 1}", obj) for i, obj in enumerate(spec.objects)]


def _facts(spec: SceneSpec, object_id: str, obj: ObjectSpec) -> ObjectFacts:
    path = obj.trajectory
    start, end = path.position(np.array([0.0, 1.0]))
    dx, dy = end - start
    displacement = float(np.hypot(dx, dy))
    seconds = obj.t_exit - obj.t_enter
    enter_s, exit_s = _touching(spec, obj)
    return ObjectFacts(
        object_id=object_id,
        class_name=obj.class_name,
        colour=obj.colour,
        shape=path.shape,
        start=(float(start[0]), float(start[1])),
        end=(float(end[0]), float(end[1])),
        displacement=displacement,
        direction_deg=float(np.degrees(np.arctan2(-dy, dx))) if displacement >= NO_DIRECTION else None,
        path_length=path.length(),
        speed=path.length() / seconds,
        speed_ratio=path.speed_ratio if isinstance(path, Straight) else None,
        turn_deg=path.turn_deg if isinstance(path, Arc) else None,
        cycles=path.cycles if isinstance(path, Oscillation) else None,
        scale=float(obj.growth * np.exp(spec.camera.zoom_per_s * seconds)),
        present_s=(obj.t_enter, obj.t_exit),
        enter_s=enter_s,
        exit_s=exit_s,
    )


def _touching(spec: SceneSpec, obj: ObjectSpec) -> tuple[float | None, float | None]:
    """When the object's extent first and last meets the frame."""
    t = np.arange(0.0, spec.duration_s + STEP_S / 2, STEP_S)
    box = geometry.extents(geometry.vertices(spec, obj, t))
    meets = (box[:, 2] > 0) & (box[:, 3] > 0) & (box[:, 0] < spec.width) & (box[:, 1] < spec.height) & obj.exists(t)
    inside = np.flatnonzero(meets)
    if not len(inside):
        return None, None
    first, last = inside[0], inside[-1]
    return (float(t[first]) if first > 0 else None, float(t[last]) if last < len(t) - 1 else None)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) + 0.0
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
