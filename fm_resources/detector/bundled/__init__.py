"""The detector that comes with the product: it knows the shapes of rendered scenes and nothing else.

It was trained by `fm train-detector` from random weights on rendered frames; real footage is not its business.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: Names of the two files in this folder.
CHECKPOINT = "scenes.pt"
RECORD = "scenes.json"
#: Longer side, in pixels, of the frames that it was trained on and should be given.
IMAGE_SIZE = 384

_FOLDER = Path(__file__).resolve().parent


def weights() -> Path:
    """The checkpoint."""
    return _FOLDER / CHECKPOINT


def record() -> dict[str, Any]:
    """The training record: classes, seeds, settings, accuracy on held-out scenes, hash of the checkpoint."""
    document: dict[str, Any] = json.loads((_FOLDER / RECORD).read_text(encoding="utf-8"))
    return document
