"""Names of scenes that a person can read: `red-ball-circles`, `pan-two-boxes-...`."""

from __future__ import annotations

import numpy as np

from fm_assets.scenes.spec import ObjectSpec, SceneSpec

_PLURAL = {"ball": "balls", "box": "boxes", "star": "stars", "cone": "cones", "cross": "crosses"}
_VERB = {
    "curved": "curves",
    "circular": "circles",
    "zigzag": "zigzags",
    "back_and_forth": "swings",
    "stop_and_go": "stops-and-goes",
    "stationary": "rests",
    "irregular": "wanders",
}
_SECTORS = ("right", "up-right", "up", "up-left", "left", "down-left", "down", "down-right")


def scene_name(spec: SceneSpec) -> str:
    """A name from the camera and what the objects do, of lower-case words joined by hyphens."""
    first = spec.objects[0]
    words: list[str] = [] if spec.camera.kind == "static" else [spec.camera.kind]
    if spec.kind == "crossing":
        words += ["two", first.colour, _PLURAL[first.class_name], "cross"]
        words += ["behind-bar"] if spec.occluders else []
    elif spec.kind == "occlusion":
        words += [_noun(first), "passes-behind-bar"]
    elif spec.kind == "entering":
        words += [_noun(first), "enters", _noun(spec.objects[1]), "leaves"]
    elif spec.kind == "looming":
        words += [_noun(first), "grows", _noun(spec.objects[1]), "shrinks"]
    else:
        words += [f"{_noun(obj)}-{_verb(obj)}" for obj in spec.objects[:2]]
        words += [f"and-{len(spec.objects) - 2}-more"] if len(spec.objects) > 2 else []
    return "-".join(words)


def _noun(obj: ObjectSpec) -> str:
    return f"{obj.colour}-{obj.class_name}"


def _verb(obj: ObjectSpec) -> str:
    shape = obj.trajectory.shape
    if shape != "straight":
        return _VERB[shape]
    (x1, y1), (x2, y2) = obj.trajectory.position(np.array([0.0, 1.0]))
    sector = round(float(np.degrees(np.arctan2(y1 - y2, x2 - x1))) / 45.0) % 8
    return f"moves-{_SECTORS[sector]}"
