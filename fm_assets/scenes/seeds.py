"""Random generators seeded from content, apart from scenes, which take long to load."""

from __future__ import annotations

import hashlib

import numpy as np


def rng_of(*parts: object) -> np.random.Generator:
    """A random generator seeded from the values of `parts` and nothing else."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))
