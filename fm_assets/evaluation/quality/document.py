"""The Markdown document: each section between markers of its own, so that one is replaced and the others stay."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from fm_assets.evaluation.quality.section import Cell, Goal, Section, Table

#: Marker name of the head; the sections' markers are their names.
HEAD = "head"
TITLE = "# Measured quality"

_GOAL = re.compile(r"^\| (?P<what>.+?) \| .+ \| (?P<verdict>met|\*\*missed\*\*) \|$", re.MULTILINE)


def render(section: Section, title: str, made_on: str) -> str:
    """A section as Markdown.

    Args:
        section: What was measured.
        title: Its heading.
        made_on: Machine, libraries and date, a sentence.
    """
    parts = [f"## {title}"]
    if section.quick:
        parts.append("**A quick run: these figures only show that the measuring works.**")
    parts += section.prose
    if section.goals:
        parts.append(goal_table(section.goals))
    parts += [_table(table) for table in section.tables]
    parts += [f"![{alternative}](img/{name})" for name, alternative in section.pictures]
    if section.notes:
        parts.append("\n".join(f"- {note}" for note in section.notes))
    parts.append(f"*Measured in {_duration(section.seconds)}: {made_on}*")
    return "\n\n".join(parts)


def head(document: str, titles: Mapping[str, str], command: str) -> str:
    """The head for a document: what it is, and which goals its sections miss.

    Args:
        document: The document with its sections.
        titles: Section name -> heading, in order.
        command: How the document is made.
    """
    met, missed = 0, []
    for name in titles:
        for found in _GOAL.finditer(between(document, name) or ""):
            if found["verdict"] == "met":
                met += 1
            else:
                missed.append(f"- {titles[name]}: {found['what']}")
    absent = [title for name, title in titles.items() if between(document, name) is None]
    lines = [
        TITLE,
        f"Made by `{command}`; each section can be measured again alone (`--section NAME`) and says on which machine "
        "its figures were taken. Goals stand beside the figures, met or missed.",
        f"**{met} of {met + len(missed)} goals are met.**" + (" Missed:" if missed else ""),
    ]
    if missed:
        lines.append("\n".join(missed))
    if absent:
        lines.append(f"Not measured: {', '.join(absent)}.")
    return "\n\n".join(lines)


def put(document: str, name: str, body: str, order: Sequence[str]) -> str:
    """The document with a section replaced, or added at its place; all else stays as it is.

    Args:
        document: The document so far; may be empty.
        name: The section's marker.
        body: Its Markdown.
        order: Markers in the order in which sections stand.
    """
    block = f"{_open(name)}\n{body.strip()}\n{_close(name)}"
    if between(document, name) is not None:
        start, end = document.index(_open(name)), document.index(_close(name)) + len(_close(name))
        return document[:start] + block + document[end:]
    after = [n for n in order[: order.index(name)] if between(document, n) is not None]
    if after:
        end = document.index(_close(after[-1])) + len(_close(after[-1]))
        rest = document[end:].strip("\n")
        return f"{document[:end]}\n\n{block}\n" + (f"\n{rest}\n" if rest else "")
    rest = document.strip("\n")
    return f"{block}\n\n{rest}\n" if rest else f"{block}\n"


def between(document: str, name: str) -> str | None:
    """What stands between a section's markers; None where there are none.

    Raises:
        ValueError: A marker has lost its other half.
    """
    start, end = document.find(_open(name)), document.find(_close(name))
    if start < 0 and end < 0:
        return None
    if start < 0 or end < start:
        raise ValueError(
            f"the markers of section {name!r} are broken: {_open(name)} and {_close(name)} must both stand, in this "
            "order; mend them, or delete the file to have it made anew"
        )
    return document[start + len(_open(name)) : end].strip("\n")


def goal_table(goals: Sequence[Goal]) -> str:
    """Goals beside what was measured."""
    rows = [
        (goal.what, f"{goal.sense} {_number(goal.bound, goal.digits)}{goal.unit}",
         f"{_number(goal.value, goal.digits)}{goal.unit}", "met" if goal.met else "**missed**")
        for goal in goals
    ]  # fmt: skip
    return _table(Table(("goal", "bound", "measured", "verdict"), tuple(rows)))


def _table(table: Table) -> str:
    numeric = [
        all(isinstance(row[i], int | float) and not isinstance(row[i], bool) for row in table.rows)
        for i in range(len(table.columns))
    ]
    lines = [
        _line(table.columns),
        _line(["---:" if right else "---" for right in numeric]),
        *(
            _line([_cell(v, table.digits.get(c, 3)) for c, v in zip(table.columns, row, strict=True)])
            for row in table.rows
        ),
    ]
    return "\n".join(([table.caption, ""] if table.caption else []) + lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Cell, digits: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "–" if math.isnan(value) else _number(value, digits)
    return "" if value is None else str(value).replace("|", "\\|")


def _number(value: float, digits: int) -> str:
    return "not measured" if math.isnan(value) else f"{value:.{digits}f}"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _open(name: str) -> str:
    return f"<!-- fm bench quality: {name} -->"


def _close(name: str) -> str:
    return f"<!-- end of {name} -->"
