"""Small real stages for tests of the loop: they read the registered files and count."""

from __future__ import annotations

import os
import time

import pyarrow as pa

from fm_assets.settings import Settings
from fm_assets.stage import CorpusTask, Rejected, Stage, Task
from fm_resources.provenance import Producer
from fm_resources.rows import col, from_pylist, schema

WORDS = schema(col("word", pa.string(), "A word."), col("count", pa.int64(), "How often."), keys=["word"])
TOTAL = schema(col("total", pa.int64(), "Words in all."), keys=["total"])


def count_words(task: Task, settings: Settings) -> pa.Table:
    """Counts words; the text itself can ask for trouble."""
    text = task.source.path.read_text()
    if "reject" in text:
        raise Rejected("the text asks to be rejected")
    if "odd" in text and settings.tracks.track_buffer % 2:
        raise Rejected("the text does not like the setting")
    if "fail" in text:
        raise ValueError("the text asks for a failure")
    if "die" in text:
        os._exit(9)
    if "hang" in text:
        time.sleep(60)
    words = text.split()
    minimum = settings.tracks.track_buffer - 30
    return from_pylist(
        [{"word": w, "count": words.count(w)} for w in sorted(set(words)) if words.count(w) > minimum], WORDS
    )


def add_up(task: Task, settings: Settings) -> pa.Table:
    """Adds the counts of the stage above."""
    with (settings.home / "notes.txt").open("a") as handle:
        handle.write(f"{task.video_id}\n")
    words = task.tables["words"]["word"].to_pylist()
    if "sour" in words:
        raise Rejected("a word asks to be rejected")
    if "rotten" in words:
        raise ValueError("a word asks for a failure")
    return from_pylist([{"total": sum(task.tables["words"]["count"].to_pylist())}], TOTAL)


def add_labels(task: Task, settings: Settings) -> pa.Table:
    """Passes the totals on."""
    return task.tables["totals"]


def bind(task: CorpusTask, settings: Settings) -> pa.Table:
    """Passes all totals on together."""
    return task.tables["labels"] if "labels" in task.tables else TOTAL.empty_table()


def words_producer(settings: Settings) -> Producer:
    """Depends on one setting that moves rows, and on one that never does."""
    return Producer("words", "1", {"track_buffer": settings.tracks.track_buffer, "delta_t": settings.tracks.delta_t})


def totals_producer(settings: Settings) -> Producer:
    """Depends on nothing."""
    return Producer("totals", "1")


def labels_producer(settings: Settings) -> Producer:
    """Depends on a setting that moves no row."""
    return Producer("labels", "1", {"inertia": settings.tracks.inertia})


STAGE_WORDS = Stage("words", (), WORDS, "arithmetic_stages:count_words", words_producer)
STAGE_TOTALS = Stage("totals", ("words",), TOTAL, "arithmetic_stages:add_up", totals_producer)
STAGE_LABELS = Stage("labels", ("totals",), TOTAL, "arithmetic_stages:add_labels", labels_producer)
STAGE_BOOK = Stage(
    "book", ("labels", "words"), TOTAL, "arithmetic_stages:bind", lambda settings: Producer("book", "1"), corpus=True
)
