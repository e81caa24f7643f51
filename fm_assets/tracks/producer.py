"""What of the settings decides the rows of `tracks`; imported when definitions load."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fm_assets.settings import Settings, SettingsError, TracksSettings
from fm_assets.tracks.smoothing import SmoothingOptions
from fm_resources.detector.base import DetectorError
from fm_resources.detector.weights import resolve_device, sha256_of
from fm_resources.tracker import COMMON, OWN, TrackerOptions

#: Distributions whose version matters for the association.
LIBRARIES = ("lapx", "numpy", "scipy", "ultralytics")

#: Settings of the section `clips` by which a camera is judged.
CAMERA_SETTINGS = (
    "camera_policy", "camera_threshold", "weight_mean_dt", "weight_mean_dr", "weight_max_dt", "weight_max_dr",
    "static_px", "max_unreliable",
)  # fmt: skip


#: The trackers that follow masks, and decode the video to do so.
MASKS: Final = ("sam2", "sam3")
#: What only they read of the section, besides the path of their weights; of `COMMON` they read `new_track_thresh`.
MASK_SETTINGS = ("mask_every", "mask_iou")
#: Distributions whose version matters for them besides.
MASK_LIBRARIES = {"sam2": ("av", "torch"), "sam3": ("av", "torch", "timm")}
#: Ends of the names by which ultralytics knows what to build.
MASK_NAMES: dict[str, tuple[str, ...]] = {
    "sam2": tuple(f"{version}_{size}.pt" for version in ("sam2", "sam2.1") for size in "tsbl"),
    "sam3": ("sam3.pt", "sam3.1.pt"),
}

#: Smoothing method -> settings that only it reads.
SMOOTHING_SETTINGS: dict[str, tuple[str, ...]] = {
    "none": (),
    "savgol": ("smoothing_s",),
    "rts": ("smoothing_px", "smoothing_acceleration"),
}


def parameters(settings: Settings) -> dict[str, Any]:
    """What decides the rows of `tracks` besides the inputs, for its producer: only what the chosen methods read."""
    wanted = settings.tracks
    unread = {name for names in OWN.values() for name in names} | {"mask_weights"}  # known by hash, not by path
    if wanted.tracker in MASKS:
        unread |= {*COMMON, "turn_exponent"} - {"new_track_thresh"}
    else:
        unread = unread - set(OWN[wanted.tracker]) | set(MASK_SETTINGS)
    unread |= {name for names in SMOOTHING_SETTINGS.values() for name in names}
    unread -= set(SMOOTHING_SETTINGS[wanted.smoothing])
    return {
        **wanted.model_dump(mode="json", exclude=unread),
        **({"device": resolve_device(settings.detector.device)} if wanted.tracker in MASKS else {}),
        # a camera that was measured again is judged anew
        "camera": settings.clips.model_dump(mode="json", include=set(CAMERA_SETTINGS)),
    }


def mask_weights(settings: Settings) -> Path:
    """The weights of the mask tracker.

    Raises:
        SettingsError: None are given, or they are not there, or bear no name that says what to build.
    """
    tracker, given = settings.tracks.tracker, settings.tracks.mask_weights
    names = ", ".join(MASK_NAMES[tracker])
    if not given:
        raise SettingsError(f'tracks.mask_weights: tracks.tracker = "{tracker}" needs the path of weights ({names})')
    missing = [name for name in MASK_LIBRARIES[tracker] if find_spec(name) is None]
    if missing:
        raise SettingsError(
            f'tracks.tracker = "{tracker}" needs {", ".join(missing)}: '
            "install the extra `sam3` (pip install 'foundationmotion[sam3]')"
        )
    path = settings.resolve(given)
    if not path.is_file():
        raise SettingsError(f"tracks.mask_weights: {path} is not there, or is no file")
    if not path.name.endswith(MASK_NAMES[tracker]):
        raise SettingsError(
            f"tracks.mask_weights: {path.name} does not say which network of {tracker} it is: name it as ultralytics "
            f"does, one of {names}"
        )
    return path


def weights(settings: Settings) -> dict[str, str]:
    """Model files of the tracker: name -> sha256.

    Raises:
        SettingsError: They are missing.
    """
    if settings.tracks.tracker not in MASKS:
        return {}
    path = mask_weights(settings)
    try:
        return {path.name: sha256_of(path)}
    except DetectorError as error:
        raise SettingsError(f"tracks.mask_weights: {error}") from None


def library_names(settings: Settings) -> tuple[str, ...]:
    """Distributions whose version matters for the tracker."""
    return (*LIBRARIES, *MASK_LIBRARIES.get(settings.tracks.tracker, ()))


def options(settings: Settings) -> TrackerOptions:
    """The tracker, one that associates boxes, and its parameters."""
    wanted = settings.tracks
    if wanted.tracker == "sam2" or wanted.tracker == "sam3":  # spelled out for the type checker
        raise ValueError(f"{wanted.tracker} associates no boxes")
    names = {*COMMON, *OWN[wanted.tracker]}
    return TrackerOptions(wanted.tracker, wanted.model_dump(include=names), wanted.turn_exponent)


def smoothing(wanted: TracksSettings) -> SmoothingOptions:
    """How boxes are smoothed."""
    return SmoothingOptions(wanted.smoothing, wanted.smoothing_s, wanted.smoothing_px, wanted.smoothing_acceleration)
