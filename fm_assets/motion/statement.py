"""What a rule returns: a statement with its margin, or the reason why it abstains."""

from __future__ import annotations

from typing import NamedTuple

#: Margins are capped: beyond this many standard errors no model of the noise holds.
CAP = 20.0


class Statement(NamedTuple):
    """A statement about a track, a pair or a clip.

    Attributes:
        value: In the vocabulary of its kind.
        margin: Distance to the boundary where it would change, in standard errors.
        t: Interval in seconds.
        frames: First and last sampled frame that it rests on.
        number: The quantity, or the measured value behind a category.
        reference: Frame of reference, `image` or `stabilised`.
    """

    value: str
    margin: float
    t: tuple[float, float]
    frames: tuple[int, int]
    number: float | None = None
    reference: str = "image"


#: A rule states something, or abstains and says why in a few words that do not vary with the data.
Result = Statement | str


def capped(margin: float) -> float:
    """A margin between 0 and `CAP`."""
    return float(min(max(margin, 0.0), CAP))


def quantity(number: float) -> str:
    """A quantity as text, to 3 significant digits."""
    return f"{number:.3g}"
