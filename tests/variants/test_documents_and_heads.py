"""Variants as documents, as settings, as lines of fm.toml, and as heads beside main's."""

from __future__ import annotations

import tomllib
import uuid
from pathlib import Path

import pytest

from fm_assets.settings import load_settings, settings_named
from fm_assets.settings_file import lines
from fm_assets.variants.documents import (
    VariantError,
    add_variant,
    all_variants,
    check_name,
    find_variant,
    free_name,
    remove_variant,
)  # fmt: skip
from fm_assets.variants.promote import with_settings
from fm_assets.variants.resolve import own_stages, producer_ids, value_of
from fm_resources.catalog import Catalog
from fm_resources.lake import Head, Lake


@pytest.fixture(params=["folder", "object store"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "lake") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/lake"


def test_a_document_is_written_once_found_and_removed_with_its_heads(url: str) -> None:
    lake = Lake(url)
    add_variant(lake, "tracker-b", {"tracks.tracker": "ocsort"}, "a try")
    with pytest.raises(VariantError, match="there is a variant tracker-b already"):
        add_variant(lake, "tracker-b", {})
    assert [(v.name, dict(v.overrides), v.note) for v in all_variants(lake)] == [
        ("tracker-b", {"tracks.tracker": "ocsort"}, "a try")
    ]
    assert (free_name(lake, "tracker-b"), free_name(lake, "other")) == ("tracker-b-2", "other")
    Lake(url, "tracker-b", {"tracks"}).write_heads("tracks", "b", {"v-1": Head("a", "1", "ok")}, "r")
    lake.write_heads("tracks", "b", {"v-1": Head("m", "1", "ok")}, "r")
    assert lake.variants() == ["main", "tracker-b"]
    remove_variant(lake, "tracker-b")
    assert all_variants(lake) == []
    assert "tracker-b" not in {variant for variant, *_ in lake.every_head()}
    assert lake.heads("tracks", "b")["v-1"].artifact_id == "m"
    with pytest.raises(VariantError, match="there is no variant tracker-b"):
        find_variant(lake, "tracker-b")


@pytest.mark.parametrize("name", ["main", "", "A", "a_b", "../x", "a--b", "-a", "a" * 41])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(VariantError):
        check_name(name)


def test_a_variant_reads_mains_heads_where_it_shares_and_never_writes_them(url: str) -> None:
    main, beside = Lake(url), Lake(url, "x", {"tracks"})
    main.write_heads("clips", "b", {"v-1": Head("c", "1", "ok"), "v-2": Head("d", "1", "rejected")}, "r")
    main.write_heads("tracks", "b", {"v-1": Head("t", "1", "rejected")}, "r")
    assert beside.heads("clips", "b") == main.heads("clips", "b")
    assert beside.heads("tracks", "b") == {}
    assert beside.rejected("b") == {"v-2"}  # main's verdict on its own tracks is not the variant's
    beside.write_heads("tracks", "b", {"v-1": Head("u", "2", "ok")}, "r")
    assert (beside.heads("tracks", "b")["v-1"].artifact_id, main.heads("tracks", "b")["v-1"].artifact_id) == ("u", "t")
    for attempt in (lambda: beside.write_heads("clips", "b", {}, "other"), lambda: beside.hold("clips", "b", ["c"])):
        with pytest.raises(ValueError, match="shares clips with main"):
            attempt()
    with pytest.raises(ValueError, match="cannot be removed"):
        main.remove_heads()


def test_the_catalog_follows_heads_that_come_change_and_go(tmp_path: Path) -> None:
    main, beside = Lake(str(tmp_path / "lake")), Lake(str(tmp_path / "lake"), "x", {"tracks"})
    catalog = Catalog(tmp_path / "catalog.duckdb", main)

    def held() -> set[tuple]:
        catalog.sync()
        rows = catalog.query("SELECT variant, stage, video_id, artifact_id, shared FROM variant_artifacts")
        return {tuple(row.values()) for row in rows}

    main.write_heads("clips", "b", {"v-1": Head("c", "1", "ok")}, "r")
    main.write_heads("tracks", "b", {"v-1": Head("t", "1", "ok")}, "r")
    ours = {("main", "clips", "v-1", "c", False), ("main", "tracks", "v-1", "t", False)}
    assert held() == ours
    beside.write_heads("tracks", "b", {"v-1": Head("u", "2", "ok")}, "r")
    assert held() == ours | {("x", "clips", "v-1", "c", True), ("x", "tracks", "v-1", "u", False)}
    beside.write_heads("tracks", "b", {"v-1": Head("w", "3", "ok")}, "r2")
    assert held() == ours | {("x", "clips", "v-1", "c", True), ("x", "tracks", "v-1", "w", False)}
    beside.remove_heads()
    assert held() == ours


def test_own_stages_are_those_whose_producer_differs_and_all_below() -> None:
    main = load_settings(env={"FM_DETECTOR__BACKEND": "motion"})

    def own(**pinned: object) -> frozenset[str]:
        settings = load_settings(
            env={"FM_DETECTOR__BACKEND": "motion"}, pinned={k.replace("__", "."): v for k, v in pinned.items()}
        )
        return own_stages(producer_ids(main), producer_ids(settings))

    assert own() == own(workers__count=2) == frozenset()
    assert own(export__crf=30) == {"training_export"}
    assert own(qa__pairs_per_clip=3) == {"qa_pairs", "benchmark_splits", "training_export"}
    assert len(own(clips__max_s=7.0)) == 8
    assert (
        own(tracks__track_buffer=12)
        == own(tracks__tracker="ocsort")
        == own(clips__max_s=7.0) - {"filtered_clips", "detections"}
    )


def test_overrides_are_named_to_the_single_setting() -> None:
    entries = ["tracks.track_buffer=3", "qa={pairs_per_clip=2, min_margin=2.0}", "detections.class_scores.person=0.4"]
    assert settings_named(entries) == [
        "tracks.track_buffer", "qa.pairs_per_clip", "qa.min_margin", "detections.class_scores",
    ]  # fmt: skip
    settings = load_settings(overrides=entries, env={})
    assert [value_of(settings, name) for name in settings_named(entries)] == [3, 2, 2.0, {"person": 0.4}]
    pinned = load_settings(overrides=entries, env={}, pinned={"detections.class_scores": {}})
    assert pinned.detections.class_scores == {}  # pinned values replace, they are not merged into


def test_fm_toml_keeps_its_comments_and_gets_the_values() -> None:
    text = "\n".join(lines()) + "\n"
    values = {
        "profile": "paper", "tracks.tracker": "ocsort", "clips.max_s": 6.0, "detections.classes": ["a b", "c"],
        "detections.class_scores": {"red mug": 0.4},
    }  # fmt: skip
    after = with_settings(text, values)
    parsed = tomllib.loads(after)
    assert parsed["profile"] == "paper" and parsed["clips"]["max_s"] == 6.0
    assert parsed["detections"] == {"classes": ["a b", "c"], "class_scores": {"red mug": 0.4}}
    assert [line for line in after.splitlines() if line.startswith("#")] == [
        x for x in text.splitlines() if x.startswith("#")
    ]
    assert len(after.splitlines()) == len(text.splitlines()) + len(values)
    assert with_settings("", {"tracks.hands": False}) == "[tracks]\nhands = false\n"
    assert (
        with_settings('[tracks]\nhands = true # "yes"\n', {"tracks.hands": False})
        == '[tracks]\nhands = false # "yes"\n'
    )
