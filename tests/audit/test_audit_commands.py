"""Audits of a real corpus through the command line: as text, JSON, page and picture."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

STAGES = ["source_videos", "filtered_clips", "detections", "tracks", "motion_scores", "captions", "qa_pairs"]


@pytest.fixture(scope="module")
def after(demo, tmp_path_factory) -> Any:
    """The corpus after a change of two settings: equal tracks by another tracker, other facts and questions."""
    from conftest import CONFIG, Fm

    folder = tmp_path_factory.mktemp("after") / "copy"
    shutil.copytree(demo.folder, folder)
    fm = Fm(folder)
    fm.configure(CONFIG + "[tracks]\ntrack_buffer = 47\n[motion]\nmoving_min = 3.0\n")
    fm.run("run")
    return fm


@pytest.fixture(scope="module")
def superseded(demo, after) -> list[dict[str, Any]]:
    """Audits of the questions that the change of settings superseded."""
    return audits_of_superseded(after, asked(demo))


def asked(fm) -> list[str]:
    """Ids of the current questions."""
    return [row["qa_id"] for row in fm.sql("SELECT qa_id FROM qa ORDER BY qa_id")]


def audits_of_superseded(fm, before: list[str]) -> list[dict[str, Any]]:
    from fm_assets.audit.qa import audit_qa
    from fm_resources.catalog import Catalog
    from fm_resources.lake import Lake

    catalog, now = Catalog(fm.home / "catalog.duckdb", Lake(str(fm.home / "lake"))), set(asked(fm))
    return [audit_qa(catalog, name).as_dict() for name in before if name not in now]


@pytest.fixture(scope="module")
def answered_otherwise(tmp_path_factory) -> tuple[Any, list[dict[str, Any]]]:
    """Objects that moved, and stand still once three frame heights make a move; and what is asked of them again."""
    from conftest import Fm

    from fm_assets.scenes.corpus import write_scene
    from fm_assets.scenes.generate import make_scene

    fm = Fm(tmp_path_factory.mktemp("otherwise"))
    for kind, seed in (("mixed", 902), ("mixed", 907), ("looming", 903), ("looming", 905)):
        write_scene(make_scene(seed, kind), fm.folder / "rendered", name=f"{kind}-{seed}")
    config = '[detector]\nbackend = "bundled"\n'
    fm.configure(config)
    fm.run("ingest", str(fm.folder / "rendered"))
    fm.run("run")
    before = asked(fm)
    fm.configure(config + "[motion]\nmoving_min = 3.0\n")
    fm.run("run")
    return fm, [a for a in audits_of_superseded(fm, before) if a["superseded"]["pair"]]


@pytest.mark.slow
def test_a_superseded_question_says_what_took_its_place(after, superseded, answered_otherwise) -> None:
    assert superseded
    for audit in superseded:
        found = audit["superseded"]
        assert found["how"] == "computed again"
        assert not audit["pair"]["is_current"]
        assert found["by_artifact"]["artifact_id"] != audit["pair"]["artifact_id"]
        changes = {change["stage"]: change for change in found["changes"]}
        assert changes["motion_scores"]["rows_changed"]
        assert changes["motion_scores"]["producer"] == [{"name": "moving_min", "before": 0.02, "after": 3.0}]
        assert changes["tracks"]["producer"] == [{"name": "track_buffer", "before": 30, "after": 47}]
        assert not changes["tracks"]["rows_changed"]
        assert all(e["fact_id"] and e["margin"] >= 1.5 for e in audit["evidence"])
    _, asked_again = answered_otherwise
    for audit in asked_again:
        old, new = audit["pair"], audit["superseded"]["pair"]
        assert old["question"] == new["question"] and old["qa_id"] != new["qa_id"]
        texts = [row[f"option_{row['answer'].lower()}"] for row in (old, new)]
        assert audit["superseded"]["flipped"] == (texts[0] != texts[1])
    assert any(a["superseded"]["flipped"] for a in asked_again)
    text = after.run("audit", "qa", superseded[0]["pair"]["qa_id"])
    assert "superseded: computed again" in text and "moving_min 0.02 -> 3.0" in text
    assert "track_buffer 30 -> 47; the same rows" in text


@pytest.mark.slow
def test_the_page_of_a_superseded_question_says_so(answered_otherwise) -> None:
    fm, asked_again = answered_otherwise
    flipped = next(a for a in asked_again if a["superseded"]["flipped"])
    page = fm.folder / "old.html"
    fm.run("audit", "qa", flipped["pair"]["qa_id"], "--html", str(page))
    text = page.read_text()
    assert "Superseded" in text and "another answer" in text and flipped["superseded"]["pair"]["qa_id"] in text


def test_a_producer_knows_what_rests_on_it(demo, after) -> None:
    old = demo.sql("SELECT producer_id FROM producers WHERE stage = 'tracks'")[0]["producer_id"]
    audit = after.json("audit", "producer", old[:8])
    assert audit["producer"]["parameters"]["track_buffer"] == 30
    assert [(row["status"], row["artifacts"]) for row in audit["made"]] == [("ok", 4)]
    below = {row["stage"]: row for row in audit["below"]}
    assert list(below) == [*STAGES[3:], "benchmark_splits", "training_export"]
    assert all(row["artifacts"] >= 1 and row["current"] == 0 for row in below.values())
    assert audit["splits"] == []
    new = after.sql("SELECT producer_id FROM receipts WHERE stage = 'tracks' AND is_current LIMIT 1")[0]["producer_id"]
    audit = after.json("audit", "producer", new)
    below = {row["stage"]: row for row in audit["below"]}
    counts = after.sql("SELECT (SELECT count(*) FROM facts) AS facts, (SELECT count(*) FROM qa) AS qa")[0]
    assert below["motion_scores"]["current_rows"] == counts["facts"]
    assert below["qa_pairs"]["current_rows"] == counts["qa"] == sum(row["questions"] for row in audit["splits"])
    text = after.run("audit", "producer", new)
    assert "4 of them are current, 0 superseded" in text and "track_buffer = 47" in text


def test_a_video_is_told_through_every_stage(demo, after) -> None:
    video = demo.sql("SELECT video_id FROM videos ORDER BY video_id")[0]["video_id"]
    audit = after.json("audit", "video", video)
    assert [(s["stage"], s["state"], s["earlier"]) for s in audit["stages"]] == [
        (stage, "current", 0 if stage in STAGES[:3] else 1) for stage in STAGES
    ]
    assert all(s["run_id"] and s["producer_id"] and s["artifact_id"] for s in audit["stages"])
    (clip,) = audit["clips"]
    facts = after.sql(f"SELECT count(*) AS n FROM facts WHERE clip_id = '{clip['clip_id']}'")[0]["n"]
    questions = after.sql(f"SELECT count(*) AS n FROM qa WHERE clip_id = '{clip['clip_id']}'")[0]["n"]
    assert (clip["facts"], clip["questions"]) == (facts, questions)
    assert sum(s["questions"] for s in audit["splits"]) == questions
    text = after.run("audit", "video", video[:-2])
    assert video in text and audit["stages"][3]["producer_id"] in text and "sha256" in text


def test_an_instant_shows_boxes_facts_and_questions(demo, tmp_path) -> None:
    clip = demo.sql("SELECT clip_id, video_id, width, height FROM clips ORDER BY clip_id")[0]
    png = tmp_path / "frame.png"
    audit = demo.json("audit", "frame", clip["clip_id"], "2.02", "--png", str(png))
    (file,) = (demo.home / "lake" / "detections" / clip["video_id"]).glob("*.parquet")
    rows = {row["frame"]: row for row in pq.read_table(file).to_pylist()}
    row = rows[audit["frame"]]
    assert audit["detections"] == row["boxes"] and row["boxes"]
    assert audit["frame_t_s"] == row["t_s"] == min((r["t_s"] for r in rows.values()), key=lambda t: abs(t - 2.02))
    assert audit["tracks"] and all(b["frame"] == audit["frame"] for b in audit["tracks"])
    assert audit["facts"] and all(f["t0"] <= 2.02 <= f["t1"] for f in audit["facts"])
    covering = {f["fact_id"] for f in audit["facts"]}
    cited = demo.sql(
        f"SELECT DISTINCT qa_id, fact_id FROM qa_evidence JOIN qa USING (qa_id) WHERE clip_id = '{clip['clip_id']}'"
    )
    resting = {row["qa_id"] for row in cited if row["fact_id"] in covering}
    assert resting and {q["qa_id"] for q in audit["questions"]} == resting
    with Image.open(png) as picture:
        assert picture.size == (clip["width"], clip["height"])
        box = audit["tracks"][0]
        at = (round(box["x1"]), round((box["y1"] + box["y2"]) / 2))
        ink = {picture.convert("RGB").getpixel((at[0] + dx, at[1])) for dx in (-1, 0, 1)}
    assert (230, 159, 0) in ink
    text = demo.run("audit", "frame", clip["clip_id"], "2.02")
    assert "observed" in text and "fact: " in text and "question: " in text


def test_the_page_is_self_contained(demo, tmp_path) -> None:
    pair = demo.sql("SELECT * FROM qa ORDER BY qa_id")[0]
    page = tmp_path / "deep" / "page.html"
    demo.run("audit", "qa", pair["qa_id"], "--html", str(page))
    text = page.read_text()
    assert not re.search(r"(?:src|href)=\"(?!data:)", text) and "<script" not in text and "url(" not in text
    assert "default-src 'none'" in text
    audit = demo.json("audit", "qa", pair["qa_id"])
    for letter in "abcd":
        assert pair[f"option_{letter}"] in text
    for entry in audit["chain"]:
        assert {entry["artifact_id"], entry["producer_id"], entry["run_id"], entry["data_version"]} <= set(
            re.findall(r"<code>([^<]+)</code>", text)
        ), entry["stage"]
    pictures = re.findall(r"data:image/jpeg;base64,([^\"]+)", text)
    assert len(pictures) == 6
    import base64

    with Image.open(io.BytesIO(base64.b64decode(pictures[0]))) as picture:
        assert picture.size == (480, 270)


def test_the_page_escapes_what_it_shows(demo) -> None:
    from fm_assets.audit.page import page
    from fm_assets.audit.qa import audit_qa
    from fm_resources.catalog import Catalog
    from fm_resources.lake import Lake

    catalog = Catalog(demo.home / "catalog.duckdb", Lake(str(demo.home / "lake")))
    found = audit_qa(catalog, catalog.query("SELECT qa_id FROM qa LIMIT 1")[0]["qa_id"])
    evil = "<script>alert('x')</script>"
    chain = [{**entry, "parameters": {"prompt": evil}} for entry in found.chain]
    pair = {**found.pair, "question": evil, "option_a": evil}
    text = page(dataclasses.replace(found, pair=pair, chain=chain), [], evil)
    assert "<script" not in text and text.count("&lt;script&gt;") >= 4


def test_without_its_file_the_page_shows_what_the_lake_keeps(copy, tmp_path) -> None:
    pair = copy.sql("SELECT qa_id, clip_id FROM qa ORDER BY qa_id")[0]
    audit = copy.json("audit", "qa", pair["qa_id"])
    # the copied catalog names the files of the original, which may not be touched
    path = Path(audit["video"]["path"])
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        page = tmp_path / "page.html"
        copy.run("audit", "qa", pair["qa_id"], "--html", str(page))
        text = page.read_text()
        assert "is not at" in text and "data:image/jpeg" in text
        out = copy.run("audit", "frame", pair["clip_id"], "1", "--png", str(tmp_path / "x.png"), code=2)
        assert "is not at" in out and not (tmp_path / "x.png").exists()
    finally:
        aside.rename(path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("qa", "q-nothing"), "no question q-nothing: `fm list qa` lists them"),
        (("qa", "q-"), "several questions begin with q-"),
        (("producer", "zz"), "no producer zz"),
        (("producer", ""), "no producer"),
        (("video", "zz"), "no video zz: `fm list videos` lists them"),
        (("frame", "zz.c0", "1"), "no current clip zz.c0"),
        (("export", "--video", "zz"), "no video zz"),
        (("export",), "name one thing to export"),
        (("export", "q-1", "--all"), "name one thing to export"),
    ],
)
def test_what_is_unknown_is_one_sentence(demo, arguments: tuple[str, ...], sentence: str) -> None:
    out = demo.run("audit", *arguments, code=2)
    assert sentence in out
    assert len(out.strip().splitlines()) == 1 and "Traceback" not in out


def test_an_instant_outside_the_clip_is_one_sentence(demo) -> None:
    clip = demo.sql("SELECT clip_id FROM clips LIMIT 1")[0]["clip_id"]
    assert "lies outside of it" in demo.run("audit", "frame", clip, "1000", code=2)


def test_questions_of_a_replaced_video_name_the_one_in_its_place(copy) -> None:
    first, second = copy.sql("SELECT video_id, path FROM videos ORDER BY video_id LIMIT 2")
    pair = copy.sql(f"SELECT qa_id FROM qa WHERE starts_with(clip_id, '{first['video_id']}') ORDER BY qa_id")[0][
        "qa_id"
    ]
    path = Path(first["path"])
    kept = path.read_bytes()
    try:
        path.write_bytes(Path(second["path"]).read_bytes())
        copy.run("ingest", str(path))
        audit = copy.json("audit", "qa", pair)
        assert audit["superseded"]["how"] == "video replaced"
        assert audit["superseded"]["by_video"] == second["video_id"]
        assert copy.json("audit", "video", first["video_id"])["stages"][0]["state"] == "superseded"
        assert copy.json("audit", "video", second["video_id"])["video"]["supersedes"] == [first["video_id"]]
    finally:
        path.write_bytes(kept)


@pytest.mark.slow
def test_questions_of_a_video_that_is_rejected_now_give_the_reason(copy) -> None:
    rows = copy.sql("SELECT video_id, camera_score FROM clips ORDER BY camera_score DESC")
    assert rows[0]["camera_score"] > rows[1]["camera_score"]
    threshold = (rows[0]["camera_score"] + rows[1]["camera_score"]) / 2
    video = rows[0]["video_id"]
    pair = copy.sql(f"SELECT qa_id FROM qa WHERE starts_with(clip_id, '{video}') ORDER BY qa_id")[0]["qa_id"]
    copy.configure(
        (copy.folder / "fm.toml").read_text() + f'[clips]\ncamera_policy = "drop"\ncamera_threshold = {threshold}\n'
    )
    copy.run("run")
    audit = copy.json("audit", "qa", pair)
    assert audit["superseded"]["how"] == "rejected"
    assert audit["superseded"]["reason"].startswith(f"filtered_clips rejected {video}: ")
    states = {s["stage"]: s for s in copy.json("audit", "video", video)["stages"]}
    assert states["filtered_clips"]["state"] == "rejected" and states["filtered_clips"]["reason"]
    assert states["qa_pairs"]["state"] == "none" and states["qa_pairs"]["earlier"] == 1
