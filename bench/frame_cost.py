"""What the frame costs: a batch end to end through Dagster, lake, catalog and workers, against the bare functions.

Renders a batch, then times in fresh processes, in one run:

- bare: every stage function called in a loop in one process, rows kept in memory;
- framed: `fm run` with one worker process (the same parallelism), and with the default number of workers.

Usage: python bench/frame_cost.py [--videos 32] [--repeat 1]
Prints seconds and the ratios framed / bare. The goal is at most 1.10 with one worker.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import sys
from pathlib import Path
from fm_assets.graph import STAGES
from fm_assets.job import call
from fm_assets.ingest import videos_in
from fm_assets.settings import load_settings
from fm_assets.stage import CORPUS, CorpusTask, Rejected, SourceFile, Task
from fm_resources.registry import file_sha256, slug
from fm_resources.rows import canonical
import pyarrow as pa

settings = load_settings()
files = sorted(videos_in([Path(sys.argv[1])], settings))
sources, tables = {}, {}
for file in files:
    sha = file_sha256(file)
    sources[f"{slug(file.name)}-{sha[:8]}"] = SourceFile(file, sha, "demo", "")
for stage in STAGES:
    if stage.corpus:
        rows = {n: pa.concat_tables([t for (s, _), t in sorted(tables.items()) if s == n]) for n in stage.upstream}
        result = call(stage.compute, CorpusTask(stage.name, "bench", sources, rows), settings)
        tables[stage.name, CORPUS] = canonical(result.rows, stage.schema)
        continue
    for video, source in sources.items():
        try:
            task = Task(stage.name, video, source, {n: tables[n, video] for n in stage.upstream})
            tables[stage.name, video] = canonical(call(stage.compute, task, settings).rows, stage.schema)
        except (Rejected, KeyError):
            pass
print(len(sources), "videos,", tables["qa_pairs", next(iter(sources))].num_rows, "questions on the first")
"""


def timed(command: list[str], home: Path) -> float:
    """Wall seconds of a command with an FM_HOME of its own."""
    environment = {**os.environ, "FM_HOME": str(home), "FM_DETECTOR__BACKEND": "motion"}
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def framed(videos: Path, work: Path, workers: int) -> float:
    """Seconds of `fm run` over a fresh home."""
    home = work / f"framed-{workers}"
    shutil.rmtree(home, ignore_errors=True)
    fm = [sys.executable, "-m", "fm_assets.cli"]
    timed([*fm, "ingest", str(videos), "--domain", "demo"], home)
    return timed([*fm, "run", "--json", "--set", f"workers.count={workers}"], home)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        videos = work / "videos"
        render = f"from fm_assets.scenes.corpus import demo_corpus; demo_corpus({str(videos)!r}, count={wanted.videos}, processes=2)"
        subprocess.run([sys.executable, "-c", render], check=True)
        times: dict[str, list[float]] = {"bare": [], "framed, 1 worker": [], "framed, default workers": []}
        for _ in range(wanted.repeat):
            shutil.rmtree(work / "bare", ignore_errors=True)
            times["bare"].append(timed([sys.executable, "-c", BARE, str(videos)], work / "bare"))
            times["framed, 1 worker"].append(framed(videos, work, 1))
            times["framed, default workers"].append(framed(videos, work, 0))
    bare = statistics.median(times["bare"])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{name:26s} {middle:7.1f} s   ratio to bare {middle / bare:5.2f}")


if __name__ == "__main__":
    main()
