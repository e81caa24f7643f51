"""Time of the motion calculus on one core: `python bench/motion_speed.py [clips]`.

Clips of 10 tracks x 100 frames (straight, curved, swinging, still; noise of 1 px) are made first; only `analyse` is
timed, in CPU seconds of this process, so that what else the machine does counts little.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "motion")]

from motion_paths import sample_times, table, track_row  # noqa: E402

from fm_assets.motion.facts import analyse  # noqa: E402
from fm_assets.settings import MotionSettings  # noqa: E402

TRACKS, FRAMES, FPS = 10, 100, 10.0


def clip(number: int) -> pa.Table:
    """One clip's rows of `tracks`."""
    rng = np.random.default_rng(number)
    t = sample_times(FRAMES / FPS, FPS)
    s = (t / t[-1])[:, None]
    rows = []
    for i in range(TRACKS):
        start, end = rng.uniform((0.2, 0.15), (1.58, 0.85), (2, 2))
        bend = rng.uniform(-0.2, 0.2, 2)
        path = (
            start + (end - start) * s,
            start + (end - start) * s + bend * np.sin(np.pi * s),
            start + (end - start) * (1 - np.cos(6 * np.pi * s)) / 2,
            np.repeat(start[None], len(t), axis=0),
        )[i % 4]
        name = ("ball", "car", "person")[i % 3]
        rows.append(
            track_row(
                t, path, number=i, clip_id=f"speed-{number:08d}.c0", class_name=name, size=0.08, noise_px=1.0, rng=rng
            )
        )
    return table(*rows)


def main() -> None:
    """Prints seconds per 1,000 clips, best of three."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rows = pa.concat_tables([clip(i) for i in range(count)]).combine_chunks()
    analyse(rows.slice(0, TRACKS), MotionSettings())
    seconds = []
    for _ in range(3):
        began = time.process_time()
        facts = analyse(rows, MotionSettings()).facts.num_rows
        seconds.append(time.process_time() - began)
    print(
        f"{count} clips, {facts} facts: {min(seconds):.2f} s CPU, {1000 * min(seconds) / count:.1f} s per 1,000 clips"
    )


if __name__ == "__main__":
    main()
