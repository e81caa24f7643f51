"""Targeted rematerialization under changes that come at any moment: only what changed, and nothing is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_daemon import STAGES, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with dg.DagsterInstance.ephemeral() as instance:
        found = Site(tmp_path, instance)
        found.add(a="x x y y", b="x y", c="z z z z", d="y y y y")
        found.settle()
        found.reports.clear()
        yield found


def counts(site: Site) -> dict[str, Counter[str]]:
    """What became of videos per stage since the last look."""
    found: dict[str, Counter[str]] = {}
    for report in site.reports:
        found.setdefault(report.stage, Counter()).update(report.counts)
    site.reports.clear()
    return found


def test_it_is_quiet_when_nothing_changed(site: Site) -> None:
    assert site.state() == site.from_scratch()
    assert [site.tick() for _ in range(10)] == [[]] * 10


def test_only_batches_whose_rows_changed_are_rebuilt_below(site: Site) -> None:
    site.changes["tracks.track_buffer"] = 31
    assert {name for name, _ in site.tick()} == {"words"}
    site.settle()
    found = counts(site)
    assert found["words"] == {"computed": 4}
    assert found["totals"] == {"computed": 1, "reused": 1}  # b loses its words; its batch fellow a does not
    assert found["labels"] == {"computed": 1, "reused": 1}
    assert found["book"] == {"computed": 1}  # not once for `words` and again for `labels`
    assert site.state() == site.from_scratch()


def test_a_change_that_moves_no_row_recomputes_one_stage_and_stops(site: Site) -> None:
    site.changes["tracks.delta_t"] = 4
    site.settle()
    assert counts(site) == {"words": {"computed": 4}}
    assert [site.tick() for _ in range(10)] == [[]] * 10


def test_a_change_in_the_middle_of_a_run_is_not_missed(site: Site) -> None:
    site.changes["tracks.track_buffer"] = 31
    site.tick()
    site.running[0].step()
    site.changes["tracks.track_buffer"] = 32
    site.tick()
    site.settle()
    assert site.state() == site.from_scratch()


def test_a_change_and_its_reversal_while_runs_wait_end_where_they_began(site: Site) -> None:
    before = site.state()
    site.changes["tracks.track_buffer"] = 31
    site.tick()
    site.changes["tracks.track_buffer"] = 30
    site.tick()
    site.settle()
    assert site.state() == before
    assert not any(c["computed"] for stage, c in counts(site).items() if stage == "labels")


def test_a_run_that_died_is_asked_for_again_but_not_for_ever(site: Site) -> None:
    site.changes["tracks.delta_t"] = 5
    asked = []
    for _ in range(8):
        asked.append(len(site.tick()))
        for running in site.running:
            running.events = iter(())
        site.running.clear()
        for run in site.instance.get_runs():
            if not run.is_finished:
                site.instance.report_run_failed(run)
    assert asked == [2, 2, 2, 0, 0, 0, 0, 0]


def test_an_instance_that_was_deleted_learns_what_the_lake_holds_without_work(site: Site) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        again = Site(site.folder, instance)
        again.add()
        again.settle()
        assert all(set(c) == {"reused"} for c in counts(again).values())
        assert again.tick() == []


def test_a_batch_whose_blocking_check_failed_is_not_built_on(site: Site) -> None:
    batch = next(iter(site.instance.get_dynamic_partitions("batches")))
    site.lake.hold("words", batch, ["schema"])
    site.changes["tracks.track_buffer"] = 31
    site.settle()
    assert site.state() == site.from_scratch()  # made anew, so it is let go
    site.changes["tracks.inertia"] = 0.5
    site.lake.hold("totals", batch, ["schema"])
    site.settle()
    assert [r.batch for r in site.reports if r.stage == "labels"][-1] != batch


ACTIONS = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(["tracks.track_buffer"]), st.integers(30, 33)),
    st.tuples(st.just("set"), st.sampled_from(["tracks.delta_t"]), st.integers(3, 4)),
    st.tuples(st.just("set"), st.sampled_from(["tracks.inertia"]), st.sampled_from([0.2, 0.3])),
    st.tuples(st.just("tick")),
    st.tuples(st.just("tick")),
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.just("finish"), st.integers(0, 5)),
    st.tuples(st.just("add"), st.sampled_from("abcde"), st.text("xyz ", max_size=9)),
    st.tuples(st.just("by hand"), st.lists(st.sampled_from([s.name for s in STAGES[:3]]), min_size=1, unique=True)),
)  # fmt: skip


def play(folder: Path, actions: list[tuple]) -> None:
    """Plays a sequence of changes, ticks and steps of runs, lets it settle, and compares with a build from scratch."""
    with dg.DagsterInstance.ephemeral() as instance:
        site = Site(folder, instance)
        site.add(a="x x y", b="y y y z")
        for kind, *values in actions:
            if kind == "set":
                site.changes[values[0]] = values[1]
            elif kind == "tick":
                site.tick()
            elif kind == "add":
                site.add(**{values[0]: values[1]})
            elif kind == "by hand":
                for batch in site.instance.get_dynamic_partitions("batches"):
                    site.launch(values[0], batch)
            elif site.running:
                running = site.running[values[0] % len(site.running)]
                if kind == "finish" or not running.step():
                    running.finish()
                    site.running.remove(running)
        site.settle()
        assert site.state() == site.from_scratch()
        assert [site.tick() for _ in range(3)] == [[]] * 3


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(ACTIONS, max_size=14))
def test_any_sequence_ends_as_a_build_from_scratch(tmp_path_factory: pytest.TempPathFactory, actions: list) -> None:
    play(tmp_path_factory.mktemp("site"), actions)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(ACTIONS, min_size=4, max_size=30))
def test_many_sequences_end_as_a_build_from_scratch(tmp_path_factory: pytest.TempPathFactory, actions: list) -> None:
    play(tmp_path_factory.mktemp("site"), actions)
