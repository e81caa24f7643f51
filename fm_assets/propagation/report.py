"""The report of `error_propagation`: one HTML page that needs nothing else, its pictures and its figures beside it."""

from __future__ import annotations

import base64
import html
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from fm_assets.preview import Tile, draw_tile
from fm_assets.propagation.examples import Box, Example
from fm_assets.propagation.faults import FAULTS
from fm_assets.propagation.folder import FIGURES, PAGE
from fm_assets.propagation.measure import WRONG
from fm_assets.propagation.plots import STAGES, alluvial, dose_response, truth_response
from fm_assets.propagation.rates import SHARES, Rate
from fm_assets.settings import Settings

#: Room for a frame in the page, pixels.
ROOM = (300, 170)
#: How far around a moment a frame is looked for, seconds.
_AROUND_S = 0.5
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 74rem; padding: 0 1rem; color: #1d1d1f; }
table { border-collapse: collapse; margin: .8rem 0; font-size: 13px; }
td, th { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
th { white-space: normal; }
td:first-child, th:first-child { text-align: left; }
img { max-width: 100%; } .shots img { margin: 0 .4rem .4rem 0; vertical-align: top; }
.example { border-top: 1px solid #ccc; padding: .8rem 0; } .what { color: #8c2d04; font-weight: 600; }
.path { color: #555; font-size: 13px; }
@media (prefers-color-scheme: dark) { body { background: #fff; } }
"""


def pictures(table: pa.Table, rates: Sequence[Rate]) -> dict[str, bytes]:
    """Name -> PNG of all pictures that the rows and rates give."""
    slim = table.select(["view", "fault", "rate", "stage", "above", "change", "items"]).to_pylist()
    injected = [row for row in slim if row["view"] == "faults"]
    videos = max((r.videos for r in rates if r.view == "faults"), default=0)
    judged = max((r.videos for r in rates if r.view == "truth"), default=0)
    found: dict[str, bytes] = {}
    if injected:
        found["dose-response.png"] = dose_response(rates, videos)
        found["flow-questions.png"] = alluvial(injected, "qa_pairs", "From tracks over facts to questions")
        found["flow-sentences.png"] = alluvial(injected, "captions", "From tracks over facts to sentences")
    if judged and any(r.view == "truth" and r.fault for r in rates):
        found["truth-response.png"] = truth_response(rates, judged)
    compared = [row for row in slim if row["view"] == "producers"]
    if compared:
        found["flow-producers.png"] = alluvial(compared, "qa_pairs", "From the other version to the current one")
    return found


def write_report(
    folder: Path, table: pa.Table, rates: Sequence[Rate], examples: Sequence[Example], videos: Mapping[str, Path],
    settings: Settings,
) -> None:  # fmt: skip
    """Writes page, pictures and figures.

    Args:
        folder: Where to; made if missing.
        table: Rows of `error_propagation`.
        rates: All rates.
        examples: Changes with what is drawn of them.
        videos: Video id -> file.
        settings: Settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = pictures(table, rates)
    for name, data in drawn.items():
        (folder / name).write_bytes(data)
    shown = chosen(examples, settings.errors.examples)
    (folder / PAGE).write_text("\n".join(_page(rates, drawn, shown, videos)), encoding="utf-8")
    document = {
        "rates": [_plain(rate) for rate in rates],
        "faults": {n: [f.unit, f.meaning] for n, f in FAULTS.items()},
    }
    (folder / FIGURES).write_text(json.dumps(document, allow_nan=False) + "\n", encoding="utf-8")


def _plain(rate: Rate) -> dict[str, Any]:
    """A rate as JSON: null where there is nothing to take a share of."""
    return {k: (None if math.isnan(v) else round(v, 6)) if isinstance(v, float) else v for k, v in asdict(rate).items()}


def read_rates(folder: Path) -> list[Rate]:
    """The rates of a report."""
    document = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
    found = []
    for entry in document["rates"]:
        values: dict[str, Any] = {k: math.nan if v is None else v for k, v in entry.items()}
        found.append(Rate(**values))
    return found


def chosen(examples: Sequence[Example], most: int) -> list[Example]:
    """Examples of all faults in turn, flipped answers first."""
    by_fault: dict[str, list[Example]] = {}
    for one in sorted(examples, key=lambda e: (e.row["change"] != "flipped", e.row["rate"], e.row["video_id"])):
        by_fault.setdefault(one.row["fault"], []).append(one)
    turns = [
        group[k]
        for k in range(max(map(len, by_fault.values()), default=0))
        for group in by_fault.values()
        if k < len(group)
    ]
    return turns[:most]


def _page(
    rates: Sequence[Rate], drawn: Mapping[str, bytes], examples: Sequence[Example], videos: Mapping[str, Path]
) -> Iterator[str]:
    yield f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Error propagation</title><style>{_STYLE}</style>"
    yield f"<h1>Error propagation</h1><p>{len(videos)} videos. Shares are of the items before; intervals are 95 %, from"
    yield " 1,000 resamples of whole videos.</p>"
    for name, words in _CAPTIONS.items():
        if name in drawn:
            yield f"<h2>{words[0]}</h2><p>{words[1]}</p><img src='{_data(drawn[name], 'png')}' alt='{words[0]}'>"
            if name == "dose-response.png":
                yield from _faults_table(rates)
    yield from _clean(rates)
    yield from _bought(rates)
    if examples:
        yield "<h2>Changed questions</h2><p>Of every fault in turn; frames where a track began to differ, above before,"
        yield " below after.</p>"
    for one in examples:
        yield from _example(one, videos[one.row["video_id"]])
    yield "</html>"


_CAPTIONS = {
    "dose-response.png": (
        "Dose and response",
        "Share of tracks, facts, sentences and questions that are other than without the fault (facts that say the same "
        "with another number count as not affected), and of questions whose right answer is another.",
    ),
    "flow-questions.png": (
        "Where changes stop, and where they get through: questions",
        "At the highest rate. The left edge of a column: what became of its items. Its right edge: the items of the next "
        "column by the gravest change of what they rest on.",
    ),
    "flow-sentences.png": ("The same for sentences", "Captions of the embedded writer."),
    "truth-response.png": (
        "Against the truth of rendered scenes",
        "HOTA and IDF1 of the tracks; usable facts of the true tracks that are found, and stated ones that are true; "
        "sentences and shipped answers that are true, by the scenes' parameters.",
    ),
    "flow-producers.png": ("Against the other version", "What the other version said, and what the current one says."),
}


def _faults_table(rates: Sequence[Rate]) -> Iterator[str]:
    own = [r for r in rates if r.view == "faults" and not r.kind]
    heads = [(stage, "affected", f"{words} affected") for stage, (words, _) in STAGES.items()]
    heads += [("qa_pairs", name, f"answers {name}") for name in ("flipped", "vanished", "new")]
    yield "<table><tr><th>fault</th><th>rate</th>" + "".join(f"<th>{words}</th>" for *_, words in heads) + "</tr>"
    for fault, rate in dict.fromkeys((r.fault, r.rate) for r in own):
        cells = {(r.stage, r.name): r for r in own if (r.fault, r.rate) == (fault, rate)}
        shares = "".join(f"<td>{cell(cells.get((stage, name)))}</td>" for stage, name, _ in heads)
        unit = FAULTS[fault].unit
        yield f"<tr><td title='{html.escape(FAULTS[fault].meaning)}'>{fault}</td><td>{rate:.0%} of {unit}</td>{shares}</tr>"
    yield "</table>"


def _clean(rates: Sequence[Rate]) -> Iterator[str]:
    clean = [r for r in rates if r.view == "truth" and not r.fault and not r.kind and r.name not in SHARES]
    clean = [r for r in clean if not r.name.startswith(WRONG)]
    if clean:
        yield "<h2>Without a fault, against truth</h2><table><tr><th>stage</th><th>measure</th><th>share</th><th>videos</th></tr>"
        for r in clean:
            yield f"<tr><td>{STAGES[r.stage][0]}</td><td>{r.name}</td><td>{cell(r)}</td><td>{r.videos}</td></tr>"
        yield "</table>"


def _bought(rates: Sequence[Rate]) -> Iterator[str]:
    """Wrong answers with each guard taken away, clean and under each fault."""
    own = [r for r in rates if r.view == "truth" and r.name.startswith(WRONG)]
    if not own:
        return
    columns = list(dict.fromkeys((r.fault, r.rate) for r in own))
    heads = "".join(f"<th>{f'{fault} {rate:.0%}' if fault else 'no fault'}</th>" for fault, rate in columns)
    yield "<h2>What margins, abstention and the verifier bought</h2><p>Share of wrong answers among those that would ship,"
    yield f" by the scenes' parameters.</p><table><tr><th>guards</th>{heads}</tr>"
    for name in dict.fromkeys(r.name for r in own):
        cells = {(r.fault, r.rate): r for r in own if r.name == name}
        shares = "".join(f"<td>{cell(cells.get(column))}</td>" for column in columns)
        yield f"<tr><td>{name.removeprefix(WRONG)}</td>{shares}</tr>"
    yield "</table>"


def cell(rate: Rate | None) -> str:
    """`12.3 % (9.8-15.1)`; a dash where there is nothing to take a share of."""
    if rate is None or math.isnan(rate.value):
        return "-"
    return f"{100 * rate.value:.1f} % ({100 * rate.low:.1f}-{100 * rate.high:.1f})"


def _example(one: Example, video: Path) -> Iterator[str]:
    row = one.row
    yield f"<div class='example'><span class='what'>{row['change']}</span> by {row['fault']} at {row['rate']:.0%}, "
    yield f"{html.escape(row['clip_id'])}<br>"
    for words, text in (("before", row["before"]), ("after", row["after"])):
        yield f"{words}: {html.escape(text) or '-'}<br>"
    yield f"<span class='path'>{html.escape(row['cause'])}</span><div class='shots'>"
    yield from _shots(one, video)
    yield "</div></div>"


def _shots(one: Example, video: Path) -> Iterator[str]:
    from fm_resources.video import BadVideo

    try:
        frames = [_frame(video, one.start_s + shot.t_s) for shot in one.shots]
    except BadVideo as error:
        yield f"<p>no pictures: {html.escape(str(error))}</p>"
        return
    for side in ("before", "after"):
        for shot, frame in zip(one.shots, frames, strict=True):
            if frame is not None:
                yield f"<img src='{_data(_jpeg(frame, getattr(shot, side), f'{side}, {shot.t_s:.1f} s'), 'jpeg')}'>"
        yield "<br>"


def _frame(video: Path, t_s: float) -> tuple[Image.Image, float] | None:
    """The frame at a time in the video, and its scale; None where none can be decoded."""
    from fm_resources.video import FrameReader

    reader = FrameReader(video, max(0.0, t_s - 0.001), t_s + _AROUND_S, 0, width=640)
    frame = next(iter(reader), None)
    return None if frame is None else (Image.fromarray(frame.image), frame.scale)


def _jpeg(frame: tuple[Image.Image, float], boxes: Sequence[Box], title: str) -> bytes:
    image, scale = frame
    scaled = [
        (x1 * scale, y1 * scale, x2 * scale, y2 * scale, label, number) for x1, y1, x2, y2, label, number in boxes
    ]
    buffer = io.BytesIO()
    draw_tile(Tile(image, title, scaled), ROOM).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _data(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
