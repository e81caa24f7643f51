"""Small grey frames, on which the camera is measured."""

from __future__ import annotations

import cv2
import numpy as np


def shrunk(image: np.ndarray, width: int) -> np.ndarray:
    """An RGB image (h, w, 3) as grey (h, w), at most `width` wide."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if grey.shape[1] <= width:
        return grey
    height = max(1, round(grey.shape[0] * width / grey.shape[1]))
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
