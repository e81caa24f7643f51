"""Speed of the detection stage: against the bare network, and against the library's plain script."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.detections.producer import options
from fm_assets.evaluation.quality.agreement import stored
from fm_assets.evaluation.quality.apart import apart
from fm_assets.evaluation.quality.footage import MOVING, STILL, footage
from fm_assets.evaluation.quality.network import spec_of, spoken_spec, with_network
from fm_assets.evaluation.quality.perception import A_SECOND, Perceived, perceive, whole_video
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table, changed
from fm_assets.evaluation.quality.yardstick import Seen, plain_predict
from fm_assets.settings import Settings
from fm_resources.detector.agreement import EQUAL_IOU, Agreement, FrameSet, compare
from fm_resources.detector.base import DetectorSpec
from fm_resources.rows import canonical, from_pylist
from fm_resources.video import FrameReader, probe
from fm_resources.video_file import open_video

#: Pairs of processes, ours and the plain script; and how often ours runs in its process.
ROUNDS, REPEATS = 2, 2
#: Seconds of a video that are looked at, at most.
LONGEST_S = 15.0
SHARE, SPEEDUP, EQUAL_SHARE, MIN_SCORE = 0.85, 2.0, 0.99, 0.4
#: Sampling asked for; the nearest whole stride is taken, so that the plain script takes the same frames.
SAMPLED_FPS = 10.0


#: What the receipt splits the stage's seconds into.
TIMES = ("decode_s", "infer_s", "wait_s")


@dataclass(frozen=True)
class Ours:
    """A round of ours: seconds of the stage and of the bare network on the same frames, in turn, and the rows.

    Attributes:
        stage_s: The stage, with decoding.
        bare_s: The network alone, as the stage runs it.
        usual_s: The network alone, as ultralytics runs it.
        detections: The stage's rows.
        timing: What the stage's seconds went to.
    """

    stage_s: tuple[float, ...]
    bare_s: tuple[float, ...]
    usual_s: tuple[float, ...]
    detections: pa.Table
    timing: Mapping[str, float]

    @property
    def stage(self) -> float:
        """Median seconds of the stage."""
        return statistics.median(self.stage_s)

    def share(self, bare_s: Sequence[float]) -> float:
        """Rate of the stage over that of the bare network, which took so many seconds after each of its runs."""
        return statistics.median(b / s for b, s in zip(bare_s, self.stage_s, strict=True))


def measure(bench: Bench) -> Section:
    """Paired rounds, ours and the plain script in turn, each in a fresh process."""
    weights = bench.need_weights()
    videos = [bench.need_data("videos", "sam2_01_dog.mp4")]
    if not bench.quick:
        videos = sorted(bench.need_data("videos").glob("*.mp4")) + [footage(bench, n).video for n in (STILL, MOVING)]
    settings = with_network(bench)
    return report(bench, videos, settings, weights, rounds=1 if bench.quick else ROUNDS)


def report(bench: Bench, videos: Sequence[Path], settings: Settings, weights: Path, *, rounds: int) -> Section:
    """The section.

    Args:
        bench: Told what goes on.
        videos: Videos of constant frame rate.
        settings: Settings with `weights` as detector.
        weights: ultralytics weights, for the plain script.
        rounds: Pairs of runs per video; medians of their ratios count.
    """
    measured = {video: _pairs(bench, video, settings, weights, rounds) for video in videos}
    shares = {v: statistics.median(o.share(o.bare_s) for o, _ in pairs) for v, pairs in measured.items()}
    usual = {v: statistics.median(o.share(o.usual_s) for o, _ in pairs) for v, pairs in measured.items()}
    gains = {v: statistics.median(plain.seconds / o.stage for o, plain in pairs) for v, pairs in measured.items()}
    agreed = {v: _agreement(*pairs[-1]) for v, pairs in measured.items() if _square(v)}
    rows = [
        (
            video.name,
            _size(video),
            pairs[0][0].detections.num_rows,
            *_rates(pairs),
            usual[video],
            shares[video],
            gains[video],
        )
        for video, pairs in measured.items()
    ]
    rates = ("stage", "bare, usual", "bare, ours", "plain script")
    ratios = ("of usual", "of ours", "over plain")
    return Section(
        "detection",
        (_prose(settings, rounds),),
        (
            Table(
                ("video", "size", "frames", *rates, *ratios),
                tuple(rows),
                "Speed, frames per second, and the stage's share of each:",
                dict.fromkeys(rates, 1) | dict.fromkeys(ratios, 2),
            ),
            Table(
                ("video", "stage, s", *TIMES),
                tuple((v.name, p[-1][0].stage_s[-1], *map(p[-1][0].timing.get, TIMES)) for v, p in measured.items()),
                "What the stage's seconds went to, as its receipt says (decoding overlaps the rest):",
                dict.fromkeys(("stage, s", *TIMES), 2),
            ),
            Table(
                ("video", "boxes", f"IoU >= {EQUAL_IOU:g}", "IoU >= 0.9", "mean IoU"),
                tuple((v.name, a.boxes, a.share, a.share_alike, a.mean_iou) for v, a in agreed.items()),
                "Boxes against the plain script's:",
                {f"IoU >= {EQUAL_IOU:g}": 4, "IoU >= 0.9": 4, "mean IoU": 4},
            ),
        ),
        (
            Goal(
                "Stage with decoding over the bare network, usual, the least of the videos", min(usual.values()), SHARE
            ),
            Goal(
                "Stage with decoding over the bare network, ours, the least of the videos", min(shares.values()), SHARE
            ),
            Goal("Stage over the plain script, the least of the videos", min(gains.values()), SPEEDUP, unit="x"),
            Goal(
                f"Boxes above {MIN_SCORE:g} with an equal (IoU >= {EQUAL_IOU:g})",
                _share(list(agreed.values())),
                EQUAL_SHARE,
                digits=4,
            ),
        ),
    )


def _pairs(bench: Bench, video: Path, settings: Settings, weights: Path, rounds: int) -> list[tuple[Ours, Seen]]:
    """Ours and the plain script in turn, on the same frames."""
    info = probe(video)
    stride = max(1, round(info.fps / SAMPLED_FPS))
    full = whole_video(settings, fps=info.fps / stride)
    pairs = []
    for number in range(rounds):
        bench.say(f"{video.name}, round {number + 1} of {rounds}")
        ours = apart(run_ours, video, full, (stride - 1) / info.fps)
        pairs.append((ours, apart(plain_predict, video, weights, stride, settings.home, ours.detections.num_rows)))
    return pairs


def _agreement(ours: Ours, plain: Seen) -> Agreement:
    return compare(stored(ours.detections), FrameSet(plain.xyxy, plain.score, plain.names), MIN_SCORE)


def _rates(pairs: Sequence[tuple[Ours, Seen]]) -> list[float]:
    """Frames per second of the stage, the bare network, usual and ours, and the plain script: medians over the rounds."""
    frames = pairs[0][0].detections.num_rows
    seconds = [(o.stage, statistics.median(o.usual_s), statistics.median(o.bare_s), p.seconds) for o, p in pairs]
    return [frames / statistics.median(each) for each in zip(*seconds, strict=True)]


def _square(video: Path) -> bool:
    """Whether a video is stored as it is shown; else ours sees it stretched and the plain script does not."""
    with open_video(video) as opened:
        aspect = opened.stream.sample_aspect_ratio
    return not aspect or aspect == 1


def _size(video: Path) -> str:
    info = probe(video)
    return f"{info.width}x{info.height}"


def run_ours(video: Path, settings: Settings, start_s: float) -> Ours:
    """The stage, and the bare network, in this process: the network loaded and warm before anything is timed.

    Args:
        video: The video.
        settings: Settings whose clip is the whole video.
        start_s: Where the clip starts all the same: the library's stride takes the last frame of each group.
    """
    first = changed(settings, clips=A_SECOND)
    perceive(video, first, ("source_videos", "filtered_clips", "detections"))
    known = starting_at(perceive(video, settings, ("source_videos", "filtered_clips")), start_s)
    stage_s, bare_s, usual_s = [], [], []
    for _ in range(REPEATS):
        found = perceive(video, settings, ("detections",), known=known)
        stage_s.append(found.seconds["detections"])
        bare, usual = bare_seconds(video, settings, known)
        bare_s.append(bare)
        usual_s.append(usual)
    table, timing = found.tables["detections"], dict(found.timing["detections"])
    return Ours(tuple(stage_s), tuple(bare_s), tuple(usual_s), table, timing)


def starting_at(known: Perceived, start_s: float) -> Perceived:
    """The same video with a clip that starts later and is not too long."""
    clip = {**known.clip, "start_s": start_s, "end_s": min(known.clip["end_s"], start_s + LONGEST_S)}
    table = canonical(from_pylist([clip], FILTERED_CLIPS), FILTERED_CLIPS)
    return Perceived(known.path, {**known.tables, "filtered_clips": table}, known.seconds)


def bare_seconds(video: Path, settings: Settings, known: Perceived) -> tuple[float, float]:
    """The network alone over the stage's frames, decoded and laid out beforehand: as the stage runs it, and usually."""
    from fm_resources.detector import measure
    from fm_resources.detector.yolo import YoloDetector

    spec = spec_of(settings)
    detector = YoloDetector(spec, options(settings), settings.home)
    clip = known.clip
    window, fps = (clip["start_s"], clip["end_s"]), settings.detections.fps
    frames = list(FrameReader(video, *window, fps, longer_side=detector.longer_side, bitexact=detector.bitexact))
    bare = measure.bare_seconds(detector, frames)
    if spec.runtime != "openvino":
        return bare, bare
    return bare, _usual_seconds(spec, settings, [detector.prepare([frame]) for frame in frames])


def _usual_seconds(spec: DetectorSpec, settings: Settings, images: Sequence[np.ndarray]) -> float:
    """OpenVINO as ultralytics runs it, but in the stage's precision: for any size, a frame at a time on all cores."""
    import openvino

    from fm_resources.detector.exports import exported

    given = Path(spec.weights)
    folder = given if given.is_dir() else exported(given, spec.weights_sha256, spec.runtime, settings.home)
    kind = openvino.Type.bf16 if spec.precision == "bf16" else openvino.Type.f32
    config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": kind}
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(str(next(folder.glob("*.xml")))), "CPU", config)
    inputs = [np.ascontiguousarray(i.transpose(0, 3, 1, 2), np.float32) / np.float32(255) for i in images]
    compiled(inputs[0])
    began = time.perf_counter()
    for one in inputs:
        compiled(one)
    return time.perf_counter() - began


def _prose(settings: Settings, rounds: int) -> str:
    return (
        f"The stage `detections` from the video file to its rows ({spoken_spec(spec_of(settings))}), the first "
        f"{LONGEST_S:g} s of each video as one clip, against (a) the bare network on the same frames, decoded and laid out "
        "beforehand, in the same process, in turn: *usual* is how ultralytics runs the runtime (OpenVINO compiled for "
        "frames of any size, one frame at a time on all cores; in the stage's precision), *ours* how the stage runs it "
        "(compiled for the size, a frame per core), which is the stricter measure and rises with every gain in the "
        "network itself; and (b) the plain script `for r in YOLO(weights).predict(video, stream=True, "
        "vid_stride=n)` on the same frames with the same weights. The networks are loaded and have run before "
        f"anything is timed. {rounds} round(s) of ours and the plain script in turn, each in a process of its own; "
        "ratios are medians over the rounds' own ratios. Boxes above "
        f"{MIN_SCORE:g} of either set are looked for in the other, same class; videos whose "
        "pixels are not square are left out there, for the plain script sees them as they are stored."
    )


def _share(agreed: Sequence[Agreement]) -> float:
    boxes = sum(a.boxes for a in agreed)
    return sum(a.equal for a in agreed) / boxes if boxes else float("nan")
