"""What `fm gc` may not touch: superseded videos, and videos that are not through."""

from __future__ import annotations

from pathlib import Path

import pytest
from arithmetic_stages import STAGE_TOTALS, STAGE_WORDS

from fm_assets.pipeline import Pipeline
from fm_assets.settings import load_settings
from fm_assets.upkeep.collect import Unsound, Waste, collect, find
from fm_resources.lake import Lake
from fm_resources.registry import register


class Corpus:
    """Text files for videos, through two small stages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = Lake(str(folder / "lake"))

    def add(self, **texts: str) -> str:
        files = []
        for name, text in texts.items():
            files.append(self.folder / "videos" / f"{name}.mp4")
            files[-1].parent.mkdir(exist_ok=True)
            files[-1].write_text(text)
        return register(self.lake, files, batch_size=32, domain="d", licence="").batches[0]

    def pipeline(self, buffer: int = 30) -> Pipeline:
        overrides = ["workers.count=1", f"tracks.track_buffer={buffer}"]
        return Pipeline(load_settings(env={"FM_HOME": str(self.folder)}, overrides=overrides))

    def run(self, *batches: str, buffer: int = 30) -> None:
        pipeline = self.pipeline(buffer)
        for batch in batches:
            for stage in (STAGE_WORDS, STAGE_TOTALS):
                pipeline.run(stage, batch)
        pipeline.close()

    def collect(self) -> tuple[Waste, int]:
        return collect(self.pipeline(), lambda _: True, idle=lambda: None)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)


def videos(waste: Waste) -> list[str]:
    return sorted(name.video_id.rsplit("-", 1)[0] for name in waste.artifacts)


def test_a_superseded_video_keeps_all_it_has(corpus: Corpus) -> None:
    first = corpus.add(a="x x y", b="x x z")
    corpus.run(first, buffer=31)
    corpus.run(first)
    second = corpus.add(a="other words")
    corpus.run(first, second)
    waste, free = corpus.collect()
    assert videos(waste) == ["b", "b"]
    assert waste.kept_whole == 4
    assert free == waste.size > 0
    assert not corpus.collect()[0]


def test_a_video_that_failed_keeps_what_lies_below_the_failure(corpus: Corpus) -> None:
    batch = corpus.add(a="x x y", b="x x z")
    corpus.run(batch)
    (corpus.folder / "videos" / "a.mp4").write_text("fail")  # the file changes under its registered name
    corpus.run(batch, buffer=31)
    heads = {(c[2].stage, c[2].video_id.rsplit("-", 1)[0]): c[3].status for c in corpus.lake.every_head()}
    assert heads[("words", "a")] == "failed" and ("totals", "a") not in heads
    assert videos(find(corpus.pipeline())) == ["b", "b"]
    corpus.collect()
    (corpus.folder / "videos" / "a.mp4").write_text("x x y")
    pipeline = corpus.pipeline()
    assert pipeline.run(STAGE_WORDS, batch).counts["reused"] == 1
    pipeline.close()


def test_an_input_under_an_older_name_stays_while_something_current_was_made_from_it(corpus: Corpus) -> None:
    batch = corpus.add(a="x x y y")
    corpus.run(batch)
    corpus.run(batch, buffer=31)  # the same words under another name, and so the total of before
    before = list(corpus.lake.artifacts())
    assert [n.stage for n in before] == ["totals", "words", "words"]
    assert not corpus.collect()[0]
    assert list(corpus.lake.artifacts()) == before


def test_nothing_goes_while_it_cannot_be_told_what_is_current(corpus: Corpus) -> None:
    batch = corpus.add(a="x x y", b="x x z")
    corpus.run(batch, buffer=31)
    corpus.run(batch)
    before = list(corpus.lake.artifacts())
    (head,) = (corpus.folder / "lake" / "_heads" / "main" / "words").glob("*.json")
    head.write_text(head.read_text()[:-9])
    with pytest.raises(Unsound, match="fm run"):
        corpus.collect()
    assert list(corpus.lake.artifacts()) == before
    corpus.run(batch)
    assert len(corpus.collect()[0].artifacts) == 4


def test_a_catalog_that_knows_more_than_the_lake_forgets_it(corpus: Corpus) -> None:
    batch = corpus.add(a="x x y")
    corpus.run(batch, buffer=31)
    corpus.run(batch)
    (waste,) = [n for n in find(corpus.pipeline()).artifacts if n.stage == "words"]
    Path(str(corpus.lake.artifact_path(*waste))).unlink()
    done, _ = corpus.collect()
    assert done.forgotten == (waste.artifact_id,)
    rows = corpus.pipeline().catalog.query("SELECT artifact_id, producer_id FROM receipts_all")
    assert {r["artifact_id"] for r in rows} == {n.artifact_id for n in corpus.lake.artifacts()}
    producers = corpus.pipeline().catalog.query("SELECT producer_id FROM producers")
    assert {p["producer_id"] for p in producers} == {r["producer_id"] for r in rows}
