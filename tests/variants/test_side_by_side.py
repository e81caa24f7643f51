"""Two producers beside each other, through the command line: what is shared, what is not touched, what differs."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import dagster as dg
import pytest
from conftest import Fm
from independent_diff import fact_counts, heads, pair_counts, rows, track_counts

from fm_assets.definitions import build
from fm_assets.settings import load_settings
from fm_assets.upkeep.reach import current
from fm_assets.upkeep.recompute import draw
from fm_assets.variants.documents import all_variants
from fm_assets.variants.resolve import variant_settings
from fm_resources.lake import Lake

SHARED = ["source_videos", "filtered_clips"]
OWN = ["detections", "tracks", "motion_scores", "captions", "qa_pairs", "benchmark_splits", "training_export"]


def files(folder: Path) -> dict[str, str]:
    """Every file of lake and exports with its hash, but for locks."""
    found = [p for part in ("lake", "exports") for p in sorted((folder / part).rglob("*")) if p.is_file()]
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found if p.suffix != ".lock"
    }


@pytest.fixture(scope="module")
def pair(demo: Fm, tmp_path_factory: pytest.TempPathFactory) -> Fm:
    """The processed demo corpus with another detector beside it; read only."""
    folder = tmp_path_factory.mktemp("pair") / "pair"
    shutil.copytree(demo.folder, folder)
    fm = Fm(folder)
    fm.before = files(fm.home)  # type: ignore[attr-defined]
    fm.created = fm.json("variant", "create", "trained", "--set", "detector.backend=bundled")  # type: ignore[attr-defined]
    return fm


@pytest.fixture
def pair_copy(pair: Fm, tmp_path: Path) -> Fm:
    """A copy that a test may change."""
    shutil.copytree(pair.folder, tmp_path / "copy")
    return Fm(tmp_path / "copy")


def test_only_its_own_stages_run_and_nothing_of_main_is_overwritten(pair) -> None:
    assert list(pair.created) == OWN
    assert {s: c["computed"] for s, c in pair.created.items()} == {s: 1 if s in OWN[-2:] else 4 for s in OWN}
    now = files(pair.home)
    assert {name: now.get(name) for name in pair.before} == pair.before
    added = {name.split("/")[1] for name in now.keys() - pair.before.keys() if name.startswith("lake/")}
    assert added == {"_heads", "_variants", *OWN}
    assert all(n.startswith("lake/_heads/trained/") for n in now.keys() - pair.before.keys() if "_heads" in n)
    assert (pair.home / "exports" / "training-trained" / "official").is_dir()


def test_both_sides_have_receipts_and_rest_on_the_same_shared_artifacts(pair) -> None:
    query = (
        "SELECT variant, v.stage, v.video_id, artifact_id, shared, producer_id, status FROM variant_artifacts v "
        "JOIN receipts r USING (artifact_id)"
    )
    made = {"main": {}, "trained": {}}
    for row in pair.sql(query):
        made[row["variant"]][row["stage"], row["video_id"]] = row
    assert made["main"].keys() == made["trained"].keys() and len(made["main"]) == 7 * 4 + 2
    for key, ours in made["main"].items():
        theirs = made["trained"][key]
        assert theirs["shared"] == (key[0] in SHARED) == (ours["artifact_id"] == theirs["artifact_id"])
        assert (ours["producer_id"] == theirs["producer_id"]) == (key[0] != "detections"), key
    current = {r["artifact_id"] for r in pair.sql("SELECT artifact_id FROM receipts WHERE is_current")}
    assert current == {r["artifact_id"] for r in made["main"].values()}
    assert len(pair.sql("SELECT * FROM qa_all")) > len(pair.sql("SELECT * FROM qa"))


def test_the_diff_counts_what_an_independent_search_through_the_parquet_files_counts(pair) -> None:
    lake = pair.home / "lake"
    sides = [
        {stage: rows(lake, variant, stage) for stage in ("tracks", "motion_scores", "qa_pairs")}
        for variant in ("main", "trained")
    ]
    found = {what: pair.json("diff", what, "main", "trained") for what in ("tracks", "facts", "qa")}
    for what, stage in (("tracks", "tracks"), ("facts", "motion_scores"), ("qa", "qa_pairs")):
        totals = [sum(map(len, side[stage].values())) for side in sides]
        assert [found[what]["items"]["in_a"], found[what]["items"]["in_b"]] == totals
        versions = [heads(lake, v, stage) for v in ("main", "trained")]
        differ = sum(versions[0][v][1] != versions[1][v][1] for v in versions[0])
        assert found[what]["videos"] == {
            "compared": 4, "equal": 4 - differ, "differ": differ, "cut_otherwise": 0, "only_a": 0, "only_b": 0,
        }  # fmt: skip
        assert differ > 0
    tracks = track_counts(sides[0]["tracks"], sides[1]["tracks"])
    assert {k: found["tracks"]["items"][k] for k in ("same", "changed", "only_a", "only_b")} == {
        k: tracks[k] for k in ("same", "changed", "only_a", "only_b")
    }
    assert tracks["changed"] and tracks["only_b"]
    facts, told = fact_counts(*sides), found["facts"]["items"]
    assert (told["same"], told["only_a"], told["only_b"]) == (facts["same"], facts["only_a"], facts["only_b"])
    assert told["moved"] + told["changed"] == facts["not_same"] > 0
    pairs = pair_counts(*sides)
    assert {k: found["qa"]["items"][k] for k in ("same", "changed", "flipped", "only_a", "only_b")} == {
        k: pairs[k] for k in ("same", "changed", "flipped", "only_a", "only_b")
    }
    assert pairs["changed"] and pairs["only_a"]


@pytest.mark.slow
def test_the_diff_reads_no_video_whose_data_are_equal_and_takes_producers_and_videos(pair, pair_copy) -> None:
    for folder in ("tracks", "motion_scores", "qa_pairs", "captions"):
        shutil.rmtree(pair_copy.home / "lake" / folder)  # so whoever reads a row fails
    equal = pair_copy.json("diff", "qa", "trained", "trained")
    n = len(pair.sql("SELECT * FROM variant_artifacts JOIN raw_qa_pairs USING (artifact_id) WHERE variant = 'trained'"))
    assert equal["items"]["same"] == equal["items"]["in_a"] == n
    assert "damaged or gone" in pair_copy.run("diff", "qa", "main", "trained", code=2)
    whole = pair.json("diff", "tracks", "main", "trained", "--limit", "100")
    video = whole["examples"][0]["clip_id"].rpartition(".c")[0]
    one = pair.json("diff", "tracks", "main", "trained", "--video", video)
    assert one["videos"]["compared"] == 1
    assert one["items"]["in_b"] == sum(1 for e in whole["examples"] if e["clip_id"].startswith(video) and e["after_id"])
    ours, theirs = (
        pair.sql(
            "SELECT DISTINCT producer_id FROM variant_artifacts JOIN receipts USING (artifact_id) "
            f"WHERE variant_artifacts.stage = 'detections' AND variant = '{v}'"
        )[0]["producer_id"]
        for v in ("main", "trained")
    )
    assert ours != theirs
    assert "neither a variant" in pair.run("diff", "qa", "main", theirs[:8], code=2)  # a producer of another stage
    text = pair.run("diff", "tracks", "main", "trained")
    assert "4 videos, 0 equal, 4 differ" in text and "only B" in text
    captions = pair.json("diff", "captions", "main", "trained")["items"]
    sentences = pair.sql(
        "SELECT variant, sum(len(sentences)) AS n FROM variant_artifacts JOIN raw_captions USING (artifact_id) GROUP BY ALL"
    )
    assert {"main": captions["in_a"], "trained": captions["in_b"]} == {r["variant"]: int(r["n"]) for r in sentences}


def test_dagster_holds_the_variant_under_its_own_keys_and_leaves_mains_alone(pair, demo, monkeypatch) -> None:
    def latest(fm: Fm, key: list[str]) -> tuple[str, str | None, int] | None:
        monkeypatch.setenv("DAGSTER_HOME", str(fm.home / "dagster"))
        with dg.DagsterInstance.get() as instance:
            event = instance.get_latest_materialization_event(dg.AssetKey(key))
            if event is None or event.asset_materialization is None:
                return None
            rows = event.asset_materialization.metadata
            return event.run_id, event.asset_materialization.partition, int(rows["computed"].value)  # type: ignore[arg-type]

    for stage in [*SHARED, *OWN]:
        assert latest(pair, [stage]) == latest(demo, [stage]) is not None
        beside = latest(pair, ["trained", stage])
        assert (beside is None) == (stage in SHARED)
        if beside is not None:
            assert beside[2] == (1 if stage in OWN[-2:] else 4)
            assert (beside[1] is None) == (stage in OWN[-2:])


def test_definitions_show_both_and_the_daily_job_is_mains(pair, monkeypatch) -> None:
    from fm_assets.definitions import defs

    for name, value in pair.environment().items():
        if name.startswith("FM_"):
            monkeypatch.setenv(name, value)
    found = defs()
    assert isinstance(found, dg.Definitions)
    graph = found.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert keys == {*SHARED, *OWN, "error_propagation", *(f"trained/{stage}" for stage in OWN)}
    node = graph.get(dg.AssetKey(["trained", "detections"]))
    assert node.parent_keys == {dg.AssetKey(stage) for stage in SHARED}
    assert node.group_name == "trained"
    assert node.automation_condition is not None
    assert {c.name for c in graph.asset_check_keys if c.asset_key == node.key} == {
        c.name for c in graph.asset_check_keys if c.asset_key == dg.AssetKey("detections")
    }
    assert node.code_version != graph.get(dg.AssetKey("detections")).code_version
    jobs = {
        name: {k.to_user_string() for k in found.resolve_job_def(name).asset_layer.executable_asset_keys}
        for name in ("process_batch", "process_batch_trained")
    }
    assert jobs == {"process_batch": {*SHARED, *OWN}, "process_batch_trained": {f"trained/{s}" for s in OWN}}


def test_a_variant_that_no_longer_validates_is_named_and_the_rest_loads(pair_copy, monkeypatch, caplog) -> None:
    from fm_assets.definitions import defs

    document = pair_copy.home / "lake" / "_variants" / "trained.json"
    content = json.loads(document.read_text())
    document.write_text(json.dumps(content | {"overrides": {"detector.backnd": "bundled"}}))
    for name, value in pair_copy.environment().items():
        if name.startswith("FM_"):
            monkeypatch.setenv(name, value)
    found = defs()
    assert isinstance(found, dg.Definitions)
    keys = {key.to_user_string() for key in found.resolve_asset_graph().get_all_asset_keys()}
    assert keys == {*SHARED, *OWN, "error_propagation"}
    assert "variant trained is left out: detector.backnd is not a setting" in caplog.text
    assert "detector.backnd is not a setting" in pair_copy.run("run", "--variant", "trained", code=2)
    (listed,) = pair_copy.json("variant", "list")
    assert listed["trouble"].startswith("detector.backnd is not a setting")


def test_a_question_of_the_variant_is_audited_as_such(pair, tmp_path) -> None:
    ours, theirs = (
        pair.sql(
            "SELECT qa_id FROM variant_artifacts JOIN raw_qa_pairs USING (artifact_id) "
            f"WHERE variant = '{variant}' ORDER BY qa_id"
        )[0]["qa_id"]
        for variant in ("main", "trained")
    )
    found = pair.json("audit", "qa", theirs)
    assert (found["pair"]["is_current"], found["variants"]) == (False, ["trained"])
    assert {e["stage"]: e["parameters"] for e in found["chain"]}["detections"]["detector"]["backend"] == "ultralytics"
    text = pair.run("audit", "qa", theirs)
    pair.run("audit", "qa", theirs, "--html", str(tmp_path / "page.html"))
    assert "current in variant trained" in text and "superseded" not in text
    page = (tmp_path / "page.html").read_text()
    assert "current in variant trained" in page and "Superseded" not in page
    assert pair.json("audit", "qa", ours)["variants"] == []


def test_automation_is_quiet_beside_main_and_a_change_asks_for_both(pair, monkeypatch) -> None:
    environment = pair.environment()
    for name in ("FM_CONFIG", "FM_HOME"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("DAGSTER_HOME", str(pair.home / "dagster"))

    def definitions(*changes: str) -> dg.Definitions:
        main = load_settings(overrides=changes)
        (document,) = all_variants(Lake(main.lake_url))
        return build(main, variants=[variant_settings(document, main, changes)])

    def requested(found: dg.Definitions, result: dg.EvaluateAutomationConditionsResult) -> set[str]:
        keys = found.resolve_asset_graph().get_all_asset_keys()
        return {key.to_user_string() for key in keys if result.get_num_requested(key)}

    now, after = definitions(), definitions("qa.pairs_per_clip=4")
    with dg.DagsterInstance.get() as instance:
        quiet = dg.evaluate_automation_conditions(defs=now, instance=instance)
        assert requested(now, quiet) == set()
        changed = dg.evaluate_automation_conditions(defs=after, instance=instance, cursor=quiet.cursor)
        assert requested(after, changed) == {"qa_pairs", "trained/qa_pairs"}


def test_the_list_says_what_is_own_and_what_only_it_holds(pair) -> None:
    (listed,) = pair.json("variant", "list")
    assert (listed["name"], listed["overrides"]) == ("trained", {"detector.backend": "bundled"})
    assert listed["own"] == OWN
    assert listed["states"] == {"current": 5 * 4 + 2}
    theirs = {p for p in files(pair.home).keys() - pair.before.keys() if p.endswith(".parquet")}
    assert (listed["artifacts"], listed["bytes"]) == (len(theirs), sum((pair.home / p).stat().st_size for p in theirs))
    assert listed["pairs"] == sum(map(len, rows(pair.home / "lake", "trained", "qa_pairs").values()))
    assert "detections and all below" in pair.run("variant", "list")
    told = pair.json("status", "--variant", "trained")
    assert [row["stage"] for row in told["stages"]] == OWN and not told["items"]
    assert sum(row["current"] for row in told["stages"]) == listed["states"]["current"]
    assert all(not c["computed"] for c in pair.json("run", "--variant", "trained").values())


@pytest.mark.slow
def test_verify_computes_the_variants_artifacts_again_by_its_own_settings(pair_copy) -> None:
    lake = Lake(str(pair_copy.home / "lake"))
    drawn = draw(current(lake), 10_000, 0)  # all of them
    theirs = {name for name in drawn if {c.variant for c in current(lake) if c.name == name} == {"trained"}}
    assert {name.stage for name in theirs} >= {"detections", "tracks", "motion_scores"}
    done = pair_copy.json("verify", "--sample", "10000")
    assert done["recomputed"] == {"agrees": len(drawn), "differs": 0, "fails": 0, "skipped": 0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["variant", "create", "trained", "--set", "qa.pairs_per_clip=3"], "there is a variant trained already"),
        (["variant", "create", "main", "--set", "qa.pairs_per_clip=3"], "main is what is current"),
        (["variant", "create", "My_Own", "--set", "qa.pairs_per_clip=3"], "lower-case letters and digits"),
        (["variant", "create", "x"], "--set SECTION.NAME=VALUE"),
        (["variant", "create", "x", "--set", "qa.pairs_per_clip=10"], "would make what main makes"),
        (["variant", "create", "x", "--set", "lake=elsewhere"], "lake cannot differ in a variant"),
        (["variant", "create", "x", "--set", "llm.api_key=sk-secret"], "llm.api_key cannot differ in a variant"),
        (["variant", "create", "x", "--set", "tracks.nope=1"], "tracks.nope is not a setting"),
        (["run", "--variant", "x"], "there is no variant x: variants are trained"),
        (["run", "--variant", "trained", "--select", "filtered_clips"], "filtered_clips is not trained's own"),
        (["variant", "drop", "x"], "there is no variant x"),
        (["variant", "promote", "x"], "there is no variant x"),
        (["diff", "qa", "main", "x"], "neither a variant (main, trained) nor a producer of qa_pairs"),
        (["diff", "qa", "main", "trained", "--video", "v-1"], "no qa of v-1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(pair, arguments: list[str], words: str) -> None:
    text = pair.run(*arguments, code=2)
    assert words in text
    assert len(text.strip().splitlines()) == 1 and "sk-secret" not in text
    assert not (pair.home / "lake" / "_variants" / "x.json").exists()
