"""Lookup tables of DICOM as they are, not as their descriptors say.

Source: DICOM PS3.3 C.11.1.1 and C.11.2.1.1 (LUT Descriptor, LUT Data), C.7.6.3.1.5 (palettes).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from hilum.schema import ImageError

OVERSHOOT = 1.1  # a few entries beyond the descriptor's bits are cut; more of them mean that the descriptor is wrong


@dataclass(frozen=True)
class Table:
    """A lookup table.

    Args:
        entries: (n,) what stands in it.
        first: the value that is mapped to the first entry.
        largest: what is white, by the bits of its entries.
    """

    entries: NDArray[np.float64]
    first: int
    largest: int

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Values through the table; below its first and above its last entry those two hold."""
        at = np.clip(np.rint(values) - self.first, 0, len(self.entries) - 1).astype(np.int64)
        found: NDArray[np.float64] = self.entries[at]
        return found


def sequence_table(dataset: pydicom.FileDataset, keyword: str, values: NDArray[Any], notes: list[str]) -> Table:
    """The first table of a sequence such as `VOILUTSequence`.

    Args:
        dataset: the image's header.
        keyword: of the sequence.
        values: what is to be looked up; of the two numbers that a first value can mean, signed and unsigned, the one
            whose table meets these values is taken.
        notes: gains what the descriptor says wrongly.

    Raises:
        ImageError: for a table without entries or of 0 bits.
    """
    item = dataset[keyword].value[0]
    return _table(dataset, (item, "LUTDescriptor", "LUTData", keyword), values, notes)


def palette_table(dataset: pydicom.FileDataset, color: str, values: NDArray[Any], notes: list[str]) -> Table:
    """The table of one color, `Red`, `Green` or `Blue`; see `sequence_table`."""
    name = f"{color}PaletteColorLookupTable"
    return _table(dataset, (dataset, f"{name}Descriptor", f"{name}Data", name), values, notes)


def _table(
    dataset: pydicom.FileDataset, where: tuple[pydicom.Dataset, str, str, str], values: NDArray[Any], notes: list[str]
) -> Table:
    item, descriptor, data, name = where
    is_little = bool(dataset.file_meta.TransferSyntaxUID.is_little_endian)
    parts = _descriptor(item, descriptor, is_little)
    if len(parts) != 3 or not 1 <= parts[2] & 0xFFFF <= 16:
        bits = parts[2] if len(parts) == 3 else "no"
        raise ImageError(f"{name}: its descriptor gives {bits} bits an entry. Expected 8 to 16; export it again.")
    entries = _entries(item, data, parts, is_little)
    if not len(entries):
        raise ImageError(f"{name}: a lookup table without entries. Expected {parts[0]}; export the image again.")
    if len(entries) < ((parts[0] & 0xFFFF) or 65536):
        notes.append(f"{name}: {len(entries)} entries, but its descriptor says {(parts[0] & 0xFFFF) or 65536}")
    largest = _largest(entries, parts[2] & 0xFFFF, name, notes)
    return Table(entries, _first(parts[1], len(entries), values, name, notes), largest)


def _descriptor(item: pydicom.Dataset, keyword: str, is_little: bool) -> list[int]:
    value = item.get(keyword)
    if isinstance(value, bytes):  # nothing around it told whether it is signed
        value = np.frombuffer(value[: len(value) // 2 * 2], "<u2" if is_little else ">u2")
    if value is None or isinstance(value, (int, str)):
        return []
    return [int(part) for part in value]


def _entries(item: pydicom.Dataset, keyword: str, parts: list[int], is_little: bool) -> NDArray[np.float64]:
    """The entries, of 16 bits each, or of 8 where there are just bytes enough for that."""
    data = item.get(keyword)
    wanted = (parts[0] & 0xFFFF) or 65536
    order = "<u2" if is_little else ">u2"
    if data is None:
        return np.zeros(0)
    if not isinstance(data, bytes):
        data = (np.atleast_1d(np.asarray(data, np.int64)) & 0xFFFF).astype(order).tobytes()
    if len(data) in (wanted, wanted + 1) and wanted > 1 and parts[2] & 0xFFFF <= 8:
        words = np.frombuffer(data, np.uint8)
    else:
        words = np.frombuffer(data[: len(data) // 2 * 2], order)
    return words[:wanted].astype(np.float64)


def _largest(entries: NDArray[np.float64], bits: int, name: str, notes: list[str]) -> int:
    """White: by the descriptor's bits, unless the entries need other ones."""
    full: int = 2**bits - 1
    needed = int(entries.max()).bit_length()
    if needed == bits or needed == 0 or full < entries.max() <= OVERSHOOT * full:
        return full
    notes.append(f"{name}: entries of {needed} bits, but its descriptor says {bits}; {2**needed - 1} is taken as white")
    return int(2**needed) - 1


def _first(said: int, length: int, values: NDArray[Any], name: str, notes: list[str]) -> int:
    """The first value, signed or unsigned: as the descriptor's type says, unless only the other meets the values."""
    other = said - 65536 if said > 32767 else said + 65536 if said < 0 else said
    low, high = float(values.min()), float(values.max())
    met, met_by_other = (min(high, first + length - 1) - max(low, first) for first in (said, other))
    if met >= met_by_other:
        return said
    notes.append(f"{name}: its first value {said} is read as {other}, where the image's values lie")
    return other
