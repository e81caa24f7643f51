"""Batches: the partitions of all per-video assets."""

from __future__ import annotations

import dagster as dg

from fm_resources.registry import Registry

batches = dg.DynamicPartitionsDefinition(name="batches")


def publish_batches(instance: dg.DagsterInstance, registry: Registry) -> list[str]:
    """Tells Dagster of the registry's batches; returns those that it did not know.

    The registry is the truth: an instance that was deleted learns all batches again.
    """
    known = set(instance.get_dynamic_partitions("batches"))
    new = [key for key in registry.batches if key not in known]
    if new:
        instance.add_dynamic_partitions("batches", new)
    return new
