"""Frames that lie on the disk and are read as if they were in memory: what a large file becomes fits into any memory.

Lives here: cutting frames into batches, laying them down part by part, letting go of pages that were read. Not here:
what is kept of a file after its steps (`pipelines/intake/`), whose Parquet is read again by other processes.

A file of a million rows took 700 MB while it was read and validated, and ten million took ten times as much. Laid
down, its cells and values are pages of a file that nobody else sees: the kernel takes them back when memory is scarce,
and `release` gives them back at once. It changes no value (AU-19).
"""

import mmap
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

import polars as pl

LARGE, BATCH = 1_000_000, 131_072
"""Rows up to which a file stays in memory, and how many of a larger one are worked on at a time. Laying down all that a
million rows become takes half a second of CPU, a sixth of what reading and validating them takes.
"""


@dataclass(frozen=True)
class FramesOnDisk:
    """Where the frames of one file lie while they are worked on: in a folder, or in memory where there is none."""

    folder: Path | None = None
    above: int = LARGE
    batch: int = BATCH
    _mapped: list[weakref.ref[mmap.mmap]] = field(default_factory=list, repr=False, compare=False)

    def takes(self, height: int) -> bool:
        """Whether a frame of so many rows is laid down and worked on in batches."""
        return self.folder is not None and height > self.above

    def batches(self, height: int) -> list[tuple[int, int]]:
        """Start and length of each batch of so many rows; what stays in memory is one, and so are no rows."""
        if not self.takes(height):
            return [(0, height)]
        return [(start, min(self.batch, height - start)) for start in range(0, height, self.batch)]

    def each(self, batches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The batches one after the other, what was read for one being given back before the next."""
        for batch in batches:
            yield batch
            self.release()

    def parts(self, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The frame in its batches."""
        return (frame.slice(start, count) for start, count in self.batches(frame.height))

    def lay(self, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """The parts as one frame, each laid down before the next is made."""
        if self.folder is None:
            return pl.concat(parts)
        laid = []
        for part in parts:
            laid.append(self.lay_part(self.folder, part))
            self.release()
        return pl.concat(laid, rechunk=False)

    def lay_series(self, *series: pl.Series) -> list[pl.Series]:
        """Series of equal length, laid down where they are long."""
        if not series or not self.takes(len(series[0])):
            return list(series)
        frame = pl.DataFrame([each.alias(str(place)) for place, each in enumerate(series)])
        laid = self.lay([frame])
        return [laid[str(place)].alias(each.name) for place, each in enumerate(series)]

    def release(self) -> None:
        """Give back the memory of what was read; who reads it again finds it on the disk."""
        for known in list(self._mapped):
            mapped = known()
            if mapped is not None:
                mapped.madvise(mmap.MADV_DONTNEED)

    def lay_part(self, folder: Path, part: pl.DataFrame) -> pl.DataFrame:
        """One part, as pages of a file without a name: it goes with the last frame that needs it, or with us."""
        import pyarrow  # for polars copies an Arrow file that it reads; without a large file nobody needs it

        with TemporaryFile(dir=folder) as file:
            part.write_ipc(file, compression="uncompressed", compat_level=pl.CompatLevel.newest())
            file.flush()
            pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        table = pyarrow.ipc.open_file(pyarrow.py_buffer(pages)).read_all()
        self._mapped[:] = [known for known in self._mapped if known() is not None] + [weakref.ref(pages)]
        laid = pl.from_arrow(table)
        # What Arrow has no type for comes back as another one: such a frame stays as it is.
        return laid if isinstance(laid, pl.DataFrame) and laid.schema == part.schema else part


IN_MEMORY = FramesOnDisk()
"""For small tables, and for whoever has no folder of a file."""
