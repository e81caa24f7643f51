"""What a plan costs: `fm plan` over a lake of many videos whose artifacts are all there.

Builds a lake of tiny files with real names, receipts and heads, then times fresh processes: with nothing changed, with
a changed parameter of the tracker, with another camera policy far above it, and `fm run --plan` with nothing to do.

Usage: python bench/plan_scale.py [--videos 3200] [--batch 32] [--keep FOLDER]
Prints seconds on the clock and of the processor, and the peak of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from fm_assets.export.folder import MANIFEST, export_folder
from fm_assets.graph import STAGES
from fm_assets.out_of_date import Look
from fm_assets.settings import load_settings
from fm_assets.stage import CORPUS, Stage, recipe, wanted_inputs
from fm_resources.artifact import to_bytes
from fm_resources.lake import Head, Lake
from fm_resources.provenance import InputRef, Producer, Receipt, artifact_id, content_hash
from fm_resources.registry import Registry, register

CONFIG = '[detector]\nbackend = "motion"\n\n[ingest]\nbatch_size = {batch}\n'
CASES = {
    "nothing changed": ("plan",),
    "tracks changed": ("plan", "--set", "tracks.track_buffer=47"),
    "filtered_clips changed": ("plan", "--set", "clips.camera_policy=drop"),
    "run --plan, nothing changed": ("run", "--plan"),
}


def build(folder: Path, videos: int, batch: int) -> None:
    """A lake in which every stage has every video."""
    (folder / "fm.toml").write_text(CONFIG.format(batch=batch))
    settings = load_settings(folder / "fm.toml", env={"FM_HOME": str(folder / "home")})
    lake = Lake(settings.lake_url)
    (folder / "videos").mkdir()
    files = [folder / "videos" / f"video-{number:06d}.mp4" for number in range(videos)]
    for file in files:
        file.write_text(file.name)
    register(lake, files, batch_size=batch, domain="made up", licence="", now=datetime.now(UTC))
    look = Look(lake, Registry.load(lake))
    for stage in STAGES:
        producer = stage.producer(settings)
        for key in [CORPUS] if stage.corpus else look.registry.batches:
            fill(stage, producer, key, look)
    export = export_folder(settings)
    export.mkdir(parents=True)
    name = lake.heads(STAGES[-1].name, CORPUS)[CORPUS].artifact_id
    (export / MANIFEST).write_text(json.dumps({"artifact_id": name, "files": []}))


def fill(stage: Stage, producer: Producer, batch: str, look: Look) -> None:
    """Writes the artifacts of a batch and makes them current."""
    wanted = wanted_inputs(stage, batch, look)
    heads = {}
    for video_id, inputs in wanted.items():
        assert isinstance(inputs, tuple)
        name = artifact_id(stage.name, video_id, producer.producer_id, inputs)
        heads[video_id] = Head(name, content_hash([stage.name, video_id]), "ok")
        write(look.lake, stage, producer, video_id, heads[video_id], inputs)
    look.lake.write_heads(stage.name, batch, heads, recipe(producer, wanted))


def write(
    lake: Lake, stage: Stage, producer: Producer, video_id: str, head: Head, inputs: tuple[InputRef, ...]
) -> None:
    """One artifact without rows, written in place: nobody else is here to see it half done."""
    started = datetime.now(UTC).isoformat()
    receipt = Receipt(
        head.artifact_id, stage.name, video_id, producer, inputs, head.data_version, "ok", "", "", started, 0.8, 0
    )
    path = Path(lake.url) / stage.name / video_id / f"{head.artifact_id}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_bytes(stage.schema.empty_table(), receipt))


def timed(folder: Path, arguments: tuple[str, ...]) -> str:
    """Seconds of a fresh process on the clock and of the processor, its peak of memory, and what it says."""
    environment = {**os.environ, "FM_CONFIG": str(folder / "fm.toml"), "FM_HOME": str(folder / "home")}
    began = time.perf_counter()
    command = [sys.executable, "-m", "fm_assets.cli", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, out
    told = [line for line in out.splitlines() if "computation" in line or "nothing to do" in line]
    seconds, cpu = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
    return f"{seconds:6.1f} s, {cpu:6.1f} s CPU, {usage.ru_maxrss / 1024:5.0f} MiB  {' '.join(told)}"


def main() -> None:
    """Builds, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=3200)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--keep", type=Path, help="Build here, and measure again what is there.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fm-plan-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        if not (folder / "fm.toml").exists():
            # in a process of its own: the peak of memory of this one would count as that of all it starts
            code = "import sys; sys.path.insert(0, sys.argv[1]); from plan_scale import *; build(Path(sys.argv[2]), *map(int, sys.argv[3:]))"
            here = str(Path(__file__).parent)
            numbers = (str(options.videos), str(options.batch))
            subprocess.run([sys.executable, "-c", code, here, str(folder), *numbers], check=True)
        print(f"{options.videos} videos, built in {time.perf_counter() - began:.0f} s")
        for name, arguments in {"catalog from nothing": ("sql", "SELECT 1"), **CASES}.items():
            print(f"{name:<28} {timed(folder, arguments)}", flush=True)


if __name__ == "__main__":
    main()
