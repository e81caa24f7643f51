"""What the measurement of runtimes keeps, and what it believes."""

import multiprocessing
from pathlib import Path

import numpy as np

from fm_resources.detector.agreement import FrameSet
from fm_resources.detector.measure import agreement
from fm_resources.detector.runtimes import Trial, fastest, remember, remembered

EACH = 20


def keep(folder: Path, name: str) -> None:
    for i in range(EACH):
        remember(folder, f"{name}-{i}", [Trial("torch", "f32", 1.0, 1.0)])


def found(*scores: float) -> FrameSet:
    boxes = np.array([[10.0 * i, 0, 10.0 * i + 8, 8] for i in range(len(scores))]).reshape(-1, 4)
    return FrameSet([boxes], [np.array(scores)], [["cup"] * len(scores)])


def test_processes_that_measure_together_forget_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=keep, args=(tmp_path, name)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert all(writer.exitcode == 0 for writer in writers)
    assert all(remembered(tmp_path, f"{name}-{i}") for name in "abc" for i in range(EACH))


def test_frames_without_boxes_choose_no_runtime() -> None:
    share, note = agreement(found(), found(), "f32")
    assert share == 0.0 and "no boxes" in note
    assert fastest([Trial(runtime, "f32", 9.0, share, note) for runtime in ("torch", "onnx")]) is None


def test_faint_boxes_are_compared_where_there_are_no_others() -> None:
    assert agreement(found(0.3), found(0.3), "f32") == (1.0, "")
    assert agreement(found(0.3), found(), "f32")[0] == 0.0
    assert agreement(found(0.9, 0.3), found(0.9), "f32") == (1.0, "")
