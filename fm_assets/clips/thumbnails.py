"""Small pictures of a clip for contact sheets."""

from __future__ import annotations

import numpy as np

from fm_resources.picture import jpeg


class Thumbnails:
    """Picks frames spread evenly over a clip as they go by: the first at or after the middle of each part.

    Args:
        count: Pictures per clip.
        duration_s: Duration of the clip.
    """

    def __init__(self, count: int, duration_s: float) -> None:
        self._due = [(k + 0.5) * duration_s / count for k in range(count)]
        self._last: tuple[float, np.ndarray] | None = None
        self._rows: list[dict] = []

    def add(self, image: np.ndarray, t_s: float) -> None:
        """Offers a frame, (h, w, 3) RGB uint8."""
        self._last = (t_s, image)
        if self._due and t_s >= self._due[0]:
            self._due = [due for due in self._due if due > t_s]
            self._rows.append({"t_s": t_s, "jpeg": jpeg(image)})

    def rows(self) -> list[dict]:
        """The pictures as rows; the last frame stands in where the clip ended before the first was due."""
        if not self._rows and self._last is not None:
            return [{"t_s": self._last[0], "jpeg": jpeg(self._last[1])}]
        return self._rows
