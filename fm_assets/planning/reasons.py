"""Why an artifact would be computed: what differs between the one that is current and the one that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fm_assets.stage import Missing, Stage
from fm_resources.lake import Head, Lake
from fm_resources.provenance import InputRef, Producer

Kind = Literal[
    "missing", "code_version", "input", "failed_before", "damaged", "files_gone", "below", "restored", "rejected", "waits"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of a step of the plan.

    Attributes:
        kind: `missing`, it was never computed; `code_version`, its producer changed; `input`, what it is made from
            changed; `failed_before`, tried again; `damaged`, its file is cut short or gone; `files_gone`, files that
            it wrote besides its rows are gone; `below`, something above is computed first; `restored`, an earlier
            artifact becomes current again; `rejected` and `waits`, why it is not computed.
        name: For `code_version` what changed (`track_buffer`, `libraries.numpy`, `weights.yolo11n.pt`,
            `logic_version`), for `input` the stage that it comes from, for `below` the stages that may change it.
        before: The value of the current artifact; for `input` the artifact that it was made from, for `restored`
            the one that is current now.
        after: The value that is wanted; for `input` the artifact it would be made from.
        text: What a person reads besides: why it failed, what it waits for.
    """

    kind: Kind
    name: str = ""
    before: Any = None
    after: Any = None
    text: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`: the kind, and what belongs to it."""
        values: dict[str, Any] = {"kind": self.kind}
        if self.kind in ("code_version", "input", "restored"):
            values |= {"name": self.name, "before": self.before, "after": self.after}
        elif self.kind == "below":
            values |= {"stages": self.name.split(", ")}
        return values | ({"text": self.text} if self.text else {})

    def __str__(self) -> str:
        """A phrase for people; the artifacts of inputs are left to `--json`, since every video has others."""
        if self.kind == "code_version":
            return f"{self.name} {_shown(self.before)} -> {_shown(self.after)}"
        if self.kind == "input":
            return f"input changed: {self.name}" + (f" ({self.text})" if self.text else "")
        return {
            "missing": "never computed",
            "failed_before": f"failed before: {self.text}",
            "damaged": "its file is damaged or gone",
            "files_gone": "its files are gone",
            "below": f"for {self.name}",
            "restored": "an earlier artifact becomes current again",
        }.get(self.kind, self.text)


class Explainer:
    """Finds out why artifacts are wanted.

    Args:
        lake: Where receipts are read.
    """

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._changes: list[tuple[Producer, Producer, tuple[Reason, ...]]] = []

    def why(
        self, stage: Stage, producer: Producer, video_id: str, wanted: Missing, head: Head | None
    ) -> tuple[Reason, ...]:
        """Reasons for which an artifact has to be computed; at least one.

        Args:
            stage: The stage.
            producer: Its producer under the settings.
            video_id: The video, or `corpus`.
            wanted: The artifact that is not there.
            head: The one that is current.
        """
        if head is None:
            return (Reason("missing"),)
        if head.artifact_id == wanted.artifact_id:
            receipt = self.lake.read_receipt(stage.name, video_id, head.artifact_id)
            if head.status == "failed":
                return (Reason("failed_before", text=receipt.reason if receipt else ""),)
            return (Reason("files_gone" if receipt and receipt.status != "failed" else "damaged"),)
        receipt = self.lake.read_receipt(stage.name, video_id, head.artifact_id)
        if receipt is None:
            return (Reason("damaged"),)
        reasons = (*self._producer_changes(receipt.producer, producer), *_input_changes(receipt.inputs, wanted.inputs))
        return reasons or (Reason("missing"),)

    def changes(self, producer: Producer, video_id: str, head: Head) -> tuple[Reason, ...]:
        """What differs between the producer of the current artifact and the one under the settings."""
        receipt = self.lake.read_receipt(producer.stage, video_id, head.artifact_id)
        return self._producer_changes(receipt.producer, producer) if receipt else ()

    def _producer_changes(self, before: Producer, after: Producer) -> tuple[Reason, ...]:
        # a handful of producers made all of a lake, and comparing two is far cheaper than hashing one
        for old, new, reasons in self._changes:
            if new is after and old == before:
                return reasons
        reasons = tuple(producer_changes(before, after))
        self._changes.append((before, after, reasons))
        return reasons


def producer_changes(before: Producer, after: Producer) -> Iterator[Reason]:
    """What differs between two producers of a stage, a reason per value."""
    for name, old, new in differences(before.as_dict(), after.as_dict()):
        yield Reason("code_version", name, old, new)


def _input_changes(before: Sequence[InputRef], after: Sequence[InputRef]) -> Iterator[Reason]:
    """Upstream stages of which other data is read, with the first artifact that differs on either side."""
    for stage in dict.fromkeys(i.stage for i in (*before, *after)):
        old, new = (
            {(i.video_id, i.data_version): i.artifact_id for i in refs if i.stage == stage} for refs in (before, after)
        )
        gone, come = [old[k] for k in old if k not in new], [new[k] for k in new if k not in old]
        if gone or come:
            changed = max(len(gone), len(come))
            more = f"{changed} of {max(len(old), len(new))} videos" if changed > 1 else ""
            yield Reason("input", stage, gone[0] if gone else None, come[0] if come else None, more)


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Leaves that differ between two nested dicts: `(dotted name, before, after)`."""
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        name = f"{path}{key}"
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, f"{name}.")
        elif old != new:
            yield name.removeprefix("parameters."), old, new


def _shown(value: Any) -> str:
    """A value on one line; a hash by its beginning."""
    if isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef"):
        return value[:12]
    return "(none)" if value is None else str(value)
