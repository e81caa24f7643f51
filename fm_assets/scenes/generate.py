"""Making scenes: a kind and a seed give a specification in which objects stay apart and in view."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from fm_assets.motion.vocabulary import SHAPES
from fm_assets.scenes import geometry
from fm_assets.scenes.names import scene_name
from fm_assets.scenes.sampling import MIN_EXTENT, SPEED, pair, sample, unit
from fm_assets.scenes.spec import (
    BACKGROUNDS,
    CLASSES,
    COLOUR_RGB,
    CameraSpec,
    ObjectSpec,
    Occluder,
    SceneSpec,
    Wave,
    rng_of,
)
from fm_assets.scenes.trajectories import Straight, Trajectory

#: What `make_scene` can make: one object of a shape (and companions), or a situation.
KINDS = (*SHAPES, "crossing", "occlusion", "entering", "looming", "mixed", "pan", "zoom", "shake")
CAMERAS = ("static", "pan", "zoom", "shake")

#: How often a colour is chosen: the plain ones less than the bright; grey is left to the grounds.
_COLOUR_WEIGHT = {name: 0.35 if name in ("black", "white", "brown") else 1.0 for name in COLOUR_RGB if name != "grey"}
#: Frames (width / height) and durations (seconds) that scenes are made for.
ASPECT = (1.25, 2.5)
DURATION_S = (3.0, 12.0)

#: Arrangements per scene, and draws per object, before the scene is given up.
_ARRANGEMENTS = 5
_TRIES = 400
#: Positions are checked this many times per second.
_CHECK_HZ = 12
#: Least distance of a box to the frame's edge, frame heights.
_MARGIN = 0.02


class NoSceneError(RuntimeError):
    """No arrangement was found; another seed, fewer objects or a wider frame will help."""


def make_scene(
    seed: int,
    kind: str = "mixed",
    *,
    width: int = 480,
    height: int = 270,
    fps: int = 25,
    duration_s: float | None = None,
    shapes: Sequence[str] | None = None,
    camera: str | None = None,
) -> SceneSpec:
    """A scene of a kind; equal arguments give equal scenes.

    Args:
        seed: Any integer.
        kind: One of `KINDS`.
        width: Frame width in pixels.
        height: Frame height in pixels.
        fps: Nominal frames per second.
        duration_s: Length, rounded to whole frames, see `DURATION_S`; default: 6 to 8 s, by the seed.
        shapes: Trajectory shapes of the objects, instead of those that the kind would choose
            (not for crossing, occlusion, entering and looming).
        camera: One of `CAMERAS`, instead of the kind's (static but for pan, zoom and shake).

    Raises:
        ValueError: The kind, a shape or the camera is unknown, shapes are given for a kind that sets its own,
            or the frame or the duration is beyond `ASPECT` and `DURATION_S`.
        NoSceneError: The objects find no room.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of scene {kind!r}: one of {KINDS}")
    moving = camera or (kind if kind in CAMERAS else "static")
    if moving not in CAMERAS:
        raise ValueError(f"unknown camera {moving!r}: one of {CAMERAS}")
    if shapes is not None and kind in _SITUATIONS:
        raise ValueError(f"kind {kind!r} chooses its own trajectories; leave `shapes` out")
    rng = rng_of("scene", seed, kind)
    seconds = float(duration_s if duration_s is not None else rng.integers(24, 33) / 4.0)
    if not ASPECT[0] <= width / height <= ASPECT[1]:
        raise ValueError(f"a frame of {width}x{height}: width / height must be from {ASPECT[0]} to {ASPECT[1]}")
    if not DURATION_S[0] <= seconds <= DURATION_S[1]:
        raise ValueError(f"a duration of {seconds:g} s: it must be from {DURATION_S[0]} to {DURATION_S[1]} s")
    seconds = round(seconds * fps) / fps
    empty = SceneSpec(
        seed=seed,
        kind=kind,
        name="",
        width=width,
        height=height,
        fps=fps,
        duration_s=seconds,
        background=BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))],
        objects=(),
        camera=_camera(rng, moving, seconds),
    )
    spec = _filled(empty, rng, kind, shapes)
    return dataclasses.replace(spec, name=scene_name(spec))


def _filled(empty: SceneSpec, rng: np.random.Generator, kind: str, shapes: Sequence[str] | None) -> SceneSpec:
    """The scene with its objects; an arrangement that leaves no room for the last one is drawn anew."""
    for _ in range(_ARRANGEMENTS - 1):
        try:
            return _arrangement(empty, rng, kind, shapes)
        except NoSceneError:
            continue
    return _arrangement(empty, rng, kind, shapes)


def _arrangement(empty: SceneSpec, rng: np.random.Generator, kind: str, shapes: Sequence[str] | None) -> SceneSpec:
    if kind in _SITUATIONS:
        return _SITUATIONS[kind](empty, rng)
    return _arrange(empty, rng, shapes if shapes is not None else _shapes(kind, rng))


def _shapes(kind: str, rng: np.random.Generator) -> tuple[str, ...]:
    """The trajectories of a kind that is no special situation."""
    if kind in SHAPES:
        return (kind,)
    if kind in ("pan", "zoom", "shake"):
        return (str(rng.choice(["straight", "curved", "circular", "back_and_forth"])), "stationary")
    count = int(rng.integers(3, 5))
    return tuple(str(s) for s in rng.permutation([s for s in SHAPES if s != "irregular"])[:count])


def _camera(rng: np.random.Generator, kind: str, seconds: float) -> CameraSpec:
    if kind == "pan":
        angle = rng.choice([0.0, 180.0]) + rng.uniform(-12.0, 12.0)
        return CameraSpec("pan", pan=pair(unit(angle) * rng.uniform(0.06, 0.11)))
    if kind == "zoom":
        factor = float(rng.choice([rng.uniform(1.25, 1.4), 1.0 / rng.uniform(1.25, 1.4)]))
        return CameraSpec("zoom", zoom_per_s=float(np.log(factor)) / seconds)
    if kind == "shake":
        return CameraSpec("shake", shake_x=_waves(rng, 0.012), shake_y=_waves(rng, 0.009), shake_deg=_waves(rng, 0.5))
    return CameraSpec()


def _waves(rng: np.random.Generator, amplitude: float) -> tuple[Wave, ...]:
    """A hand's unrest: a slow, a middling and a quick harmonic."""
    bands = ((0.3, 0.6, 1.0), (0.9, 1.7, 0.7), (2.2, 4.0, 0.25))
    return tuple(
        Wave(amplitude * share, float(rng.uniform(low, high)), float(rng.uniform(0.0, 2.0 * np.pi)))
        for low, high, share in bands
    )


def _arrange(spec: SceneSpec, rng: np.random.Generator, shapes: Sequence[str]) -> SceneSpec:
    """One object per shape, in view all the time and, as far as there is room, clear of the others."""
    largest = 0.19 if len(shapes) == 1 else 0.16 if len(shapes) == 2 else 0.135
    looks = _looks(rng, len(shapes))
    # those that need most room are placed first, but keep their place in the list
    order = sorted(range(len(shapes)), key=lambda i: shapes[i] == "stationary")
    placed: dict[int, ObjectSpec] = {}
    for i in order:
        size = float(rng.uniform(0.1, largest))

        def draw(shape: str = shapes[i], look: tuple[str, str] = looks[i], size: float = size) -> ObjectSpec:
            path = sample(shape, rng, spec.aspect, spec.duration_s)
            return ObjectSpec(*look, size, path, 0.0, spec.duration_s)

        placed[i] = _fit(spec, draw, list(placed.values()))
    return dataclasses.replace(spec, objects=tuple(placed[i] for i in range(len(shapes))))


def _looks(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """Classes and colours, all different as long as there are enough."""
    classes = [CLASSES[int(i)] for i in rng.permutation(len(CLASSES))]
    weights = np.array(list(_COLOUR_WEIGHT.values()))
    drawn = rng.choice(list(_COLOUR_WEIGHT), size=len(weights), replace=False, p=weights / weights.sum())
    colours = [str(name) for name in drawn]
    return [(classes[i % len(classes)], colours[i % len(colours)]) for i in range(count)]


def _fit(
    spec: SceneSpec, draw: Callable[[], ObjectSpec], others: Sequence[ObjectSpec], *, whole: bool = True
) -> ObjectSpec:
    """The first draw that is in view (`whole`) and clear of the others; as tries run out, short contacts pass."""
    for attempt in range(_TRIES):
        obj = draw()
        if not (_sensible(obj) and (not whole or _in_view(spec, obj))):
            continue
        allowed = 0.0 if attempt < _TRIES // 2 else 0.12
        if all(_contact(spec, obj, other) <= allowed for other in others):
            return obj
    raise NoSceneError(f"seed {spec.seed}, kind {spec.kind!r}: no room for object {len(others) + 1}")


def _sensible(obj: ObjectSpec) -> bool:
    """Whether the speed keeps below the limit and the path, if it is one, is long enough to be seen."""
    path: Trajectory = obj.trajectory
    if path.shape == "stationary":
        return True
    seconds = obj.t_exit - obj.t_enter
    points = path.position(np.linspace(0.0, 1.0, 201))
    speeds = np.hypot(*np.diff(points, axis=0).T) / (seconds / 200)
    mean = path.length() / seconds
    return bool(SPEED[0] <= mean and speeds.max() <= SPEED[1] and np.ptp(points, axis=0).max() >= MIN_EXTENT)


def _check_times(spec: SceneSpec) -> np.ndarray:
    return np.linspace(0.0, spec.duration_s, round(spec.duration_s * _CHECK_HZ) + 1)


def _boxes(spec: SceneSpec, obj: ObjectSpec) -> np.ndarray:
    return geometry.extents(geometry.vertices(spec, obj, _check_times(spec)))


def _in_view(spec: SceneSpec, obj: ObjectSpec) -> bool:
    box, margin = _boxes(spec, obj), _MARGIN * spec.height
    inside = (box[:, :2] >= margin).all() and (box[:, 2] <= spec.width - margin).all()
    return bool(inside and (box[:, 3] <= spec.height - margin).all())


def _contact(spec: SceneSpec, a: ObjectSpec, b: ObjectSpec) -> float:
    """Share of the time in which the boxes, widened a little, meet."""
    p, q, gap = _boxes(spec, a), _boxes(spec, b), 0.015 * spec.height
    apart = ((p[:, :2] > q[:, 2:] + gap) | (q[:, :2] > p[:, 2:] + gap)).any(axis=1)
    return float((~apart).mean())


def _crossing(spec: SceneSpec, rng: np.random.Generator) -> SceneSpec:
    """Two objects alike in class, colour and size pass each other in the middle, every other time behind a bar."""
    look, size = _looks(rng, 1)[0], float(rng.uniform(0.13, 0.17))
    behind_bar = bool(rng.integers(2))
    # behind a bar they may pass at different heights, else one must hide the other
    slope = rng.uniform(0.02, 0.08) * rng.choice([-1.0, 1.0]) if behind_bar else rng.uniform(-0.008, 0.008)
    middle = np.array([spec.aspect / 2.0 + rng.uniform(-0.08, 0.08), rng.uniform(0.4, 0.6)])
    reach = np.array([spec.aspect / 2.0 - 0.1 - size / 2.0 - 0.08, 0.0])
    tilt = np.array([0.0, rng.uniform(0.1, 0.2) * rng.choice([-1.0, 1.0])])
    lift = np.array([0.0, slope])
    paths = [
        Straight(pair(middle - reach - tilt + lift), pair(middle + reach + tilt + lift)),
        Straight(pair(middle + reach - tilt - lift), pair(middle - reach + tilt - lift)),
    ]
    objects = tuple(ObjectSpec(*look, size, path, 0.0, spec.duration_s) for path in paths)
    bars = (_bar(middle[0], size * rng.uniform(1.25, 1.5)),) if behind_bar else ()
    return dataclasses.replace(spec, objects=objects, occluders=bars)


def _bar(x: float, width: float) -> Occluder:
    """A pillar from above to below everything that a camera sees."""
    return Occluder((float(x - width / 2.0), -2.0, float(x + width / 2.0), 3.0))


def _occlusion(spec: SceneSpec, rng: np.random.Generator) -> SceneSpec:
    """One object passes behind a bar, a second keeps clear of it."""
    looks = _looks(rng, 2)
    size = float(rng.uniform(0.12, 0.17))
    x = float(spec.aspect / 2.0 + rng.uniform(-0.15, 0.15))
    bar = _bar(x, size * rng.uniform(0.9, 1.25))
    heading = rng.choice([0.0, 180.0])

    def passing() -> ObjectSpec:
        reach = unit(heading + rng.uniform(-11.0, 11.0)) * rng.uniform(0.9, 1.4) / 2.0
        middle = np.array([x + rng.uniform(-0.1, 0.1), rng.uniform(0.2, 0.8)])
        path = Straight(pair(middle - reach), pair(middle + reach))
        return ObjectSpec(*looks[0], size, path, 0.0, spec.duration_s)

    def aside() -> ObjectSpec:
        shape = str(rng.choice(["stationary", "back_and_forth", "circular"]))
        path = sample(shape, rng, spec.aspect, spec.duration_s)
        return ObjectSpec(*looks[1], float(rng.uniform(0.1, 0.14)), path, 0.0, spec.duration_s)

    def clear_of_bar() -> ObjectSpec:
        while True:
            obj = aside()
            box = _boxes(spec, obj) / spec.height
            if (box[:, 2] < bar.box[0] - 0.02).all() or (box[:, 0] > bar.box[2] + 0.02).all():
                return obj

    first = _fit(spec, passing, [])
    return dataclasses.replace(spec, objects=(first, _fit(spec, clear_of_bar, [first])), occluders=(bar,))


def _entering(spec: SceneSpec, rng: np.random.Generator) -> SceneSpec:
    """One object enters and stays, one is there and leaves, and by chance one passes through."""
    looks = _looks(rng, 3)
    end = spec.duration_s
    times = [
        (float(rng.uniform(0.06, 0.2) * end), end, True, False),
        (0.0, float(rng.uniform(0.65, 0.8) * end), False, True),
        (float(rng.uniform(0.3, 0.38) * end), float(rng.uniform(0.92, 0.96) * end), True, True),
    ]
    through = bool(rng.integers(2)) and (spec.aspect + 0.25) / (times[2][1] - times[2][0]) < SPEED[1]
    objects: list[ObjectSpec] = []
    for look, (t0, t1, comes, goes) in zip(looks[: 3 if through else 2], times, strict=False):

        def draw(
            look: tuple[str, str] = look, t0: float = t0, t1: float = t1, comes: bool = comes, goes: bool = goes
        ) -> ObjectSpec:
            size = float(rng.uniform(0.11, 0.16))
            return ObjectSpec(*look, size, _over_edge(rng, spec.aspect, size, comes, goes), t0, t1)

        objects.append(_fit(spec, draw, objects, whole=False))
    return dataclasses.replace(spec, objects=tuple(objects))


def _over_edge(rng: np.random.Generator, aspect: float, size: float, comes: bool, goes: bool) -> Straight:
    """A mostly horizontal path between left and right whose ends lie outside the frame where asked."""
    out = 0.5 * size + 0.02
    near = -out if comes else rng.uniform(0.2, 0.4) * aspect
    far = aspect + out if goes else rng.uniform(0.6, 0.8) * aspect
    y = rng.uniform(0.15, 0.85)
    rise = float(np.clip(y + (far - near) * np.tan(np.radians(rng.uniform(-9.0, 9.0))), 0.15, 0.85))
    start, end = np.array([near, y]), np.array([far, rise])
    if rng.integers(2):
        start[0], end[0] = aspect - start[0], aspect - end[0]
    return Straight(pair(start), pair(end))


def _looming(spec: SceneSpec, rng: np.random.Generator) -> SceneSpec:
    """One object grows as if it came nearer, another shrinks."""
    looks = _looks(rng, 2)
    objects: list[ObjectSpec] = []
    for look, growth in zip(looks, (rng.uniform(1.6, 1.8), 1.0 / rng.uniform(1.6, 1.8)), strict=True):

        def draw(look: tuple[str, str] = look, growth: float = float(growth)) -> ObjectSpec:
            size = float(rng.uniform(0.1, 0.11) if growth > 1.0 else rng.uniform(0.18, 0.2))
            path = sample("straight", rng, spec.aspect, spec.duration_s)
            return ObjectSpec(*look, size, path, 0.0, spec.duration_s, growth=growth)

        objects.append(_fit(spec, draw, objects))
    return dataclasses.replace(spec, objects=tuple(objects))


_SITUATIONS: dict[str, Callable[[SceneSpec, np.random.Generator], SceneSpec]] = {
    "crossing": _crossing,
    "occlusion": _occlusion,
    "entering": _entering,
    "looming": _looming,
}
