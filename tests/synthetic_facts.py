"""Facts of made-up but consistent clips: objects with positions and times, and what follows from them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from fm_assets.motion.rows import MOTION_SCORES
from fm_assets.motion.vocabulary import COLOURS, DIRECTIONS
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import from_pylist

WIDTH = 16 / 9
CLIP_S = 8.0
SIGMA = 0.012
CLASSES = ("ball", "car", "person", "dog", "cup", "bicycle", "object", "umbrella", "bus", "sports ball")
SHAPES = (
    "straight",
    "straight",
    "curved",
    "circular",
    "back_and_forth",
    "stationary",
    "stationary",
    "stop_and_go",
    "zigzag",
)


@dataclass
class Thing:
    """One object: lengths in frame heights (y down), times in seconds."""

    class_name: str
    colour: str
    shape: str
    start: tuple[float, float]
    end: tuple[float, float]
    t0: float = 0.0
    t1: float = CLIP_S
    begins: str = "present"
    ends: str = "present"
    trend: str = "constant"
    scale: str = "constant"
    cycles: int = 0
    turns: list[tuple[float, str, float]] = field(default_factory=list)
    colour_margin: float = 8.0

    @property
    def displacement(self) -> float:
        return math.dist(self.start, self.end)

    @property
    def path(self) -> float:
        factor = {"straight": 1.0, "stop_and_go": 1.0, "curved": 1.25, "zigzag": 1.6, "stationary": 1.0}
        return self.displacement * factor[self.shape] if self.shape in factor else 0.4 * max(self.cycles, 2)


class Writer:
    """Collects fact rows of one clip."""

    def __init__(self, clip_id: str) -> None:
        self.clip_id = clip_id
        self.rows: list[dict] = []

    def add(self, kind, value, subject=None, other=None, t0=0.0, t1=CLIP_S, number=None, unit="", margin=6.0):
        name = f"{kind}|{subject}|{other}|{t0}|{value}"
        self.rows.append(
            {
                "fact_id": f"{self.clip_id}.f-{random.Random(name).getrandbits(40):010x}", "clip_id": self.clip_id, "kind": kind,
                "subject_track_id": subject, "object_track_id": other, "t0": t0, "t1": t1, "value": value, "number": number,
                "unit": unit, "margin": margin, "confidence": 0.9, "frame_of_reference": "image", "frame0": int(t0 * 10), "frame1": int(t1 * 10),
            }
        )  # fmt: skip


def region(point: tuple[float, float]) -> tuple[str, float]:
    """Thirds region and its margin."""
    x, y = point
    column = min(2, max(0, int(3 * x / WIDTH)))
    row = min(2, max(0, int(3 * y)))
    gaps = [abs(x - k * WIDTH / 3) for k in (1, 2)] + [abs(y - k / 3) for k in (1, 2)]
    name = f"{('upper', 'middle', 'lower')[row]} {('left', 'centre', 'right')[column]}"
    return ("centre" if name == "middle centre" else name), min(gaps) / SIGMA


def facts_of(things: list[Thing], clip_id: str = "demo-00000000.c0") -> list[dict]:
    """All facts of a clip with these objects, numbered by first appearance."""
    things = sorted(things, key=lambda t: t.t0)
    w = Writer(clip_id)
    ids = [f"{clip_id}.t{i + 1}" for i in range(len(things))]
    counts: dict[str, int] = {}
    for thing in things:
        counts[thing.class_name] = counts.get(thing.class_name, 0) + 1
    for name in sorted(counts):
        w.add("count", f"{name}:{counts[name]}", number=float(counts[name]), unit="objects")
    for track, thing in zip(ids, things, strict=True):
        _own(w, track, thing)
    for i, a in enumerate(things):
        for j in range(i + 1, len(things)):
            _pair(w, ids[i], a, ids[j], things[j])
    return w.rows


def _own(w: Writer, track: str, t: Thing) -> None:
    span = {"t0": t.t0, "t1": t.t1}
    w.add("class", t.class_name, track, number=0.97, margin=8.0, **span)
    if t.colour:
        w.add("colour", t.colour, track, number=0.9, margin=t.colour_margin, **span)
    w.add(
        "moving",
        "stationary" if t.shape == "stationary" else "moving",
        track,
        number=t.path,
        unit="frame heights",
        margin=9.0,
        **span,
    )
    w.add("trajectory_shape", t.shape, track, margin=4.0, **span)
    if t.shape != "stationary":
        duration = t.t1 - t.t0
        w.add(
            "displacement",
            f"{t.displacement:.3g}",
            track,
            number=t.displacement,
            unit="frame heights",
            margin=t.displacement / SIGMA / 3,
            **span,
        )
        w.add("path_length", f"{t.path:.3g}", track, number=t.path, unit="frame heights", margin=9.0, **span)
        w.add(
            "speed",
            f"{t.path / duration:.3g}",
            track,
            number=t.path / duration,
            unit="frame heights/s",
            margin=9.0,
            **span,
        )
        ratio = {"constant": 1.02, "accelerating": 2.2, "decelerating": 0.4}[t.trend]
        w.add("acceleration", t.trend, track, number=ratio, unit="ratio", margin=3.0, **span)
        if t.displacement > 0.15 and t.shape in ("straight", "curved", "zigzag", "stop_and_go"):
            angle = math.degrees(math.atan2(t.start[1] - t.end[1], t.end[0] - t.start[0])) % 360
            sector = round(angle / 45) % 8
            off = abs((angle - sector * 45 + 180) % 360 - 180)
            margin = (22.5 - off) / math.degrees(2 * SIGMA / t.displacement)
            w.add("direction", DIRECTIONS[sector], track, number=angle, unit="degrees", margin=margin, **span)
    if t.cycles:
        w.add("repetition_count", str(t.cycles), track, number=float(t.cycles), unit="cycles", margin=4.0, **span)
    for when, side, angle in t.turns:
        w.add("turn", side, track, t0=when, t1=when + 0.6, number=angle, unit="degrees", margin=3.0)
    moments = [
        (t.t0, t.start),
        ((t.t0 + t.t1) / 2, ((t.start[0] + t.end[0]) / 2, (t.start[1] + t.end[1]) / 2)),
        (t.t1, t.end),
    ]
    for when, point in moments:
        name, margin = region(point)
        w.add("region", name, track, t0=when, t1=when, margin=margin)
    w.add("appear", t.begins, track, t0=t.t0, t1=t.t0, number=t.t0, unit="seconds", margin=5.0)
    w.add("disappear", t.ends, track, t0=t.t1, t1=t.t1, number=t.t1, unit="seconds", margin=5.0)
    w.add(
        "scale_change",
        t.scale,
        track,
        number={"grows": 1.8, "shrinks": 0.5, "constant": 1.0}[t.scale],
        unit="ratio",
        margin=3.0,
        **span,
    )


def _pair(w: Writer, a_id: str, a: Thing, b_id: str, b: Thing) -> None:
    t0, t1 = max(a.t0, b.t0), min(a.t1, b.t1)
    if t1 - t0 >= 1:
        for when in (t0, t1):
            pa_, pb = _at(a, when), _at(b, when)
            dx, dy = pa_[0] - pb[0], pa_[1] - pb[1]
            if abs(dx) > 0.12 and abs(dx) >= abs(dy):
                w.add(
                    "relative_position",
                    "left_of" if dx < 0 else "right_of",
                    a_id,
                    b_id,
                    when,
                    when,
                    dx,
                    "frame heights",
                    abs(dx) / SIGMA - 5,
                )
            elif abs(dy) > 0.12:
                w.add(
                    "relative_position",
                    "above" if dy < 0 else "below",
                    a_id,
                    b_id,
                    when,
                    when,
                    dy,
                    "frame heights",
                    abs(dy) / SIGMA - 5,
                )
        d0, d1 = math.dist(_at(a, t0), _at(b, t0)), math.dist(_at(a, t1), _at(b, t1))
        if d0 > 0.1:
            ratio = d1 / d0
            value = "approach" if ratio < 0.75 else "recede" if ratio > 1.3 else "constant"
            w.add("distance_change", value, a_id, b_id, t0, t1, ratio, "ratio", 3.0)
    if b.t0 - a.t0 > 0.5:
        w.add("order", "before", a_id, b_id, a.t0, b.t0, b.t0 - a.t0, "seconds", (b.t0 - a.t0) / 0.1)
    if "stationary" not in (a.shape, b.shape):
        ratio = (a.path / (a.t1 - a.t0)) / (b.path / (b.t1 - b.t0))
        if ratio > 1.15 or ratio < 1 / 1.15:
            w.add(
                "speed_order",
                "faster" if ratio > 1 else "slower",
                a_id,
                b_id,
                t0,
                t1,
                ratio,
                "ratio",
                abs(math.log(ratio)) / 0.05,
            )


def _at(t: Thing, when: float) -> tuple[float, float]:
    share = (when - t.t0) / (t.t1 - t.t0)
    return (t.start[0] + share * (t.end[0] - t.start[0]), t.start[1] + share * (t.end[1] - t.start[1]))


def random_thing(rng: random.Random) -> Thing:
    """An object with a life that hangs together."""
    shape = rng.choice(SHAPES)
    start = (rng.uniform(0.08, WIDTH - 0.08), rng.uniform(0.08, 0.92))
    end = start
    if shape in ("straight", "curved", "zigzag", "stop_and_go"):
        end = (rng.uniform(0.08, WIDTH - 0.08), rng.uniform(0.08, 0.92))
        if math.dist(start, end) < 0.2:
            end = (start[0] + 0.3 if start[0] < WIDTH / 2 else start[0] - 0.3, start[1])
    t0 = 0.0
    begins = "present"
    if shape != "stationary" and rng.random() < 0.4:
        t0, begins = round(rng.uniform(0.6, 3.5), 1), "entered"
        start = (0.05 if end[0] > WIDTH / 2 else WIDTH - 0.05, start[1])
    leaves = shape != "stationary" and rng.random() < 0.3
    return Thing(
        rng.choice(CLASSES), rng.choice((*COLOURS, "")), shape, start, end, t0, round(rng.uniform(5.0, 7.5), 1) if leaves else CLIP_S, begins,
        "exited" if leaves else "present", rng.choice(("constant", "accelerating", "decelerating")),
        rng.choice(("constant", "constant", "grows", "shrinks")), rng.randint(2, 6) if shape == "back_and_forth" else 0,
        [(3.0, rng.choice(("left", "right")), 80.0)] if shape == "curved" else [],
    )  # fmt: skip


def random_clip(number: int, count: int | None = None) -> list[dict]:
    """Facts of the n-th random clip."""
    rng = random.Random(number)
    things = [random_thing(rng) for _ in range(count or rng.randint(1, 6))]
    return facts_of(things, f"video-{number:08x}.c0")


def table(rows: list[dict]) -> pa.Table:
    """Fact rows as a canonical `motion_scores` table."""
    return from_pylist(rows, MOTION_SCORES)


def tracks_table(things: list[Thing], clip_id: str, seed: int) -> pa.Table:
    """The same objects as `tracks`: noisy boxes at 10 frames per second in a frame of 854x480."""
    noise = np.random.default_rng(seed)
    rows = []
    for i, thing in enumerate(sorted(things, key=lambda t: t.t0)):
        times = np.arange(round(thing.t0 * 10), round(thing.t1 * 10) + 1) / 10
        x, y, size = _course(thing, (times - thing.t0) / (thing.t1 - thing.t0))
        jitter = noise.normal(0, 0.002, (4, len(times)))
        edges = 480 * (np.stack([x - size / 2, y - size / 2, x + size / 2, y + size / 2]) + jitter)
        edges = np.clip(edges, 0, [[854], [480], [854], [480]])
        boxes = [
            {"frame": round(t * 10), "t_s": float(t), "x1": e[0], "y1": e[1], "x2": e[2], "y2": e[3], "score": 0.9,
             "observed": True, "cx": (e[0] + e[2]) / 2, "cy": (e[1] + e[3]) / 2, "sx": (e[0] + e[2]) / 2,
             "sy": (e[1] + e[3]) / 2}
            for t, e in zip(times, edges.T, strict=True)
        ]  # fmt: skip
        rows.append({
            "track_id": f"{clip_id}.t{i + 1}", "clip_id": clip_id, "class": thing.class_name, "class_share": 0.97,
            "colour": thing.colour, "colour_share": 0.9 if thing.colour else 0.0, "start_s": float(times[0]),
            "end_s": float(times[-1]), "frames": len(times), "observed": len(times), "gaps": 0, "mean_score": 0.9,
            "parent_track_id": None, "noise_px": 0.5, "width": 854, "height": 480, "clip_s": CLIP_S, "frame_of_reference": "image", "boxes": boxes,
        })  # fmt: skip
    return from_pylist(rows, TRACKS)


def _course(t: Thing, share: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    u = {"accelerating": share**1.8, "decelerating": 1 - (1 - share) ** 1.8}.get(t.trend, share)
    dx, dy = t.end[0] - t.start[0], t.end[1] - t.start[1]
    bow = {"curved": 0.35 * np.sin(np.pi * u), "zigzag": 0.5 * np.abs((2.5 * u) % 1 - 0.5)}.get(t.shape, 0 * u)
    x, y = t.start[0] + u * dx - dy * bow, t.start[1] + u * dy + dx * bow
    if t.shape == "back_and_forth":
        x = x + 0.18 * np.sin(2 * np.pi * t.cycles * u)
    if t.shape == "circular":
        x, y = x + 0.15 * np.cos(2 * np.pi * u), y + 0.15 * np.sin(2 * np.pi * u)
    growth = {"grows": 0.7, "shrinks": -0.7, "constant": 0.0}[t.scale]
    return np.clip(x, -0.02, WIDTH + 0.02), np.clip(y, 0.06, 0.94), 0.09 * np.exp(growth * u)
