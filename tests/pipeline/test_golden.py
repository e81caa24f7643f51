"""Golden data versions: an output that moved without its stage's LOGIC_VERSION is named, with the constant to bump.

The chain starts from the exact truth of rendered scenes, so that neither ffmpeg nor a processor's decoder is in it.
After a wanted change: bump the constant that the failure names, then `python tests/pipeline/test_golden.py`.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.detections.rows import DETECTIONS
from fm_assets.graph import STAGES
from fm_assets.job import call
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.truth import truth
from fm_assets.settings import load_settings
from fm_assets.stage import SourceFile, Task
from fm_resources.rows import canonical, data_version, from_pylist

GOLDEN = Path(__file__).with_name("golden.json")
SCENES = {"crossing": 3, "circular": 5, "mixed": 7}
CHAIN = [s for s in STAGES if s.name in ("tracks", "motion_scores", "captions", "qa_pairs")]
FOLDERS = {"tracks": "tracks", "motion_scores": "motion", "captions": "captions", "qa_pairs": "qa"}


def stored_truth(kind: str, seed: int) -> dict[str, pa.Table]:
    """What a perfect detector would have stored of a scene, at every third frame."""
    scene = make_scene(seed, kind)
    exact = truth(scene)
    width, height = scene.width, scene.height
    clip_id = f"{kind}-{seed:08x}.c0"
    rows = []
    for number, frame in enumerate(range(0, len(exact.times), 3)):
        boxes = [
            {
                **dict(zip(("x1", "y1", "x2", "y2"), map(float, exact.visible_boxes[k, frame]), strict=True)),
                "score": 0.9, "class": exact.classes[k], "colour": exact.colours[k], "colour_share": 0.9,
            }
            for k in range(len(exact.classes))
            if exact.visible[k, frame] > 0.3
        ]  # fmt: skip
        t_s = float(exact.times[frame])
        rows.append({"clip_id": clip_id, "frame": number, "t_s": t_s, "width": width, "height": height, "boxes": boxes})
    clip = {
        "clip_id": clip_id, "video_id": clip_id[:-3], "start_s": 0.0, "end_s": float(exact.times[-1]), "width": width,
        "height": height, "camera_score": 0.0, "camera_mean_dt": 0.0, "camera_mean_dr": 0.0, "camera_max_dt": 0.0,
        "camera_max_dr": 0.0, "camera_verdict": "static", "frame_of_reference": "image", "status": "keep", "reason": "",
        "camera": [], "thumbnails": [],
    }  # fmt: skip
    return {"detections": from_pylist(rows, DETECTIONS), "filtered_clips": from_pylist([clip], FILTERED_CLIPS)}


def versions() -> dict[str, dict[str, str]]:
    """Logic version and data version of each stage of the chain over all scenes."""
    settings = load_settings(env={})
    found: dict[str, dict[str, str]] = {}
    tables = {kind: stored_truth(kind, seed) for kind, seed in SCENES.items()}
    for stage in CHAIN:
        parts = []
        for kind in SCENES:
            task = Task(stage.name, kind, SourceFile(Path("none"), "", "rendered", ""), tables[kind])
            tables[kind][stage.name] = canonical(call(stage.compute, task, settings).rows, stage.schema)
            assert tables[kind][stage.name].num_rows
            parts.append(data_version(tables[kind][stage.name]))
        logic = importlib.import_module(f"fm_assets.{FOLDERS[stage.name]}.spec").LOGIC_VERSION
        found[stage.name] = {"logic_version": logic, "data_version": "-".join(parts)}
    return found


@pytest.fixture(scope="module")
def now() -> dict[str, dict[str, str]]:
    return versions()


@pytest.mark.parametrize("stage", [s.name for s in CHAIN])
def test_rows_moved_only_with_their_logic_version(now: dict[str, dict[str, str]], stage: str) -> None:
    golden = json.loads(GOLDEN.read_text())[stage]
    constant = f"LOGIC_VERSION in fm_assets/{FOLDERS[stage]}/spec.py"
    if now[stage]["data_version"] != golden["data_version"]:
        assert now[stage]["logic_version"] != golden["logic_version"], f"the rows of {stage} moved: bump {constant}"
    assert now[stage] == golden, "renew the golden file: python tests/pipeline/test_golden.py"


def test_the_chain_is_deterministic(now: dict[str, dict[str, str]]) -> None:
    np.random.seed(1)
    assert versions() == now


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(versions(), indent=1) + "\n")
