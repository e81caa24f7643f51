"""Errors whose message tells a user what to do; everything else is a defect and keeps its traceback."""

from __future__ import annotations

from fm_assets.audit.lookup import UnknownItem
from fm_assets.ingest import IngestError
from fm_assets.planning.document import PlanError
from fm_assets.settings import SettingsError
from fm_assets.upkeep.collect import Unsound
from fm_assets.variants.documents import VariantError
from fm_resources.catalog import CatalogBusy
from fm_resources.detector.base import DetectorError
from fm_resources.inuse import LakeInUse
from fm_resources.lake import DamagedArtifact, LakeError
from fm_resources.video_cut import FfmpegMissing


class CommandError(RuntimeError):
    """A command cannot go on; the message says what to do."""


USER_ERRORS: tuple[type[Exception], ...] = (
    CommandError,
    SettingsError,
    Unsound,
    IngestError,
    UnknownItem,
    PlanError,
    VariantError,
    CatalogBusy,
    LakeError,
    LakeInUse,
    DamagedArtifact,
    DetectorError,
    FfmpegMissing,
)
