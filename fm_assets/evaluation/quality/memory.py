"""Memory: the most that a worker holds over a long video, above what the loaded network holds by itself."""

from __future__ import annotations

import dataclasses
import subprocess
import time
from pathlib import Path

from fm_assets.evaluation.quality.apart import apart, forget_peak, peak_bytes, resident_bytes
from fm_assets.evaluation.quality.network import with_network
from fm_assets.evaluation.quality.perception import A_SECOND, perceive, whole_video
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table, changed
from fm_assets.scenes.encode import encode
from fm_assets.scenes.generate import make_scene
from fm_assets.settings import Settings
from fm_resources.video import ffmpeg_binary

#: A 10-minute video of full HD; the quick one is small and short.
LONG, SHORT = (1920, 1080, 600.0), (640, 360, 20.0)
LIMIT_GB = 1.5
SCENE_S, SEED = 6.0, 4_100_007


@dataclasses.dataclass(frozen=True)
class Held:
    """Memory in bytes: with the network loaded and used once, and the most while each stage ran; seconds of each."""

    loaded: int
    peaks: dict[str, int]
    seconds: dict[str, float]
    frames: int


def measure(bench: Bench) -> Section:
    """Runs `filtered_clips`, `detections` and `tracks` over one long video in a process of its own."""
    width, height, seconds = SHORT if bench.quick else LONG
    bench.say(f"making a video of {seconds:g} s, {width}x{height}")
    video = long_video(bench.work, width, height, seconds)
    settings = whole_video(bench.settings if bench.weights is None else with_network(bench))
    bench.say("running its stages")
    held = apart(hold, video, settings, "" if bench.weights is not None else "rendered")
    rows = [
        (name, held.peaks[name] / 1e9, (held.peaks[name] - held.loaded) / 1e9, held.seconds[name])
        for name in held.peaks
    ]
    most = max(held.peaks.values()) - held.loaded
    return Section(
        "memory",
        (
            f"A video of {seconds / 60:.3g} minutes, {width}x{height}, 25 frames/s (a rendered scene, repeated), as one clip: "
            f"`filtered_clips`, `detections` ({held.frames} sampled frames) and `tracks`, one after the other in one "
            "process. The most resident memory while each ran (`VmHWM`, begun anew before each), and the same over "
            f"what the process held after the network was loaded and had run once ({held.loaded / 1e9:.2f} GB, torch "
            "and the network's runtime).",
        ),
        (Table(("stage", "peak GB", "over the loaded network, GB", "seconds"), tuple(rows), digits={"peak GB": 2, "over the loaded network, GB": 2, "seconds": 0}),),
        (Goal("Most memory over the loaded network's", most / 1e9, LIMIT_GB, "<=", unit=" GB"),),
    )  # fmt: skip


def long_video(folder: Path, width: int, height: int, seconds: float) -> Path:
    """A rendered scene, repeated until it is long enough, without the tag by which rendered videos are known.

    Args:
        folder: Where it goes.
        width: Pixels.
        height: Pixels.
        seconds: Length.
    """
    scene = encode(make_scene(SEED, "mixed", width=width, height=height, duration_s=SCENE_S), folder / "scene.mp4")
    video = folder / "long.mp4"
    command = [
        ffmpeg_binary(), "-loglevel", "error", "-y", "-stream_loop", "-1", "-i", str(scene), "-t", f"{seconds:g}",
        "-c", "copy", "-map_metadata", "-1", str(video),
    ]  # fmt: skip
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return video


def hold(video: Path, settings: Settings, domain: str) -> Held:
    """Runs the stages in this process and watches its memory."""
    first = changed(settings, clips=A_SECOND)
    perceive(video, first, ("source_videos", "filtered_clips", "detections", "tracks"), domain=domain)
    loaded = resident_bytes()
    found = perceive(video, settings, ("source_videos",), domain=domain)
    peaks, seconds = {}, {}
    for stage in ("filtered_clips", "detections", "tracks"):
        forget_peak()
        began = time.perf_counter()
        found = perceive(video, settings, (stage,), domain=domain, known=found)
        seconds[stage] = time.perf_counter() - began
        peaks[stage] = peak_bytes()
    return Held(loaded, peaks, seconds, found.tables["detections"].num_rows)
