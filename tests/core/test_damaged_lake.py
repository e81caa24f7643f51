"""Hundreds of artifacts damaged at random: each is named, each current one is made anew, nothing else is touched."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from arithmetic_stages import STAGE_TOTALS, STAGE_WORDS

from fm_assets.pipeline import Pipeline
from fm_assets.settings import load_settings
from fm_assets.stage import StageReport
from fm_assets.upkeep.verify import Verification, verify
from fm_resources.lake import ArtifactName, Lake
from fm_resources.registry import register

VIDEOS = 120
HARMS = ("flip", "flip", "flip", "cut", "swap", "delete")


class Corpus:
    """Text files for videos, through two small stages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = Lake(str(folder / "lake"))
        videos = folder / "videos"
        videos.mkdir(parents=True)
        for n in range(VIDEOS):
            (videos / f"v{n}.mp4").write_text(" ".join(f"w{n % k}" for k in range(1, 9)))
        self.batches = register(
            self.lake, sorted(videos.iterdir()), batch_size=40, domain="d", licence=""
        ).batches  # fmt: skip

    def pipeline(self, buffer: int = 30) -> Pipeline:
        settings = load_settings(
            env={"FM_HOME": str(self.folder)}, overrides=["workers.count=2", f"tracks.track_buffer={buffer}"]
        )
        return Pipeline(settings)

    def run(self, buffer: int = 30) -> list[StageReport]:
        pipeline = self.pipeline(buffer)
        reports = [pipeline.run(stage, batch) for batch in self.batches for stage in (STAGE_WORDS, STAGE_TOTALS)]
        pipeline.close()
        return reports

    def verify(self, *, repair: bool = True) -> Verification:
        pipeline = self.pipeline()
        done = verify(pipeline, everything=True, sample=0, seed=0, repair=repair)
        pipeline.close()
        return done

    def path(self, name: ArtifactName) -> Path:
        return Path(str(self.lake.artifact_path(*name)))

    def states(self) -> dict[Path, tuple[str, int]]:
        """Hash and time stamp of every artifact."""
        paths = [self.path(name) for name in self.lake.artifacts()]
        return {p: (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in paths}


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    """Three batches; half of the artifacts of `words` are superseded."""
    found = Corpus(tmp_path)
    found.run(31)
    found.run()
    yield found


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(data))


def harm(corpus: Corpus, names: list[ArtifactName], chance: random.Random) -> None:
    """Damages each of the artifacts in some way."""
    queue = [corpus.path(name) for name in names]
    while queue:
        path = queue.pop()
        kind = chance.choice(HARMS)
        if kind == "swap" and queue:
            other = queue.pop()
            mine, theirs = path.read_bytes(), other.read_bytes()
            path.write_bytes(theirs)
            other.write_bytes(mine)
        elif kind == "cut":
            path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size)])
        elif kind == "delete":
            path.unlink()
        else:
            flip(path, chance)


def test_200_damaged_artifacts_are_each_named_and_made_anew_and_nothing_else_is_touched(corpus: Corpus) -> None:
    chance = random.Random(7)
    before = corpus.states()
    names = list(corpus.lake.artifacts())
    assert len(names) > 300
    victims = chance.sample(names, 200)
    harm(corpus, victims, chance)
    heads = {c[2] for c in corpus.lake.every_head()}
    listed = {p: p.read_bytes() for p in (corpus.folder / "lake" / "_heads").rglob("*.json")}
    dry = corpus.verify(repair=False)
    assert {f.name for f in dry.findings} == set(victims)
    assert not any(f.aside for f in dry.findings)
    done = corpus.verify()
    assert sorted(f.name for f in done.findings) == sorted(victims)
    assert {f.name for f in done.findings if f.standing == "current"} == heads & set(victims)
    gone = [name for name in victims if not corpus.path(name).exists()]
    assert sorted(gone) == sorted(victims), "what is damaged counts as missing"
    assert {corpus.lake.head_file("words", batch).recipe for batch in corpus.batches} == {""}, "out of date"
    reports = corpus.run()
    computed = {
        ArtifactName(r.stage, i.video_id, i.artifact_id) for r in reports for i in r.items if i.outcome == "computed"
    }
    assert computed == heads & set(victims)
    assert {p: p.read_bytes() for p in listed} == listed
    touched = {corpus.path(name) for name in victims}
    after = corpus.states()
    assert {p: s for p, s in after.items() if p not in touched} == {p: s for p, s in before.items() if p not in touched}
    assert after.keys() == before.keys() - {corpus.path(n) for n in set(victims) - heads}
    again = corpus.verify()
    assert {f.name for f in again.findings} == {f.name for f in done.findings if f.kind == "missing"} - heads
    back = corpus.run(31)
    corpus.run()
    assert corpus.verify().findings == []
    assert sum(r.counts["computed"] for r in back) == len(set(victims) - heads)
    assert corpus.states().keys() == before.keys()


def test_a_run_mends_what_it_comes_across_without_being_told(corpus: Corpus) -> None:
    chance = random.Random(3)
    heads = sorted(c[2] for c in corpus.lake.every_head())
    victims = chance.sample(heads, 30)
    for name in victims:
        flip(corpus.path(name), chance)
    reports = corpus.run()
    assert sum(r.counts["computed"] for r in reports) == 30
    assert sum(r.counts["failed"] for r in reports) == 0
    assert corpus.verify().findings == []
    known = {row["artifact_id"] for row in corpus.pipeline().catalog.query("SELECT artifact_id FROM receipts_all")}
    assert {name.artifact_id for name in heads} <= known


def test_the_catalog_looks_again_at_what_it_could_not_read(corpus: Corpus) -> None:
    name = next(c[2] for c in corpus.lake.every_head() if c[2].stage == "totals")
    corpus.path(name).unlink()
    pipeline = corpus.pipeline()
    pipeline.catalog.path.unlink()
    find = "SELECT status FROM receipts_all WHERE artifact_id = $name"
    assert pipeline.catalog.query(find, {"name": name.artifact_id}) == []
    corpus.run()
    pipeline.catalog.sync()
    assert pipeline.catalog.query(find, {"name": name.artifact_id}) == [{"status": "ok"}]


def test_a_damaged_input_fails_its_stage_once_and_the_next_run_mends_both(corpus: Corpus) -> None:
    word = next(c[2] for c in corpus.lake.every_head() if c[2].stage == "words")
    below = next(c[2] for c in corpus.lake.every_head() if c[2].stage == "totals" and c[2].video_id == word.video_id)
    batch = next(b for _, b, name, _ in corpus.lake.every_head() if name == word)
    data = bytearray(corpus.path(word).read_bytes())
    data[20] ^= 255
    corpus.path(word).write_bytes(bytes(data))
    corpus.path(below).unlink()
    pipeline = corpus.pipeline()
    report = pipeline.run(STAGE_TOTALS, batch)
    pipeline.close()
    (failed,) = [i for i in report.items if i.outcome == "failed"]
    assert failed.video_id == word.video_id and "damaged" in failed.reason
    assert not corpus.path(word).exists()
    reports = corpus.run()
    assert sum(r.counts["computed"] for r in reports) == 2
    assert sum(r.counts["failed"] for r in reports) == 0


def test_damaged_heads_are_named_and_written_anew(corpus: Corpus) -> None:
    paths = sorted((corpus.folder / "lake" / "_heads" / "main" / "words").glob("*.json"))
    text = paths[1].read_text()
    paths[0].write_bytes(paths[0].read_bytes()[:-40])
    paths[1].write_text(text.replace('"ok"', '"no"', 1))
    kinds = [(f.kind, f.name.stage) for f in corpus.verify().findings]
    assert kinds == [("head", "words")] * 2
    assert sum(r.counts["computed"] for r in corpus.run()) == 0
    assert paths[1].read_text() == text
    assert corpus.verify().findings == []
