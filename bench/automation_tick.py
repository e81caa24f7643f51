"""What a look of the automation sensor costs: heads of many batches, nothing or one batch out of date.

`python bench/automation_tick.py --batches 1600` prints seconds per look.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time

import dagster as dg

from fm_assets.definitions import build
from fm_assets.graph import STAGES
from fm_assets.out_of_date import Look
from fm_assets.settings import Settings, load_settings
from fm_assets.stage import CORPUS, Item, recipe, wanted_inputs
from fm_resources.lake import Head, Lake
from fm_resources.provenance import content_hash
from fm_resources.registry import Registry


def make_lake(settings: Settings, batches: int, videos: int) -> Registry:
    """Registry and heads of a corpus in which nothing is out of date; no artifact is written."""
    lake = Lake(settings.lake_url)
    for b in range(batches):
        key = f"2026-01-{1 + b // 1000:02d}-{b % 1000 + 1:04d}"
        names = [f"video-{b:05d}-{v:02d}" for v in range(videos)]
        entries = [{"video_id": n, "sha256": content_hash(n), "domain": "d", "licence": ""} for n in names]
        paths = [{"path": f"/videos/{n}.mp4", "video_id": n, "size_bytes": 1, "mtime_ns": 1} for n in names]
        document = {"key": key, "created": key, "videos": entries, "paths": paths}
        lake.put_json(lake.root / "_registry" / f"{key}.json", document)
    look = Look(lake, Registry.load(lake))
    for stage in STAGES:
        producer = stage.producer(settings)
        for batch in [CORPUS] if stage.corpus else look.registry.batches:
            wanted = wanted_inputs(stage, batch, look)
            heads = {
                v: Head(content_hash([stage.name, v], 20), content_hash([v, stage.name]), "ok")
                for v, inputs in wanted.items()
                if not isinstance(inputs, Item)
            }
            lake.write_heads(stage.name, batch, heads, recipe(producer, wanted))
    return look.registry


def report_materializations(instance: dg.DagsterInstance, registry: Registry) -> None:
    """Lets Dagster know every batch of every stage."""
    for stage in STAGES:
        for batch in [None] if stage.corpus else registry.batches:
            instance.report_runless_asset_event(dg.AssetMaterialization(stage.name, partition=batch))


def main() -> None:
    """Makes the lake, looks some times, and prints what a look took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=1600)
    parser.add_argument("--videos", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, dg.DagsterInstance.ephemeral() as instance:
        settings = load_settings(env={"FM_HOME": folder})
        registry = make_lake(settings, options.batches, options.videos)
        instance.add_dynamic_partitions("batches", list(registry.batches))
        report_materializations(instance, registry)
        definitions, cursor, seconds = build(settings), None, []
        for look in range(4):
            if look == 3:  # one video of one batch gets other detections
                lake, batch = Lake(settings.lake_url), next(iter(registry.batches))
                file = lake.head_file("detections", batch)
                first = next(iter(file.heads))
                lake.write_heads("detections", batch, file.heads | {first: Head("x", "x", "ok")}, file.recipe)
            began = time.perf_counter()
            result = dg.evaluate_automation_conditions(defs=definitions, instance=instance, cursor=cursor)
            seconds.append(time.perf_counter() - began)
            cursor = result.cursor
            print(f"look {look}: {seconds[-1]:.2f} s, {result.total_requested} asked for", flush=True)
        print(
            json.dumps(
                {"batches": options.batches, "first_s": round(seconds[0], 2), "later_s": round(min(seconds[1:]), 2)}
            )
        )


if __name__ == "__main__":
    main()
