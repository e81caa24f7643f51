"""The sections of the settings: every name, its default, its limits and what it means."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

VIDEO_EXTENSIONS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".ogv", ".flv")


class Section(BaseModel):
    """A part of the settings; frozen, and a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Variant(Section):
    """Whose artifacts are current: main's, or those of a variant beside it. No setting: `fm_assets.variants` fills it.

    Attributes:
        name: Name of the variant.
        own: Stages of which the variant has artifacts of its own; all others are main's.
    """

    name: str = "main"
    own: frozenset[str] = frozenset()

    @property
    def is_main(self) -> bool:
        """Whether this is no variant."""
        return self.name == "main"


class IngestSettings(Section):
    """How new files are found and grouped."""

    folders: tuple[str, ...] = Field((), description="Watched folders; relative ones are below fm.toml's folder.")
    extensions: tuple[str, ...] = Field(VIDEO_EXTENSIONS, description="File name endings that are taken.")
    settle_s: float = Field(5.0, ge=0, description="A file is taken once size and time stamp stood still this long.")
    poll_s: int = Field(30, ge=1, description="Seconds between two looks of the sensor.")
    cron: str = Field("0 * * * *", description="When the schedule looks, as a cron line.")
    batch_size: int = Field(32, ge=1, le=1000, description="Videos per batch (Dagster partition) at most.")
    domain: str = Field("", description="Domain of new videos; empty: the name of the folder they lie in.")
    licence: str = Field("", description="Licence of new videos, for the dataset card.")


class AutomationSettings(Section):
    """The automation sensor that `fm auto on` starts."""

    poll_s: int = Field(30, ge=1, description="Seconds between two looks of the sensor.")


class WorkersSettings(Section):
    """The pool that a batch's videos are mapped over."""

    backend: Literal["local"] = "local"
    count: int = Field(0, ge=0, le=256, description="Worker processes; 0: one per core, at most 16.")
    threads: int = Field(0, ge=0, le=256, description="Threads per worker for numeric kernels; 0: cores / workers.")
    task_timeout_s: float = Field(3600, gt=0, description="A video that takes longer in one stage has failed.")


class VideosSettings(Section):
    """What makes a file a usable video."""

    min_duration_s: float = Field(0.5, ge=0, description="Shorter videos are rejected.")
    max_duration_s: float = Field(14400, gt=0, description="Longer videos are rejected.")
    min_side_px: int = Field(32, ge=1, description="Videos whose smaller side is below this are rejected.")
    max_side_px: int = Field(8192, ge=1, description="Videos whose larger side is above this are rejected.")


class ClipsSettings(Section):
    """Which seconds are looked at, and what is done about a moving camera."""

    mode: Literal["window", "scenes"] = Field(
        "window", description="One window near the middle (the paper's), or clips of every scene; neither spans a cut."
    )
    cut_threshold: float = Field(
        3.0, gt=1, description="A cut differs this many times more than the frames around it (PySceneDetect)."
    )
    min_scene_s: float = Field(1.0, gt=0, description="Shorter scenes make no clip.")
    min_s: float = Field(5.0, gt=0, description="Shortest clip; shorter videos are kept whole.")
    max_s: float = Field(10.0, gt=0, description="Longest clip.")
    jitter: float = Field(
        0.2, ge=0, le=0.5, description="Shift of the clip from the middle, as a share of the duration."
    )
    camera_fps: float = Field(10.0, gt=0, le=120, description="Frames per second at which the camera is measured.")
    camera_width_px: int = Field(
        320, ge=64, le=1920, description="Width of the grey frames that the camera is measured on."
    )
    camera_policy: Literal["drop", "compensate", "keep"] = Field(
        "compensate", description="What happens to a clip whose camera moves."
    )
    camera_threshold: float = Field(0.3, ge=0, description="s_m above this is a moving camera for `drop`.")
    weight_mean_dt: float = Field(1.0, ge=0, description="a of s_m.")
    weight_mean_dr: float = Field(1.0, ge=0, description="b of s_m.")
    weight_max_dt: float = Field(0.5, ge=0, description="c of s_m.")
    weight_max_dr: float = Field(0.5, ge=0, description="d of s_m.")
    static_px: float = Field(
        2.0,
        ge=0,
        description="A camera whose frame corners stray less than this from the first frame is static.",
        json_schema_extra={"unit": "pixels of a frame that is 320 wide"},
    )
    min_inlier_ratio: float = Field(0.4, ge=0, le=1, description="Below this a camera estimate is unreliable.")
    max_unreliable: float = Field(
        0.1, ge=0, le=1, description="Share of unreliable steps above which no motion is stated."
    )
    max_undecodable: float = Field(
        0.2, ge=0, le=1, description="Share of missing frames above which a clip is rejected."
    )
    thumbnails: int = Field(4, ge=1, le=16, description="Small frames kept per clip for contact sheets.")

    @model_validator(mode="after")
    def _ordered(self) -> ClipsSettings:
        if self.min_s > self.max_s:
            raise ValueError(f"min_s ({self.min_s}) must not exceed max_s ({self.max_s})")
        return self


class DetectorSettings(Section):
    """The detector: which, with what weights."""

    backend: Literal["auto", "ultralytics", "bundled", "motion"] = Field(
        "auto",
        description="auto takes the weights that there are, else background subtraction (motion); for rendered videos "
        "the bundled detector, which knows nothing else.",
    )
    weights: str = Field("", description="Path of ultralytics weights: .pt, .onnx or an OpenVINO folder.")
    pose_weights: str = Field(
        "", description="Path of pose weights that give the people found by `weights` their keypoints, and so hands."
    )
    download: str = Field("yolo11n.pt", description="Weights that `auto` asks ultralytics for; empty: never download.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:0, mps.")
    runtime: Literal["auto", "torch", "onnx", "openvino"] = Field(
        "auto", description="What runs .pt weights; auto: the one that `fm doctor --detector` measured as fastest."
    )
    image_size: int = Field(640, ge=64, le=4096, description="Longer side of the frames that the network sees.")
    precision: Literal["f32", "fast"] = Field(
        "f32", description="fast: fp16 on CUDA, bf16 with OpenVINO where the processor has it. INT8 weights stay INT8."
    )
    batch: int = Field(
        0, ge=0, le=512, description="Frames per call of the network; 0: 1, on CUDA what fits, up to 64."
    )


class DetectionsSettings(Section):
    """What is detected, and how often."""

    fps: float = Field(10.0, ge=0, le=240, description="Sampled frames per second; 0: every frame.")
    min_score: float = Field(0.1, ge=0, le=1, description="Boxes below this score are not stored.")
    class_scores: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        {}, description="Least score of single classes in place of min_score, e.g. { person = 0.4 }."
    )
    iou: float = Field(0.7, gt=0, le=1, description="Overlap above which the weaker box of a class is suppressed.")
    max_boxes: int = Field(100, ge=1, le=1000, description="Boxes per frame at most.")
    classes: tuple[str, ...] = Field((), description="Classes that are kept; empty: all.")
    prompts: tuple[str, ...] = Field(
        (), description='Open vocabulary: what YOLOE or YOLO-World weights shall find, e.g. ["red mug"].'
    )
    motion_threshold: int = Field(
        24, ge=1, le=255, description="`motion` backend: difference to the background, of 255."
    )
    motion_min_area: float = Field(
        0.0004, gt=0, lt=1, description="`motion` backend: smallest object, share of the frame."
    )


class TracksSettings(Section):
    """Association of stored detections (ultralytics' names for its parameters), and what is made of it."""

    tracker: Literal["bytetrack", "botsort", "ocsort", "fasttrack", "sam2", "sam3"] = "botsort"
    track_high_thresh: float = Field(0.25, ge=0, le=1, description="Score of boxes in the first association.")
    track_low_thresh: float = Field(0.1, ge=0, le=1, description="Score of boxes in the second association.")
    new_track_thresh: float = Field(0.25, ge=0, le=1, description="Score that starts a track.")
    track_buffer: int = Field(30, ge=1, le=10000, description="Sampled frames for which a lost track is remembered.")
    match_thresh: float = Field(0.9, ge=0, le=1, description="Largest association cost.")
    fuse_score: bool = Field(True, description="Multiply the overlap by the score.")
    turn_exponent: float = Field(
        1.5, ge=0, le=3, description="Growth of the filters' velocity noise with the time between samples; 0: none."
    )
    delta_t: int = Field(3, ge=1, le=100, description="ocsort: frames over which a direction is taken.")
    inertia: float = Field(0.2, ge=0, le=1, description="ocsort: weight of a change of direction.")
    use_byte: bool = Field(False, description="ocsort: a second association with boxes of low score.")
    reset_velocity_offset_occ: int = Field(5, ge=1, description="fasttrack: frames back for an occluded velocity.")
    reset_pos_offset_occ: int = Field(3, ge=1, description="fasttrack: frames back for an occluded position.")
    enlarge_bbox_occ: float = Field(1.1, gt=0, description="fasttrack: growth of an occluded box.")
    dampen_motion_occ: float = Field(0.5, ge=0, le=1, description="fasttrack: what an occluded velocity keeps.")
    active_occ_to_lost_thresh: int = Field(10, ge=1, description="fasttrack: occluded frames until a track is lost.")
    occ_cover_thresh: float = Field(0.7, ge=0, le=1, description="fasttrack: covered share that is an occlusion.")
    occ_reappear_window: int = Field(
        40, ge=1, description="fasttrack: frames in which an occluded track may come back."
    )
    init_iou_suppress: float = Field(0.7, ge=0, le=1, description="fasttrack: overlap that keeps a new track out.")
    mask_weights: str = Field("", description="sam2, sam3: path of their weights, named as ultralytics names them.")
    mask_every: int = Field(
        5, ge=1, description="sam2, sam3: sampled frames between those in which new objects are looked for."
    )
    mask_iou: float = Field(
        0.5, gt=0, le=1, description="sam2, sam3: overlap of a mask's box and a detection of one object."
    )
    min_track_s: float = Field(0.5, ge=0, description="Shorter tracks are dropped, and counted.")
    max_gap_s: float = Field(0.3, ge=0, description="Gaps up to this are interpolated.")
    smoothing: Literal["none", "rts", "savgol"] = Field(
        "rts", description="Smoothing of boxes: Rauch-Tung-Striebel, Savitzky-Golay, or none."
    )
    smoothing_s: float = Field(0.4, gt=0, description="savgol: window of the filter, of order 2.")
    smoothing_px: float = Field(
        0.02, gt=0, description="rts: noise of a detected edge.", json_schema_extra={"unit": "box heights"}
    )
    smoothing_acceleration: float = Field(
        1.0,
        gt=0,
        description="rts: how strongly an edge's velocity wanders.",
        json_schema_extra={"unit": "box heights per s^1.5"},
    )
    hands: bool = Field(True, description="Make tracks of people's hands where boxes carry keypoints.")
    hand_min_score: float = Field(0.7, gt=0, le=1, description="Least score of a wrist and an elbow that make a hand.")
    contact_overlap: float = Field(0.1, gt=0, le=1, description="Share of a hand's box that a touched object covers.")
    contact_speed: float = Field(
        1.0,
        gt=0,
        description="Largest difference in velocity of a hand and what it touches.",
        json_schema_extra={"unit": "sides of the hand's box per second"},
    )
    contact_rest: float = Field(
        0.5,
        ge=0,
        description="Up to this speed a hand or an object counts as resting; rest alone makes no contact.",
        json_schema_extra={"unit": "sides of the hand's box per second"},
    )
    contact_samples: int = Field(3, ge=1, description="Least sampled frames in which hand and object move together.")


class MotionSettings(Section):
    """Thresholds of the motion calculus."""

    smoothing_s: float = Field(0.4, ge=0, description="Window of the Savitzky-Golay filter (order 2).")
    moving_min: float = Field(
        0.02,
        ge=0,
        description="Smallest displacement that counts as moving.",
        json_schema_extra={"unit": "frame heights"},
    )
    moving_min_body: float = Field(0.25, ge=0, description="The same in body lengths.")
    min_points: int = Field(5, ge=3, description="Tracks with fewer boxes yield no motion facts.")
    order_min_s: float = Field(0.5, gt=0, description="Events closer than this have no stated order.")
    noise_floor_px: float = Field(0.5, gt=0, description="Least noise of a box centre, in pixels.")
    noise_floor_body: float = Field(0.005, ge=0, description="The same in body lengths.")
    stabilised_drift: float = Field(
        0.005,
        ge=0,
        description="Error of a camera-compensated position over a clip.",
        json_schema_extra={"unit": "frame heights"},
    )
    edge_px: float = Field(2.0, ge=0, description="A box this close to the frame's edge is cut by it.")
    edge_share: float = Field(0.006, ge=0, le=0.1, description="The same as a share of the frame height.")
    pair_tracks: int = Field(
        16, ge=0, le=200, description="Tracks of a clip, the best seen ones, that are compared in pairs."
    )


class CaptionsSettings(Section):
    """The caption writer."""

    min_margin: float = Field(1.5, ge=0, description="Facts below this margin are not spoken of.")
    max_sentences: int = Field(24, ge=1, description="Sentences per caption at most.")


class QaSettings(Section):
    """The question writer and what ships."""

    pairs_per_clip: int = Field(10, ge=0, le=100, description="Questions per clip at most (paper: 10).")
    min_margin: float = Field(1.5, ge=0, description="Margin that the right fact and each refutation must reach.")
    ship_unverifiable: bool = Field(False, description="Whether pairs that no fact judges may leave.")


class LlmSettings(Section):
    """A language model through litellm; empty: the embedded writers."""

    model: str = Field("", description="litellm model name, e.g. openai/gpt-4o-mini; empty: embedded writers.")
    api_base: str = Field("", description="Address of an OpenAI-compatible server.")
    api_key: SecretStr = Field(SecretStr(""), description="Key; only from FM_LLM__API_KEY, never from a file.")
    temperature: float = Field(0.0, ge=0, le=2, description="Sampling temperature.")
    max_tokens: int = Field(2048, ge=16, description="Length of an answer at most.")
    timeout_s: float = Field(60, gt=0, description="Seconds for one call.")
    retries: int = Field(3, ge=0, le=20, description="Attempts after a failed call, with growing pauses.")
    frames: int = Field(4, ge=0, le=64, description="Frames of the clip that are sent along.")

    def decisive(self) -> dict[str, Any]:
        """What of these settings decides the text: neither the key nor where the service stands."""
        if not self.model:
            return {"model": ""}
        return self.model_dump(mode="json", include={"model", "temperature", "max_tokens", "frames"})


class BenchmarkSettings(Section):
    """Splits."""

    salt: str = Field("foundationmotion-1", min_length=1, description="Seed of the split.")
    train: float = Field(0.8, ge=0, le=1, description="Share of groups for training.")
    val: float = Field(0.1, ge=0, le=1, description="Share of groups for validation; the rest is the test split.")

    @model_validator(mode="after")
    def _shares(self) -> BenchmarkSettings:
        if self.train + self.val > 1:
            raise ValueError(f"train + val must not exceed 1, they are {self.train + self.val:g}")
        return self


FaultName = Literal[
    "missed_boxes", "jitter", "dropped_frames", "spurious_tracks", "id_switch", "fragmentation", "class_flip"
]
FAULT_NAMES: tuple[FaultName, ...] = get_args(FaultName)


class ErrorsSettings(Section):
    """How errors propagate: what `error_propagation` injects and compares, on a sample of the videos."""

    sample: int = Field(20, ge=0, description="Videos at most, chosen by the seed; 0: all.")
    seed: int = Field(1, description="Seed of the sample, of what is hit and of the intervals.")
    faults: tuple[FaultName, ...] = Field(FAULT_NAMES, description="Faults that are injected.")
    rates: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(
        (0.05, 0.1, 0.2, 0.3), description="Rates of each fault, as shares of what it hits (boxes, frames, tracks)."
    )
    against: str = Field(
        "", description="Also compare with another version: the name of a variant, or `previous`; empty: with none."
    )
    examples: int = Field(12, ge=0, le=200, description="Changed questions that the report shows with pictures.")


class ExportSettings(Section):
    """The exported dataset."""

    cut_clips: bool = Field(True, description="Cut the clips to files of their own (h264).")
    crf: int = Field(23, ge=0, le=51, description="Quality of cut clips.")
