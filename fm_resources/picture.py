"""Small pictures of frames."""

from __future__ import annotations

import cv2
import numpy as np

#: Width of a small picture, in pixels.
WIDTH = 192
QUALITY = 70


def jpeg(image: np.ndarray, width: int = WIDTH) -> bytes:
    """An RGB image (h, w, 3), scaled down to at most `width`, as JPEG."""
    height, wide = image.shape[:2]
    if wide > width:
        image = cv2.resize(image, (width, max(1, round(height * width / wide))), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()
