"""Mask trackers: association by the true masks of rendered scenes, exact; SAM2 and SAM3, untrained, end to end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fm_assets.detections.rows import DETECTIONS
from fm_assets.scenes import geometry
from fm_assets.scenes.encode import encode
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.raster import coverage, fine_mask
from fm_assets.scenes.spec import SceneSpec
from fm_assets.settings import SettingsError, load_settings
from fm_assets.task import SourceFile, Task
from fm_assets.tracks.associate import Track
from fm_assets.tracks.boxes import ClipBoxes, clip_boxes
from fm_assets.tracks.compute import compute
from fm_assets.tracks.masks import MaskOptions, extents, follow
from fm_assets.tracks.producer import parameters, weights
from fm_assets.tracks.rows import TRACKS
from fm_assets.tracks.spec import producer
from fm_resources.detector.agreement import iou
from fm_resources.detector.base import DetectorError
from fm_resources.mask_tracker import _predictor
from fm_resources.rows import data_version, from_pylist

OPTIONS = MaskOptions(every=5, iou=0.5, new_score=0.25, max_gap_s=0.3)


def scene_masks(spec: SceneSpec) -> np.ndarray:
    """What is seen of each object (objects, frames, h, w) bool: later objects hide earlier ones."""
    t = spec.times()
    masks = np.zeros((len(spec.objects), len(t), spec.height, spec.width), bool)
    area = (0, 0, spec.width, spec.height)
    for n, obj in enumerate(spec.objects):
        points, there = geometry.vertices(spec, obj, t), obj.exists(t)
        for k in np.flatnonzero(there):
            masks[n, k] = coverage(fine_mask(points[k], area))[..., 0] >= 0.5
            masks[:n, k] &= ~masks[n, k]
    return masks


class TrueMasks:
    """Follows whatever true object a prompt lies on."""

    def __init__(self, masks: np.ndarray) -> None:
        self.scale, self.masks, self.frame, self.prompts = 1.0, masks, -1, []
        self.ids: dict[int, int] = {}

    def advance(self) -> Mapping[int, np.ndarray]:
        self.frame += 1
        return {i: self.masks[n, self.frame] for i, n in self.ids.items()}

    def add(self, boxes: Mapping[int, np.ndarray]) -> Mapping[int, np.ndarray]:
        around = [extents(mask, 1.0) for mask in self.masks[:, self.frame]]
        for i, box in boxes.items():
            overlap = [0.0 if a is None else float(iou(a, box)) for a in around]
            self.ids[i] = int(np.argmax(overlap))
            self.prompts.append((self.frame, self.ids[i]))
        return {i: self.masks[n, self.frame] for i, n in self.ids.items()}

    def forget(self, ids: Sequence[int]) -> None:
        for i in ids:
            del self.ids[i]


def detections(spec: SceneSpec, masks: np.ndarray, without: frozenset[tuple[int, int]] = frozenset()) -> pa.Table:
    """A detection around everything that is seen, but for (object, frame) pairs left out."""
    rows = []
    for k, t_s in enumerate(spec.times()):
        boxes = []
        for n, obj in enumerate(spec.objects):
            around = extents(masks[n, k], 1.0)
            if around is not None and (around[2:] - around[:2] >= 4).all() and (n, k) not in without:
                boxes.append(dict(zip(("x1", "y1", "x2", "y2"), around.tolist(), strict=True))
                             | {"score": 0.9 - 0.01 * n, "class": obj.class_name, "colour": obj.colour,
                                "colour_share": 0.8})  # fmt: skip
        rows.append({"clip_id": "v.c0", "frame": k, "t_s": round(float(t_s), 3), "width": spec.width,
                     "height": spec.height, "boxes": boxes})  # fmt: skip
    return from_pylist(rows, DETECTIONS)


def followed(spec: SceneSpec, masks: np.ndarray, **left_out: Any) -> tuple[ClipBoxes, list[Track], TrueMasks]:
    source = TrueMasks(masks)
    boxes, tracks = follow(clip_boxes(detections(spec, masks, **left_out), "v.c0"), source, OPTIONS)
    return boxes, tracks, source


@pytest.fixture(scope="module")
def crossing() -> tuple[SceneSpec, np.ndarray]:
    spec = make_scene(3, "crossing", width=320, height=180, fps=10, duration_s=4.0)
    return spec, scene_masks(spec)


def test_crossing_objects_keep_identity(crossing: tuple[SceneSpec, np.ndarray]) -> None:
    spec, masks = crossing
    boxes, tracks, source = followed(spec, masks)
    assert len(tracks) == len(spec.objects) == len(source.prompts)
    for number, track in enumerate(tracks):
        n = source.prompts[number][1]
        seen = np.flatnonzero(masks[n].any(axis=(1, 2)))
        assert track.frame.tolist() == seen.tolist()
        true = np.stack([extents(masks[n, k], 1.0) for k in seen])
        np.testing.assert_array_equal(boxes.xyxy[track.box], true)
        assert set(boxes.names[track.box]) == {spec.objects[n].class_name}
        assert set(boxes.colours[track.box]) == {spec.objects[n].colour}


def test_mask_area_is_that_of_the_scene() -> None:
    spec = make_scene(3, "crossing", width=1280, height=720, fps=6, duration_s=4.0)
    masks = scene_masks(spec)
    boxes, tracks, source = followed(spec, masks)
    front = next(i for i, (_, n) in enumerate(source.prompts) if n == len(spec.objects) - 1)
    points = geometry.vertices(spec, spec.objects[-1], spec.times())
    x, y = points[..., 0], points[..., 1]
    true = 0.5 * np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1))
    inside = (points >= 0).all(axis=(1, 2)) & (points <= (spec.width, spec.height)).all(axis=(1, 2))
    told = boxes.shapes["mask_area"][tracks[front].box]
    kept = inside[tracks[front].frame]
    assert kept.sum() > 15
    np.testing.assert_allclose(told[kept], true[tracks[front].frame][kept], rtol=0.03)


def test_an_undetected_object_is_seen_all_the_same(crossing: tuple[SceneSpec, np.ndarray]) -> None:
    spec, masks = crossing
    left_out = frozenset((0, k) for k in range(7, 30))
    boxes, tracks, source = followed(spec, masks, without=left_out)
    assert len(tracks) == len(spec.objects)
    track = tracks[[n for _, n in source.prompts].index(0)]
    assert set(range(7, 30)) & set(np.flatnonzero(masks[0].any(axis=(1, 2)))) <= set(track.frame.tolist())
    assert set(boxes.names[track.box]) == {spec.objects[0].class_name}


def test_a_later_object_begins_at_the_next_key_frame(crossing: tuple[SceneSpec, np.ndarray]) -> None:
    spec, masks = crossing
    late = masks.copy()
    late[0, :12] = False
    _, tracks, source = followed(spec, late)
    assert (15, 0) in source.prompts
    assert tracks[[n for _, n in source.prompts].index(0)].frame[0] == 15


def test_an_object_that_is_gone_for_long_ends_and_one_that_comes_back_is_new(
    crossing: tuple[SceneSpec, np.ndarray],
) -> None:
    spec, masks = crossing
    broken = masks.copy()
    broken[0, 10:13] = False  # 0.4 s between sightings, but never unseen for more than 0.3 s
    broken[0, 20:26] = False
    _, tracks, source = followed(spec, broken)
    mine = [t for t, (_, n) in zip(tracks_by_prompt(tracks, source), source.prompts, strict=True) if n == 0]
    assert [int(t.frame[0]) for t in mine] == [0, 30]
    assert int(mine[0].frame[-1]) == 19
    assert not {10, 11, 12} & set(mine[0].frame.tolist())


def tracks_by_prompt(tracks: list[Track], source: TrueMasks) -> list[Track]:
    return sorted(tracks, key=lambda t: [p for p, _ in source.prompts].index(int(t.frame[0])))


def test_weights_are_required_when_definitions_load(tmp_path: Path) -> None:
    def load(weights_path: str, tracker: str = "sam2") -> Any:
        changes = [f"tracks.tracker={tracker}", f"tracks.mask_weights={weights_path}"]
        return load_settings(None, changes, {"FM_HOME": "x"})

    with pytest.raises(SettingsError, match=r"needs the path of weights \(sam2_t.pt, "):
        producer(load(""))
    with pytest.raises(SettingsError, match="is not there"):
        producer(load(str(tmp_path / "sam2.1_t.pt")))
    with pytest.MonkeyPatch.context() as bare:
        bare.setattr("fm_assets.tracks.producer.find_spec", lambda name: None if name == "timm" else name)
        with pytest.raises(SettingsError, match=r'"sam3" needs timm: install the extra `sam3`'):
            producer(load(str(tmp_path / "sam3.pt"), "sam3"))
    odd = tmp_path / "mine.pt"
    odd.write_bytes(b"1")
    with pytest.raises(SettingsError, match="does not say which network"):
        producer(load(str(odd)))


def test_producers_hold_only_what_their_tracker_reads(tmp_path: Path) -> None:
    file = tmp_path / "sam2.1_t.pt"
    file.write_bytes(b"1")
    settings = load_settings(None, ["tracks.tracker=sam2", f"tracks.mask_weights={file}"], {"FM_HOME": "x"})
    told = parameters(settings)
    assert {"mask_every", "mask_iou", "new_track_thresh", "device"} <= set(told)
    assert not {"mask_weights", "match_thresh", "turn_exponent", "delta_t"} & set(told)
    assert list(weights(settings)) == ["sam2.1_t.pt"]
    other = parameters(load_settings(None, [], {"FM_HOME": "x"}))
    assert not {name for name in other if name.startswith("mask") or name == "device"}


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SAM2.1 tiny before any training, in the form that ultralytics loads."""
    from fm_resources.detector.network import import_ultralytics

    folder = tmp_path_factory.mktemp("sam")
    import_ultralytics(folder)
    import torch
    from ultralytics.models.sam import build

    torch.manual_seed(0)
    path, load = folder / "sam2.1_t.pt", build._load_checkpoint
    build._load_checkpoint = lambda model, checkpoint: model
    try:
        model = build.build_sam2_t(str(path))
    finally:
        build._load_checkpoint = load
    with torch.no_grad():  # else it says of every object that it is not there
        model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias.fill_(20.0)
    torch.save({"model": dict(model.state_dict())}, path)
    return path


@pytest.fixture(scope="module")
def untrained_sam3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """SAM3 before any training, in the form that ultralytics loads; its picture encoder has 2 of its 32 layers."""
    pytest.importorskip("timm")
    from fm_resources.detector.network import import_ultralytics

    folder = tmp_path_factory.mktemp("sam3")
    import_ultralytics(folder)
    import torch
    from ultralytics.models.sam import build_sam3

    class Shallow(build_sam3.ViT):
        def __init__(self, **kwargs: Any) -> None:
            shallow = {"embed_dim": 64, "depth": 2, "num_heads": 4, "mlp_ratio": 2.0, "global_att_blocks": (1,)}
            super().__init__(**{**kwargs, **shallow})

    torch.manual_seed(0)
    path = folder / "sam3.pt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_sam3, "ViT", Shallow)
        with pytest.MonkeyPatch.context() as unloaded:
            unloaded.setattr(build_sam3, "_load_checkpoint", lambda model, checkpoint, interactive: model)
            model = build_sam3.build_interactive_sam3(str(path))
        with torch.no_grad():
            model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias.fill_(20.0)
        parts = {
            "image_encoder.vision_backbone": "detector.backbone.vision_backbone",
            "memory_attention": "tracker.transformer.encoder",
            "memory_encoder": "tracker.maskmem_backbone",
        }
        stored = {}
        for name, value in model.state_dict().items():
            part = next((p for p in parts if name.startswith(f"{p}.")), None)
            stored[f"tracker.{name}" if part is None else parts[part] + name.removeprefix(part)] = value
        torch.save(stored, path)
        yield path


@pytest.mark.slow
@pytest.mark.parametrize("tracker", ["sam2", "sam3"])
def test_mask_trackers_run_the_whole_stage(
    untrained: Path, untrained_sam3: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tracker: str
) -> None:
    path = untrained if tracker == "sam2" else untrained_sam3
    spec = make_scene(3, "crossing", width=320, height=180, fps=10, duration_s=4.0)
    video = encode(spec, tmp_path / "scene.mp4")
    stored = detections(spec, scene_masks(spec)).slice(0, 5)
    clip = {"clip_id": "v.c0", "status": "keep", "start_s": 0.0, "end_s": 0.5, "width": 320, "height": 180,
            "frame_of_reference": "image", "camera": []}  # fmt: skip
    tables = {"detections": stored, "filtered_clips": pa.Table.from_pylist([clip])}
    changes = [f"tracks.tracker={tracker}", f"tracks.mask_weights={path}", "detections.fps=10", "tracks.min_track_s=0.2",
               "tracks.mask_every=3", "workers.threads=2"]  # fmt: skip
    settings = load_settings(None, changes, {"FM_HOME": str(tmp_path / "home")})

    def unused(*_: Any, **__: Any) -> None:
        raise AssertionError("decoded without FrameReader")

    import cv2
    from ultralytics.data import loaders

    monkeypatch.setattr(cv2, "VideoCapture", unused)
    monkeypatch.setattr(loaders.LoadImagesAndVideos, "__init__", unused)
    task = Task("tracks", "v", SourceFile(video, "", "", ""), tables)
    rows = compute(task, settings).rows
    assert rows.schema.equals(TRACKS)
    assert rows.num_rows, "an untrained network's masks are blobs, but they are there"
    for track in rows.to_pylist():
        for point in track["boxes"]:
            if point["observed"]:
                width, height = point["x2"] - point["x1"], point["y2"] - point["y1"]
                assert point["mask_area"] > 0 and width > 0 and height > 0
    assert data_version(compute(task, settings).rows) == data_version(rows)
    late = Task("tracks", "v", task.source, tables | {"filtered_clips": pa.Table.from_pylist([clip | {"end_s": 0.3}])})
    with pytest.raises(DetectorError, match="run the stage detections again"):
        compute(late, settings)


def test_weights_that_would_run_code_are_not_loaded(tmp_path: Path) -> None:
    import os

    import torch

    class Harm:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    path = tmp_path / "sam2.1_t.pt"
    torch.save({"model": Harm()}, path)
    with pytest.raises(DetectorError, match=r"was not loaded: it would run posix\.system"):
        _predictor(path, "cpu", 0, tmp_path)
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_size_say_so(untrained: Path, tmp_path: Path) -> None:
    path = tmp_path / "sam2.1_s.pt"
    path.write_bytes(untrained.read_bytes())
    with pytest.raises(DetectorError, match="is not what its name says"):
        _predictor(path, "cpu", 0, tmp_path)
    sam3 = tmp_path / "sam3.pt"
    sam3.write_bytes(untrained.read_bytes())
    with pytest.raises(DetectorError, match=r"sam3\.pt is not what its name says.* holds no detector and no tracker"):
        _predictor(sam3, "cpu", 0, tmp_path)
