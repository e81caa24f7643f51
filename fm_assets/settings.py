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

from pydantic import BaseModel, Field, SecretStr, ValidationError

from fm_assets.settings_sections import (
    AutomationSettings,
    BenchmarkSettings,
    CaptionsSettings,
    ClipsSettings,
    DetectionsSettings,
    DetectorSettings,
    ErrorsSettings,
    ExportSettings,
    IngestSettings,
    LlmSettings,
    MotionSettings,
    QaSettings,
    Section,
    TracksSettings,
    Variant,
    VideosSettings,
    WorkersSettings,
)

__all__ = [
    "NO_SETTINGS",
    "PROFILES",
    "AutomationSettings",
    "BenchmarkSettings",
    "CaptionsSettings",
    "ClipsSettings",
    "DetectionsSettings",
    "DetectorSettings",
    "ErrorsSettings",
    "ExportSettings",
    "IngestSettings",
    "LlmSettings",
    "MotionSettings",
    "QaSettings",
    "Section",
    "Settings",
    "SettingsError",
    "TracksSettings",
    "Variant",
    "VideosSettings",
    "WorkersSettings",
    "find_config",
    "load_settings",
    "settings_named",
]


class SettingsError(ValueError):
    """A setting that is unknown or not allowed; the message names it, its value and what is allowed."""


#: Fields of `Settings` that nobody sets: not in the file, the environment or with `--set`.
NO_SETTINGS = ("home", "root", "variant")

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
    variant: Variant = Variant()
    lake: str = Field("", description="Address of the lake; empty: FM_HOME/lake.")
    ingest: IngestSettings = IngestSettings()
    automation: AutomationSettings = AutomationSettings()
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
    errors: ErrorsSettings = ErrorsSettings()

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
    pinned: Mapping[str, Any] | None = None,
    pinned_by: str = "",
) -> Settings:
    """Settings from file, environment and `--set` overrides.

    Args:
        config: The file; default: `find_config()`. Without a file the defaults hold.
        overrides: Entries such as `tracks.track_buffer=60`.
        env: Environment; default: `os.environ`.
        pinned: Values that take the place of all others: `tracks.track_buffer` -> 60.
        pinned_by: Who pinned them, for messages.

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
    for name, value in (pinned or {}).items():
        _pin(values, name.split("."), value)
        sources[name] = pinned_by
    for name in NO_SETTINGS[1:]:
        if name in values:
            where = next((s for key, s in sources.items() if key.split(".")[0] == name), str(config))
            raise SettingsError(f"{where}: {name} is not a setting; {_known(name)}")
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


def settings_named(overrides: Sequence[str]) -> list[str]:
    """The settings that `--set` entries give a value: a section names each of its entries, a mapping is one setting."""
    found: list[str] = []
    for entry in overrides:
        name, _, text = entry.partition("=")
        parts = name.strip().split(".")
        found += _leaves(parts, _parse(text, parts))
    return list(dict.fromkeys(found))


def _leaves(parts: Sequence[str], value: Any) -> list[str]:
    for end in range(1, len(parts) + 1):
        kind = _annotation(parts[:end])
        if not (isinstance(kind, type) and issubclass(kind, Section)):
            return [".".join(parts[:end])]
    return [leaf for key, entry in value.items() for leaf in _leaves([*parts, key], entry)]


def _read_file(config: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{config}: there is no such file; FM_CONFIG names it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: not valid TOML: {error}") from None
    if values.get("llm", {}).get("api_key"):
        raise SettingsError(f"{config}: llm.api_key may not stand in a file; set FM_LLM__API_KEY in the environment")
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


def _pin(values: dict[str, Any], parts: Sequence[str], value: Any) -> None:
    """Puts a value in its place whole; a table is replaced, not merged into."""
    for part in parts[:-1]:
        values = values.setdefault(part, {})
    values[parts[-1]] = value


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
    if section not in NO_SETTINGS and isinstance(kind, type) and issubclass(kind, Section):
        return f"[{section}] has: {', '.join(kind.model_fields)}"
    return f"sections are: {', '.join(n for n in Settings.model_fields if n not in NO_SETTINGS)}"
