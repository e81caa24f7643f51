"""Who made an artifact, from what, with what result: producers, receipts and input-addressed names."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from typing import Any, Literal

Status = Literal["ok", "rejected", "failed"]


def content_hash(value: Any, digits: int = 16) -> str:
    """Hex digest of a JSON-able value in canonical form (sorted keys, no spaces)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


@dataclass(frozen=True)
class Producer:
    """Everything that decides a stage's output besides its inputs.

    Attributes:
        stage: The stage's name.
        logic_version: The stage's `LOGIC_VERSION`; bumped when equal inputs give another output.
        parameters: Settings that the stage's output depends on.
        libraries: Versions of the libraries that matter.
        weights: Model files: name -> sha256.
    """

    stage: str
    logic_version: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def producer_id(self) -> str:
        """Hash of the producer; the asset's Dagster code version."""
        return content_hash(asdict(self))

    def as_dict(self) -> dict[str, Any]:
        """Plain form for receipts."""
        return asdict(self)


@dataclass(frozen=True)
class InputRef:
    """One input of an artifact: its stage, video and name, and the data version that was read.

    The stage `file` is the video's file itself; its name is empty.
    """

    stage: str
    video_id: str
    artifact_id: str
    data_version: str


@dataclass(frozen=True)
class Receipt:
    """What an artifact says of itself, in the footer of its Parquet file.

    Attributes:
        artifact_id: Hash of stage, item, producer and the inputs' data versions.
        stage: The stage.
        video_id: The video, or `corpus` for artifacts over all videos.
        producer: The producer in full.
        inputs: What it was made from.
        data_version: Hash of the rows.
        status: `ok`; `rejected`, the input cannot be used; `failed`, we could not do it.
        reason: Why it was rejected or failed.
        run_id: Dagster run that computed it.
        started: UTC time, ISO 8601.
        seconds: Wall time of the computation.
        rows: Number of rows.
        cost_usd: Money spent on models.
        timing: What the seconds were spent on, where the stage measures it (`decode_s`, `infer_s` ...).
        counts: What the stage counted besides its rows, such as tracks that were too short.
        sealed: Whether its file carries a digest of its bytes; older files do not.
    """

    artifact_id: str
    stage: str
    video_id: str
    producer: Producer
    inputs: tuple[InputRef, ...]
    data_version: str
    status: Status
    reason: str
    run_id: str
    started: str
    seconds: float
    rows: int
    cost_usd: float = 0.0
    timing: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    sealed: bool = True

    def to_json(self) -> str:
        """The receipt as it stands in the footer."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Receipt:
        """Inverse of `to_json`."""
        raw = {"sealed": False, **json.loads(text)}
        raw["producer"] = Producer(**raw["producer"])
        raw["inputs"] = tuple(InputRef(**entry) for entry in raw["inputs"])
        return Receipt(**raw)


@cache
def library_version(name: str) -> str:
    """Installed version of a distribution, without importing it; `absent` where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def libraries(*names: str) -> dict[str, str]:
    """Versions of the libraries that a stage's output depends on."""
    return {name: library_version(name) for name in names}


def artifact_id(stage: str, video_id: str, producer_id: str, inputs: Sequence[InputRef]) -> str:
    """Input-addressed name: the same producer over the same input data has the same name anywhere."""
    return content_hash([stage, video_id, producer_id, [[i.stage, i.video_id, i.data_version] for i in inputs]], 20)
