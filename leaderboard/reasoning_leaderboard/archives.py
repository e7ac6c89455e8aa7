"""Compressed files and archives: read under limits, since they are from strangers, and equal bytes if equal inside."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import zstandard

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MIB: Final = 2**20
LARGEST_WINDOW: Final = 128 * MIB  # that a frame may ask a decompressor to keep
END: Final = bytes(tarfile.BLOCKSIZE)  # after the last member of a tar archive
LONGEST_END: Final = 2 * tarfile.RECORDSIZE  # two such blocks, and what fills up the last record
EXTENDING: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
LONGEST_LINE: Final = 4 * MIB  # of a file in an archive that is read line by line
LEVEL: Final = 12  # of compression
FEED: Final = 1024  # compressed bytes that are decompressed at once: at most some 40 MiB come of so few


class BadArchive(ValueError):
    """The bytes are no such archive, or hold more than they may."""


def compress(data: bytes) -> bytes:
    """The data as one Zstandard frame, with its size and a checksum."""
    return _compressor().compress(data)


def decompress(data: bytes, most: int) -> bytes:
    """What one Zstandard frame holds; see `frame`."""
    return b"".join(frame(io.BytesIO(data), most))


def frame(file: BinaryIO, most: int) -> Iterator[bytes]:
    """What one Zstandard frame holds, in pieces of little memory.

    It must say its size, so that nothing is decompressed that is too large.

    Args:
        file: that holds the frame and nothing else.
        most: bytes that it may hold.

    Raises:
        BadArchive: if it isn't one whole frame, doesn't say how much it holds, holds more than `most` bytes or than it
            says, or its checksum is wrong. Pieces that came before may be of such a frame.
    """
    try:
        piece = file.read(FEED)
        size = _size_of_frame(piece, most)
        decompressor = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW).decompressobj()
        while piece and not decompressor.eof:
            found = decompressor.decompress(piece)
            size -= len(found)
            if size < 0:
                raise BadArchive("it holds more than it says")
            yield found
            piece = b"" if decompressor.eof else file.read(FEED)
        if not decompressor.eof or size:
            raise BadArchive("it ends in the middle, or holds less than it says")
        if decompressor.unused_data or file.read(1):
            raise BadArchive("something follows the compressed data")
    except zstandard.ZstdError as error:
        raise BadArchive(f"it can't be decompressed: {error}") from error


def _size_of_frame(begin: bytes, most: int) -> int:
    told = zstandard.get_frame_parameters(begin)
    if told.content_size == zstandard.CONTENTSIZE_UNKNOWN:
        raise BadArchive("the compressed data doesn't say its size; compress the file whole, as `zstd FILE` does")
    if told.content_size > most:
        raise BadArchive(f"it holds {told.content_size:,} bytes; {most:,} are the limit")
    if not told.has_checksum:
        raise BadArchive("the compressed data has no checksum; compress it with one, as `zstd FILE` does")
    return told.content_size


def _compressor() -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True, write_content_size=True)


def lines_of(data: bytes) -> Iterator[bytes]:
    r"""The lines, without their ends, one at a time: a list of all could take many times the memory of the data.

    What follows the last line's end is a line too, if there is anything.

    >>> list(lines_of(b"a\n\nb"))
    [b'a', b'', b'b']
    """
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        yield data[begin:end]
        begin = end + 1


def pack(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of these files, by name. It holds no time, owner or mode, so that equal files are equal bytes."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in sorted(files.items()):
            archive.addfile(_header(name, len(data)), io.BytesIO(data))
    return written.getvalue()


def _header(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member


def _in_blocks(size: int) -> int:
    """The bytes that so many take in a tar archive, which is made of blocks."""
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def write_archive(target: BinaryIO, files: Mapping[str, BinaryIO]) -> None:
    """Write a compressed tar archive of these files in this order, whatever their size, in little memory.

    Args:
        target: gets the archive.
        files: by name; read from their start.
    """
    sizes = {name: file.seek(0, io.SEEK_END) for name, file in files.items()}
    whole = sum(tarfile.BLOCKSIZE + _in_blocks(size) for size in sizes.values()) + 2 * tarfile.BLOCKSIZE
    whole = -(-whole // tarfile.RECORDSIZE) * tarfile.RECORDSIZE
    with (
        _compressor().stream_writer(target, size=whole, closefd=False) as compressed,
        tarfile.open(fileobj=compressed, mode="w|", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, file in files.items():
            file.seek(0)
            archive.addfile(_header(name, sizes[name]), file)


def read_archive(archive: BinaryIO, files: Mapping[str, int]) -> Iterator[Iterator[bytes]]:
    """The lines of each file of a compressed tar archive, in little memory.

    Args:
        archive: as `write_archive` writes it.
        files: that it must hold, in this order, and how many bytes each may have; the lines of one are to be read
            before those of the next.

    Raises:
        BadArchive: if it can't be decompressed, is no tar archive, holds other files or in another order, or a file
            that isn't plain, is too large, or has a line of over `LONGEST_LINE` bytes.
    """
    most = sum(map(_in_blocks, files.values())) + len(files) * tarfile.BLOCKSIZE + LONGEST_END
    source = io.BufferedReader(_Pieces(frame(archive, most)), MIB)
    for name, largest in files.items():
        member = _member(source.read(tarfile.BLOCKSIZE))
        _hold_to_plain_files(member, {name}, largest)
        part = _Part(source, member.size)
        yield part.lines()
        part.end()
    rest = source.read(LONGEST_END + 1)
    if len(rest) > LONGEST_END or rest.strip(b"\0"):
        raise BadArchive(f"the archive holds more than {', '.join(files)}")


class _Pieces(io.RawIOBase):
    """Pieces as a file that is read from its start to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer, /) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        target = memoryview(into)
        count = min(len(target), len(self._left))
        target[:count], self._left = self._left[:count], self._left[count:]
        return count


@dataclass(slots=True)
class _Part:
    """A file inside an archive that is being read."""

    source: BinaryIO
    size: int  # bytes
    read: int = 0

    def lines(self) -> Iterator[bytes]:
        r"""The lines, each with its `\n`, but for the last where it has none."""
        while self.read < self.size:
            line = self.source.readline(min(LONGEST_LINE, self.size - self.read))
            self.read += len(line)
            if not line:
                raise BadArchive("the archive ends in the middle of a file")
            if not line.endswith(b"\n") and self.read < self.size:
                raise BadArchive(f"a line holds more than {LONGEST_LINE:,} bytes")
            yield line

    def end(self) -> None:
        """Go to the next file's header."""
        for _ in self.lines():
            pass
        self.source.read(_in_blocks(self.size) - self.size)


def unpack(data: bytes, allowed: Iterable[str], most: int) -> dict[str, bytes]:
    """The files of a tar archive, by name; nothing is written to the disk, and the time grows with the size alone.

    Args:
        data: the archive, not compressed.
        allowed: the names that may be in it.
        most: bytes that its files may hold together.

    Raises:
        BadArchive: if it is no tar archive, or a member has another name, is there twice, is no plain file (a
            link, a folder, a device, a file with holes), has headers beside its own, or is too large.
    """
    names, found, left, at = set(allowed), dict[str, bytes](), most, 0
    while not data.startswith(END, at):
        member = _member(data[at : at + tarfile.BLOCKSIZE])
        _hold_to_plain_files(member, names - found.keys(), left)
        at += tarfile.BLOCKSIZE
        content = data[at : at + member.size]
        if len(content) != member.size:
            raise BadArchive(f"the archive ends in the middle of {member.name!r}")
        found[member.name] = content
        left -= len(content)
        at += _in_blocks(member.size)
    return found


def _member(block: bytes) -> tarfile.TarInfo:
    """What a header says. Headers that extend the next aren't read: the library takes quadratic time for long ones."""
    try:
        member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.TarError as error:
        raise BadArchive(f"it is no tar archive: {error}") from error
    if member.type in EXTENDING:
        raise BadArchive("the archive has extended headers; make it as `tar --format=ustar` does")
    return member


def _hold_to_plain_files(member: tarfile.TarInfo, names: set[str], left: int) -> None:
    name = member.name[:80]
    if member.name not in names:
        raise BadArchive(f"the archive holds {name!r}; it may hold {', '.join(sorted(names)) or 'nothing more'}, once")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise BadArchive(f"{name!r} is no plain file; links, folders, devices and files with holes are refused")
    if not 0 <= member.size <= left:
        raise BadArchive(f"{name!r} holds {member.size:,} bytes; {left:,} are left of the limit")
