"""Receipts as OpenLineage run events: START and COMPLETE or FAIL of every computation, one JSON object per line.

A dataset is a stage of a video, its versions are the artifacts. A rejected video is a completed computation whose
verdict stands in the run facet `foundationmotion`. Specification: https://openlineage.io/spec/2-0-2/OpenLineage.json.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fm_assets.audit.receipts import Input, Made, Receipts
from fm_assets.graph import ANALYSES, STAGES
from fm_resources.provenance import library_version
from fm_resources.rows import describe

SPEC = "https://openlineage.io/spec"
EVENT_URL = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
#: Facet -> its schema.
FACETS = {
    "schema": f"{SPEC}/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet",
    "dataSource": f"{SPEC}/facets/1-0-1/DatasourceDatasetFacet.json#/$defs/DatasourceDatasetFacet",
    "version": f"{SPEC}/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
    "outputStatistics": f"{SPEC}/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"
    "#/$defs/OutputStatisticsOutputDatasetFacet",
    "errorMessage": f"{SPEC}/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet",
    "parent": f"{SPEC}/facets/1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet",
    "jobType": f"{SPEC}/facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
    "sourceCodeLocation": f"{SPEC}/facets/1-1-0/SourceCodeLocationJobFacet.json#/$defs/SourceCodeLocationJobFacet",
    # ours has no published schema of its own; the specification then asks for the general one
    "foundationmotion": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet",
}
NAMESPACE = "foundationmotion"
#: Run ids are hashes of artifact ids below this.
_RUNS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:foundationmotion:computation")


def openlineage(receipts: Receipts, lake_url: str) -> Iterator[str]:
    """The receipts as lines of JSON, one event each, in the order that the computations began.

    Args:
        receipts: The receipts.
        lake_url: Address of the lake; datasets are named by where they lie in it.
    """
    writer = _Writer(receipts, lake_url)
    for made in receipts:
        yield from (json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n" for event in writer.events(made))


def run_id(artifact_id: str) -> str:
    """OpenLineage's run id of the computation of an artifact: a UUID that is the same anywhere."""
    return str(uuid.uuid5(_RUNS, artifact_id))


class _Writer:
    def __init__(self, receipts: Receipts, lake_url: str) -> None:
        self._receipts = receipts
        address = urlsplit(lake_url)
        local = address.scheme in ("", "file", "local") or len(address.scheme) == 1
        self._namespace = "file" if local else f"{address.scheme}://{address.netloc}"
        self._root = (address.path or lake_url).rstrip("/") if local else address.path.strip("/")
        self._uri = f"file://{self._root}" if local else lake_url
        self._producer = f"pkg:generic/foundationmotion@{library_version('foundationmotion')}"
        self._stages = {stage.name: stage for stage in (*STAGES, *ANALYSES)}

    def events(self, made: Made) -> Iterator[dict[str, Any]]:
        """The computation's events, START first."""
        yield self._event(made, "START", made.started, [])
        failed = made.status == "failed"
        yield self._event(made, "FAIL" if failed else "COMPLETE", made.ended, [] if failed else [self._output(made)])

    def _event(self, made: Made, kind: str, at: datetime, outputs: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "eventType": kind,
            "eventTime": at.isoformat(timespec="milliseconds"),
            "producer": self._producer,
            "schemaURL": EVENT_URL,
            "run": {"runId": run_id(made.artifact_id), "facets": self._run_facets(made, kind)},
            "job": {"namespace": NAMESPACE, "name": made.stage, "facets": self._job_facets(made)},
            "inputs": [self._input(i, made) for i in made.inputs],
            "outputs": outputs,
        }

    def _run_facets(self, made: Made, kind: str) -> dict[str, Any]:
        producer = self._receipts.producers[made.producer_id]
        facets = {
            "foundationmotion": self._facet(
                "foundationmotion", producer=dict(producer), artifactId=made.artifact_id, videoId=made.video_id,
                dataVersion=made.data_version, **({} if kind == "START" else {"status": made.status, "reason": made.reason}),
            ),
        }  # fmt: skip
        if _is_uuid(made.run_id):
            job = {"namespace": NAMESPACE, "name": "process_batch"}
            facets["parent"] = self._facet("parent", run={"runId": made.run_id}, job=job)
        if kind == "FAIL":
            facets["errorMessage"] = self._facet("errorMessage", message=made.reason, programmingLanguage="python")
        return facets

    def _job_facets(self, made: Made) -> dict[str, Any]:
        producer = self._receipts.producers[made.producer_id]
        facets = {
            "jobType": self._facet("jobType", processingType="BATCH", integration="FOUNDATIONMOTION", jobType="STAGE")
        }
        if made.stage in self._stages:
            module = self._stages[made.stage].compute.partition(":")[0]
            facets["sourceCodeLocation"] = self._facet(
                "sourceCodeLocation", type="python", url="pkg:generic/foundationmotion",
                path=f"{module.replace('.', '/')}.py", version=producer["logic_version"],
            )  # fmt: skip
        return facets

    def _input(self, ref: Input, made: Made) -> dict[str, Any]:
        if ref.artifact_id:
            return self._dataset(ref.stage, ref.video_id, ref.artifact_id)
        version = self._facet("version", datasetVersion=f"sha256:{made.sha256}")
        name = made.path or f"/{made.video_id}"
        return {"namespace": "file", "name": name, "facets": {"version": version}}

    def _output(self, made: Made) -> dict[str, Any]:
        found = self._dataset(made.stage, made.video_id, made.artifact_id)
        if made.stage in self._stages:
            fields = [
                {"name": f.name, "type": str(f.type), "description": describe(f, "description")}
                for f in self._stages[made.stage].schema
            ]
            found["facets"]["schema"] = self._facet("schema", fields=fields)
        found["outputFacets"] = {"outputStatistics": self._facet("outputStatistics", rowCount=made.rows, fileCount=1)}
        return found

    def _dataset(self, stage: str, video_id: str, artifact_id: str) -> dict[str, Any]:
        return {
            "namespace": self._namespace,
            "name": f"{self._root}/{stage}/{video_id}",
            "facets": {
                "dataSource": self._facet("dataSource", name="lake", uri=self._uri),
                "version": self._facet("version", datasetVersion=artifact_id),
            },
        }

    def _facet(self, facet: str, **values: Any) -> Mapping[str, Any]:
        return {"_producer": self._producer, "_schemaURL": FACETS[facet], **values}


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
