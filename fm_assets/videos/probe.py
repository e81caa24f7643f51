"""Which videos are usable: limits on a probed file, and the domain that it belongs to."""

from __future__ import annotations

from fm_assets.scenes import SCENE_TAG
from fm_assets.settings import VideosSettings
from fm_resources.detector.base import RENDERED
from fm_resources.video import VideoInfo


def objection(info: VideoInfo, limits: VideosSettings) -> str:
    """Why a video is outside the limits: what, by how much, and the setting that says so; empty when it is inside."""
    size = f"its frames are {info.width} x {info.height} px"
    if info.duration_s < limits.min_duration_s:
        return f"it lasts {info.duration_s:.2f} s, less than videos.min_duration_s = {limits.min_duration_s:g}"
    if info.duration_s > limits.max_duration_s:
        return f"it lasts {info.duration_s:.0f} s, more than videos.max_duration_s = {limits.max_duration_s:g}"
    if min(info.width, info.height) < limits.min_side_px:
        return f"{size}, the smaller side below videos.min_side_px = {limits.min_side_px}"
    if max(info.width, info.height) > limits.max_side_px:
        return f"{size}, the larger side above videos.max_side_px = {limits.max_side_px}"
    return ""


def domain_of(info: VideoInfo, given: str) -> str:
    """The domain given at ingestion, or `rendered` for files that carry the tag of our scenes."""
    return RENDERED if info.comment == SCENE_TAG else given
