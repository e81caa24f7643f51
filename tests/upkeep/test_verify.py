"""`fm verify` on the real graph: damage is named and mended, and a machine that computes differently is found."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pyarrow as pa
import pytest

from fm_assets.upkeep.reach import current
from fm_assets.upkeep.recompute import draw, first_difference
from fm_resources.artifact import ArtifactName
from fm_resources.lake import Lake
from fm_resources.rows import col, data_version, from_pylist, schema


def lake_of(fm) -> Lake:
    return Lake(str(fm.home / "lake"))


def states(fm) -> dict[Path, tuple[str, int]]:
    """Hash and time stamp of every file of the lake and of the export."""
    files = [p for part in ("lake", "exports") for p in (fm.home / part).rglob("*") if p.is_file()]
    return {p: (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in files}


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(bytes(data))


def named(findings: list[dict]) -> set[tuple[str, str, str]]:
    return {(f["stage"], f["video_id"], f["artifact_id"]) for f in findings}


def test_an_intact_corpus_is_clean_and_the_sample_agrees(copy) -> None:
    before = states(copy)
    done = copy.json("verify", "--all", "--sample", "8", "--seed", "3")
    assert done["findings"] == []
    assert done["checked"] == len(list(lake_of(copy).artifacts()))
    assert done["recomputed"] == {"agrees": 8, "differs": 0, "fails": 0, "skipped": 0}
    assert states(copy) == before
    text = copy.run("verify", "--sample", "0")
    assert "0 artifacts" in text


@pytest.mark.slow
def test_damage_in_every_stage_is_named_and_mended_and_the_rest_is_left_alone(copy) -> None:
    lake = lake_of(copy)
    chance = random.Random(5)
    names = list(lake.artifacts())
    by_stage: dict[str, list[ArtifactName]] = {}
    for name in names:
        by_stage.setdefault(name.stage, []).append(name)
    victims = [chance.choice(group) for group in by_stage.values()]
    paths = [Path(str(lake.artifact_path(*name))) for name in victims]
    before = states(copy)
    for path in paths[:4]:
        flip(path, chance.randrange(path.stat().st_size))
    paths[4].write_bytes(paths[4].read_bytes()[: chance.randrange(paths[4].stat().st_size)])
    paths[5].unlink()
    one, other = paths[6].read_bytes(), paths[7].read_bytes()
    paths[6].write_bytes(other)
    paths[7].write_bytes(one)
    harmed = states(copy)
    found = copy.json("verify", "--all", "--sample", "0", "--dry-run", code=1)
    assert named(found["findings"]) == {tuple(name) for name in victims[:8]}
    assert states(copy) == harmed, "a dry run moves nothing"
    text = copy.run("verify", "--all", "--sample", "0", code=1)
    assert all(name.artifact_id in text for name in victims[:8])
    counts = copy.json("run")
    assert {s: c["computed"] for s, c in counts.items() if c["computed"]} == dict.fromkeys(
        [n.stage for n in victims[:8]], 1
    )
    assert copy.json("verify", "--all", "--sample", "0")["findings"] == []
    after = states(copy)
    heads = {p: s[0] for p, s in before.items() if "_heads" in p.parts}
    assert {p: after[p][0] for p in heads} == heads
    rest = before.keys() - set(paths[:8]) - heads.keys()
    assert {p: after[p] for p in rest if "exports" not in p.parts} == {
        p: before[p] for p in rest if "exports" not in p.parts
    }


def test_an_exported_file_that_changed_is_named_and_written_anew(copy) -> None:
    folder = copy.home / "exports" / "training"
    before = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    clip = next((folder / "llamafactory" / "clips").glob("*.mp4"))
    flip(clip, clip.stat().st_size // 2)
    flip(folder / "manifest.json", 20)
    found = copy.json("verify", "--all", "--sample", "0", code=1)
    assert {f["finding"] for f in found["findings"]} == {"export"}
    assert sorted(f["detail"].split(":")[0] for f in found["findings"]) == sorted(
        map(str, (clip, folder / "manifest.json"))
    )
    assert copy.json("run")["training_export"]["computed"] == 1
    assert {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert copy.json("verify", "--all", "--sample", "0")["findings"] == []


@pytest.mark.slow
def test_rows_that_this_machine_does_not_get_are_named_with_what_differs(copy) -> None:
    lake = lake_of(copy)
    name = next(n for n in draw(current(lake), 4, 0) if n.stage == "tracks")
    receipt, rows = lake.read_receipt(*name), lake.read(*name)
    assert receipt is not None
    scores = rows["mean_score"].to_pylist()
    other = rows.set_column(
        rows.column_names.index("mean_score"), rows.schema.field("mean_score"),
        pa.array([scores[0] / 2, *scores[1:]], rows.schema.field("mean_score").type),
    )  # fmt: skip
    lake.write(other, type(receipt)(**{**receipt.__dict__, "data_version": data_version(other)}))
    copy.run("run")  # takes it for what the stage computed
    done = copy.json("verify", "--sample", "4", code=1)
    (finding,) = done["findings"]
    assert (finding["finding"], finding["artifact_id"]) == ("differs", name.artifact_id)
    assert "row 0, mean_score" in finding["detail"]
    assert not finding["set_aside"]


def test_what_other_settings_made_is_skipped_and_says_which(copy) -> None:
    done = copy.json("verify", "--sample", "8", "--set", "qa.pairs_per_clip=3")
    (skipped,) = done["skipped"]
    assert (skipped["stage"], skipped["artifacts"]) == ("qa_pairs", 1)
    assert "pairs_per_clip 10, now 3" in skipped["reason"]
    assert done["recomputed"] == {"agrees": 7, "differs": 0, "fails": 0, "skipped": 1}


def test_a_video_file_that_is_gone_is_no_difference(demo, copy) -> None:
    for document in (copy.home / "lake" / "_registry").glob("*.json"):
        document.write_text(document.read_text().replace(str(demo.home / "demo"), str(copy.folder / "gone")))
    done = copy.json("verify", "--sample", "3")
    assert {s["stage"] for s in done["skipped"]} == {"source_videos", "filtered_clips", "detections"}
    assert all("is gone or changed" in s["reason"] for s in done["skipped"])


ROWS = schema(
    col("k", pa.int64(), "Key."),
    col("v", pa.string(), "Value."),
    col("seen", pa.string(), "Not hashed.", hashed=False),
    col("boxes", pa.list_(pa.struct([col("x", pa.float64(), "Edge.")])), "Boxes."),
    keys=["k"],
)  # fmt: skip


def rows(*values: tuple[str, list[float]]) -> pa.Table:
    return from_pylist(
        [{"k": n, "v": v, "seen": v, "boxes": [{"x": x} for x in xs]} for n, (v, xs) in enumerate(values)], ROWS
    )


@pytest.mark.parametrize(
    ("fresh", "said"),
    [
        (rows(("a", [1.0]), ("c", [1.0, 2.0])), "row 1, v: 'b' is stored, 'c' computed here"),
        (rows(("a", [1.0]), ("b", [1.0, 2.5])), "row 1, boxes[1].x: 2.0 is stored, 2.5 computed here"),
        (rows(("a", [1.0]), ("b", [1.0])), "row 1, length of boxes: 2 is stored, 1 computed here"),
        (rows(("x", [3.0]), ("b", [1.0, 2.0])), "row 0, v: 'a' is stored, 'x' computed here; also boxes"),
        (rows(("a", [1.0])), "2 rows are stored, 1 computed here"),
        (rows(("a", [1.0]), ("b", [1.0, 2.0]), ("d", [])), "2 rows are stored, 3 computed here"),
    ],
)
def test_the_first_difference_is_named(fresh: pa.Table, said: str) -> None:
    assert first_difference(rows(("a", [1.0]), ("b", [1.0, 2.0])), fresh) == said
