"""Settings: `fm.toml`, overridden by `FM_*` environment variables and `--set`, validated once.

Order of precedence: `--set` > environment (`FM_TRACKS__TRACK_BUFFER=60`) > `fm.toml` > profile > defaults.
The file is found at `FM_CONFIG`, else as `fm.toml` in the working directory or the nearest folder above it.
All state lives below `FM_HOME` (default: `.fm/` beside `fm.toml`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

VIDEO_EXTENSIONS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".ogv", ".flv")


class SettingsError(ValueError):
    """A setting that is unknown or not allowed; the message names it, its value and what is allowed."""


class Section(BaseModel):
    """A part of the settings; frozen, and a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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

    backend: Literal["auto", "ultralytics", "motion"] = "auto"
    weights: str = Field("", description="Path of ultralytics weights: .pt, .onnx or an OpenVINO folder.")
    download: str = Field("yolo11n.pt", description="Weights that `auto` asks ultralytics for; empty: never download.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:0, mps.")
    image_size: int = Field(640, ge=64, le=4096, description="Longer side of the frames that the network sees.")
    precision: Literal["f32"] = "f32"
    batch: int = Field(8, ge=1, le=512, description="Frames per call of the network.")


class DetectionsSettings(Section):
    """What is detected, and how often."""

    fps: float = Field(10.0, ge=0, le=240, description="Sampled frames per second; 0: every frame.")
    min_score: float = Field(0.1, ge=0, le=1, description="Boxes below this score are not stored.")
    iou: float = Field(0.7, gt=0, le=1, description="Overlap above which the weaker box of a class is suppressed.")
    max_boxes: int = Field(100, ge=1, le=1000, description="Boxes per frame at most.")
    classes: tuple[str, ...] = Field((), description="Classes that are kept; empty: all.")
    motion_threshold: int = Field(
        24, ge=1, le=255, description="`motion` backend: difference to the background, of 255."
    )
    motion_min_area: float = Field(
        0.0004, gt=0, lt=1, description="`motion` backend: smallest object, share of the frame."
    )


class TracksSettings(Section):
    """Association of stored detections (ultralytics' names for its parameters)."""

    tracker: Literal["bytetrack", "botsort"] = "bytetrack"
    track_high_thresh: float = Field(0.25, ge=0, le=1, description="Score of boxes in the first association.")
    track_low_thresh: float = Field(0.1, ge=0, le=1, description="Score of boxes in the second association.")
    new_track_thresh: float = Field(0.25, ge=0, le=1, description="Score that starts a track.")
    track_buffer: int = Field(30, ge=1, le=10000, description="Sampled frames for which a lost track is remembered.")
    match_thresh: float = Field(0.8, ge=0, le=1, description="Largest association cost.")
    fuse_score: bool = Field(True, description="Multiply the overlap by the score.")
    min_track_s: float = Field(0.5, ge=0, description="Shorter tracks are dropped.")
    max_gap_s: float = Field(0.3, ge=0, description="Gaps up to this are interpolated.")


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


class ExportSettings(Section):
    """The exported dataset."""

    cut_clips: bool = Field(True, description="Cut the clips to files of their own (h264).")
    crf: int = Field(23, ge=0, le=51, description="Quality of cut clips.")


#: Settings that `profile = "paper"` puts in place of the defaults (paper, sections 3.1 to 3.4, and its code).
PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "default": {},
    "paper": {
        "clips": {
            "min_s": 5.0, "max_s": 10.0, "jitter": 0.2, "camera_policy": "drop", "camera_threshold": 0.3,
            "weight_mean_dt": 1.0, "weight_mean_dr": 1.0, "weight_max_dt": 0.5, "weight_max_dr": 0.5,
        },
        "qa": {"pairs_per_clip": 10},
        "llm": {"temperature": 0.0},
    },
}  # fmt: skip


class Settings(Section):
    """All settings, validated."""

    home: Path
    root: Path = Field(description="Folder of fm.toml; relative paths are below it.")
    profile: Literal["default", "paper"] = "default"
    lake: str = Field("", description="Address of the lake; empty: FM_HOME/lake.")
    ingest: IngestSettings = IngestSettings()
    workers: WorkersSettings = WorkersSettings()
    videos: VideosSettings = VideosSettings()
    clips: ClipsSettings = ClipsSettings()
    detector: DetectorSettings = DetectorSettings()
    detections: DetectionsSettings = DetectionsSettings()
    tracks: TracksSettings = TracksSettings()
    motion: MotionSettings = MotionSettings()
    captions: CaptionsSettings = CaptionsSettings()
    qa: QaSettings = QaSettings()
    llm: LlmSettings = LlmSettings()
    benchmark: BenchmarkSettings = BenchmarkSettings()
    export: ExportSettings = ExportSettings()

    @property
    def lake_url(self) -> str:
        """Address of the lake."""
        return self.lake or str(self.home / "lake")

    def resolve(self, path: str) -> Path:
        """A path of the settings, made absolute against fm.toml's folder."""
        return (self.root / Path(path).expanduser()).resolve()


def find_config(start: Path | None = None) -> Path | None:
    """`FM_CONFIG`, or the nearest `fm.toml` at or above `start` (default: the working directory)."""
    if named := os.environ.get("FM_CONFIG"):
        return Path(named).expanduser().resolve()
    here = (start or Path.cwd()).resolve()
    return next((p / "fm.toml" for p in [here, *here.parents] if (p / "fm.toml").is_file()), None)


def load_settings(
    config: Path | None = None,
    overrides: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from file, environment and `--set` overrides.

    Args:
        config: The file; default: `find_config()`. Without a file the defaults hold.
        overrides: Entries such as `tracks.track_buffer=60`.
        env: Environment; default: `os.environ`.

    Raises:
        SettingsError: A name is unknown, or a value is not allowed; all such are listed.
    """
    env = os.environ if env is None else env
    config = config or find_config()
    values: dict[str, Any] = {}
    if config is not None:
        values = _read_file(config)
    root = config.parent if config else Path.cwd()
    sources: dict[str, str] = {}
    _merge(values, _from_env(env), sources, "environment")
    for entry in overrides:
        name, sep, text = entry.partition("=")
        if not sep or not name:
            raise SettingsError(f"--set {entry!r}: write it as section.name=value, e.g. tracks.track_buffer=60")
        _merge(values, _nest(name.strip().split("."), _parse(text, name.strip().split("."))), sources, "--set")
    home = Path(env.get("FM_HOME") or values.pop("home", None) or root / ".fm").expanduser()
    values.pop("home", None)
    profile = values.get("profile", "default")
    merged: dict[str, Any] = {}
    for section, entries in PROFILES.get(str(profile), {}).items():
        merged[section] = dict(entries)
    _merge(merged, values, {}, "")
    try:
        return Settings(home=(root / home).resolve(), root=root.resolve(), **merged)
    except ValidationError as error:
        raise SettingsError(_explain(error, config, sources)) from None


def _read_file(config: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{config}: there is no such file; FM_CONFIG names it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: not valid TOML: {error}") from None
    if values.get("llm", {}).get("api_key"):
        raise SettingsError(f"{config}: llm.api_key may not stand in a file; set FM_LLM__API_KEY in the environment")
    for reserved in ("root",):
        if reserved in values:
            raise SettingsError(f"{config}: {reserved!r} is not a setting")
    return values


def _from_env(env: Mapping[str, str]) -> dict[str, Any]:
    """`FM_SECTION__NAME` variables, and the top-level `FM_PROFILE` and `FM_LAKE`."""
    nested: dict[str, Any] = {}
    for key in sorted(env):
        if not key.startswith("FM_"):
            continue
        parts = key[3:].lower().split("__")
        if len(parts) > 1 or parts[0] in ("profile", "lake"):
            _merge(nested, _nest(parts, _parse(env[key], parts)), {}, "")
    return nested


def _nest(parts: Sequence[str], value: Any) -> dict[str, Any]:
    for part in reversed(parts):
        value = {part: value}
    return value


def _parse(text: str, parts: Sequence[str]) -> Any:
    """A TOML value where the text is one (`60`, `true`, `["a"]`) and the setting is no text, else the text."""
    if _annotation(parts) in (str, SecretStr):
        return text
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def _annotation(parts: Sequence[str]) -> Any:
    """The type of a setting, or None where there is no such setting."""
    kind: Any = Settings
    for part in parts:
        fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
        kind = fields[part].annotation if part in fields else None
    return kind


def _merge(into: dict[str, Any], new: Mapping[str, Any], sources: dict[str, str], source: str, path: str = "") -> None:
    for key, value in new.items():
        name = f"{path}{key}"
        if isinstance(value, Mapping) and isinstance(into.get(key, {}), dict):
            _merge(into.setdefault(key, {}), value, sources, source, f"{name}.")
        else:
            into[key] = value
            sources[name] = source


def _explain(error: ValidationError, config: Path | None, sources: Mapping[str, str]) -> str:
    lines = []
    for item in error.errors():
        name = ".".join(str(p) for p in item["loc"])
        named = [source for key, source in sources.items() if key == name or key.startswith(f"{name}.")]
        where = named[0] if named else (str(config) if config else "defaults")
        if item["type"] == "extra_forbidden":
            lines.append(f"{where}: {name} is not a setting; {_known(name)}")
        else:
            value = "" if "api_key" in name else f" = {item['input']!r}"
            lines.append(f"{where}: {name}{value} is not allowed: {item['msg']}")
    return "\n".join(lines)


def _known(name: str) -> str:
    section = name.split(".")[0]
    field = Settings.model_fields.get(section)
    kind = field.annotation if field else None
    if isinstance(kind, type) and issubclass(kind, Section):
        return f"[{section}] has: {', '.join(kind.model_fields)}"
    return f"sections are: {', '.join(n for n in Settings.model_fields if n not in ('home', 'root'))}"
