"""What questions betray of their answers: to who reads only their words, or measures only their length.

The blind guesser is a linear classifier on words: per option its words, how they stand with the question's, and those
that no other option has. It learns on some videos which options are right, and guesses on others, of which it sees as
little as of the first. Chance is 1/4 (conventions D.4: blind accuracy, longest option, letters).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LETTERS = "ABCD"
CHANCE = 1 / len(LETTERS)
#: The guesser may be this much better than chance.
ALLOWED = 0.05
#: Fewer questions to learn from, or to guess at, tell nothing.
LEARN, GUESS = 200, 50
#: Templates with fewer guessed questions are not reported on their own.
EACH = 30
_WORD = re.compile(r"[a-z0-9.]+")
_FEATURES = 1 << 18
#: Normal deviates of 95 % and 99.9 %, one side.
_Z95, _Z999 = 1.645, 3.09


@dataclass(frozen=True)
class Share:
    """A share of questions with its standard error, clustered by video.

    Attributes:
        questions: How many were looked at.
        share: 0 to 1; not a number without questions.
        error: Standard error; questions of one video are not independent.
    """

    questions: int
    share: float
    error: float

    def above(self, bound: float, deviates: float = _Z95) -> bool:
        """Whether the share is above a bound, and not by chance."""
        return self.questions > 0 and self.share - deviates * self.error > bound


@dataclass(frozen=True)
class Blind:
    """What the blind guesser reached.

    Attributes:
        learned: Questions that it learned from.
        overall: Share of the others that it guessed right.
        templates: The same per template with enough questions.
    """

    learned: int
    overall: Share
    templates: Mapping[str, Share]

    @property
    def enough(self) -> bool:
        """Whether there were enough questions to tell."""
        return self.learned >= LEARN and self.overall.questions >= GUESS


def blind(learn: Sequence[Mapping[str, Any]], guess: Sequence[Mapping[str, Any]]) -> Blind:
    """Trains the guesser on questions of some videos and lets it guess at those of others.

    Args:
        learn: Rows of `qa_pairs` of training videos.
        guess: Rows of held-out videos.
    """
    if len(learn) < LEARN or len(guess) < GUESS:
        return Blind(len(learn), Share(len(guess), float("nan"), float("nan")), {})
    from sklearn.linear_model import LogisticRegression

    right = np.array([letter == row["answer"] for row in learn for letter in LETTERS])
    model = LogisticRegression(C=0.3, max_iter=300).fit(_matrix(learn), right)
    scores = model.decision_function(_matrix(guess)).reshape(-1, len(LETTERS))
    hits = scores.argmax(axis=1) == [LETTERS.index(row["answer"]) for row in guess]
    clusters = [_cluster(row) for row in guess]
    by_template = defaultdict(list)
    for i, row in enumerate(guess):
        by_template[row["template"]].append(i)
    templates = {
        name: share_of(hits[rows], [clusters[i] for i in rows])
        for name, rows in sorted(by_template.items())
        if len(rows) >= EACH
    }
    return Blind(len(learn), share_of(hits, clusters), templates)


def longest(rows: Sequence[Mapping[str, Any]]) -> Share:
    """How often the right option is the longest; of several equally long ones each counts for its part."""
    credit = []
    for row in rows:
        lengths = [len(row[f"option_{letter.lower()}"]) for letter in LETTERS]
        right = lengths[LETTERS.index(row["answer"])]
        credit.append((right == max(lengths)) / lengths.count(max(lengths)))
    return share_of(np.array(credit), [_cluster(row) for row in rows])


def longest_by_chance(share: Share) -> bool:
    """Whether the right option is the longest no more often than chance would have it (p > 0.001)."""
    return not share.above(CHANCE, _Z999)


def letters(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, int], float]:
    """How often each letter is right, and the chi-square test's p against the uniform distribution."""
    from scipy.special import chdtrc  # the chi-square tail; scipy.stats takes a second to import

    found = Counter(row["answer"] for row in rows)
    counts = {letter: found[letter] for letter in LETTERS}
    expected = sum(counts.values()) / len(LETTERS)
    statistic = sum((n - expected) ** 2 for n in counts.values()) / expected if expected else 0.0
    return counts, float(chdtrc(len(LETTERS) - 1, statistic))


def share_of(hits: np.ndarray, clusters: Sequence[str]) -> Share:
    """Mean of hits (n,) with the standard error of a ratio of cluster totals (Cameron and Miller 2015)."""
    if not len(hits):
        return Share(0, float("nan"), float("nan"))
    mean = float(np.mean(hits))
    _, at = np.unique(clusters, return_inverse=True)
    residuals = np.bincount(at, np.asarray(hits, float) - mean)
    groups = len(residuals)
    correction = groups / (groups - 1) if groups > 1 else 1.0
    return Share(len(hits), mean, float(np.sqrt(correction * np.sum(residuals**2)) / len(hits)))


def _cluster(row: Mapping[str, Any]) -> str:
    """The video of a question's clip."""
    return str(row["clip_id"]).rsplit(".c", 1)[0]


def _matrix(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Hashed features (4 n, 2^18) of all options, sparse."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(_FEATURES, input_type="string", alternate_sign=False)
    return hasher.transform(features for row in rows for features in _features(row))


def _features(row: Mapping[str, Any]) -> Iterator[list[str]]:
    """Per option its words, their pairs with the question's, its number of words, and the words that it has alone."""
    question = sorted(set(_WORD.findall(row["question"].lower())))
    options = [_WORD.findall(row[f"option_{letter.lower()}"].lower()) for letter in LETTERS]
    spread = Counter(word for words in options for word in set(words))
    for words in options:
        own = sorted(set(words))
        yield [
            *(f"o:{word}" for word in words),
            *(f"q:{asked}|{word}" for asked in question for word in own),
            *(f"only:{word}" for word in own if spread[word] == 1),
            f"n:{len(words)}",
        ]
