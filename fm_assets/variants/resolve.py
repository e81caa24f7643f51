"""From a variant's document to the settings it runs with, and the stages that are its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fm_assets.graph import STAGES
from fm_assets.settings import Settings, SettingsError, Variant, load_settings, settings_named
from fm_assets.variants.documents import VariantDocument, VariantError, all_variants
from fm_resources.detector.base import DetectorError
from fm_resources.lake import Lake

log = logging.getLogger(__name__)

#: Settings and sections that say where and how work is done, not what is made: they cannot differ in a variant.
COMMON = ("lake", "ingest", "workers", "llm.api_key", "llm.api_base")


def overrides_of(entries: Sequence[str], settings: Settings) -> dict[str, Any]:
    """What `--set` entries say, as name -> value in plain form.

    Args:
        entries: The entries.
        settings: Settings that were loaded with them, and so are valid.

    Raises:
        VariantError: None is given, or one of them is not a variant's to set.
    """
    names = settings_named(entries)
    if not names:
        raise VariantError("a variant differs from main in some setting: name it with --set SECTION.NAME=VALUE")
    for name in names:
        if name in COMMON or name.split(".")[0] in COMMON:
            raise VariantError(f"{name} cannot differ in a variant: it does not decide what is made")
    return {name: value_of(settings, name) for name in names}


def value_of(settings: Settings, name: str) -> Any:
    """A setting's value in plain (JSON) form, by its dotted name."""
    *section, last = name.split(".")
    holder: Any = settings
    for part in section:
        holder = getattr(holder, part)
    return holder.model_dump(mode="json", include={last})[last]


def producer_ids(settings: Settings) -> dict[str, str]:
    """Producer of every stage under given settings.

    Raises:
        SettingsError: A setting names what is not there.
        DetectorError: The detector's weights are not there.
    """
    return {stage.name: stage.producer(settings).producer_id for stage in STAGES}


def own_stages(main: Mapping[str, str], other: Mapping[str, str]) -> frozenset[str]:
    """Stages whose producer differs, and all that rest on them; the rest is shared.

    Args:
        main: `producer_ids` of main.
        other: `producer_ids` of the variant.
    """
    own: set[str] = set()
    for stage in STAGES:
        if main[stage.name] != other[stage.name] or own & set(stage.upstream):
            own.add(stage.name)
    return frozenset(own)


def overridden(document: VariantDocument, overrides: Sequence[str] = ()) -> Settings:
    """Main's settings with a variant's overrides in their place; which stages are its own is not yet known.

    Raises:
        SettingsError: An override is no longer a setting, or no longer allowed.
    """
    return load_settings(overrides=overrides, pinned=document.overrides, pinned_by=document.title)


def variant_settings(
    document: VariantDocument,
    main: Settings,
    overrides: Sequence[str] = (),
    *,
    main_producers: Mapping[str, str] | None = None,
) -> Settings:
    """The settings a variant runs with: main's, with its overrides in their place.

    Args:
        document: The variant.
        main: Main's settings.
        overrides: The `--set` entries that main's settings were loaded with.
        main_producers: `producer_ids(main)`, where they are known already.

    Raises:
        SettingsError: An override is no longer a setting, or no longer allowed.
        DetectorError: The detector's weights are not there.
    """
    settings = overridden(document, overrides)
    own = own_stages(main_producers or producer_ids(main), producer_ids(settings))
    return settings.model_copy(update={"variant": Variant(name=document.name, own=own)})


def forget_shared(variant: Settings) -> None:
    """Forgets what a variant holds in stages that were its own once, before main came to make the same there."""
    lake = Lake(variant.lake_url, variant.variant.name)
    held = {stage for stage, _, _ in lake.head_files().values()}
    for stage in held - variant.variant.own:
        lake.remove_heads(stage)


def usable_variants(main: Settings) -> list[Settings]:
    """Settings of every variant that differs from main; one that cannot be used is left out with a warning.

    Definitions are made of these: one variant's trouble must not keep all others from loading.
    """
    try:
        documents = all_variants(Lake(main.lake_url))
        producers = producer_ids(main) if documents else {}
    except (VariantError, SettingsError, DetectorError) as error:
        log.warning("variants are left out: %s", error)
        return []
    found = []
    for document in documents:
        try:
            settings = variant_settings(document, main, main_producers=producers)
        except (SettingsError, DetectorError) as error:
            log.warning("variant %s is left out: %s", document.name, document.without_name(error))
            continue
        if settings.variant.own:
            found.append(settings)
    return found
