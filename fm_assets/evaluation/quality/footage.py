"""Footage with tracking truth, in the folders of the MOTChallenge: `seqinfo.ini`, `gt/`, and a video or `det/`."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

from fm_assets.evaluation.quality.section import Bench, Unavailable

#: Sequences with a video: a camera that stands still, and one that rides on a bus.
STILL, MOVING = "PETS09-S2L1", "MOT17-13"
#: Sequences of which only boxes are there.
BOXES_ONLY = ("ETH-Bahnhof", "ETH-Sunnyday", "KITTI-13", "Venice-2")


@dataclass(frozen=True)
class Footage:
    """A sequence.

    Attributes:
        name: Name of its folder.
        folder: The folder.
        fps: Frames per second.
        frames: Number of frames.
        width: Frame width, pixels.
        height: Frame height, pixels.
    """

    name: str
    folder: Path
    fps: float
    frames: int
    width: int
    height: int

    @property
    def truth(self) -> Path:
        """Its truth."""
        return self.folder / "gt" / "gt.txt"

    @property
    def boxes(self) -> Path:
        """Its public detections."""
        return self.folder / "det" / "det.txt"

    @property
    def video(self) -> Path:
        """Its video.

        Raises:
            Unavailable: There is none.
        """
        videos = sorted(self.folder.glob("*.mp4"))
        if not videos:
            raise Unavailable(f"needs the video of mot/{self.name}, an .mp4 file in its folder")
        return videos[0]


def footage(bench: Bench, name: str) -> Footage:
    """A sequence of the development data.

    Raises:
        Unavailable: It is not there, or its `seqinfo.ini` lacks a value.
    """
    folder = bench.need_data("mot", name)
    info = configparser.ConfigParser()
    info.read(bench.need_data("mot", name, "seqinfo.ini"), encoding="utf-8")
    try:
        values = info["Sequence"]
        return Footage(
            name,
            folder,
            float(values["frameRate"]),
            int(values["seqLength"]),
            int(values["imWidth"]),
            int(values["imHeight"]),
        )
    except (KeyError, ValueError) as error:
        raise Unavailable(f"cannot use mot/{name}/seqinfo.ini: {type(error).__name__}: {error}") from None
