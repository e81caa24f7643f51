"""What a plan takes, by receipts in a real lake and catalog; and how it is put in words."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from fm_assets.planning import words
from fm_assets.planning.document import document
from fm_assets.planning.estimate import Estimates, Span, estimate
from fm_assets.planning.plan import Pair, Step, WorkPlan
from fm_assets.planning.reasons import Reason, producer_changes
from fm_assets.stage import CORPUS, Stage
from fm_resources.catalog import Catalog
from fm_resources.lake import Lake
from fm_resources.provenance import Producer, Receipt, Status
from fm_resources.rows import col, schema

ROWS = schema(col("n", pa.int64(), "A number."), keys=["n"])
MADE = {
    "captions": Producer("captions", "1", {"llm": {"model": "large"}}),
    "tracks": Producer("tracks", "1", {"track_buffer": 30}),
    "book": Producer("book", "1"),
}


class Records:
    """A lake with receipts."""

    def __init__(self, folder: Path) -> None:
        self.lake = Lake(str(folder / "lake"))
        self.catalog = Catalog(folder / "catalog.duckdb", self.lake)
        self.count = 0

    def add(
        self, producer: Producer, seconds: float, cost: float = 0.0, status: Status = "ok", video: str = ""
    ) -> None:
        self.count += 1
        started = f"2026-01-01T00:{self.count // 60:02d}:{self.count % 60:02d}+00:00"
        name, video = f"a{self.count}", video or f"v{self.count}"
        receipt = Receipt(name, producer.stage, video, producer, (), "d", status, "", "", started, seconds, 0, cost)
        self.lake.write(ROWS.empty_table(), receipt)

    def estimate(self, plan: WorkPlan, workers: int = 2) -> Estimates:
        self.catalog.sync(rebuild=True)
        return estimate(plan, self.catalog, workers)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path)


def plan(*pairs: Pair, **producers: Producer) -> WorkPlan:
    """A plan of given pairs."""
    names = list(dict.fromkeys(pair.stage for pair in pairs))
    stages = tuple(Stage(n, (), ROWS, "", lambda s, n=n: MADE[n], corpus=n == "book") for n in names)  # type: ignore[misc]
    batches = tuple(dict.fromkeys(pair.batch for pair in pairs if pair.batch != CORPUS))
    return WorkPlan(stages, batches, {n: producers.get(n, MADE[n]) for n in names}, pairs)


def pair(stage: str, batch: str, compute: int, may: int = 0) -> Pair:
    sure = [Step(f"s{n}", "compute", "x", (Reason("missing"),)) for n in range(compute)]
    below = [Step(f"t{n}", "may_compute", "", (Reason("below", "tracks"),), cut_off=True) for n in range(may)]
    return Pair(stage, batch, 0, (*sure, *below))


def test_the_same_producers_receipts_count_and_failures_do_not(records: Records) -> None:
    records.add(MADE["tracks"], 2.0)
    records.add(MADE["tracks"], 4.0)
    records.add(MADE["tracks"], 900.0, status="failed")
    records.add(Producer("tracks", "1", {"track_buffer": 99}), 50.0)
    found = records.estimate(plan(pair("tracks", "b", 3)))
    assert (found.per_item["tracks"].basis, found.per_item["tracks"].receipts) == ("producer", 2)
    assert found.stages["tracks"].work_s == Span(9.0, 9.0)
    assert found.stages["tracks"].wall_s == Span(6.0, 6.0)  # two turns of two workers


def test_another_producers_newest_receipts_count_where_there_are_no_others(records: Records) -> None:
    records.add(Producer("tracks", "1", {"track_buffer": 99}), 50.0)
    records.add(Producer("tracks", "1", {"track_buffer": 98}), 10.0)
    found = records.estimate(plan(pair("tracks", "a", 1, 1), pair("tracks", "b", 0, 3)))
    assert found.per_item["tracks"].basis == "stage"
    assert found.stages["tracks"].work_s == Span(10.0, 50.0)
    assert found.stages["tracks"].wall_s == Span(10.0, 30.0)  # batch after batch


def test_only_the_newest_receipts_count_and_of_the_corpus_only_the_last(records: Records) -> None:
    for seconds in (100.0, 7.0):
        records.add(MADE["book"], seconds, video=CORPUS)
    assert records.estimate(plan(pair("book", CORPUS, 1))).stages["book"].work_s == Span(7.0, 7.0)


def test_receipts_of_another_model_say_nothing(records: Records) -> None:
    records.add(Producer("captions", "1", {"llm": {"model": "small"}}), 1.0, cost=0.001)
    wanted = plan(pair("captions", "b", 2))
    found = records.estimate(wanted)
    assert found.per_item["captions"].basis == "none" and "captions" not in found.stages
    assert document(wanted, found)["total"]["without_estimate"] == ["captions"]
    assert "no receipt says how long they take: captions" in list(words.total(wanted, found))[-1]
    records.add(Producer("captions", "0", {"llm": {"model": "large"}}), 3.0, cost=0.25)
    found = records.estimate(wanted)
    assert found.stages["captions"].cost_usd == Span(0.5, 0.5)
    assert "0.50 USD" in "".join(words.total(wanted, found))


def test_a_changed_weights_file_and_libraries_are_named() -> None:
    before = Producer("tracks", "1", {"a": {"b": 1}}, {"numpy": "1"}, {"n.pt": "0" * 64})
    after = Producer("tracks", "2", {"a": {"b": 2}}, {"numpy": "2"}, {"n.pt": "f" * 64})
    assert [str(reason) for reason in producer_changes(before, after)] == [
        "libraries.numpy 1 -> 2", "logic_version 1 -> 2", "a.b 1 -> 2", "weights.n.pt 000000000000 -> ffffffffffff",
    ]  # fmt: skip


def test_ranges_read_well() -> None:
    assert words.seconds(Span(3.21, 3.21)) == "3.2 s"
    assert words.seconds(Span(0, 240)) == "up to 4 min"
    assert words.seconds(Span(90, 9000)) == "90 s to 2.5 h"
    assert words.dollars(Span(0.002, 1.5)) == "0.002 USD to 1.50 USD"


def test_the_sum_names_what_may_make_it_less(records: Records) -> None:
    records.add(MADE["tracks"], 2.0)
    mixed = plan(pair("tracks", "b", 1), pair("captions", "b", 0, 2))
    found = records.estimate(mixed)
    assert next(words.total(mixed, found)) == "1 computation; at most 2 more below, fewer where tracks comes out equal"
    assert [row["compute"] for row in words.rows(mixed, found)] == [1, 0]
    assert words.rows(mixed, found)[1]["work"] == "no receipt yet"
    assert ("captions", "at most 2 more, fewer where tracks comes out equal") in list(words.reasons(mixed))
