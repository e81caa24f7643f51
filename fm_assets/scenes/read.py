"""The specification of a scene, read back from its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fm_assets.scenes.spec import CameraSpec, ObjectSpec, Occluder, SceneSpec, Wave
from fm_assets.scenes.trajectories import (
    Arc,
    Oscillation,
    Stationary,
    StopAndGo,
    Straight,
    Trajectory,
    Wander,
    Zigzag,
)
from fm_assets.scenes.truth import FORMAT

_TRAJECTORIES: dict[str, type] = {
    "straight": Straight, "curved": Arc, "circular": Arc, "zigzag": Zigzag, "back_and_forth": Oscillation,
    "stop_and_go": StopAndGo, "stationary": Stationary, "irregular": Wander,
}  # fmt: skip


def read_spec(sidecar: Path) -> SceneSpec:
    """The scene of a video, from the truth beside it.

    Raises:
        ValueError: The file is no scene's truth.
    """
    document = json.loads(sidecar.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{sidecar}: not a scene truth file ({FORMAT!r})")
    return spec_from_json(document["spec"])


def spec_from_json(values: Mapping[str, Any]) -> SceneSpec:
    """Inverse of `SceneSpec.to_json`, also after a way through JSON text."""
    known = {name: _frozen(value) for name, value in values.items()}
    camera: dict[str, Any] = {
        name: tuple(Wave(**wave) for wave in value) if name.startswith("shake_") else _frozen(value)
        for name, value in values["camera"].items()
    }
    known["camera"] = CameraSpec(**camera)
    known["objects"] = tuple(_object(item) for item in values["objects"])
    known["occluders"] = tuple(Occluder(**{k: _frozen(v) for k, v in bar.items()}) for bar in values["occluders"])
    return SceneSpec(**known)


def _object(values: Mapping[str, Any]) -> ObjectSpec:
    path = {name: _frozen(value) for name, value in values["trajectory"].items() if name != "shape"}
    trajectory: Trajectory = _TRAJECTORIES[values["trajectory"]["shape"]](**path)
    return ObjectSpec(**{**values, "trajectory": trajectory})


def _frozen(value: Any) -> Any:
    """Lists as tuples, at every depth."""
    return tuple(_frozen(v) for v in value) if isinstance(value, list | tuple) else value
