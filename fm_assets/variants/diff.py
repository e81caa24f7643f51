"""What two variants, or two producers of one stage, make differently: read only where data versions differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from fm_assets.pipeline import Pipeline
from fm_assets.propagation.compare import COMPARED, Change, compare
from fm_assets.variants.documents import VariantError, all_variants, find_variant
from fm_assets.variants.resolve import variant_settings
from fm_resources.lake import MAIN, DamagedArtifact, Lake

#: What can be compared -> its stage.
STAGE_OF = {"tracks": "tracks", "facts": "motion_scores", "captions": "captions", "qa": "qa_pairs"}
#: Stages whose rows a stage's items are matched through, itself included.
_THROUGH = {stage: ("tracks", "motion_scores", stage) for stage in COMPARED} | {"tracks": ("tracks",)}
#: What became of an item -> what it is called in a comparison, the most telling first.
NAMES = {
    "flipped": "flipped", "changed": "changed", "moved": "moved", "vanished": "only_a", "new": "only_b",
    "unchanged": "same",
}  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One side of a comparison: video id -> (artifact id, data version, items)."""

    name: str
    artifacts: Mapping[str, tuple[str, str, int]]

    def only(self, videos: frozenset[str]) -> Side:
        """The same for some videos."""
        return Side(self.name, {v: entry for v, entry in self.artifacts.items() if v in videos})


@dataclass
class Diff:
    """Two sides compared.

    Attributes:
        what: tracks, facts, captions (their sentences) or qa.
        a: Name of side A.
        b: Name of side B.
        videos: `compared`, of which `equal` (same data version, not read) and `differ`; of these `cut_otherwise` have
            clips with another start or end, so that times mean something else. `only_a` and `only_b` are videos that the
            other side has no rows of, and so are not compared.
        items: `in_a`, `in_b`, and what became of them: `same`, `moved` (facts: the same statement, measured otherwise),
            `changed`, `flipped` (questions: another right answer), `only_a`, `only_b`; over the compared videos.
        examples: The first changes of each kind, the most telling kind first.
    """

    what: str
    a: str
    b: str
    videos: dict[str, int] = field(default_factory=dict)
    items: Counter[str] = field(default_factory=Counter)
    examples: list[Change] = field(default_factory=list)

    @property
    def shares(self) -> dict[str, float]:
        """Share of each fate among all items of either side, an item that both have counted once."""
        total = sum(self.items[name] for name in NAMES.values())
        return {name: round(self.items[name] / total, 4) if total else 0.0 for name in NAMES.values()}

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        items = {name: self.items[name] for name in ("in_a", "in_b", *NAMES.values())}
        examples = [asdict(c) | {"change": NAMES[c.change]} for c in self.examples]
        return {
            "what": self.what, "a": self.a, "b": self.b, "videos": self.videos, "items": items, "shares": self.shares,
            "examples": examples,
        }  # fmt: skip


def side(pipeline: Pipeline, stage: str, name: str) -> Side:
    """A side by the name of a variant, or by a producer id or the beginning of one.

    Raises:
        VariantError: There is no such variant or producer, or it has made nothing in this stage yet.
    """
    found = _held_by(pipeline, stage, name)
    with pipeline.catalog.asking() as ask:
        rows = ask("diff_side", stage=stage, side=found)
    if not rows:
        how = "`fm run`" if found == MAIN else f"`fm run --variant {found}`"
        raise VariantError(f"{found} holds no {stage} yet: {how} makes them")
    return Side(
        name if found == MAIN else found,
        {r["video_id"]: (r["artifact_id"], r["data_version"], r["items"]) for r in rows},
    )


def _held_by(pipeline: Pipeline, stage: str, name: str) -> str:
    """Whose artifacts a name means: a variant's, main's where the variant has none of its own, or a producer's."""
    if name == MAIN:
        return name
    variants = [v.name for v in all_variants(pipeline.lake)]
    if name in variants:
        own = variant_settings(find_variant(pipeline.lake, name), pipeline.settings).variant.own
        held = pipeline.catalog.query("SELECT DISTINCT stage FROM variant_heads WHERE variant = $v", {"v": name})
        if stage in own - {row["stage"] for row in held}:
            raise VariantError(f"{name} has not made its {stage} yet: `fm run --variant {name}`")
        return name if held else MAIN
    query = "SELECT producer_id FROM producers WHERE stage = $stage AND starts_with(producer_id, $name) ORDER BY ALL"
    producers = [row["producer_id"] for row in pipeline.catalog.query(query, {"stage": stage, "name": name})]
    if len(producers) == 1 and len(name) >= 4:
        return producers[0]
    known = ", ".join([MAIN, *variants])
    raise VariantError(
        f"{name!r} is neither a variant ({known}) nor "
        + ("one producer only" if len(producers) > 1 else f"a producer of {stage}")
        + f": `fm variant list`, or `fm sql \"select producer_id, parameters from producers where stage = '{stage}'\"`"
    )


def diff(
    lake: Lake, what: str, a: Side, b: Side, *, limit: int = 10, progress: Callable[[int, int], None] | None = None
) -> Diff:
    """Compares two sides item by item.

    Args:
        lake: The lake that holds the rows.
        what: A key of `STAGE_OF`.
        a: Side A.
        b: Side B.
        limit: Examples of each kind of change that are kept.
        progress: Called with (videos read, videos to read).

    Raises:
        DamagedArtifact: An artifact cannot be read.
    """
    both = [v for v in a.artifacts if v in b.artifacts]
    differ = [v for v in both if a.artifacts[v][1] != b.artifacts[v][1]]
    found = Diff(what, a.name, b.name)
    found.videos = {
        "compared": len(both), "equal": len(both) - len(differ), "differ": len(differ),
        "cut_otherwise": 0, "only_a": len(a.artifacts) - len(both), "only_b": len(b.artifacts) - len(both),
    }  # fmt: skip
    found.items["in_a"], found.items["in_b"] = (sum(s.artifacts[v][2] for v in both) for s in (a, b))
    found.items["same"] = sum(a.artifacts[v][2] for v in set(both) - set(differ))
    kept: dict[str, list[Change]] = {name: [] for name in NAMES}
    stage = STAGE_OF[what]
    for number, video in enumerate(differ):
        if progress:
            progress(number, len(differ))
        one, other = (_made_from(lake, stage, video, s.artifacts[video][0]) for s in (a, b))
        found.videos["cut_otherwise"] += _windows(lake, video, one) != _windows(lake, video, other)
        for change in compare(_rows(lake, stage, video, one), _rows(lake, stage, video, other)):
            if change.stage != stage:
                continue
            found.items[NAMES[change.change]] += 1
            if change.change != "unchanged" and len(kept[change.change]) < limit:
                kept[change.change].append(change)
    found.examples = [change for name in NAMES for change in kept[name]]
    return found


def _rows(lake: Lake, stage: str, video: str, chain: Mapping[str, str]) -> dict[str, pa.Table]:
    """Rows of a stage and of those that its items are matched through."""
    return {s: lake.read(s, video, chain[s]) for s in _THROUGH[stage] if s in chain}


def _windows(lake: Lake, video: str, chain: Mapping[str, str]) -> list[dict[str, Any]]:
    """Which seconds of the video its clips are."""
    columns = ["clip_id", "start_s", "end_s"]
    return lake.read("filtered_clips", video, chain["filtered_clips"], columns).to_pylist()


def _made_from(lake: Lake, stage: str, video: str, artifact: str) -> dict[str, str]:
    """Stage -> artifact, of one artifact and all that it rests on."""
    found: dict[str, str] = {}
    todo = {stage: artifact}
    while todo:
        above, name = todo.popitem()
        found[above] = name
        receipt = lake.read_receipt(above, video, name)
        if receipt is None:
            raise DamagedArtifact(f"{lake.artifact_path(above, video, name)} is damaged or gone: `fm run` rebuilds it")
        todo |= {r.stage: r.artifact_id for r in receipt.inputs if r.artifact_id and r.stage not in found}
    return found
