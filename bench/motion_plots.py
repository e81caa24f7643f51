"""Draws what the motion calculus sees of each class of trajectory: `python bench/motion_plots.py [folder]`.

Per class one path of the rendered scenes' kind, with detection noise of 1.5 px in 720: the detected centres, the smoothed
path, the shape that was stated with its margin, and the speed over time. `docs/motion-calculus.md` shows them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "motion")]

from motion_paths import sample_times, table, track_row  # noqa: E402

from fm_assets.motion.facts import analyse  # noqa: E402
from fm_assets.motion.series import Motion, tracks_of  # noqa: E402
from fm_assets.scenes.trajectories import (  # noqa: E402
    Arc,
    Oscillation,
    Stationary,
    StopAndGo,
    Straight,
    Trajectory,
    Wander,
    Zigzag,
)  # fmt: skip
from fm_assets.settings import MotionSettings  # noqa: E402

SECONDS, FPS, NOISE_PX, ASPECT = 8.0, 10.0, 1.5, 16 / 9
PATHS: dict[str, Trajectory] = {
    "stationary": Stationary((0.9, 0.5)),
    "straight": Straight((0.3, 0.7), (1.5, 0.3)),
    "curved": Arc((0.9, 0.75), 0.5, 170, -150),
    "circular": Arc((0.9, 0.5), 0.33, 90, 360),
    "zigzag": Zigzag(((0.25, 0.7), (0.6, 0.3), (0.9, 0.7), (1.2, 0.3), (1.5, 0.7))),
    "back_and_forth": Oscillation((0.4, 0.6), (1.4, 0.4), 3),
    "stop_and_go": StopAndGo((0.3, 0.3), (1.5, 0.7), ((0.25, 0.4), (0.65, 0.8))),
    "irregular": Wander(((0.3, 0.3), (0.7, 0.75), (1.1, 0.6), (0.8, 0.3), (1.2, 0.2), (1.45, 0.7), (0.5, 0.8))),
}


def draw(name: str, path: Trajectory, to: Path) -> str:
    """One picture; the class that the calculus stated."""
    t = sample_times(SECONDS, FPS)
    row = track_row(t, path.position(t / t[-1]), noise_px=NOISE_PX, rng=np.random.default_rng(7), size=0.06)
    rows = table(row)
    facts = analyse(rows, MotionSettings()).facts.to_pylist()
    shape = next((f for f in facts if f["kind"] == "trajectory_shape"), None)
    track = tracks_of(rows, MotionSettings())[0]
    assert isinstance(track.motion, Motion)
    said = f"{shape['value']}, margin {shape['margin']:.1f}" if shape else "nothing stated"
    figure = Figure(figsize=(5.6, 2.1), dpi=75, layout="constrained")
    place, time = figure.subplots(1, 2, width_ratios=(1.6, 1))
    place.plot(*track.seen_centre.T, ".", color="#c9a227", markersize=3, snap=False)
    smooth = track.motion.path.position * (1, -1)
    place.plot(*smooth.T, color="#1f5fa8")
    place.plot(*smooth[0], "o", color="#1f5fa8", markersize=5)
    place.set(xlim=(0, ASPECT), ylim=(1, 0), aspect="equal", title=said, xlabel="x [frame heights]", ylabel="y")
    time.plot(track.motion.path.t, track.motion.speed, color="#1f5fa8")
    time.set(
        ylim=(0, max(0.05, 1.1 * float(track.motion.speed.max()))), xlabel="t [s]", title="speed [frame heights/s]"
    )
    for axis in (place, time):
        axis.tick_params(labelsize=7)
        axis.title.set_size(8)
        axis.xaxis.label.set_size(7)
        axis.yaxis.label.set_size(7)
    figure.savefig(to / f"motion-{name}.png", metadata={"Software": None})
    return shape["value"] if shape else ""


def main() -> None:
    """Draws all classes; fails where one is not recognised."""
    to = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "img"
    to.mkdir(parents=True, exist_ok=True)
    wrong = {name: said for name, path in PATHS.items() if (said := draw(name, path, to)) != name}
    if wrong:
        sys.exit(f"not recognised: {wrong}")


if __name__ == "__main__":
    main()
