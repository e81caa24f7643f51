"""How fast `fm verify --all` and the marking of `fm gc` are: a lake of real artifacts, many times over.

    python bench/upkeep_speed.py FM_HOME [--times 100]

Each artifact of the given lake (after `fm demo`, say) is written `--times` times, for made-up videos, into a temporary
lake with heads; an eighth of it is superseded.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from fm_assets.graph import STAGES
from fm_assets.pipeline import Pipeline
from fm_assets.settings import load_settings
from fm_assets.upkeep.collect import find
from fm_assets.upkeep.verify import verify
from fm_resources.lake import Head, Lake
from fm_resources.provenance import Receipt, artifact_id


def renamed(receipt: Receipt, number: int, names: dict[str, str]) -> Receipt:
    """The receipt as if another video had been computed; `names` maps artifacts to those of the other video."""
    video = f"{receipt.video_id}-{number}"
    inputs = tuple(
        replace(ref, video_id=f"{ref.video_id}-{number}", artifact_id=names.get(ref.artifact_id, ""))
        for ref in receipt.inputs
    )
    made = artifact_id(receipt.stage, video, receipt.producer.producer_id, inputs)
    names[receipt.artifact_id] = made
    return replace(receipt, video_id=video, artifact_id=made, inputs=inputs)


def multiply(source: Lake, target: Lake, times: int) -> None:
    """Writes the artifacts and their heads; of every eighth copy no head is written."""
    order = [stage.name for stage in STAGES]
    ordered = sorted(source.artifacts(), key=lambda name: order.index(name.stage))
    originals = [(source.read_receipt(*name), source.read(*name)) for name in ordered]
    heads: dict[str, dict[str, Head]] = {}
    for number in range(times):
        names: dict[str, str] = {}
        for receipt, rows in originals:
            assert receipt is not None
            made = renamed(receipt, number, names)
            target.write(rows, made)
            if number % 8:
                head = Head(made.artifact_id, made.data_version, made.status)
                heads.setdefault(made.stage, {})[made.video_id] = head
    for stage, found in heads.items():
        target.write_heads(stage, "batch", found, "recipe")


def main() -> None:
    """Prints one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--times", type=int, default=100)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(env={"FM_HOME": folder})
        pipeline = Pipeline(settings)
        began = time.perf_counter()
        multiply(Lake(str(arguments.home / "lake")), pipeline.lake, arguments.times)
        names = list(pipeline.lake.artifacts())
        megabytes = sum(map(pipeline.lake.size, names)) / 1e6
        print(f"{len(names)} artifacts, {megabytes:.0f} MB, written in {time.perf_counter() - began:.1f} s")
        began = time.process_time()
        for name in names[:600]:
            pipeline.lake.look(name)
        print(f"one process: {(time.process_time() - began) / len(names[:600]) * 1e3:.2f} ms CPU per file")
        pipeline.catalog.sync()
        for what in ("verify --all, workers starting", "verify --all, workers started"):
            began = time.perf_counter()
            done = verify(pipeline, everything=True, sample=0, seed=0)
            seconds = time.perf_counter() - began
            wrong = {f.kind for f in done.findings} - {"export"}  # there are no exported files
            assert not wrong, wrong
            print(f"{what}: {seconds:.1f} s, {done.checked / seconds:.0f} files/s, {megabytes / seconds:.0f} MB/s")
        began = time.perf_counter()
        waste = find(pipeline)
        print(
            f"gc, marking: {time.perf_counter() - began:.1f} s for {len(names)} artifacts, {len(waste.artifacts)} to go"
        )
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        pipeline.close()


if __name__ == "__main__":
    main()
