"""Compressed files and archives: read under limits, since they are from strangers, and equal bytes if equal inside."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import zstandard

MIB: Final = 2**20
LARGEST_WINDOW: Final = 128 * MIB  # that a frame may ask a decompressor to keep
END: Final = bytes(tarfile.BLOCKSIZE)  # after the last member of a tar archive
EXTENDING: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
LEVEL: Final = 12  # of compression


class BadArchive(ValueError):
    """The bytes are no such archive, or hold more than they may."""


def compress(data: bytes) -> bytes:
    """The data as one Zstandard frame, with its size and a checksum."""
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True, write_content_size=True).compress(data)


def decompress(data: bytes, most: int) -> bytes:
    """What one Zstandard frame holds. It must say its size, so that nothing is decompressed that is too large.

    Raises:
        BadArchive: if the data isn't one whole frame, doesn't say how much it holds, holds more than `most`
            bytes or than it says, or its checksum is wrong.
    """
    try:
        frame = zstandard.get_frame_parameters(data)
        if frame.content_size == zstandard.CONTENTSIZE_UNKNOWN:
            raise BadArchive("the compressed data doesn't say its size; compress the file whole, as `zstd FILE` does")
        if frame.content_size > most:
            raise BadArchive(f"it holds {frame.content_size:,} bytes; {most:,} are the limit")
        if not frame.has_checksum:
            raise BadArchive("the compressed data has no checksum; compress it with one, as `zstd FILE` does")
        decompressor = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW)
        # the library believes a frame that says it holds nothing
        if frame.content_size == 0 and decompressor.stream_reader(data).read(1):
            raise BadArchive("the compressed data says that it holds nothing, and holds more")
        return decompressor.decompress(data, max_output_size=frame.content_size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadArchive(f"it can't be decompressed: {error}") from error


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
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    return written.getvalue()


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
        at += -(-member.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
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
