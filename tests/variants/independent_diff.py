"""What two variants differ in, counted from raw Parquet files by exhaustive search: nothing of the product is used."""

from __future__ import annotations

import functools
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Rows = dict[str, list[dict[str, Any]]]


def heads(lake: Path, variant: str, stage: str) -> dict[str, list[str]]:
    """Video id -> head, of a variant's own head files or else main's."""
    folder = lake / "_heads" / variant / stage
    if not folder.is_dir():
        folder = lake / "_heads" / "main" / stage
    return {v: h for file in folder.glob("*.json") for v, h in json.loads(file.read_text())["videos"].items()}


def rows(lake: Path, variant: str, stage: str) -> Rows:
    """Clip id -> rows."""
    found: Rows = {}
    for video, head in sorted(heads(lake, variant, stage).items()):
        for row in pq.ParquetFile(lake / stage / video / f"{head[0]}.parquet").read().to_pylist():
            found.setdefault(row["clip_id"], []).append(row)
    return found


def overlap(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Sum of IoU over common instants, by the instants of either; 0 where the mean IoU is below a half."""
    first, second = ({round(p["t_s"] * 1000): p for p in t["boxes"]} for t in (a, b))
    common = first.keys() & second.keys()
    total = 0.0
    for t in common:
        p, q = first[t], second[t]
        width = min(p["x2"], q["x2"]) - max(p["x1"], q["x1"])
        height = min(p["y2"], q["y2"]) - max(p["y1"], q["y1"])
        inner = max(width, 0) * max(height, 0)
        outer = sum((r["x2"] - r["x1"]) * (r["y2"] - r["y1"]) for r in (p, q)) - inner
        total += inner / outer
    return total / len(first.keys() | second.keys()) if common and total / len(common) >= 0.5 else 0.0


def best(weights: list[list[float]]) -> dict[int, int]:
    """The one-to-one pairing of largest sum, by trying all of them."""
    columns = len(weights[0]) if weights else 0

    @functools.cache
    def search(row: int, taken: int) -> tuple[float, tuple[tuple[int, int], ...]]:
        if row == len(weights):
            return 0.0, ()
        options = [search(row + 1, taken)]
        for column in range(columns):
            if weights[row][column] > 0 and not taken >> column & 1:
                worth, pairs = search(row + 1, taken | 1 << column)
                options.append((worth + weights[row][column], ((row, column), *pairs)))
        return max(options)

    return dict(search(0, 0)[1])


def same_tracks(a: Rows, b: Rows) -> dict[str, str]:
    """Track of B -> the track of A that it is."""
    found = {}
    for clip in a:
        pairs = best([[overlap(x, y) for y in b.get(clip, [])] for x in a[clip]])
        found |= {b[clip][j]["track_id"]: a[clip][i]["track_id"] for i, j in pairs.items()}
    return found


def topics(facts: Rows, names: dict[str, str], own: str) -> dict[str, tuple[Any, ...]]:
    """Fact id -> what it is about; tracks under the names that they have in A."""
    found = {}
    for fact in itertools.chain(*facts.values()):
        tracks = [t for t in (fact["subject_track_id"], fact["object_track_id"]) if t]
        axis = {"left_of": "x", "right_of": "x"}.get(fact["value"], "y") if fact["kind"] == "relative_position" else ""
        found[fact["fact_id"]] = (fact["kind"], axis, frozenset(names.get(t, own + t) for t in tracks))
    return found


def track_counts(a: Rows, b: Rows) -> Counter[str]:
    """Rows that are the same but for their id, tracks that changed, and those that only one side has."""
    names = same_tracks(a, b)
    by_id = {t["track_id"]: t for t in itertools.chain(*a.values())}
    counts: Counter[str] = Counter()
    for track in itertools.chain(*b.values()):
        old = by_id.get(names.get(track["track_id"], ""))
        if old is None:
            counts["only_b"] += 1
        else:
            rest = [{k: v for k, v in t.items() if k != "track_id"} for t in (old, track)]
            counts["same" if rest[0] == rest[1] else "changed"] += 1
    counts["only_a"] = len(by_id) - len(names)
    return counts


def fact_counts(a: dict[str, Rows], b: dict[str, Rows]) -> Counter[str]:
    """Facts with a partner (same, or not), and those without; of each topic as many as both sides have are partners."""
    names = same_tracks(a["tracks"], b["tracks"])
    abouts = topics(a["motion_scores"], {t: t for t in names.values()}, "-"), topics(b["motion_scores"], names, "+")
    per_topic = [Counter(about.values()) for about in abouts]
    partners = per_topic[0] & per_topic[1]
    counts = Counter(only_a=(per_topic[0] - partners).total(), only_b=(per_topic[1] - partners).total())
    measured = ("value", "t0", "t1", "number", "margin", "confidence", "frame0", "frame1", "frame_of_reference")
    all_told = [
        Counter((about[f["fact_id"]], tuple(f[m] for m in measured)) for f in itertools.chain(*side.values()))
        for about, side in zip(abouts, (a["motion_scores"], b["motion_scores"]), strict=True)
    ]
    counts["same"] = (all_told[0] & all_told[1]).total()
    counts["not_same"] = partners.total() - counts["same"]
    return counts


def right(pair: dict[str, Any]) -> str:
    return pair[f"option_{pair['answer'].lower()}"]


def pair_counts(a: dict[str, Rows], b: dict[str, Rows]) -> Counter[str]:
    """What became of the questions: same, changed, flipped, only in A, only in B."""
    names = same_tracks(a["tracks"], b["tracks"])
    about = topics(a["motion_scores"], {t: t for t in names.values()}, "-"), topics(b["motion_scores"], names, "+")
    known = [{f["fact_id"]: f for f in itertools.chain(*s["motion_scores"].values())} for s in (a, b)]
    counts: Counter[str] = Counter()

    def common(x: dict[str, Any], y: dict[str, Any]) -> float:
        one, other = ({t[e["fact_id"]] for e in q["evidence"]} for t, q in zip(about, (x, y), strict=True))
        return len(one & other) / len(one | other) if one | other else 0.0

    def alike(x: dict[str, Any], y: dict[str, Any]) -> float:
        shared = common(x, y) + 1e-6 * (right(x) == right(y))  # of equal partners the one with the same answer
        if x["question"] == y["question"]:
            return 1 + shared
        return shared if shared >= 0.5 and (x["template"], x["category"]) == (y["template"], y["category"]) else 0.0

    called = [
        {(t, f["value"]) for key, f in k.items() if f["kind"] in ("class", "colour") for t in about_it[key][2]}
        for about_it, k in zip(about, known, strict=True)
    ]

    def holds(x: dict[str, Any], y: dict[str, Any]) -> bool:
        """Whether every right fact of A has one in B's that says the same of what is still called the same."""
        ours, theirs = (
            [(t[e["fact_id"]], k[e["fact_id"]]) for e in q["evidence"] if e["role"] == "right"]
            for t, k, q in zip(about, known, (x, y), strict=True)
        )
        named = [{name for topic, _ in ours for name in side if name[0] in topic[2]} for side in called]
        return named[0] == named[1] and all(any(topic == o and agree(f, g) for o, g in theirs) for topic, f in ours)

    for clip in sorted(a["qa_pairs"].keys() | b["qa_pairs"].keys()):
        old, new = (side["qa_pairs"].get(clip, []) for side in (a, b))
        pairs = best([[alike(x, y) for y in new] for x in old])
        counts["only_a"] += len(old) - len(pairs)
        counts["only_b"] += len(new) - len(pairs)
        for i, j in pairs.items():
            x, y = old[i], new[j]
            texts = [
                [q[k] for k in ("question", "option_a", "option_b", "option_c", "option_d", "answer")] for q in (x, y)
            ]
            if texts[0] == texts[1]:
                counts["same"] += 1
            else:
                counts["changed" if right(x) == right(y) or holds(x, y) else "flipped"] += 1
    return counts


def agree(f: dict[str, Any], g: dict[str, Any]) -> bool:
    """Whether two facts about the same say the same: values equal, or quantities within a tenth."""
    if f["value"] == g["value"]:
        return True
    a, b = f["number"], g["number"]
    return bool(f["unit"]) and None not in (a, b) and abs(a - b) <= 0.1 * max(abs(a), abs(b))
