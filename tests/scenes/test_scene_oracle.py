"""The oracle of rendered scenes: laws that its verdicts keep, and scenes whose truth is plain to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from fm_assets.motion.claims import Claim
from fm_assets.motion.vocabulary import ALLEN, KINDS, SYMMETRIC, opposite
from fm_assets.scenes import generate
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.oracle.judge import Oracle
from fm_assets.scenes.oracle.verdicts import Truth
from fm_assets.scenes.spec import CameraSpec, ObjectSpec, Occluder, SceneSpec, Wave
from fm_assets.scenes.trajectories import Arc, Point, Stationary, Straight, Trajectory

SCENES = [
    make_scene(900 + i, kind) for i, kind in enumerate((*generate.KINDS, "mixed", "mixed", "entering", "crossing"))
]
MOMENTS = {"region": ("start", "middle", "end", None), "relative_position": ("start", "middle", "end", None)}
MIRRORED = {
    "left": "right", "upper-left": "upper-right", "lower-left": "lower-right", "left_of": "right_of",
    "upper left": "upper right", "middle left": "middle right", "lower left": "lower right",
}  # fmt: skip
MIRRORED |= {b: a for a, b in MIRRORED.items()}
MIRRORED_KINDS = {"left_turns": "right_turns", "right_turns": "left_turns"}
INVERSE = dict(ALLEN) | {b: a for a, b in ALLEN}


def claims(spec: SceneSpec) -> Iterator[Claim]:
    """Every claim with a listed value, about every object and pair, and some numbers."""
    names = [f"o{i + 1}" for i in range(len(spec.objects))]
    for kind, known in KINDS.items():
        sides = permutations(names, 2) if known.relation else [(name, None) for name in names]
        for subject, other in sides:
            for value in known.values:
                for when in MOMENTS.get(kind, (None,)):
                    yield Claim(kind, subject, value, other, when=when)
            if kind in ("left_turns", "right_turns", "repetition_count"):
                for n in range(4):
                    yield Claim(kind, subject, str(n))


def flipped(path: Trajectory, width: float) -> Trajectory:
    """The path as a mirror shows it."""

    def flip(point: Point) -> Point:
        return width - point[0], point[1]

    if isinstance(path, Arc):
        return replace(path, centre=flip(path.centre), angle0_deg=180.0 - path.angle0_deg, turn_deg=-path.turn_deg)
    points = {name: getattr(path, name) for name in ("start", "end", "far", "at") if hasattr(path, name)}
    if hasattr(path, "points"):
        return replace(path, points=tuple(flip(p) for p in path.points))  # type: ignore[arg-type]
    return replace(path, **{name: flip(p) for name, p in points.items()})  # type: ignore[arg-type]


def mirrored(spec: SceneSpec) -> SceneSpec:
    """The scene in a mirror."""

    def back(waves: tuple[Wave, ...]) -> tuple[Wave, ...]:
        return tuple(replace(wave, amplitude=-wave.amplitude) for wave in waves)

    camera = spec.camera
    return replace(
        spec,
        objects=tuple(replace(o, trajectory=flipped(o.trajectory, spec.aspect)) for o in spec.objects),
        occluders=tuple(
            replace(o, box=(spec.aspect - o.box[2], o.box[1], spec.aspect - o.box[0], o.box[3])) for o in spec.occluders
        ),
        camera=replace(
            camera, pan=(-camera.pan[0], camera.pan[1]), shake_x=back(camera.shake_x), shake_deg=back(camera.shake_deg)
        ),
    )


@pytest.mark.parametrize("spec", SCENES, ids=lambda s: f"{s.kind}-{s.seed}")
def test_a_mirror_swaps_left_and_right_and_nothing_else(spec: SceneSpec) -> None:
    one, other = Oracle(spec), Oracle(mirrored(spec))
    verdicts: Counter[Truth] = Counter()
    for claim in claims(spec):
        swapped = replace(
            claim, kind=MIRRORED_KINDS.get(claim.kind, claim.kind), value=MIRRORED.get(claim.value, claim.value)
        )
        verdict = one.holds(claim)
        verdicts[verdict] += 1
        assert other.holds(swapped) == verdict, claim
    assert verdicts[True] and verdicts[False]
    assert verdicts[None] < 0.25 * verdicts.total()


@pytest.mark.parametrize("spec", SCENES, ids=lambda s: f"{s.kind}-{s.seed}")
def test_what_holds_excludes_its_reverse_and_holds_from_the_other_side(spec: SceneSpec) -> None:
    oracle = Oracle(spec)
    for claim in claims(spec):
        verdict = oracle.holds(claim)
        contrary = opposite(claim.value) if claim.kind in KINDS and KINDS[claim.kind].values else None
        if verdict and contrary and contrary in KINDS[claim.kind].values:
            assert oracle.holds(replace(claim, value=contrary)) is False, claim
        if claim.object is None:
            continue
        turned = replace(claim, subject=claim.object, object=claim.subject)
        if claim.kind in SYMMETRIC:
            assert oracle.holds(turned) == verdict, claim
        elif claim.kind == "movement_order":
            assert oracle.holds(replace(turned, value=INVERSE[claim.value])) == verdict, claim
        elif contrary:
            assert oracle.holds(replace(turned, value=contrary)) == verdict, claim


@pytest.mark.parametrize("spec", SCENES, ids=lambda s: f"{s.kind}-{s.seed}")
def test_of_the_values_of_a_kind_one_holds_at_most(spec: SceneSpec) -> None:
    oracle = Oracle(spec)
    holding: Counter[tuple] = Counter()
    for claim in claims(spec):
        holding[claim.kind, claim.subject, claim.object, claim.when] += oracle.holds(claim) is True
    assert {key for key, n in holding.items() if n > 1 and key[0] != "relative_position"} == set()


def scene(*objects: ObjectSpec, camera: CameraSpec | None = None, occluders: tuple[Occluder, ...] = ()) -> Oracle:
    return Oracle(SceneSpec(1, "mixed", "", 480, 270, 25, 6.0, "noise", objects, camera or CameraSpec(), occluders))


def ball(
    start: Point, end: Point, colour: str = "red", t: tuple[float, float] = (0.0, 6.0), **more: float
) -> ObjectSpec:
    path = Stationary(start) if start == end else Straight(start, end, more.pop("ratio", 1.0))
    return ObjectSpec("ball", colour, more.pop("size", 0.12), path, *t, **more)


def pair(kind: str, value: str, number: float | None = None) -> Claim:
    return Claim(kind, "o1", value, "o2", number)


def test_one_follows_the_other() -> None:
    oracle = scene(ball((0.2, 0.5), (1.2, 0.5)), ball((0.5, 0.5), (1.5, 0.5)))
    assert oracle.holds(pair("follow", "follows")) is True
    assert oracle.holds(pair("follow", "leads")) is oracle.holds(pair("pass", "passes")) is False
    assert oracle.holds(pair("co_movement", "together")) is oracle.holds(pair("distance_change", "constant")) is True
    assert oracle.holds(pair("relative_position", "left_of")) is True
    assert oracle.holds(pair("contact", "touching")) is oracle.holds(pair("cross", "crosses")) is False
    beside = scene(ball((0.2, 0.3), (1.2, 0.3)), ball((0.25, 0.7), (1.25, 0.7)))
    assert beside.holds(pair("follow", "follows")) is False


def test_one_passes_the_other() -> None:
    oracle = scene(ball((0.2, 0.45), (1.5, 0.45)), ball((0.6, 0.6), (1.0, 0.6)))
    assert oracle.holds(pair("pass", "passes")) is True
    assert oracle.holds(pair("pass", "passes", 2.67)) is True
    assert oracle.holds(pair("pass", "passes", 5.0)) is oracle.holds(pair("pass", "passed_by")) is False
    assert oracle.holds(pair("speed_order", "faster")) is True
    far = scene(ball((0.2, 0.2), (1.5, 0.2)), ball((0.6, 0.8), (1.0, 0.8)))
    assert far.holds(pair("pass", "passes")) is False


def test_two_cross() -> None:
    oracle = scene(ball((0.2, 0.5), (1.5, 0.5)), ball((1.5, 0.5), (0.2, 0.5)))
    assert oracle.holds(pair("cross", "crosses")) is oracle.holds(pair("cross", "crosses", 3.0)) is True
    assert oracle.holds(pair("cross", "crosses", 5.0)) is False
    assert oracle.holds(pair("co_movement", "opposite")) is True
    paths = scene(ball((0.2, 0.2), (1.2, 0.8)), ball((0.3, 0.9), (1.2, 0.1)))
    assert paths.holds(pair("cross", "crosses")) is True
    apart = scene(ball((0.2, 0.2), (1.2, 0.2)), ball((1.2, 0.8), (0.2, 0.8)))
    assert apart.holds(pair("cross", "crosses")) is False


def test_one_looks_larger() -> None:
    oracle = scene(ball((0.2, 0.2), (1.2, 0.2), size=0.2), ball((0.2, 0.7), (1.2, 0.7), size=0.1))
    assert oracle.holds(pair("size_order", "larger")) is True
    assert oracle.holds(pair("size_order", "smaller")) is False
    alike = scene(ball((0.2, 0.2), (1.2, 0.2), size=0.11), ball((0.2, 0.7), (1.2, 0.7), size=0.1))
    assert alike.holds(pair("size_order", "larger")) is alike.holds(pair("size_order", "smaller")) is None


def test_what_is_rendered_has_no_arms() -> None:
    oracle = scene(ball((0.2, 0.2), (1.2, 0.2)))
    assert oracle.holds(Claim("arm", "o1", "left_raised")) is oracle.holds(Claim("wave_count", "o1", "left:2")) is False


def test_two_touch() -> None:
    carried = scene(ball((0.3, 0.5), (1.3, 0.5)), ball((0.4, 0.5), (1.4, 0.5), "blue"))
    assert carried.holds(pair("contact", "touching")) is True
    brushing = scene(ball((0.2, 0.5), (1.5, 0.5)), ball((1.5, 0.55), (0.2, 0.55)))
    assert brushing.holds(pair("contact", "touching")) is False


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        ((0.0, 2.0), (3.0, 6.0), "before"), ((0.0, 4.0), (2.0, 6.0), "overlaps"), ((0.0, 6.0), (2.0, 4.0), "contains"),
        ((1.5, 4.0), (0.0, 6.0), "during"), ((0.0, 6.0), (0.0, 6.0), "equals"),
    ],
)  # fmt: skip
def test_movements_in_time(first: tuple[float, float], second: tuple[float, float], relation: str) -> None:
    """Allen's relations of two that come from one edge and go over the other while nobody hides them."""
    oracle = scene(
        ball((-0.07, 0.3), (1.85, 0.3), t=first, size=0.1), ball((-0.07, 0.7), (1.85, 0.7), "blue", t=second, size=0.1)
    )
    assert oracle.holds(pair("movement_order", relation)) is True
    others = [v for v in KINDS["movement_order"].values if v != relation]
    assert {oracle.holds(pair("movement_order", v)) for v in others} == {False}


def test_what_comes_goes_grows_and_hides() -> None:
    oracle = scene(
        ball((-0.1, 0.2), (1.0, 0.2), t=(1.5, 6.0), ratio=4.0),
        ball((0.5, 0.5), (1.9, 0.5), "blue", t=(0.0, 4.5), growth=1.6),
        ball((0.89, 0.8), (0.3, 0.8), "green"),
        occluders=(Occluder((0.79, 0.65, 1.0, 0.95)),),
    )

    def said(kind: str, name: str, value: str, number: float | None = None) -> Truth:
        return oracle.holds(Claim(kind, name, value, number=number))

    assert said("appear", "o1", "entered") is said("appear", "o1", "entered", 1.7) is True
    assert said("appear", "o1", "entered", 4.0) is said("appear", "o1", "present") is False
    assert (
        said("disappear", "o2", "exited")
        is said("appear", "o2", "present")
        is said("disappear", "o1", "present")
        is True
    )
    assert said("appear", "o3", "occluded") is True and said("appear", "o3", "entered") is False
    assert said("acceleration", "o1", "accelerating") is said("scale_change", "o2", "grows") is True
    assert said("scale_change", "o1", "constant") is said("count", "o1", "ball:3") is True
    assert said("count", "o1", "ball:2") is said("class", "o1", "box") is said("colour", "o2", "red") is False
    assert oracle.holds(Claim("order", "o1", "after", "o2")) is True
    assert oracle.holds(Claim("order", "o3", "after", "o2")) is None  # nobody saw it come


def test_numbers_and_intervals() -> None:
    oracle = scene(
        ball((0.3, 0.5), (1.5, 0.5)), ObjectSpec("box", "blue", 0.1, Arc((0.9, 0.5), 0.3, 0.0, 120.0), 0.0, 6.0)
    )

    def says(kind: str, number: float, interval: tuple[float, float] | None = None) -> Truth:
        return oracle.holds(Claim(kind, "o1", f"{number:g}"), interval)

    assert says("displacement", 1.2) is says("path_length", 1.25) is says("speed", 0.2) is True
    assert says("displacement", 0.6) is says("speed", 0.3) is says("repetition_count", 1) is False
    assert says("displacement", 1.38) is None
    assert says("displacement", 0.6, (0.0, 3.0)) is True
    assert oracle.holds(Claim("turn", "o2", "left", number=110)) is True
    assert oracle.holds(Claim("turn", "o2", "left", number=50)) is oracle.holds(Claim("turn", "o2", "right")) is False
    assert oracle.holds(Claim("trajectory_shape", "o2", "curved")) is True
    assert oracle.holds(Claim("trajectory_shape", "o2", "curved"), (0.0, 1.5)) is None  # 30 degrees: either may be said
    assert oracle.holds(Claim("region", "o1", "centre"), (3.0, 3.0)) is True


def test_a_panning_camera_moves_places_and_no_movement() -> None:
    still, moving = ball((1.5, 0.5), (1.5, 0.5)), CameraSpec("pan", pan=(0.2, 0.0))
    oracle = scene(still, camera=moving)
    assert oracle.holds(Claim("moving", "o1", "stationary")) is True
    assert oracle.holds(Claim("region", "o1", "middle right", when="start")) is True
    assert oracle.holds(Claim("region", "o1", "middle left", when="end")) is True
    assert oracle.holds(Claim("direction", "o1", "left")) is False


def test_claims_about_nobody_and_of_no_value_are_refused() -> None:
    oracle = scene(ball((0.3, 0.5), (1.5, 0.5)))
    with pytest.raises(ValueError, match="'o2' is no object"):
        oracle.holds(Claim("moving", "o2", "moving"))
    with pytest.raises(ValueError, match="'sideways' is no value of direction"):
        oracle.holds(Claim("direction", "o1", "sideways"))
