"""Two versions of one video's tracks, facts, captions and questions, compared item by item.

Pure functions of stored rows. Tracks are matched by their boxes, facts through their tracks, sentences and questions
through their facts; nothing hangs on an id, for ids hash what is said and number what was seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.propagation.change import COMPARED, Change, What, counts
from fm_assets.propagation.statements import Said, Statements, fact_words, match_facts, same_statement
from fm_assets.propagation.tubes import assign, match_tracks
from fm_assets.qa.bias import LETTERS

__all__ = ["COMPARED", "Change", "compare", "counts"]

Row = Mapping[str, Any]
#: Least share of common evidence of two sentences or questions that are the same one in other words.
COMMON_EVIDENCE = 0.5
#: Of equally good partners the question with the same right answer goes first: where a thing starts, not where it ends.
SAME_ANSWER = 1e-6


def compare(before: Mapping[str, pa.Table], after: Mapping[str, pa.Table]) -> list[Change]:
    """What became of every item, also of those that did not change.

    Args:
        before: Stage -> rows of one video; of stages that either version lacks nothing is said.
        after: The same of the other version.

    Returns:
        Changes by stage in the order of `COMPARED`, then by clip, then in the order of the rows before, new items last.
    """
    names = [stage for stage in COMPARED if stage in before and stage in after]
    parts = [{stage: _by_clip(version[stage]) for stage in names} for version in (before, after)]
    clips = sorted({clip for part in parts for rows in part.values() for clip in rows})
    found: dict[str, list[Change]] = {stage: [] for stage in names}
    for clip in clips:
        one, other = ({stage: part[stage].get(clip, []) for stage in names} for part in parts)
        for change in _clip(clip, one, other):
            found[change.stage].append(change)
    return [change for stage in names for change in found[stage]]


def _by_clip(table: pa.Table) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in table.to_pylist():
        rows[row["clip_id"]].append(row)
    return rows


def _clip(clip: str, before: Mapping[str, list[Row]], after: Mapping[str, list[Row]]) -> Iterator[Change]:
    heirs = match_tracks(before.get("tracks", []), after.get("tracks", []))  # type: ignore[arg-type]
    if "tracks" in before:
        yield from _tracks(clip, before["tracks"], after["tracks"], heirs)
    if "motion_scores" not in before:
        return
    if "tracks" not in before:  # then names are all there is
        heirs = {t: t for row in before["motion_scores"] for t in _tracks_of(row)}
    said = match_facts(before["motion_scores"], after["motion_scores"], heirs)
    yield from _facts(clip, said)
    for stage, pairing in (("captions", _sentences), ("qa_pairs", _questions)):
        if stage in before:
            yield from pairing(clip, before[stage], after[stage], said)


# -- tracks -------------------------------------------------------------------------------------------------------


def _tracks(clip: str, before: Sequence[Row], after: Sequence[Row], heirs: Mapping[str, str]) -> Iterator[Change]:
    by_id = {row["track_id"]: row for row in after}
    for row in before:
        heir = by_id.get(heirs.get(row["track_id"], ""))
        what: What = "vanished"
        if heir is not None:
            what = "unchanged" if _renamed(row, heirs) == _renamed(heir, {}) else "changed"
        yield _change("tracks", clip, what, row, heir, lambda r: r["track_id"], track_words, "class")
    kept = set(heirs.values())
    for row in after:
        if row["track_id"] not in kept:
            yield _change("tracks", clip, "new", None, row, lambda r: r["track_id"], track_words, "class")


def _renamed(row: Row, heirs: Mapping[str, str]) -> dict[str, Any]:
    """A track's row without its own name, other tracks under the names that they have after."""
    renamed = {k: v for k, v in row.items() if k != "track_id"}
    renamed["parent_track_id"] = heirs.get(row["parent_track_id"], row["parent_track_id"])
    touched = row["contacts"] or ()
    renamed["contacts"] = [c | {"track_id": heirs.get(c["track_id"], c["track_id"])} for c in touched]
    return renamed


def track_words(row: Row) -> str:
    """A track in words: colour and class, its time, its boxes."""
    name = " ".join(part for part in (row["colour"], row["class"]) if part)
    return f"{name}, {row['start_s']:.1f}-{row['end_s']:.1f} s, {row['frames']} boxes"


# -- facts --------------------------------------------------------------------------------------------------------


def _facts(clip: str, said: Statements) -> Iterator[Change]:
    after = {fact.row["fact_id"]: fact for fact in said.after}
    for fact in said.before:
        heir = after.get(said.heirs.get(fact.row["fact_id"], ""))
        yield _fact(clip, _fate(fact, heir), fact, heir)
    kept = set(said.heirs.values())
    for fact in said.after:
        if fact.row["fact_id"] not in kept:
            yield _fact(clip, "new", None, fact)


def _fate(fact: Said, heir: Said | None) -> What:
    if heir is None:
        return "vanished"
    if fact.measured == heir.measured:
        return "unchanged"
    return "moved" if same_statement(fact, heir) else "changed"


def _fact(clip: str, what: What, before: Said | None, after: Said | None) -> Change:
    old, new = (None if said is None else said.row for said in (before, after))
    return _change("motion_scores", clip, what, old, new, lambda r: r["fact_id"], fact_words, "kind", _tracks_of)


def _tracks_of(row: Row) -> tuple[str, ...]:
    return tuple(t for t in (row["subject_track_id"], row["object_track_id"]) if t is not None)


# -- sentences ----------------------------------------------------------------------------------------------------


def _sentences(clip: str, before: Sequence[Row], after: Sequence[Row], said: Statements) -> Iterator[Change]:
    """Sentences of one section with the same words, or at least half of their facts in common."""
    olds, news = ([_numbered(row) for row in rows] for rows in (before, after))
    old, new = ([sentence for row in rows for sentence in row] for rows in (olds, news))

    def alike(a: Row, b: Row, common: float) -> float:
        if a["section"] != b["section"]:
            return 0.0
        return (a["text"] == b["text"]) + (common if common >= COMMON_EVIDENCE else 0.0)

    def fate(a: Row, b: Row) -> What:
        return "unchanged" if (a["text"], a["verdict"]) == (b["text"], b["verdict"]) else "changed"

    yield from _through_facts(
        "captions", clip, (old, new), said, alike, fate, lambda r: str(r["id"]), lambda r: str(r["text"]), "section"
    )


def _numbered(row: Row) -> list[Row]:
    return [s | {"id": f"{row['caption_id']}.{k + 1}"} for k, s in enumerate(row["sentences"])]


def _sentence_facts(row: Row) -> tuple[str, ...]:
    return tuple(row["fact_ids"])


# -- questions ----------------------------------------------------------------------------------------------------


def _questions(clip: str, before: Sequence[Row], after: Sequence[Row], said: Statements) -> Iterator[Change]:
    """Questions with the same words, or of one template with at least half of their facts in common.

    Words alone would not do: objects are named by what tells them apart, and the phrasing is drawn by the answer too.
    """

    def alike(a: Row, b: Row, common: float) -> float:
        common += SAME_ANSWER * (right_answer(a) == right_answer(b))
        if a["question"] == b["question"]:
            return 1.0 + common
        asked = (a["template"], a["category"]) == (b["template"], b["category"])
        return common if asked and common >= COMMON_EVIDENCE else 0.0

    def fate(a: Row, b: Row) -> What:
        if _words(a) == _words(b) and a["answer"] == b["answer"]:
            return "unchanged"
        same = right_answer(a) == right_answer(b) or said.all_hold(_right_facts(a), _right_facts(b))
        return "changed" if same else "flipped"

    yield from _through_facts(
        "qa_pairs", clip, (before, after), said, alike, fate, lambda r: str(r["qa_id"]), question_words, "category"
    )


def right_answer(row: Row) -> str:
    """Text of the right option of a row of `qa_pairs`."""
    return str(row[f"option_{row['answer'].lower()}"])


def question_words(row: Row) -> str:
    """A question and its right answer."""
    return f"{row['question']} {right_answer(row)}"


def _words(row: Row) -> list[str]:
    return [row["question"], *(row[f"option_{letter.lower()}"] for letter in LETTERS)]


def _right_facts(row: Row) -> tuple[str, ...]:
    return tuple(e["fact_id"] for e in row["evidence"] if e["role"] == "right")


def _question_facts(row: Row) -> tuple[str, ...]:
    ranked = sorted(row["evidence"], key=lambda e: e["role"] != "right")
    return tuple(dict.fromkeys(e["fact_id"] for e in ranked))


# -- what sentences and questions share ---------------------------------------------------------------------------

_EVIDENCE: dict[str, Callable[[Row], tuple[str, ...]]] = {"captions": _sentence_facts, "qa_pairs": _question_facts}


def _through_facts(
    stage: str, clip: str, rows: tuple[Sequence[Row], Sequence[Row]], said: Statements,
    alike: Callable[[Row, Row, float], float], fate: Callable[[Row, Row], What],
    name: Callable[[Row], str], words: Callable[[Row], str], kind: str,
) -> Iterator[Change]:  # fmt: skip
    """Items matched by `alike`, which is told how much of what their facts are about two have in common."""
    before, after = rows
    rests = _EVIDENCE[stage]
    topics = [said.topics(rests(row), early=True) for row in before], [said.topics(rests(row)) for row in after]
    weights = np.zeros((len(before), len(after)))
    for i, a in enumerate(before):
        for j, b in enumerate(after):
            weights[i, j] = alike(a, b, _jaccard(topics[0][i], topics[1][j]))
    heirs = dict(assign(weights))
    for i, row in enumerate(before):
        heir = after[heirs[i]] if i in heirs else None
        what = fate(row, heir) if heir is not None else "vanished"
        yield _change(stage, clip, what, row, heir, name, words, kind, rests)
    kept = set(heirs.values())
    for j, row in enumerate(after):
        if j not in kept:
            yield _change(stage, clip, "new", None, row, name, words, kind, rests)


def _jaccard(a: frozenset[Any], b: frozenset[Any]) -> float:
    return len(a & b) / len(a | b) if a or b else 0.0


def _change(
    stage: str, clip: str, what: What, before: Row | None, after: Row | None,
    name: Callable[[Row], str], words: Callable[[Row], str], kind: str,
    rests: Callable[[Row], tuple[str, ...]] = lambda row: (),
) -> Change:  # fmt: skip
    shown = before if before is not None else after
    return Change(
        stage, clip, str((shown or {})[kind]), what,
        "" if before is None else name(before), "" if after is None else name(after),
        "" if before is None else words(before), "" if after is None else words(after),
        () if before is None else rests(before), () if after is None else rests(after),
    )  # fmt: skip
