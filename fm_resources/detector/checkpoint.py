"""What a .pt file would run when it is loaded, found out without loading it.

A PyTorch checkpoint is a pickle, and a pickle may call any function. The names that it refers to can be read
off its opcodes; weights of ultralytics need few, and anything else is refused.
"""

from __future__ import annotations

import pickletools
import re
import zipfile
from pathlib import Path

from fm_resources.detector.base import DetectorError

#: Names that ultralytics' checkpoints refer to: tensors, layers, plain containers. Functions are named one by one.
_ALLOWED = re.compile(
    r"""
      (__builtin__|builtins)\.(set|frozenset|list|dict|tuple|int|float|bool|str|bytes|complex|slice|range|getattr)
    | collections\.(OrderedDict|defaultdict)
    | _codecs\.encode
    | datetime\.(datetime|date|timedelta)
    | pathlib(\._local)?\.(PosixPath|WindowsPath|PurePosixPath|PureWindowsPath)
    | numpy\.(dtype|ndarray|float32|float64|int64)
    | numpy\.(core|_core)\.multiarray\.(scalar|_reconstruct)
    | torch\.([A-Z][A-Za-z0-9]*Storage|Size|device|float16|bfloat16|float32|float64|uint8|int8|int16|int32|int64|bool)
    | torch\.storage\.(UntypedStorage|TypedStorage)
    | torch\._utils\._rebuild_(parameter|tensor|tensor_v2)
    | torch\.nn\.parameter\.Parameter
    | torch\.nn\.modules\.[a-z0-9_]+\.[A-Z][A-Za-z0-9]*
    | ultralytics\.nn\.modules\.[a-z0-9_]+\.[A-Z][A-Za-z0-9_]*
    | ultralytics\.nn\.tasks\.[A-Z][A-Za-z0-9]*Model
    | ultralytics\.(yolo\.)?utils\.IterableSimpleNamespace
    | ultralytics\.(yolo\.)?utils\.(loss|tal)\.(v[0-9]+)?[A-Z][A-Za-z0-9]*
    """,
    re.VERBOSE,
)

#: Opcodes that reach a name by another way than GLOBAL; torch.save writes none of them.
_INDIRECT = ("STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4")


def check(path: Path) -> None:
    """Refuses a checkpoint that is damaged, of another kind, or refers to anything beyond tensors and layers.

    Args:
        path: A .pt file.

    Raises:
        DetectorError: It must not, or cannot, be loaded.
    """
    foreign = sorted(name for name in referred(path) if not _ALLOWED.fullmatch(name))
    if foreign:
        shown = ", ".join(foreign[:5]) + (" ..." if len(foreign) > 5 else "")
        raise DetectorError(
            f"{path.name} was not loaded: it would run {shown}, which weights have no need of; use weights from a "
            "source you trust, saved by ultralytics"
        )


def referred(path: Path) -> set[str]:
    """All names (`module.name`) that the pickles of a checkpoint refer to.

    Raises:
        DetectorError: The file is not a complete zip archive as torch.save writes it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.namelist()
            if any(name.endswith("constants.pkl") for name in entries):
                raise DetectorError(f"{path.name} is a TorchScript archive: give the .pt file that ultralytics saved")
            pickles = [name for name in entries if name.endswith(".pkl")]
            if not any(name.rsplit("/", 1)[-1] == "data.pkl" for name in pickles):
                raise DetectorError(f"{path.name} is a zip archive but not a PyTorch checkpoint")
            return {name for entry in pickles for name in _names(archive.read(entry))}
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise DetectorError(
            f"{path.name} is not a usable PyTorch checkpoint (damaged, cut short, or of another format): {error}"
        ) from None


def _names(pickled: bytes) -> set[str]:
    found = set()
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name == "GLOBAL":
            found.add(str(argument).replace(" ", "."))
        elif opcode.name in _INDIRECT:
            found.add(f"an object named indirectly ({opcode.name})")
    return found
