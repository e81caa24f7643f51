"""A variant becomes main: its settings go into fm.toml, what main was is kept as a variant of its own.

No artifact is made or moved: with the settings of the variant, main's own run finds all of the variant's artifacts.
"""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomlkit

from fm_assets.export.folder import exchange_exports, remove_export
from fm_assets.export.spec import STAGE as EXPORT
from fm_assets.graph import STAGES
from fm_assets.pipeline import lake_of
from fm_assets.planning.plan import make_plan
from fm_assets.planning.states import states
from fm_assets.settings import Settings, find_config, load_settings
from fm_assets.task import CORPUS
from fm_assets.variants.documents import VariantDocument, VariantError, add_variant, free_name, remove_variant
from fm_assets.variants.resolve import producer_ids, value_of
from fm_resources.lake import Lake
from fm_resources.registry import Registry

#: What the variant is called that keeps what main was before another one was promoted.
BEFORE = "before-"


@dataclass(frozen=True)
class Promotion:
    """What a promotion will do.

    Attributes:
        variant: The variant.
        kept_as: Name of the variant that will hold what main is now.
        config: The settings file.
        before: Its text; empty where there is none.
        after: Its text afterwards.
    """

    variant: VariantDocument
    kept_as: str
    config: Path
    before: str
    after: str

    @property
    def lines(self) -> list[str]:
        """The lines of the file that change: `-old`, `+new`."""
        changes = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=0)
        return [line for line in changes if line[:2] not in ("--", "++", "@@")]


def plan_promotion(document: VariantDocument, main: Settings, variant: Settings) -> Promotion:
    """Looks whether a variant can become main, and how; changes nothing.

    Args:
        document: The variant.
        main: Main's settings.
        variant: The variant's settings.

    Raises:
        VariantError: It is not up to date, makes nothing that main does not, or fm.toml cannot make it main.
    """
    name = document.name
    if not variant.variant.own:
        raise VariantError(f"{name} makes what main makes: there is nothing to promote, `fm variant drop {name}`")
    _up_to_date(name, variant)
    config = (find_config() or main.root / "fm.toml").resolve()
    before = config.read_text(encoding="utf-8") if config.exists() else ""
    after = with_settings(before, document.overrides)
    _check(config, after, document, variant)
    replaced = name.removeprefix(BEFORE) if name.startswith(BEFORE) else BEFORE + name
    return Promotion(document, free_name(lake_of(main), replaced), config, before, after)


def _up_to_date(name: str, variant: Settings) -> None:
    plan = make_plan(STAGES, STAGES, None, variant, lake_of(variant))
    behind = [s for s in states(plan) if s.state in ("stale", "missing")]
    if not behind:
        return
    stages = list(dict.fromkeys(s.stage for s in behind))
    shared = [s for s in stages if s not in variant.variant.own]
    how = f"`fm run`, then `fm run --variant {name}`" if shared else f"`fm run --variant {name}`"
    raise VariantError(
        f"{name} is not up to date ({len(behind)} stale or missing in {', '.join(stages)}): {how}, then promote it"
    )


def _check(config: Path, text: str, document: VariantDocument, variant: Settings) -> None:
    """Whether the new file makes main what the variant is; tried, since the environment may override it."""
    trial = config.with_name(f".{config.name}-{os.getpid()}")
    try:
        trial.write_text(text, encoding="utf-8")
        made = producer_ids(load_settings(trial))
    except OSError as error:
        raise VariantError(
            f"{config} cannot be written ({error.strerror}): make it writable, or set there yourself {document.spoken()}"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)
    wanted = producer_ids(variant)
    wrong = [stage for stage in wanted if made[stage] != wanted[stage]]
    if not wrong:
        return
    stronger = [
        key for key in sorted(os.environ)
        if any(f"{key.lower()}__".startswith(f"fm_{name.replace('.', '__')}__") for name in document.overrides)
    ]  # fmt: skip
    raise VariantError(
        f"{document.name} cannot become main: "
        + (f"{', '.join(stronger)} in the environment overrides {config.name}: unset it, then promote"
           if stronger else f"with {document.spoken()} in {config} main would still make {', '.join(wrong)} differently")
    )  # fmt: skip


def with_settings(text: str, values: Mapping[str, Any]) -> str:
    """A settings file's text with other values; comments and all else stay as they are."""
    document = tomlkit.parse(text)
    for name, value in values.items():
        *sections, last = name.split(".")
        holder: Any = document
        for section in sections:
            holder = holder.setdefault(section, tomlkit.table())
        if isinstance(value, dict):  # a table would open a section of its own
            inline = tomlkit.inline_table()
            inline.update(value)
            holder[last] = inline
        else:
            holder[last] = value
    return tomlkit.dumps(document)


def promote(promotion: Promotion, main: Settings, variant: Settings) -> None:
    """Makes the variant main, but for main's heads: the run that follows finds every artifact there.

    What main was is kept first, so that nothing is lost wherever this is interrupted.

    Raises:
        LakeError: The lake cannot be written.
    """
    lake = lake_of(main)
    own = variant.variant.own
    values = {name: value_of(main, name) for name in promotion.variant.overrides}
    add_variant(lake, promotion.kept_as, values, f"main until {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    kept = Lake(lake.url, promotion.kept_as, own)
    for batch in [CORPUS, *Registry.load(lake).batches]:
        for stage in own:
            if (now := lake.head_file(stage, batch)).heads:
                kept.write_heads(stage, batch, now.heads, now.recipe)
                kept.hold(stage, batch, now.held)
    temporary = promotion.config.with_name(f".{promotion.config.name}-{os.getpid()}")
    temporary.write_text(promotion.after, encoding="utf-8")
    temporary.replace(promotion.config)
    export = lake_of(variant).heads(EXPORT.name, CORPUS).get(CORPUS)
    exchange_exports(main, promotion.variant.name, promotion.kept_as, export.artifact_id if export else "")
    remove_export(main, promotion.variant.name)
    remove_variant(lake, promotion.variant.name)
