"""The plan against what a run then does, over small real stages: exact where it says so, a bound where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_daemon import STAGES, workshop

from fm_assets.planning.plan import Step, WorkPlan, make_plan
from fm_assets.settings import Settings, load_settings
from fm_assets.stage import CORPUS, Stage, StageReport, run_stage
from fm_resources.lake import Lake
from fm_resources.registry import Registry, register


class Site:
    """A lake with text files for videos, two to a batch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = Lake(str(folder / "lake"))
        self.changes: dict[str, Any] = {}
        (folder / "videos").mkdir(parents=True)

    def add(self, **texts: str) -> list[str]:
        files = [self.folder / "videos" / f"{name}.mp4" for name in texts]
        for path, text in zip(files, texts.values(), strict=True):
            path.write_text(text)
        return list(register(self.lake, files, batch_size=2, domain="d", licence="").new)

    @property
    def settings(self) -> Settings:
        overrides = [f"{name}={value}" for name, value in self.changes.items()]
        return load_settings(env={"FM_HOME": str(self.folder)}, overrides=overrides)

    def plan(self, stages: tuple[Stage, ...] = STAGES, batches: list[str] | None = None) -> WorkPlan:
        return make_plan(STAGES, stages, batches, self.settings, self.lake)

    def execute(self, plan: WorkPlan) -> dict[tuple[str, str], StageReport]:
        """What `fm run --plan` does."""
        shop = workshop(self.settings, self.lake)
        done = {}
        for batch, stages in plan.rounds:
            for stage in stages:
                done[stage.name, batch or CORPUS] = run_stage(stage, batch or CORPUS, shop)
        return done

    def run(self, stages: tuple[Stage, ...] = STAGES, batches: list[str] | None = None) -> int:
        """What `fm run` does; returns the number of computations."""
        shop = workshop(self.settings, self.lake)
        pairs = [(s, b) for b in batches or shop.registry.batches for s in stages if not s.corpus]
        pairs += [(s, CORPUS) for s in stages if s.corpus]
        return sum(run_stage(stage, batch, shop).jobs for stage, batch in pairs)

    def heads(self) -> dict[tuple[str, str], Any]:
        batches = [CORPUS, *Registry.load(self.lake).batches]
        return {(s.name, b): self.lake.head_file(s.name, b) for s in STAGES for b in batches}

    def artifact(self, stage: str, video_id: str) -> Path:
        batch = CORPUS if video_id == CORPUS else Registry.load(self.lake).videos[video_id].batch
        head = self.lake.heads(stage, batch)[video_id]
        return Path(str(self.lake.artifact_path(stage, video_id, head.artifact_id)))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path)
    found.add(a="x x y y", b="x x y", c="z z", d="y y w")
    found.run()
    return found


def steps(plan: WorkPlan, stage: str) -> dict[str, Step]:
    """Steps of a stage by the name of the file."""
    return {step.video_id.rsplit("-", 1)[0]: step for pair in plan.by_stage[stage] for step in pair.steps}


def kinds(step: Step) -> list[str]:
    return [reason.kind for reason in step.reasons]


def hold(plan: WorkPlan, done: dict[tuple[str, str], StageReport]) -> None:
    """What was planned against what was done."""
    for pair in plan.pairs:
        report = done.get((pair.stage, pair.batch))
        if report is None:
            assert pair.quiet
            continue
        assert pair.counts["compute"] <= report.jobs <= pair.at_most, pair
        assert report.counts["rejected"] >= pair.counts["rejected"], pair
        if not pair.counts["may_compute"]:
            assert report.jobs == pair.counts["compute"], pair
            assert report.counts["reused"] == pair.reused + pair.counts["restore"], pair
            # what this very run rejects above is not waited for any more
            rejected = sum(r.counts["rejected"] for (_, batch), r in done.items() if batch == pair.batch)
            waiting = pair.counts["deferred"]
            assert waiting - rejected <= report.counts["deferred"] <= waiting, pair


def test_nothing_is_to_do_after_a_run(site: Site) -> None:
    plan = site.plan()
    assert plan.rounds == []
    assert sum(pair.reused for pair in plan.pairs) == 13
    assert site.execute(plan) == {}


def test_a_changed_parameter_is_named_and_its_cut_off_is_a_bound(site: Site) -> None:
    site.changes["tracks.track_buffer"] = 31
    plan = site.plan()
    found = steps(plan, "words")
    assert {name: step.action for name, step in found.items()} == dict.fromkeys("abcd", "compute")
    (reason,) = found["a"].reasons
    assert (reason.kind, reason.name, reason.before, reason.after) == ("code_version", "track_buffer", 30, 31)
    below = steps(plan, "totals")
    assert all(step.action == "may_compute" and step.cut_off for step in below.values())
    done = site.execute(plan)
    hold(plan, done)
    assert sum(r.jobs for (stage, _), r in done.items() if stage == "totals") == 2  # a and c keep their words
    assert site.plan().rounds == []


def test_two_changes_give_a_stage_reasons_of_its_own_which_nothing_cuts_off(site: Site) -> None:
    site.changes |= {"tracks.track_buffer": 31, "tracks.inertia": 0.3}
    plan = site.plan()
    labels = steps(plan, "labels")["a"]
    assert kinds(labels) == ["below", "code_version"] and not labels.cut_off
    assert steps(plan, "totals")["a"].cut_off
    hold(plan, site.execute(plan))


def test_going_back_costs_nothing_and_is_exact_all_the_way_down(site: Site) -> None:
    before = {key: {v: h.artifact_id for v, h in f.heads.items()} for key, f in site.heads().items()}
    site.changes["tracks.track_buffer"] = 31
    site.run()
    del site.changes["tracks.track_buffer"]
    plan = site.plan()
    assert plan.count("compute") == plan.count("may_compute") == 0
    assert {step.action for step in steps(plan, "words").values()} == {"restore"}
    assert sorted(steps(plan, "totals")) == ["b", "d"]
    assert ("code_version", 31, 30) in {(r.kind, r.before, r.after) for r in steps(plan, "words")["a"].reasons}
    done = site.execute(plan)
    hold(plan, done)
    assert not any(report.jobs for report in done.values())
    assert {key: {v: h.artifact_id for v, h in f.heads.items()} for key, f in site.heads().items()} == before


def test_a_new_video_is_missing_in_every_stage_and_leaves_other_batches_alone(site: Site) -> None:
    site.add(e="v v")
    plan = site.plan()
    assert {pair.batch for pair in plan.pairs if not pair.quiet} == {
        Registry.load(site.lake).videos[_id(site, "e")].batch,
        CORPUS,
    }
    assert [kinds(steps(plan, stage)["e"]) for stage in ("words", "totals", "labels")] == [
        ["missing"], ["below", "missing"], ["below", "missing"],
    ]  # fmt: skip
    (book,) = steps(plan, "book").values()
    assert set(kinds(book)) == {"below", "input"} and not book.cut_off
    hold(plan, site.execute(plan))


def test_a_failed_video_is_tried_again_and_what_is_below_it_may_be_computed(site: Site) -> None:
    site.add(e="fail v")
    site.run()
    plan = site.plan()
    step = steps(plan, "words")["e"]
    assert (step.action, kinds(step)) == ("compute", ["failed_before"])
    assert "asks for a failure" in step.reasons[0].text
    assert steps(plan, "totals")["e"].action == "may_compute"
    done = site.execute(plan)
    hold(plan, done)
    assert sum(report.jobs for report in done.values()) == 1
    below = site.plan(STAGES[1:])
    assert steps(below, "totals")["e"].action == "deferred"  # nobody tries it again
    assert "words, which failed" in steps(below, "totals")["e"].reasons[0].text
    assert below.rounds == []


@pytest.mark.parametrize("damage", ["cut short", "gone"])
def test_a_damaged_artifact_counts_as_missing(site: Site, damage: str) -> None:
    path = site.artifact("totals", _id(site, "b"))
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    plan = site.plan()
    assert {name: kinds(step) for name, step in steps(plan, "totals").items()} == {"b": ["damaged"]}
    assert steps(plan, "labels")["b"].cut_off and steps(plan, "book")["corpus"].cut_off
    done = site.execute(plan)
    hold(plan, done)
    assert sum(report.jobs for report in done.values()) == 1


def test_rejected_and_superseded_videos_are_no_work(site: Site) -> None:
    site.add(e="reject")
    site.run()
    plan = site.plan()
    assert [(s.action, s.moves) for s in steps(plan, "words").values()] == [("rejected", False)]
    assert plan.rounds == [] and "e" not in steps(plan, "totals")
    site.add(a="new bytes")
    plan = site.plan()
    assert [pair.gone for pair in plan.by_stage["words"] if pair.gone] == [(_id(site, "a", 0),)]
    done = site.execute(plan)
    hold(plan, done)
    assert site.plan().rounds == []


def test_only_what_is_asked_for_is_planned_and_the_rest_is_taken_as_it_is(site: Site) -> None:
    site.changes["tracks.track_buffer"] = 31
    _, second = Registry.load(site.lake).batches
    plan = site.plan(STAGES[1:])
    assert plan.rounds == []  # words stay as they are
    plan = site.plan(STAGES[:1], [second])
    assert [(batch, [s.name for s in stages]) for batch, stages in plan.rounds] == [(second, ["words"])]
    hold(plan, site.execute(plan))
    later = site.plan(STAGES[1:])
    assert steps(later, "totals")["d"].action == "compute" and kinds(steps(later, "totals")["d"]) == ["input"]
    assert [pair.quiet for pair in later.by_stage["totals"]] == [True, False]


def _id(site: Site, name: str, number: int = -1) -> str:
    return [v for v in Registry.load(site.lake).videos if v.rsplit("-", 1)[0] == name][number]


WORDS = st.sampled_from(["x", "x x", "y", "y y z", "z z z", "odd", "odd x x", "reject", "fail", "sour", "sour sour", "rotten rotten"])  # fmt: skip
CHANGES = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(["tracks.track_buffer"]), st.integers(30, 33)),
    st.tuples(st.just("set"), st.sampled_from(["tracks.delta_t"]), st.integers(3, 4)),
    st.tuples(st.just("set"), st.sampled_from(["tracks.inertia"]), st.sampled_from([0.2, 0.3])),
    st.tuples(st.just("add"), st.sampled_from("abcdef"), WORDS),
    st.tuples(st.just("damage"), st.integers(0, 40), st.booleans()),
    st.tuples(st.just("run"), st.sets(st.sampled_from(range(4)), min_size=1), st.none() | st.integers(0, 9)),
)


def choice(site: Site, numbers: set[int], batch: int | None) -> tuple[tuple[Stage, ...], list[str] | None]:
    """Some of the stages, and one batch or all."""
    batches = list(Registry.load(site.lake).batches)
    chosen = [batches[batch % len(batches)]] if batch is not None else None
    return tuple(stage for n, stage in enumerate(STAGES) if n in numbers), chosen


def play(site: Site, changes: list[tuple], asked: tuple[set[int], int | None]) -> None:
    """After any history: a plan, what it does, and what is left when it is done."""
    site.add(a="x x y", b="y z")
    for kind, one, two in changes:
        if kind == "set":
            site.changes[one] = two
        elif kind == "add":
            site.add(**{one: two})
        elif kind == "run":
            site.run(*choice(site, one, two))
        else:
            files = sorted((site.folder / "lake").glob("[a-z]*/*/*.parquet"))
            if files:
                path = files[one % len(files)]
                path.write_bytes(path.read_bytes()[:-20]) if two else path.unlink()
    stages, batches = choice(site, *asked)
    plan = site.plan(stages, batches)
    hold(plan, site.execute(plan))
    after = site.plan(stages, batches)
    assert after.count("restore") == 0 and not any(
        pair.gone or not pair.noted for pair in after.pairs if not pair.at_most
    )
    assert all(kinds(s) == ["failed_before"] for p in after.pairs for s in p.steps if s.action == "compute")
    heads = site.heads()
    assert site.run(stages, batches) == after.count("compute")  # failures again, and nothing that the plan left out
    assert site.heads() == heads


ASKED = st.tuples(
    st.sets(st.sampled_from(range(4)), min_size=1) | st.just(set(range(4))), st.none() | st.integers(0, 9)
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(CHANGES, max_size=12), asked=ASKED)
def test_any_plan_is_kept(tmp_path_factory: pytest.TempPathFactory, changes: list, asked: tuple) -> None:
    play(Site(tmp_path_factory.mktemp("site")), changes, asked)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(CHANGES, min_size=4, max_size=30), asked=ASKED)
def test_many_plans_are_kept(tmp_path_factory: pytest.TempPathFactory, changes: list, asked: tuple) -> None:
    play(Site(tmp_path_factory.mktemp("site")), changes, asked)
