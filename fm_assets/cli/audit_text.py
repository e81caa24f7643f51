"""Audits as people read them in a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from fm_assets.audit.frame import FrameAudit
from fm_assets.audit.lookup import right_option
from fm_assets.audit.producer import ProducerAudit
from fm_assets.audit.qa import QaAudit
from fm_assets.audit.succession import Succession
from fm_assets.audit.video import VideoAudit
from fm_assets.cli.common import console, print_rows


def qa_tree(found: QaAudit) -> Tree:
    """The chain QA -> facts -> tracks -> detections -> clip -> video as a tree."""
    pair, made = found.pair, found.made
    root = Tree(f"[bold]{pair['qa_id']}[/] {escape(pair['question'])}")
    for letter in "ABCD":
        mark = "[green]*[/]" if letter == pair["answer"] else " "
        root.add(f"{mark} {letter}. {escape(pair[f'option_{letter.lower()}'])}")
    if found.variants:
        root.add(f"current in variant {', '.join(found.variants)}")
    if found.superseded:
        _succession(root, found.superseded, in_main=bool(found.variants))
    for split in found.splits:
        if split["is_current"]:
            root.add(f"benchmark_splits: {split['split']}: {split['reason']}  [dim]artifact {split['artifact_id']}[/]")
    level = root.add(f"qa_pairs: {pair['category']}, {pair['what_how']}, {pair['verdict']}, by {pair['writer']}")
    _producer(level, made.get("qa_pairs"))
    level = level.add("motion_scores: facts")
    for fact in found.evidence:
        level.add(f"{fact['role']}: {_fact(fact)}")
    _producer(level, made.get("motion_scores"))
    level = level.add("tracks")
    for track in found.tracks:
        level.add(
            f"{track['track_id']}: {track['colour']} {track['class']}, {track['start_s']:g}-{track['end_s']:g} s, "
            f"{track['frames']} boxes ({track['observed']} observed), mean score {track['mean_score']:g}"
        )
    _producer(level, made.get("tracks"))
    level = level.add(
        f"detections: {made['detections']['rows']} sampled frames" if "detections" in made else "detections"
    )
    _producer(level, made.get("detections"))
    clip = found.clip
    if clip:
        level = level.add(
            f"filtered_clips: {clip['clip_id']}, {clip['start_s']:g}-{clip['end_s']:g} s of the video, "
            f"camera {clip['camera_verdict']} (s_m {clip['camera_score']:g})"
        )
    _producer(level, made.get("filtered_clips"))
    video = found.video
    level = level.add(f"source_videos: {video['video_id']}, {escape(video['path'])}, sha256 {video['sha256']}")
    _producer(level, made.get("source_videos"))
    return root


def _succession(root: Tree, found: Succession, *, in_main: bool) -> None:
    what = "not main's" if in_main else "superseded"
    level = root.add(f"[yellow]{what}[/]: {found.how}: {escape(found.reason)}")
    head = found.by_artifact
    if head is not None:
        level.add(
            f"now artifact {head['artifact_id']}, producer {head['producer_id']}, run {head['run_id'] or '-'}, "
            f"{head['started']:%Y-%m-%d %H:%M:%S}"
        )
    for change in found.changes:
        parts = [f"{d['name']} {_plain(d['before'])} -> {_plain(d['after'])}" for d in change.producer]
        parts.append("rows changed" if change.rows_changed else "the same rows")
        level.add(f"{change.stage}: {'; '.join(parts)}  [dim]{change.before} -> {change.after}[/]")
    if found.pair is not None:
        verdict = "[red]another answer[/]" if found.flipped else "the same answer"
        level.add(f"asked again as [bold]{found.pair['qa_id']}[/], {verdict}: {escape(right_option(found.pair))}")
    elif head is not None and head["status"] == "ok":
        level.add("nothing there asks this question any more")


def producer_text(found: ProducerAudit) -> None:
    """Who a producer is, what it made, and what rests on it."""
    producer = found.producer
    console.print(f"[bold]{producer['stage']}[/] producer {producer['producer_id']}, logic {producer['logic_version']}")
    for title in ("libraries", "weights", "parameters"):
        for name, value in producer[title].items():
            console.print(f"  [dim]{title}[/] {name} = {_plain(value)}")
    own = next((row for row in found.below if row["stage"] == producer["stage"]), None)
    for row in found.made:
        console.print(
            f"made {row['artifacts']} artifacts ({row['status']}) of {row['videos']} videos, {row['rows']} rows, "
            f"{row['first_started']:%Y-%m-%d %H:%M:%S} to {row['last_started']:%Y-%m-%d %H:%M:%S}, {row['seconds']:g} s"
            + (f", {row['cost_usd']:g} USD" if row["cost_usd"] else "")
        )
    if own is not None:
        console.print(f"{own['current']} of them are current, {own['artifacts'] - own['current']} superseded")
    print_rows(
        [{**row, "superseded": row["artifacts"] - row["current"]} for row in found.below],
        as_json=False,
        title="what rests on it: artifacts, and their rows (facts, captions, questions ...)",
        empty="nothing rests on it",
    )
    if found.splits:
        print_rows(found.splits, as_json=False, title="current questions that rest on it")


def video_text(found: VideoAudit) -> None:
    """A video in every stage, its clips and splits."""
    video = found.video
    console.print(f"[bold]{video['video_id']}[/] {escape(video['path'])}")
    console.print(
        f"  batch {video['batch']}, domain {escape(video['domain'])}, licence {escape(video['licence'] or 'unknown')}"
    )
    console.print(f"  sha256 {video['sha256']}")
    if video["width"]:
        console.print(
            f"  {video['width']}x{video['height']}, {video['fps']:g} frames/s, {video['duration_s']:g} s, {video['codec']}"
        )
    for path in video["paths"] or []:
        if path != video["path"]:
            console.print(f"  also at {escape(path)}")
    if video["superseded_by"]:
        console.print(f"  [yellow]superseded[/] by {video['superseded_by']}, whose file lies where this one's lay")
    for earlier in video["supersedes"] or []:
        console.print(f"  took the place of {earlier}")
    print_rows([_stage_row(row) for row in found.stages], as_json=False)
    print_rows(
        [{k: v for k, v in clip.items() if k != "caption"} for clip in found.clips],
        as_json=False,
        title="clips, and what rests on them",
        empty="no clips",
    )
    for clip in found.clips:
        if clip["caption"]:
            console.print(f"[dim]{clip['clip_id']}[/] {escape(clip['caption'])}")
    if found.splits:
        print_rows(found.splits, as_json=False, title="questions by split")


def _stage_row(row: Mapping[str, Any]) -> dict[str, Any]:
    weights = " ".join(f"{name} {sha[:12]}" for name, sha in row.get("weights", {}).items())
    return {
        "stage": row["stage"],
        "state": row["state"],
        "rows": row.get("rows"),
        "artifact": row.get("artifact_id"),
        "producer": row.get("producer_id"),
        "weights": weights,
        "run": row.get("run_id"),
        "started": f"{row['started']:%Y-%m-%d %H:%M:%S}" if "started" in row else "",
        "earlier": row["earlier"],
        "reason": row["reason"],
    }


def frame_text(found: FrameAudit) -> None:
    """Boxes, facts and questions at an instant."""
    clip = found.clip
    at = "no sampled frame" if found.frame is None else f"sampled frame {found.frame} at {found.frame_t_s:g} s"
    console.print(
        f"[bold]{clip['clip_id']}[/] at {found.t_s:g} s ({clip['start_s'] + found.t_s:g} s of the video): {at}, "
        f"{clip['width']}x{clip['height']}"
    )
    print_rows(
        [{**_box(box), "class": box["class"], "colour": box["colour"], "score": box["score"]} for box in found.detections],
        as_json=False, title="detections", empty="no detections",
    )  # fmt: skip
    print_rows(
        [
            {"track": b["track_id"], **_box(b), "class": b["class"], "colour": b["colour"],
             "box": "observed" if b["observed"] else "interpolated"}
            for b in found.tracks
        ],
        as_json=False, title="tracks", empty="no tracks",
    )  # fmt: skip
    for fact in found.facts:
        console.print(f"fact: {_fact(fact)}")
    for pair in found.questions:
        console.print(
            f"question: [bold]{pair['qa_id']}[/] {escape(pair['question'])} [green]{escape(pair['answer_text'])}[/]  "
            f"[dim]rests on {', '.join(_short(f) for f in pair['fact_ids'])}[/]"
        )
    if not found.facts:
        console.print("no fact covers this instant")


def _box(box: Mapping[str, Any]) -> dict[str, Any]:
    return {side: f"{box[side]:g}" for side in ("x1", "y1", "x2", "y2")}


def _fact(fact: Mapping[str, Any]) -> str:
    relation = " ".join(_short(fact[k]) for k in ("subject_track_id", "object_track_id") if fact[k])
    number = "" if fact["number"] is None else f" ({fact['number']:g}{' ' if fact['unit'] else ''}{fact['unit']})"
    return (
        f"{fact['kind']} {relation} = {fact['value']}{number}, margin {fact['margin']:g}, "
        f"{fact['t0']:g}-{fact['t1']:g} s, frames {fact['frame0']}-{fact['frame1']}, {fact['frame_of_reference']}  "
        f"[dim]{fact['fact_id']}[/]"
    )


def _producer(level: Tree, entry: Mapping[str, Any] | None) -> None:
    if entry is None:
        return
    versions = ", ".join(f"{name} {version}" for name, version in entry["libraries"].items())
    weights = "".join(f", weights {name} sha256 {sha}" for name, sha in entry["weights"].items())
    decisive = ", ".join(f"{name} = {_plain(value)}" for name, value in entry["parameters"].items())
    level.add(
        f"[dim]artifact {entry['artifact_id']}, data version {entry['data_version']}; producer {entry['producer_id']}, "
        f"logic {entry['logic_version']}{', ' if versions else ''}{versions}{weights}; run {entry['run_id'] or '-'}, "
        f"{entry['started']:%Y-%m-%d %H:%M:%S}{'; parameters ' if decisive else ''}{decisive}[/]"
    )


def _plain(value: Any) -> str:
    """A parameter on one line; square brackets would be markup."""
    return escape(json.dumps(value, ensure_ascii=False))


def _short(name: str) -> str:
    return name.rsplit(".", 1)[1]
