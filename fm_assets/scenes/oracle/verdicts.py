"""Three-valued truth: True, False, or None where the definition does not settle the matter (Kleene 1938)."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def zoned(value: float, holds: float, fails: float) -> Truth:
    """True from `holds` on, False up to `fails`, None between them; `fails` lies below `holds`."""
    return True if value >= holds else False if value <= fails else None


def above(value: float, threshold: float, soft: float) -> Truth:
    """Whether a value exceeds a threshold; None within `soft` of it."""
    return zoned(value, threshold + soft, threshold - soft)


def below(value: float, threshold: float, soft: float) -> Truth:
    """Whether a value keeps below a threshold; None within `soft` of it."""
    return zoned(-value, soft - threshold, -soft - threshold)


def every(*verdicts: Truth) -> Truth:
    """Whether all hold."""
    return False if False in verdicts else None if None in verdicts else True


def some(*verdicts: Truth) -> Truth:
    """Whether one holds."""
    return True if True in verdicts else None if None in verdicts else False


def denied(verdict: Truth) -> Truth:
    """The contrary."""
    return None if verdict is None else not verdict


def agreed(verdicts: Iterable[Truth]) -> Truth:
    """The verdict that all readings of a claim share; None where they differ, or where there is none."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else None
