"""What of the settings decides the rows of `tracks`; imported when definitions load."""

from __future__ import annotations

from typing import Any

from fm_assets.settings import Settings
from fm_assets.tracks.smoothing import SmoothingOptions
from fm_resources.tracker import COMMON, OWN, TrackerOptions

#: Distributions whose version matters for the association.
LIBRARIES = ("lapx", "numpy", "scipy", "ultralytics")

#: Settings of the section `clips` by which a camera is judged.
CAMERA_SETTINGS = (
    "camera_policy", "camera_threshold", "weight_mean_dt", "weight_mean_dr", "weight_max_dt", "weight_max_dr",
    "static_px", "max_unreliable",
)  # fmt: skip


#: Smoothing method -> settings that only it reads.
SMOOTHING_SETTINGS: dict[str, tuple[str, ...]] = {
    "none": (),
    "savgol": ("smoothing_s",),
    "rts": ("smoothing_px", "smoothing_acceleration"),
}


def parameters(settings: Settings) -> dict[str, Any]:
    """What decides the rows of `tracks` besides the inputs, for its producer: only what the chosen methods read."""
    wanted = settings.tracks
    unread = {name for names in OWN.values() for name in names} - set(OWN[wanted.tracker])
    unread |= {name for names in SMOOTHING_SETTINGS.values() for name in names}
    unread -= set(SMOOTHING_SETTINGS[wanted.smoothing])
    return {
        **wanted.model_dump(mode="json", exclude=unread),
        # a camera that was measured again is judged anew
        "camera": settings.clips.model_dump(mode="json", include=set(CAMERA_SETTINGS)),
    }


def options(settings: Settings) -> TrackerOptions:
    """The tracker and its parameters."""
    wanted = settings.tracks
    names = {*COMMON, *OWN[wanted.tracker]}
    return TrackerOptions(wanted.tracker, wanted.model_dump(include=names), wanted.turn_exponent)


def smoothing(settings: Settings) -> SmoothingOptions:
    """How boxes are smoothed."""
    wanted = settings.tracks
    return SmoothingOptions(wanted.smoothing, wanted.smoothing_s, wanted.smoothing_px, wanted.smoothing_acceleration)
