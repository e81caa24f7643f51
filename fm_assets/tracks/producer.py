"""What of the settings decides the rows of `tracks`; imported when definitions load."""

from __future__ import annotations

from typing import Any

from fm_assets.settings import Settings
from fm_resources.tracker import TrackerOptions

#: Distributions whose version matters for the association.
LIBRARIES = ("lapx", "numpy", "scipy", "ultralytics")

#: Settings of the section `clips` by which a camera is judged.
CAMERA_SETTINGS = (
    "camera_policy", "camera_threshold", "weight_mean_dt", "weight_mean_dr", "weight_max_dt", "weight_max_dr",
    "static_px", "max_unreliable",
)  # fmt: skip


def parameters(settings: Settings) -> dict[str, Any]:
    """What decides the rows of `tracks` besides the inputs, for its producer."""
    return {
        **settings.tracks.model_dump(mode="json"),
        # a camera that was measured again is judged anew
        "camera": settings.clips.model_dump(mode="json", include=set(CAMERA_SETTINGS)),
    }


def options(settings: Settings) -> TrackerOptions:
    """The tracker's parameters."""
    wanted = settings.tracks
    return TrackerOptions(
        tracker=wanted.tracker,
        track_high_thresh=wanted.track_high_thresh,
        track_low_thresh=wanted.track_low_thresh,
        new_track_thresh=wanted.new_track_thresh,
        track_buffer=wanted.track_buffer,
        match_thresh=wanted.match_thresh,
        fuse_score=wanted.fuse_score,
    )
