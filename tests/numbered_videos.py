"""Tiny encoded videos whose every frame shows its own number, so that a test can tell which frame it was given."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from fm_resources.video import ffmpeg_binary

WIDTH, HEIGHT, BITS = 160, 96, 8
FPS = 25
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p", "-threads", "1")


def picture(number: int) -> np.ndarray:
    """(96, 160, 3) RGB: the number in binary along the top, most significant bit first; red bottom left corner."""
    image = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
    for bit in range(BITS):
        image[:48, bit * 20 : bit * 20 + 20] = 235 if number >> (BITS - 1 - bit) & 1 else 20
    image[48:, :80] = (220, 30, 30)
    return image


def number_in(image: np.ndarray) -> int:
    """The number that a frame shows; RGB or grey, any size, display orientation."""
    grey = image if image.ndim == 2 else image.mean(axis=2)
    height, width = grey.shape
    cells = [
        grey[height // 6 : height // 3, int((b + 0.3) * width / BITS) : int((b + 0.7) * width / BITS)]
        for b in range(BITS)
    ]
    return sum((cell.mean() > 128) << (BITS - 1 - bit) for bit, cell in enumerate(cells))


def encode(
    path: Path, count: int = 75, options: tuple[str, ...] = X264, before: tuple[str, ...] = (), fps: float = FPS
) -> Path:
    """Encodes frames 0 to `count - 1`; `before` are ffmpeg's input options, `options` its output options."""
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(fps), *before, "-i", "pipe:0")
    raw = b"".join(picture(n).tobytes() for n in range(count))
    run(*source, *options, str(path), feed=raw)
    return path


def run(*arguments: str, feed: bytes | None = None) -> None:
    """Runs ffmpeg; its complaint becomes the test's."""
    command = [ffmpeg_binary(), "-loglevel", "error", "-y", *arguments]
    done = subprocess.run(command, input=feed, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
