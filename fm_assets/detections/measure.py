"""Which runtime is the fastest here with the configured weights: measured once per machine, on real frames.

`measure` starts a process of its own, so that whoever asks never imports torch; `python -m
fm_assets.detections.measure` is that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from fm_assets.settings import Settings
from fm_resources.detector.base import DetectOptions, DetectorError, DetectorSpec
from fm_resources.detector.runtimes import Trial, machine_key, remember, remembered, weights_folder

if TYPE_CHECKING:
    from fm_resources.video import Frame

#: Frames that each runtime is timed on.
FRAMES = 32
#: Seconds for exports and all trials.
TIMEOUT_S = 900.0


def trials_of(spec: DetectorSpec, settings: Settings) -> list[Trial]:
    """What was measured of these weights on this machine earlier; empty where nothing was."""
    return remembered(weights_folder(settings.home), _key(spec, settings))


def measure(spec: DetectorSpec, settings: Settings, options: DetectOptions, videos: Sequence[Path]) -> list[Trial]:
    """Times the runtimes with the weights of a specification, and remembers what came out.

    Args:
        spec: A network from a .pt file.
        settings: Settings.
        options: What is asked of the detector.
        videos: The first that can be decoded is used; where none can, rendered frames are.

    Raises:
        DetectorError: The weights cannot be used at all.
    """
    order = {
        "spec": asdict(spec),
        "precision": settings.detector.precision,
        "options": asdict(options),
        "videos": [str(video) for video in videos],
        "home": str(settings.home),
    }
    command = [sys.executable, "-m", "fm_assets.detections.measure"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(
            command, input=json.dumps(order), capture_output=True, text=True, timeout=TIMEOUT_S, env=environment
        )
    except subprocess.TimeoutExpired:
        raise DetectorError(f"measuring {spec.name} took longer than {TIMEOUT_S:g} s; set detector.runtime") from None
    if done.returncode != 0:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise DetectorError(f"{spec.name} could not be measured: {' '.join(last) or f'exit {done.returncode}'}")
    trials = [Trial(**entry) for entry in json.loads(done.stdout.splitlines()[-1])]
    remember(weights_folder(settings.home), _key(spec, settings), trials)
    return trials


def _key(spec: DetectorSpec, settings: Settings) -> str:
    return machine_key(spec.weights_sha256, spec.image_size, settings.detector.precision, spec.device)


def main() -> None:
    """Reads an order from standard input, prints the trials as the last line of standard output."""
    from fm_resources.detector.measure import try_runtimes

    order = json.load(sys.stdin)
    spec = DetectorSpec(**order["spec"])
    options = DetectOptions(**order["options"])
    try:
        frames, size = filmed_frames([Path(video) for video in order["videos"]]) or _rendered(spec.image_size)
        trials = try_runtimes(spec, order["precision"], options, frames, size, Path(order["home"]))
    except (DetectorError, ValueError) as error:
        sys.exit(str(error))
    print(json.dumps([asdict(trial) for trial in trials]))


def filmed_frames(videos: Sequence[Path]) -> tuple[list[Frame], tuple[int, int]] | None:
    """Frames from the middle of the first video that can be decoded there, and their full size; None where none can.

    What is damaged is passed over: to reject it, with a reason, is for `source_videos`.
    """
    from fm_resources.detector.yolo import DECODED_SIDE
    from fm_resources.video import BadVideo, FrameReader, probe

    for video in videos:
        try:
            middle = probe(video).duration_s / 2
            reader = FrameReader(video, max(0.0, middle - 5), middle + 5, 0, longer_side=DECODED_SIDE, bitexact=False)
            frames = list(islice(reader, FRAMES))
        except BadVideo:
            continue
        if frames:
            return frames, reader.size
    return None


def _rendered(side: int) -> tuple[list[Frame], tuple[int, int]]:
    """Frames of a rendered scene."""
    from fm_assets.scenes.generate import make_scene
    from fm_assets.scenes.render import render
    from fm_resources.video import Frame

    scene = make_scene(1, "mixed", width=side, height=round(side * 9 / 16))
    images = islice(render(scene), FRAMES)
    return [Frame(i, i / scene.fps, image, 1.0) for i, image in enumerate(images)], (scene.width, scene.height)


if __name__ == "__main__":
    main()
