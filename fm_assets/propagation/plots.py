"""Pictures of how errors propagate: dose-response curves, and the flow of changes from tracks to questions."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from fm_assets.propagation.rates import Rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Stages by the words and colours that the pictures use (Okabe and Ito).
STAGES: dict[str, tuple[str, str]] = {
    "tracks": ("tracks", "#0072b2"),
    "motion_scores": ("facts", "#009e73"),
    "captions": ("sentences", "#e69f00"),
    "qa_pairs": ("questions", "#d55e00"),
}
#: What is drawn against truth: stage, measure, words, colour.
MEASURES = (
    ("tracks", "HOTA", "HOTA", "#56b4e9"),
    ("tracks", "IDF1", "IDF1", "#0072b2"),
    ("motion_scores", "recall", "facts found", "#66c2a5"),
    ("motion_scores", "precision", "facts true", "#009e73"),
    ("captions", "accuracy", "sentences true", "#e69f00"),
    ("qa_pairs", "accuracy", "answers true", "#d55e00"),
)
#: What becomes of items, from the bottom of a column up.
STATES: dict[str, tuple[tuple[str, ...], str]] = {
    "as before": (("unchanged",), "#b8b8b8"),
    "moved": (("moved",), "#d9cfa0"),
    "changed": (("changed",), "#e69f00"),
    "flipped": (("flipped",), "#d55e00"),
    "vanished": (("vanished",), "#8c2d04"),
    "new": (("new",), "#56b4e9"),
}
_GAP, _WIDTH = 0.02, 0.16
DPI = 80


def dose_response(rates: Sequence[Rate], videos: int) -> bytes:
    """Share of items affected over the rate of each fault, with 95 % intervals clustered by video, as PNG.

    Args:
        rates: Rates of the view `faults`, all kinds together.
        videos: Videos in the sample.
    """
    own = [r for r in rates if r.view == "faults" and not r.kind]
    figure, panels = _panels(_names(own), f"What a fault changes, {videos} videos (bands: 95 %, by video)")
    for name, axis in panels.items():
        for stage, (words, colour) in STAGES.items():
            _curve(axis, [r for r in own if (r.fault, r.stage, r.name) == (name, stage, "affected")], words, colour)
        flipped = [r for r in own if (r.fault, r.stage, r.name) == (name, "qa_pairs", "flipped")]
        _curve(axis, flipped, "answers flipped", "#000000", dashed=True)
        axis.set_ylim(0, 1.02)
    return _finished(figure, panels, "share affected")


def truth_response(rates: Sequence[Rate], videos: int) -> bytes:
    """Tracking scores, facts and answers against the scenes' truth over the rate of each fault, as PNG.

    Args:
        rates: Rates of the view `truth`.
        videos: Videos whose truth is known.
    """
    own = [r for r in rates if r.view == "truth" and r.name in {m[1] for m in MEASURES}]
    faults = _names([r for r in own if r.fault])
    figure, panels = _panels(faults, f"Against the scenes' truth, {videos} videos (bands: 95 %, by video)")
    for name, axis in panels.items():
        for stage, measure, words, colour in MEASURES:
            line = [r for r in own if (r.stage, r.name) == (stage, measure) and r.fault in ("", name)]
            _curve(axis, line, words, colour, origin=False)
        axis.set_ylim(max(0.0, min((r.value for r in own if r.of > 0), default=0.0) - 0.05), 1.01)
    return _finished(figure, panels, "share")


def alluvial(rows: Iterable[Mapping[str, Any]], last: str, title: str) -> bytes:
    """How changes flow from tracks over facts to sentences or questions, per fault at its highest rate, as PNG.

    The left edge of a column is what became of its items; its right edge are the items of the next column by the gravest
    change of what they rest on, so a ribbon that turns grey is damage that stopped there.

    Args:
        rows: Rows of `error_propagation` of one view.
        last: `captions` or `qa_pairs`.
        title: Title of the picture.
    """
    counted: dict[str, Counter[tuple[str, str, str]]] = {}
    listed = list(rows)
    highest = {f: max(r["rate"] for r in listed if r["fault"] == f) for f in {r["fault"] for r in listed}}
    for row in listed:
        if row["rate"] == highest[row["fault"]]:
            key = (row["stage"], row["above"], row["change"])
            counted.setdefault(row["fault"], Counter())[key] += row["items"]
    figure, panels = _panels(sorted(counted), title)
    for name, axis in panels.items():
        _flow(axis, counted[name], ("tracks", "motion_scores", last))
        axis.set_title(f"{_spoken(name)} at {highest[name]:.0%}" if name else "", fontsize=9)
    _legend(figure, panels, [(state, colour) for state, (_, colour) in STATES.items()])
    return _png(figure)


def _flow(axis: Axes, counts: Counter[tuple[str, str, str]], stages: Sequence[str]) -> None:
    """One alluvial diagram: columns of states, and ribbons between them."""
    for place, stage in enumerate(stages):
        own = _shares(
            Counter({s: sum(n for (st, _, c), n in counts.items() if st == stage and c == s) for s in _all()})
        )
        left = _stacked(own)
        right = left
        if place + 1 < len(stages):
            flows = {k: n for k, n in counts.items() if k[0] == stages[place + 1]}
            right = _stacked(_shares(Counter({s: sum(n for (_, a, _), n in flows.items() if a == s) for s in _all()})))
            _ribbons(axis, place, right, flows, stages[place + 1], counts)
        for state, (low, high) in left.items():
            x0, x1 = place, place + _WIDTH
            other = right[state]
            axis.fill([x0, x1, x1, x0], [low, other[0], other[1], high], color=STATES[state][1], linewidth=0)
            if high - low > 0.07:
                axis.text(x0 - 0.02, (low + high) / 2, f"{high - low:.0%}", ha="right", va="center", fontsize=6.5)
        axis.text(place + _WIDTH / 2, -0.05, STAGES[stage][0], ha="center", va="top", fontsize=8)
    axis.set(xlim=(-0.35, len(stages) - 1 + _WIDTH + 0.1), ylim=(-0.15, 1.13))
    axis.axis("off")


def _ribbons(
    axis: Axes, place: int, right: Mapping[str, tuple[float, float]], flows: Mapping[tuple[str, str, str], int],
    stage: str, counts: Counter[tuple[str, str, str]],
) -> None:  # fmt: skip
    total = sum(flows.values()) or 1
    ends = _stacked(
        _shares(Counter({s: sum(n for (st, _, c), n in counts.items() if st == stage and c == s) for s in _all()}))
    )
    out, into = {s: low for s, (low, _) in right.items()}, {s: low for s, (low, _) in ends.items()}
    for above in STATES:
        for change in STATES:
            size = flows.get((stage, _key(above), _key(change)), 0) / total
            if size:
                x0, x1 = place + _WIDTH, place + 1
                _ribbon(axis, (x0, out[above]), (x1, into[change]), size, STATES[change][1])
                out[above] += size
                into[change] += size


def _ribbon(axis: Axes, start: tuple[float, float], end: tuple[float, float], size: float, colour: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    (x0, y0), (x1, y1) = start, end
    half = (x0 + x1) / 2
    points = [
        (x0, y0), (half, y0), (half, y1), (x1, y1), (x1, y1 + size), (half, y1 + size), (half, y0 + size), (x0, y0 + size),
        (x0, y0),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axis.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.45, linewidth=0))


def _all() -> list[str]:
    return [_key(state) for state in STATES]


def _key(state: str) -> str:
    return STATES[state][0][0]


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = sum(counts.values()) or 1
    return {state: counts[_key(state)] / total for state in STATES}


def _stacked(shares: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Where each state lies in a column, with a gap between those that there are."""
    found, at = {}, 0.0
    for state, value in shares.items():
        found[state] = (at, at + value)
        at += value + (_GAP if value else 0.0)
    return found


def _names(rates: Sequence[Rate]) -> list[str]:
    return list(dict.fromkeys(r.fault for r in rates))


def _spoken(fault: str) -> str:
    return fault.replace("_", " ")


def _panels(names: Sequence[str], title: str) -> tuple[Figure, dict[str, Axes]]:
    """A grid with one panel per name, and one that is left free for the legend."""
    from matplotlib.figure import Figure

    columns = min(4, len(names) + 1)
    rows = -(-(len(names) + 1) // columns)
    figure = Figure(figsize=(3.0 * columns, 2.6 * rows + 0.3), dpi=DPI, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten().tolist()
    for axis in axes[len(names) :]:
        axis.axis("off")
    figure.suptitle(title, fontsize=10)
    figure.legend_axis = axes[len(names)]  # type: ignore[attr-defined]
    return figure, dict(zip(names, axes, strict=False))


def _curve(
    axis: Axes, rates: Sequence[Rate], words: str, colour: str, *, dashed: bool = False, origin: bool = True
) -> None:
    """A share over the rate with its band; at rate 0 nothing is affected, by construction."""
    ordered = sorted((r for r in rates if r.of > 0), key=lambda r: r.rate)
    if not ordered:
        return
    start = [(0.0, 0.0, 0.0, 0.0)] if origin and ordered[0].rate > 0 else []
    x, y, low, high = zip(*start, *((r.rate, r.value, r.low, r.high) for r in ordered), strict=True)
    percent = [100 * value for value in x]
    axis.plot(percent, y, "--" if dashed else "-", color=colour, marker="o", markersize=2.5, linewidth=1.2, label=words)
    axis.fill_between(percent, low, high, color=colour, alpha=0.12, linewidth=0)


def _finished(figure: Figure, panels: Mapping[str, Axes], label: str) -> bytes:
    for number, (name, axis) in enumerate(panels.items()):
        axis.set_title(_spoken(name), fontsize=9)
        axis.tick_params(labelsize=7)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axis.set_xlabel("rate [%]", fontsize=7)
        if number % 4 == 0:
            axis.set_ylabel(label, fontsize=8)
        axis.grid(alpha=0.25)
    first = next(iter(panels.values()), None)
    if first is not None:
        handles, labels = first.get_legend_handles_labels()
        figure.legend_axis.legend(handles, labels, loc="center", fontsize=9, frameon=False)  # type: ignore[attr-defined]
    return _png(figure)


def _legend(figure: Figure, panels: Mapping[str, Axes], entries: Sequence[tuple[str, str]]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=words) for words, colour in reversed(entries)]
    figure.legend_axis.legend(handles=handles, loc="center", fontsize=9, frameon=False)  # type: ignore[attr-defined]


def _png(figure: Figure) -> bytes:
    """The picture in 128 colours: it is kept in the event log."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    small = io.BytesIO()
    Image.open(buffer).convert("RGB").quantize(128).save(small, "PNG", optimize=True)
    return small.getvalue()
