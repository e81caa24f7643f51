"""`training_export` in a worker: writes the dataset's files and returns their manifest."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from filelock import FileLock

from fm_assets.benchmark.splits import SPLITS, split_of, video_of
from fm_assets.export.folder import MANIFEST, export_folder, nearest_exports
from fm_assets.export.layouts import (
    dataset_info,
    document,
    official_motion,
    official_questions,
    question_turn,
    sharegpt,
)
from fm_assets.export.rows import TRAINING_EXPORT
from fm_assets.settings import Settings
from fm_assets.stage import CorpusTask, SourceFile
from fm_resources.provenance import content_hash
from fm_resources.rows import from_pylist
from fm_resources.video import cut

CAPTION_TURN = "<video>Describe how the things in this video move."


def compute(task: CorpusTask, settings: Settings) -> pa.Table:
    """Builds the export beside the current one and puts it in its place when it is complete."""
    target = export_folder(settings)
    fresh = target.with_name(f".{target.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    rows = {name: table.to_pylist() for name, table in task.tables.items() if name != "filtered_clips"}
    clips = task.tables.get("filtered_clips")
    kept = (
        [c for c in clips.drop_columns(["camera", "thumbnails"]).to_pylist() if c["status"] == "keep"] if clips else []
    )
    try:
        fresh.mkdir(parents=True)
        writer = _Writer(fresh)
        shipped = _shipped(rows)
        names = _cut_clips(writer, kept, shipped, task.sources, settings)
        _write_official(writer, rows, shipped)
        _write_llamafactory(writer, rows, shipped, names, settings)
        (fresh / MANIFEST).write_bytes(document({"artifact_id": task.artifact_id, "files": writer.files}))
        with FileLock(target.with_suffix(".lock")):  # another run may export at the same time
            if target.exists():
                shutil.rmtree(target)
            fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return from_pylist(writer.files, TRAINING_EXPORT)


class _Writer:
    """Writes files below a folder and keeps their manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[dict[str, Any]] = []

    def put(self, path: str, data: bytes, layout: str, split: str = "", questions: int = 0) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self.note(path, layout, split, questions)

    def note(self, path: str, layout: str, split: str = "", questions: int = 0) -> None:
        data = (self.folder / path).read_bytes()
        entry = {"path": path, "layout": layout, "split": split, "questions": questions}
        self.files.append({**entry, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)})


def _shipped(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Questions that have a split, by clip, with the split in `split`."""
    split = {r["qa_id"]: r["split"] for r in rows.get("benchmark_splits", [])}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for pair in sorted(rows.get("qa_pairs", []), key=lambda r: (r["clip_id"], r["qa_id"])):
        if pair["qa_id"] in split:
            found[pair["clip_id"]].append({**pair, "split": split[pair["qa_id"]]})
    return found


def _cut_clips(
    writer: _Writer,
    clips: list[dict[str, Any]],
    shipped: Mapping[str, Any],
    sources: Mapping[str, SourceFile],
    settings: Settings,
) -> dict[str, str]:
    """Clip id -> file of its own; those of the export before, or of main's, are copied, not cut again."""
    names: dict[str, str] = {}
    for clip in clips:
        if clip["clip_id"] not in shipped:
            continue
        source = sources[clip["video_id"]]
        if not settings.export.cut_clips:
            names[clip["clip_id"]] = str(source.path)
            continue
        stamp = content_hash([source.sha256, clip["start_s"], clip["end_s"], settings.export.crf], 6)
        name = f"llamafactory/clips/{clip['clip_id']}-{stamp}.mp4"
        file = writer.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not _copied(name, file, settings):
            cut(source.path, clip["start_s"], clip["end_s"], file, settings.export.crf)
        writer.note(name, "clips")
        names[clip["clip_id"]] = name.removeprefix("llamafactory/")
    return names


def _copied(name: str, file: Path, settings: Settings) -> bool:
    """Whether the file was there already, in the export before or in main's; then it is copied."""
    for folder in nearest_exports(settings):
        try:
            shutil.copy2(folder / name, file)
        except FileNotFoundError:  # never there, or another run has just put a new export in its place
            continue
        return True
    return False


def _write_official(
    writer: _Writer, rows: Mapping[str, list[dict[str, Any]]], shipped: Mapping[str, list[dict]]
) -> None:
    by_video: dict[str, list[dict]] = defaultdict(list)
    for clip_id, pairs in shipped.items():
        by_video[video_of(clip_id)] += pairs
    for video_id, pairs in sorted(by_video.items()):
        path = f"official/qa/{video_id}.json"
        writer.put(path, document(official_questions(pairs)), "official", pairs[0]["split"], len(pairs))
    for caption in rows.get("captions", []):
        if caption["text"]:
            path = f"official/captions/{caption['clip_id']}.json"
            writer.put(path, document({"caption": caption["text"], "writer": caption["writer"]}), "official")
    tracks: dict[str, list[dict]] = defaultdict(list)
    for track in rows.get("tracks", []):
        tracks[track["clip_id"]].append(track)
    for clip_id, group in sorted(tracks.items()):
        writer.put(f"official/motion/{clip_id}.json", document(official_motion(group)), "official")


def _write_llamafactory(
    writer: _Writer,
    rows: Mapping[str, list[dict[str, Any]]],
    shipped: Mapping[str, list[dict]],
    names: Mapping[str, str],
    settings: Settings,
) -> None:
    written = []
    captions = {c["clip_id"]: c["text"] for c in rows.get("captions", []) if c["text"]}
    for split in SPLITS:
        pairs = [p for group in shipped.values() for p in group if p["split"] == split and p["clip_id"] in names]
        examples = [sharegpt(question_turn(p), p["answer"], names[p["clip_id"]]) for p in pairs]
        told = [c for c in sorted(captions) if c in names and split_of(video_of(c), settings.benchmark)[0] == split]
        described = [sharegpt(CAPTION_TURN, captions[c], names[c]) for c in told]
        for kind, content, questions in (("qa", examples, len(examples)), ("captions", described, 0)):
            if content:
                file = f"motion_{kind}_{split}.json"
                writer.put(f"llamafactory/{file}", document(content), "llamafactory", split, questions)
                written.append(file)
    writer.put("llamafactory/dataset_info.json", document(dataset_info(written)), "llamafactory")
