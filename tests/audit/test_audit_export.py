"""Exports are valid PROV and OpenLineage, by the schemas that were published for them."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from importlib.resources import files
from pathlib import Path
from typing import Any

import attr
import pytest
import rdflib
from jsonschema.validators import validator_for
from prov.model import ProvDocument
from rdflib.namespace import PROV
from referencing import Registry, Resource

PREFIX = "urn:foundationmotion:"


@pytest.fixture(scope="module")
def exports(demo, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    for form in ("prov", "prov-o", "openlineage"):
        demo.run("audit", "export", "--all", "--format", form, "--out", str(folder / form))
    return {form: folder / form for form in ("prov", "prov-o", "openlineage")}


@pytest.fixture(scope="module")
def edges(demo) -> set[tuple[str, str]]:
    rows = demo.sql("SELECT artifact_id, input_artifact_id FROM artifact_inputs WHERE input_artifact_id <> ''")
    return {(row["artifact_id"], row["input_artifact_id"]) for row in rows}


def test_prov_json_follows_the_schema_of_the_submission(exports) -> None:
    schema = json.loads((files("prov.tests") / "schemas" / "prov-json.schema.json").read_text())
    kind = validator_for(schema)
    document = json.loads(exports["prov"].read_text())
    assert [e.message for e in kind(schema, format_checker=kind.FORMAT_CHECKER).iter_errors(document)] == []


def test_prov_json_holds_the_lineage(demo, exports, edges) -> None:
    document = ProvDocument.deserialize(source=str(exports["prov"]), format="json")
    plain = json.loads(document.serialize(format="json"))
    receipts = demo.sql("SELECT artifact_id, producer_id FROM receipts_all")
    assert {f"artifact:{r['artifact_id']}" for r in receipts} <= set(plain["entity"])
    assert len(plain["activity"]) == len(plain["wasGeneratedBy"]) == len(receipts)
    assert set(plain["agent"]) == {f"producer:{r['producer_id']}" for r in receipts}
    derived = {(d["prov:generatedEntity"], d["prov:usedEntity"]) for d in plain["wasDerivedFrom"].values()}
    assert {(f"artifact:{a}", f"artifact:{b}") for a, b in edges} <= derived
    assert len({b for _, b in derived if b.startswith("video:")}) == 4


def test_prov_o_uses_terms_of_the_ontology_and_can_be_asked(demo, exports, edges) -> None:
    graph = rdflib.Graph().parse(exports["prov-o"], format="json-ld")
    terms = {t for triple in graph for t in triple[1:] if str(t).startswith(str(PROV))}
    assert terms and all(term in PROV for term in terms)
    pair = demo.json("audit", "qa", demo.sql("SELECT qa_id FROM qa ORDER BY qa_id")[0]["qa_id"])
    artifact = pair["pair"]["artifact_id"]
    found = graph.query(
        f"SELECT ?up {{ <{PREFIX}artifact:{artifact}> prov:wasDerivedFrom+ ?up }}", initNs={"prov": PROV}
    )
    above = {str(row[0]).removeprefix(PREFIX) for row in found}
    chain = {f"artifact:{entry['artifact_id']}" for entry in pair["chain"]} - {f"artifact:{artifact}"}
    assert above == chain | {f"video:{pair['video']['video_id']}"}


def test_an_export_is_the_same_every_time(demo, exports, tmp_path) -> None:
    for form, path in exports.items():
        demo.run("audit", "export", "--all", "--format", form, "--out", str(tmp_path / form))
        assert (tmp_path / form).read_bytes() == path.read_bytes()


def test_a_question_exports_what_it_rests_on_and_nothing_else(demo) -> None:
    pair = demo.json("audit", "qa", demo.sql("SELECT qa_id FROM qa ORDER BY qa_id")[0]["qa_id"])
    document = json.loads(demo.run("audit", "export", pair["pair"]["qa_id"]))
    chain = {f"artifact:{entry['artifact_id']}" for entry in pair["chain"]}
    assert set(document["entity"]) == chain | {f"video:{pair['video']['video_id']}"}


def events_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def facets_of(event: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    holders = [event["run"]["facets"], event["job"]["facets"]]
    for dataset in event["inputs"] + event["outputs"]:
        holders += [dataset.get(name, {}) for name in ("facets", "inputFacets", "outputFacets")]
    return [(name, facet) for holder in holders for name, facet in holder.items()]


def failing_events(tmp_path: Path) -> list[dict[str, Any]]:
    """Events of a real stage that fails for one of two files."""
    from datetime import UTC, datetime

    from arithmetic_stages import STAGE_TOTALS, STAGE_WORDS

    from fm_assets.audit.openlineage import openlineage
    from fm_assets.audit.receipts import receipts_of_all
    from fm_assets.pipeline import Pipeline
    from fm_assets.settings import load_settings
    from fm_resources.registry import register

    for name in ("good", "fail"):
        (tmp_path / f"{name}.mp4").write_text(f"{name} words")
    pipeline = Pipeline(load_settings(env={"FM_HOME": str(tmp_path / "home")}))
    paths = sorted(tmp_path.glob("*.mp4"))
    taken = register(pipeline.lake, paths, batch_size=8, domain="d", licence="", now=datetime(2026, 1, 1, tzinfo=UTC))
    for stage in (STAGE_WORDS, STAGE_TOTALS):
        pipeline.run(stage, taken.batches[0], "9f1c2b34-0000-4000-8000-000000000000")
    pipeline.close()
    lines = openlineage(receipts_of_all(pipeline.catalog), pipeline.settings.lake_url)
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def failing(tmp_path_factory) -> list[dict[str, Any]]:
    return failing_events(tmp_path_factory.mktemp("failing"))


def test_openlineage_events_are_what_the_client_library_takes(exports, failing) -> None:
    from openlineage.client import event_v2

    events = events_of(exports["openlineage"]) + failing
    for event in events:
        run = event_v2.Run(runId=event["run"]["runId"])
        made = event_v2.RunEvent(
            eventTime=event["eventTime"], run=run, job=event_v2.Job(**{k: event["job"][k] for k in ("namespace", "name")}),
            eventType=event_v2.RunState[event["eventType"]], producer=event["producer"],
        )  # fmt: skip
        assert made.schemaURL == event["schemaURL"]
        for name, facet in facets_of(event):
            if name == "foundationmotion":
                continue
            kind = _facet_class(name)
            values = {k: v for k, v in facet.items() if not k.startswith("_")}
            assert set(values) <= {field.name for field in attr.fields(kind)}, name
            kind(**values)
            assert facet["_schemaURL"] == kind._get_schema(), name


def _facet_class(name: str) -> Any:
    from openlineage.client import facet_v2

    module, cls = {
        "schema": ("schema_dataset", "SchemaDatasetFacet"),
        "dataSource": ("datasource_dataset", "DatasourceDatasetFacet"),
        "version": ("dataset_version_dataset", "DatasetVersionDatasetFacet"),
        "outputStatistics": ("output_statistics_output_dataset", "OutputStatisticsOutputDatasetFacet"),
        "errorMessage": ("error_message_run", "ErrorMessageRunFacet"),
        "parent": ("parent_run", "ParentRunFacet"),
        "jobType": ("job_type_job", "JobTypeJobFacet"),
        "sourceCodeLocation": ("source_code_location_job", "SourceCodeLocationJobFacet"),
    }[name]
    return getattr(getattr(facet_v2, module), cls)


def test_openlineage_holds_every_computation_once(demo, exports, edges) -> None:
    events = events_of(exports["openlineage"])
    ids = {r["artifact_id"] for r in demo.sql("SELECT artifact_id FROM receipts_all")}
    by_run: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_run.setdefault(event["run"]["runId"], []).append(event)
    assert len(by_run) == len(ids)
    assert all([e["eventType"] for e in found] == ["START", "COMPLETE"] for found in by_run.values())
    found = set()
    for event in events:
        for output in event["outputs"]:
            to = output["facets"]["version"]["datasetVersion"]
            found |= {(to, i["facets"]["version"]["datasetVersion"]) for i in event["inputs"]}
    assert {(a, b) for a, b in found if not b.startswith("sha256:")} == edges


def test_a_failure_is_a_fail_event_with_its_message(failing) -> None:
    ends = [e for e in failing if e["eventType"] != "START"]
    assert sorted(e["eventType"] for e in ends) == ["COMPLETE", "COMPLETE", "FAIL"]
    (failed,) = [e for e in ends if e["eventType"] == "FAIL"]
    assert "the text asks for a failure" in failed["run"]["facets"]["errorMessage"]["message"]
    assert failed["run"]["facets"]["parent"]["run"]["runId"] == "9f1c2b34-0000-4000-8000-000000000000"
    assert failed["outputs"] == []


def published(url: str) -> dict[str, Any]:
    """A schema of the OpenLineage specification, from a checkout of it (FM_OPENLINEAGE_SPEC) or the net."""
    address = url.partition("#")[0]
    folder = os.environ.get("FM_OPENLINEAGE_SPEC")
    if folder:
        name = address.rsplit("/", 1)[1]
        places = [Path(folder) / name, Path(folder) / "facets" / name]
        schema = json.loads(next(p for p in places if p.is_file()).read_text())
        assert schema["$id"] == address, "the checkout holds another version"
        return schema
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:  # noqa: S310 - an https address of ours
            return json.loads(reply.read())
    except (OSError, ValueError) as error:
        pytest.skip(f"{address} cannot be fetched ({error}); set FM_OPENLINEAGE_SPEC to a checkout's spec/ folder")


def test_openlineage_events_follow_the_published_schemas(exports, failing) -> None:
    events = events_of(exports["openlineage"]) + failing
    urls = {event["schemaURL"] for event in events} | {f["_schemaURL"] for e in events for _, f in facets_of(e)}
    registry: Registry = Registry()
    for address in sorted({re.sub("#.*", "", url) for url in urls}):
        registry = Resource.from_contents(published(address)) @ registry
    kind = validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema"})

    def errors(url: str, value: Any) -> list[str]:
        checker = kind({"$ref": url}, registry=registry, format_checker=kind.FORMAT_CHECKER)
        return [error.message for error in checker.iter_errors(value)]

    for event in events:
        assert errors(event["schemaURL"], event) == []
        for name, facet in facets_of(event):
            assert errors(facet["_schemaURL"], facet) == [], name
