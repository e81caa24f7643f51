"""Leakage-safe splits: by group of videos, decided by a hash, so that growth never moves what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from fm_assets.settings import BenchmarkSettings

SPLITS = ("train", "val", "test")


def split_of(group_id: str, settings: BenchmarkSettings) -> tuple[str, float]:
    """The split of a group, and the number in [0, 1) that decided it (sha256 of salt and group)."""
    digest = hashlib.sha256(f"{settings.salt}\0{group_id}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") / 2**64
    if number < settings.train:
        return "train", number
    return ("val", number) if number < settings.train + settings.val else ("test", number)


def video_of(clip_id: str) -> str:
    """The video that a clip id names: `<video_id>.c<number>`."""
    return clip_id.rsplit(".c", 1)[0]


def assign(
    pairs: Iterable[Mapping[str, Any]], domains: Mapping[str, str], settings: BenchmarkSettings, *, unverifiable: bool
) -> list[dict[str, Any]]:
    """One row per question that may leave.

    Args:
        pairs: Rows of `qa_pairs`: `qa_id`, `clip_id`, `verdict`.
        domains: Video id -> domain.
        settings: Shares and salt.
        unverifiable: Whether questions that no fact judges leave too; contradicted ones never do.
    """
    allowed = {"verified", "unverifiable"} if unverifiable else {"verified"}
    rows = []
    for pair in pairs:
        if pair["verdict"] not in allowed:
            continue
        video_id = video_of(pair["clip_id"])
        split, number = split_of(video_id, settings)
        rows.append(
            {
                "qa_id": pair["qa_id"],
                "clip_id": pair["clip_id"],
                "video_id": video_id,
                "group_id": video_id,
                "split": split,
                "domain": domains.get(video_id, ""),
                "reason": f"hash of group {number:.4f}, train < {settings.train:g}, val < {settings.train + settings.val:g}",
            }
        )
    return rows
