"""What a measured section is: prose, tables, and goals beside the figures that were reached."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from fm_assets.settings import Settings

Cell = str | int | float | bool | None


class Unavailable(RuntimeError):
    """A section cannot be measured here: data, weights or a library are missing; the message says which."""


@dataclass(frozen=True)
class Goal:
    """A figure, and the bound that it should keep.

    Attributes:
        what: What the figure is.
        value: What was measured; NaN counts as missed.
        bound: What it is held against.
        sense: `>=`: at least the bound; `<=`: at most.
        digits: Decimals of both in print. The comparison is made on the unrounded value.
        unit: Unit, behind both figures.
    """

    what: str
    value: float
    bound: float
    sense: Literal[">=", "<="] = ">="
    digits: int = 2
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the bound is kept."""
        if math.isnan(self.value):
            return False
        return self.value >= self.bound if self.sense == ">=" else self.value <= self.bound

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        value = None if math.isnan(self.value) else self.value
        return {**asdict(self), "value": value, "met": self.met}


@dataclass(frozen=True)
class Table:
    """Figures in rows.

    Attributes:
        columns: Headings.
        rows: Cells, as many per row as there are headings.
        caption: A sentence above the table; may be empty.
        digits: Decimals of floats; by heading where they differ from 3.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    digits: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"a row has {len(wrong[0])} cells for {len(self.columns)} columns: {wrong[0]}")


@dataclass(frozen=True)
class Section:
    """What was measured.

    Attributes:
        name: Key of the section in `registry.ENTRIES`.
        prose: What was measured and how: paragraphs of Markdown.
        tables: Figures.
        goals: Figures held against bounds.
        notes: What a reader should know of these figures; printed as a list.
        pictures: (file name below the picture folder, alternative text).
        seconds: How long the measurement took.
        quick: A shortened run: its figures show that the measuring works, no more.
    """

    name: str
    prose: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    quick: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return {
            "name": self.name,
            "seconds": round(self.seconds, 1),
            "quick": self.quick,
            "goals": [goal.as_dict() for goal in self.goals],
            "tables": [
                {"caption": t.caption, "rows": [dict(zip(t.columns, row, strict=True)) for row in t.rows]}
                for t in self.tables
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Bench:
    """What a section measures with.

    Attributes:
        settings: Settings; sections change of them what they measure.
        data: Folder of development data, laid out as `mot/`, `videos/`, `weights/`; None: there is none.
        weights: Weights of a network for filmed videos; None: none were given.
        quick: Whether a shortened run is wanted.
        work: A folder for files that nobody needs afterwards.
        pictures: Folder that pictures are written to.
        say: Told what is being measured, for whoever waits.
    """

    settings: Settings
    data: Path | None
    weights: Path | None
    quick: bool
    work: Path
    pictures: Path
    say: Callable[[str], None]

    def need_data(self, *parts: str) -> Path:
        """A file or folder of the development data.

        Raises:
            Unavailable: There is no such data.
        """
        if self.data is None:
            raise Unavailable("needs development data: name its folder with --data or FM_TEST_DATA")
        path = self.data.joinpath(*parts)
        if not path.exists():
            raise Unavailable(f"needs {'/'.join(parts)} in the folder of --data, which has none")
        return path

    def need_weights(self) -> Path:
        """The weights.

        Raises:
            Unavailable: None were given.
        """
        if self.weights is None:
            raise Unavailable("needs the weights of a network for filmed videos: name them with --weights")
        return self.weights


def changed(settings: Settings, **sections: Mapping[str, Any]) -> Settings:
    """Settings with some values of some sections replaced, validated again.

    Args:
        settings: Settings.
        **sections: Section -> names and new values.
    """
    values = {
        name: type(getattr(settings, name))(**{**getattr(settings, name).model_dump(), **new})
        for name, new in sections.items()
    }
    return settings.model_copy(update=values)
