"""The truth of rendered scenes: against pixels, against the parameters, against itself."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fm_assets.motion.vocabulary import COLOURS, SHAPES
from fm_assets.scenes import geometry
from fm_assets.scenes.facts import parameter_facts
from fm_assets.scenes.generate import KINDS, make_scene
from fm_assets.scenes.render import render
from fm_assets.scenes.sampling import MIN_EXTENT, SPEED
from fm_assets.scenes.spec import CLASSES, COLOUR_RGB, CameraSpec, ObjectSpec, SceneSpec
from fm_assets.scenes.trajectories import Straight
from fm_assets.scenes.truth import Truth, read_truth, truth, write_truth

SMALL = {"width": 320, "height": 180, "fps": 10}


def small_scene(seed: int, kind: str, **more: object) -> SceneSpec:
    return make_scene(seed, kind, **(SMALL | more))  # type: ignore[arg-type]


def one_object(obj: ObjectSpec, camera: CameraSpec | None = None) -> SceneSpec:
    return SceneSpec(
        seed=5,
        kind="straight",
        name="one",
        width=320,
        height=180,
        fps=5,
        duration_s=2.0,
        background="noise",
        objects=(obj,),
        camera=camera or CameraSpec(),
    )


def pixel_boxes(spec: SceneSpec) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, f, 4) and pixel counts (n, f) of each object rendered alone, by difference to the empty scene."""
    empty = np.array(list(render(dataclasses.replace(spec, objects=(), occluders=()))), dtype=np.int16)
    boxes, counts = [], []
    for obj in spec.objects:
        alone = dataclasses.replace(spec, objects=(obj,), occluders=())
        changed = np.abs(np.array(list(render(alone)), dtype=np.int16) - empty).max(axis=3) > 12
        rows = []
        for mask in changed:
            ys, xs = np.nonzero(mask)
            rows.append((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(xs) else (np.nan,) * 4)
        boxes.append(rows)
        counts.append(changed.sum(axis=(1, 2)))
    return np.array(boxes, dtype=np.float64), np.array(counts)


@pytest.mark.parametrize("kind", ["straight", "entering", "looming", "pan", "zoom", "shake"])
def test_truth_boxes_are_where_the_pixels_are(kind: str) -> None:
    spec = small_scene(11, kind)
    exact, (seen, _) = truth(spec), pixel_boxes(spec)
    compared = exact.visible_boxes.copy()
    assert np.array_equal(np.isnan(compared).any(axis=2), np.isnan(seen).any(axis=2)) or kind == "entering"
    both = ~np.isnan(compared).any(axis=2) & ~np.isnan(seen).any(axis=2)
    assert both.mean() > 0.5
    # a pixel that is touched lies within one pixel outside; thin tips may be too faint for the threshold
    assert np.abs(seen[both] - compared[both]).max() < 2.0
    assert np.abs(seen[both] - compared[both]).mean() < 0.8


@pytest.mark.parametrize("name", CLASSES)
def test_box_on_the_pixel_grid_is_exact(name: str) -> None:
    obj = ObjectSpec(name, "red", 40 / 180, Straight((100 / 180, 90 / 180), (200 / 180, 90 / 180)), 0.0, 2.0)
    spec = one_object(obj)
    exact, (seen, counts) = truth(spec), pixel_boxes(spec)
    width, height = np.ptp(geometry.outline(name), axis=0) * 40
    assert np.allclose(exact.boxes[0, 0], [100 - width / 2, 90 - height / 2, 100 + width / 2, 90 + height / 2])
    # tips of the star and the cone cover a small part of their pixels: the threshold may miss two of them
    assert np.abs(seen - exact.boxes).max() < 2.0
    x, y = geometry.outline(name).T
    area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2 * 40**2
    # the threshold counts partly covered pixels of the rim whole
    assert np.all((counts > 0.97 * area) & (counts < 1.35 * area))


def test_objects_bear_the_colour_of_their_name() -> None:
    for seed, colour in enumerate(COLOUR_RGB):
        assert colour in COLOURS
        obj = ObjectSpec("box", colour, 0.2, Straight((0.5, 0.5), (1.2, 0.5)), 0.0, 2.0)
        spec = dataclasses.replace(one_object(obj), seed=seed)
        x1, y1, x2, y2 = np.round(truth(spec).boxes[0, 0]).astype(int)
        inside = next(render(spec))[y1:y2, x1:x2].reshape(-1, 3)
        share = (np.abs(inside.astype(int) - COLOUR_RGB[colour]).max(axis=1) < 12).mean()
        assert share > 0.6, (colour, share)


def test_grounds_are_grey_and_full_of_corners() -> None:
    import cv2

    for seed in range(6):
        frame = next(render(dataclasses.replace(small_scene(seed, "stationary"), objects=())))
        assert (frame.max(axis=2).astype(int) - frame.min(axis=2)).max() <= 12
        corners = cv2.goodFeaturesToTrack(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), 400, 0.01, 5)
        assert corners is not None and len(corners) > 150


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_scene_same_frames(kind: str) -> None:
    spec, again = small_scene(4, kind), small_scene(4, kind)
    assert spec == again
    assert spec != small_scene(5, kind)
    first, second = truth(spec), truth(again)
    for name in ("times", "camera", "boxes", "visible_boxes", "visible", "world", "image"):
        assert np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True), name
    for frame, other in zip(render(spec), render(again), strict=True):
        assert frame.shape == (180, 320, 3) and frame.dtype == np.uint8
        assert np.array_equal(frame, other)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), kind=st.sampled_from(["pan", "zoom", "shake"]))
def test_camera_maps_world_to_image_exactly(seed: int, kind: str) -> None:
    spec = small_scene(seed, kind)
    exact = truth(spec)
    assert np.allclose(exact.camera[0], [[1, 0, 0], [0, 1, 0]], atol=1e-12)
    mapped = np.einsum("fij,nfj->nfi", exact.camera[:, :, :2], exact.world) + exact.camera[None, :, :, 2]
    assert np.allclose(mapped, exact.image, atol=1e-9)
    back = geometry.apply(geometry.invert(exact.camera), exact.image.swapaxes(0, 1)).swapaxes(0, 1)
    assert np.allclose(back, exact.world, atol=1e-9)
    resting = [i for i, shape in enumerate(exact.shapes) if shape == "stationary"]
    assert resting and all(np.ptp(exact.world[i], axis=0).max() < 1e-9 for i in resting)
    middles = (exact.boxes[..., :2] + exact.boxes[..., 2:]) / 2
    # under roll an outline's extent is centred only nearly on its centre
    assert np.abs(middles - exact.image).max() < (1.0 if kind == "shake" else 1e-6)


@pytest.mark.parametrize("kind", ["pan", "zoom", "shake"])
def test_rendered_ground_moves_by_the_camera_matrix(kind: str) -> None:
    """Warping a later frame back by the truth gives the first frame."""
    import cv2

    spec = dataclasses.replace(small_scene(2, kind), objects=())
    frames, exact = list(render(spec)), truth(spec)
    k = len(frames) // 3
    # to OpenCV's pixel centres on whole numbers
    half = np.array([0.5, 0.5])
    matrix = exact.camera[k].copy()
    matrix[:, 2] += matrix[:, :2] @ half - half
    warped = cv2.warpAffine(
        frames[k].astype(np.float32), matrix, (320, 180), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    inner = (slice(50, 130), slice(100, 220))
    error = np.abs(warped[inner] - frames[0][inner]).mean()
    shifted = np.abs(np.roll(warped, 1, axis=1)[inner] - frames[0][inner]).mean()
    assert error < 3.0 and error < 0.5 * shifted


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), kind=st.sampled_from(KINDS))
def test_scenes_keep_to_their_limits(seed: int, kind: str) -> None:
    spec = small_scene(seed, kind)
    exact = truth(spec)
    assert 1 <= len(spec.objects) <= 4 and 6.0 <= spec.duration_s <= 8.0
    assert np.all((exact.visible >= 0) & (exact.visible <= 1))
    for i, (obj, fact) in enumerate(zip(spec.objects, parameter_facts(spec), strict=True)):
        assert fact.shape in SHAPES and fact.class_name in CLASSES and fact.colour in COLOURS
        longer = obj.size * np.array([1.0, obj.growth])
        assert longer.min() >= 0.08 and longer.max() <= 0.2
        assert exact.visible[i].mean() > (0.4 if kind == "entering" else 0.75)
        if fact.shape != "stationary":
            path = obj.trajectory.position(np.linspace(0, 1, 200))
            assert np.ptp(path, axis=0).max() >= MIN_EXTENT - 1e-9
            assert SPEED[0] - 1e-9 <= fact.speed <= SPEED[1]
        if kind != "entering":
            assert fact.enter_s is None and fact.exit_s is None
            assert (exact.boxes[i, :, :2] >= 0).all() and (exact.boxes[i, :, 2:] <= (320, 180)).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_parameter_facts_agree_with_the_boxes(shape: str) -> None:
    """The oracle is computed from parameters; here the boxes are the check on it."""
    for seed in range(3):
        spec = make_scene(seed, shape, fps=50)
        fact, exact = parameter_facts(spec)[0], truth(spec)
        middles = (exact.boxes[0, :, :2] + exact.boxes[0, :, 2:]) / 2 / spec.height
        steps = np.hypot(*np.diff(middles, axis=0).T)
        assert fact.shape == shape
        assert np.allclose(middles[0], fact.start, atol=1e-9)
        assert np.allclose(middles[-1], fact.end, atol=0.02)
        assert steps.sum() == pytest.approx(fact.path_length, rel=0.03, abs=1e-9)
        net = middles[-1] - middles[0]
        if fact.direction_deg is None:
            assert np.hypot(*net) < 0.12
        else:
            assert np.degrees(np.arctan2(-net[1], net[0])) == pytest.approx(fact.direction_deg, abs=3.0)


def test_back_and_forth_has_its_cycles() -> None:
    spec = make_scene(3, "back_and_forth")
    fact = parameter_facts(spec)[0]
    start, far = (np.array(getattr(spec.objects[0].trajectory, n)) for n in ("start", "far"))
    t = np.linspace(0, 1, 5001)
    along = (spec.objects[0].trajectory.position(t) - start) @ (far - start) / np.sum((far - start) ** 2)
    peaks = np.sum((along[1:-1] > along[:-2]) & (along[1:-1] >= along[2:]))
    assert peaks == fact.cycles and along.min() > -1e-9 and along.max() == pytest.approx(1.0)


def test_stop_and_go_rests_where_it_says() -> None:
    obj = make_scene(1, "stop_and_go").objects[0]
    path = obj.trajectory
    for begin, end in path.stops:  # type: ignore[union-attr]
        assert (end - begin) * (obj.t_exit - obj.t_enter) >= 0.79
        rest = path.position(np.linspace(begin, end, 50))
        assert np.ptp(rest, axis=0).max() < 1e-12
    s = np.linspace(0, 1, 4001)
    steps = np.hypot(*np.diff(path.position(s), axis=0).T)
    assert (steps > 0).any() and steps.max() / steps[steps > 1e-12].mean() < 1.6


def test_speed_ratio_is_the_ratio_of_end_speeds() -> None:
    path = Straight((0.0, 0.0), (1.0, 0.0), speed_ratio=2.5)
    x = path.position(np.array([0.0, 1e-6, 1 - 1e-6, 1.0]))[:, 0]
    assert (x[3] - x[2]) / (x[1] - x[0]) == pytest.approx(2.5, rel=1e-4)
    assert x[3] == pytest.approx(1.0)


def test_entering_and_leaving_times() -> None:
    for seed in range(4):
        spec = make_scene(seed, "entering")
        exact, facts = truth(spec), parameter_facts(spec)
        comes, goes = facts[0], facts[1]
        assert comes.enter_s is not None and comes.exit_s is None
        assert goes.exit_s is not None and goes.enter_s is None
        for i, moment, first in ((0, comes.enter_s, True), (1, goes.exit_s, False)):
            inside = np.flatnonzero(~np.isnan(exact.visible_boxes[i]).any(axis=1))
            assert exact.times[inside[0 if first else -1]] == pytest.approx(moment, abs=1 / spec.fps + 0.003)


@pytest.mark.parametrize("seed", range(6))
def test_crossing_objects_look_alike_and_hide(seed: int) -> None:
    spec = make_scene(seed, "crossing")
    a, b = spec.objects
    assert (a.class_name, a.colour, a.size) == (b.class_name, b.colour, b.size)
    exact = truth(spec)
    assert exact.visible.min() < 0.35
    gap = exact.world[0, :, 0] - exact.world[1, :, 0]
    assert gap[0] * gap[-1] < 0
    if spec.occluders:
        hidden = (exact.visible == 0).any(axis=1)
        assert hidden.all()


def test_visible_share_counts_what_pixels_show() -> None:
    """Half of a box behind another: the share is the uncovered area, in the frame's part of it too."""
    back = ObjectSpec("box", "red", 0.2, Straight((0.5, 0.5), (0.8, 0.5)), 0.0, 2.0)
    front = ObjectSpec("box", "blue", 0.2, Straight((0.6, 0.5), (0.9, 0.5)), 0.0, 2.0)
    spec = dataclasses.replace(one_object(back), objects=(back, front))
    assert np.allclose(truth(spec).visible, [[0.5], [1.0]], atol=0.02)
    cut = dataclasses.replace(back, trajectory=Straight((0.05, 0.5), (0.0, 0.5)))
    visible = truth(one_object(cut)).visible[0]
    assert visible[0] == pytest.approx(0.75, abs=0.02) and np.all(np.diff(visible) < 0)


def test_outlines_are_centred_and_of_unit_size() -> None:
    for name in CLASSES:
        low, high = geometry.outline(name).min(axis=0), geometry.outline(name).max(axis=0)
        assert np.allclose(low, -high) and (high - low).max() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="banana"):
        geometry.outline("banana")


def test_variable_timing_is_uneven_increasing_and_seeded() -> None:
    spec = dataclasses.replace(make_scene(0, "straight"), timing="variable")
    t = spec.times()
    gaps = np.diff(t)
    assert t[0] == 0 and (gaps > 0.01).all() and gaps.max() > 2.5 * gaps.min() and t[-1] < spec.duration_s
    assert np.array_equal(t, dataclasses.replace(spec).times())
    full = truth(dataclasses.replace(spec, timing="constant"))
    uneven = truth(spec)
    path = np.interp(t, full.times, full.world[0, :, 0])
    assert np.allclose(path, uneven.world[0, :, 0], atol=0.1)


def test_sidecar_round_trip(tmp_path: Path) -> None:
    spec = small_scene(7, "entering")
    write_truth(tmp_path / "a.truth.json", spec, "a.mp4", "h264")
    exact, stored = truth(spec), read_truth(tmp_path / "a.truth.json")
    for field in dataclasses.fields(Truth):
        a, b = getattr(exact, field.name), getattr(stored, field.name)
        if isinstance(a, np.ndarray):
            assert np.allclose(a, b, atol=6e-4, equal_nan=True), field.name
        else:
            assert a == b
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(ValueError, match="not a scene truth file"):
        read_truth(tmp_path / "b.json")


def test_bad_requests_are_named() -> None:
    with pytest.raises(ValueError, match="unknown kind of scene 'sideways'"):
        make_scene(0, "sideways")
    with pytest.raises(ValueError, match="unknown camera 'drone'"):
        make_scene(0, "straight", camera="drone")
    with pytest.raises(ValueError, match="unknown trajectory shape 'spiral'"):
        make_scene(0, "mixed", shapes=("spiral",))
    with pytest.raises(ValueError, match="leave `shapes` out"):
        make_scene(0, "crossing", shapes=("straight",))
    with pytest.raises(ValueError, match="270x480"):
        make_scene(0, "straight", width=270, height=480)
    with pytest.raises(ValueError, match="duration of 60 s"):
        make_scene(0, "straight", duration_s=60)


def test_zigzag_turns_alternate() -> None:
    points = np.array(make_scene(2, "zigzag").objects[0].trajectory.points)  # type: ignore[union-attr]
    legs = np.diff(points, axis=0)
    turns = [a[0] * b[1] - a[1] * b[0] for a, b in pairwise(legs)]
    assert len(turns) >= 4 and all(p * q < 0 for p, q in pairwise(turns))
