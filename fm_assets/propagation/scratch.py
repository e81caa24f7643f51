"""A lake to throw away, in which the pipeline's own stages run on rows that were tampered with."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from fm_assets.captions.spec import STAGE as CAPTIONS
from fm_assets.clips.spec import STAGE as FILTERED_CLIPS
from fm_assets.detections.spec import STAGE as DETECTIONS
from fm_assets.job import Job, execute
from fm_assets.motion.spec import STAGE as MOTION_SCORES
from fm_assets.qa.spec import STAGE as QA_PAIRS
from fm_assets.settings import LlmSettings, Settings
from fm_assets.stage import Stage
from fm_assets.task import SourceFile
from fm_assets.tracks.spec import STAGE as TRACKS
from fm_resources.lake import Lake
from fm_resources.process import is_gone, this_process
from fm_resources.provenance import InputRef, Producer, Receipt, artifact_id
from fm_resources.rows import canonical, data_version

#: The stages that are run again, in order, and those that they rest on.
CHAIN: tuple[Stage, ...] = (TRACKS, MOTION_SCORES, CAPTIONS, QA_PAIRS)
GIVEN: tuple[Stage, ...] = (FILTERED_CLIPS, DETECTIONS)
_STAGES = {stage.name: stage for stage in (*GIVEN, *CHAIN)}
#: Beginning of the names of scratch folders.
_PREFIX = ".errors-"
#: Logic of rows that were put in, not computed.
_PUT = "put in"


class ScratchError(RuntimeError):
    """A stage failed on rows that were tampered with; the message says which, on what, and why."""


@dataclass(frozen=True)
class Version:
    """One version of a video's rows.

    Attributes:
        refs: Stage -> artifact in the scratch lake.
        tables: Stage -> rows.
    """

    refs: Mapping[str, InputRef]
    tables: Mapping[str, pa.Table]


@dataclass
class Scratch:
    """A scratch lake for one video.

    What was computed once is found again, as in any lake: a fault that changed nothing costs nothing.

    Attributes:
        lake: The lake.
        settings: Settings that the stages run under; the writers are the embedded ones.
        video_id: The video.
        source: Its file.
        known: Rows of artifacts that were read or written.
    """

    lake: Lake
    settings: Settings
    video_id: str
    source: SourceFile
    known: dict[str, pa.Table] = field(default_factory=dict)

    def put(self, stage: str, rows: pa.Table, made_by: Mapping[str, object], on: InputRef | None = None) -> InputRef:
        """Commits rows as an artifact whose producer says how they came about.

        Args:
            stage: The stage whose rows they are.
            rows: The rows.
            made_by: What tells this producer from others, such as fault, rate and seed.
            on: The artifact that they were made from.
        """
        rows = canonical(rows, _STAGES[stage].schema)
        producer = Producer(stage, _PUT, made_by)
        inputs = () if on is None else (on,)
        name = artifact_id(stage, self.video_id, producer.producer_id, inputs)
        version = data_version(rows)
        receipt = Receipt(
            name, stage, self.video_id, producer, inputs, version, "ok", "", "",
            datetime.now(UTC).isoformat(timespec="milliseconds"), 0.0, rows.num_rows,
        )  # fmt: skip
        self.lake.write(rows, receipt)
        self.known[name] = rows
        return InputRef(stage, self.video_id, name, version)

    def version(self, refs: Mapping[str, InputRef]) -> Version:
        """The version that rests on the artifacts given: every stage of `CHAIN` that is not among them is run.

        Raises:
            ScratchError: A stage failed.
            LakeError: The scratch lake cannot be written.
        """
        found = dict(refs)
        for stage in CHAIN:
            if stage.name not in found:
                found[stage.name] = self._run(stage, tuple(found[name] for name in stage.upstream))
        return Version(found, {name: self._rows(ref) for name, ref in found.items()})

    def _run(self, stage: Stage, inputs: tuple[InputRef, ...]) -> InputRef:
        producer = stage.producer(self.settings)
        name = artifact_id(stage.name, self.video_id, producer.producer_id, inputs)
        receipt = self.lake.read_receipt(stage.name, self.video_id, name)
        if receipt is not None and receipt.status == "ok":
            return InputRef(stage.name, self.video_id, name, receipt.data_version)
        sources = {self.video_id: self.source}
        item = execute(
            Job(
                stage.name, stage.compute, stage.schema, producer, self.video_id, sources, name, inputs,
                self.lake.url, "", self.settings,
            )
        )  # fmt: skip
        if item.outcome != "computed":
            raise ScratchError(f"{stage.name} of {self.video_id} {item.outcome} on tampered rows: {item.reason}")
        return InputRef(stage.name, self.video_id, name, item.data_version)

    def _rows(self, ref: InputRef) -> pa.Table:
        if ref.artifact_id not in self.known:
            rows = self.lake.read(ref.stage, ref.video_id, ref.artifact_id)
            self.known[ref.artifact_id] = canonical(rows, _STAGES[ref.stage].schema)
        return self.known[ref.artifact_id]


@contextmanager
def scratch(settings: Settings, video_id: str, source: SourceFile) -> Iterator[Scratch]:
    """A scratch lake below FM_HOME that is gone afterwards, or once its process is; the real lake is not known to it."""
    embedded = settings.model_copy(update={"llm": LlmSettings()})
    for left in settings.home.glob(f"{_PREFIX}*"):
        if is_gone(left.name.removeprefix(_PREFIX).rpartition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=f"{_PREFIX}{this_process()}-") as folder:
        yield Scratch(Lake(folder), embedded, video_id, source)
