"""Archives from strangers: whatever they hold, a file or a clear refusal, in bounded memory."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from reasoning_leaderboard.archives import (
    LONGEST_LINE,
    MIB,
    BadArchive,
    compress,
    decompress,
    pack,
    read_archive,
    unpack,
    write_archive,
)


@given(st.binary(max_size=2_000))
def test_what_was_compressed_comes_back(data: bytes) -> None:
    assert decompress(compress(data), len(data)) == data


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_flipped_byte_is_found(content: bytes, data: st.DataObject) -> None:
    """Whatever is flipped, the old content or a refusal comes out, never another content."""
    good = bytearray(compress(content))
    good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(BadArchive):
        assert decompress(bytes(good), 10_000) == content


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"junk",
        compress(b"abc" * 1000)[:-1],
        compress(b"abc" * 1000)[:-6],
        compress(b"abc" * 1000) + b"junk",
        compress(b"abc") + compress(b"abc"),
        zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(b"abc"),
        zstandard.ZstdCompressor(write_checksum=False).compress(b"abc"),
    ],
)
def test_what_is_not_one_whole_frame_is_refused(broken: bytes) -> None:
    with pytest.raises(BadArchive):
        decompress(broken, 10_000)


def test_a_bomb_is_refused_without_being_blown_up() -> None:
    """Two gigabytes from 64 kB, and a frame that lies about how much it holds, in a process that has little memory."""
    script = """
import resource, zstandard
from reasoning_leaderboard.archives import BadArchive, decompress
bomb = open(0, "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decompress(bomb, 64 * 2**20)
except BadArchive as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000)
"""
    chunk = b"\0" * MIB
    compressor = zstandard.ZstdCompressor(level=19, write_checksum=True).compressobj(size=2048 * MIB)
    bomb = b"".join(compressor.compress(chunk) for _ in range(2048)) + compressor.flush()
    told = subprocess.run([sys.executable, "-c", script], input=bomb, capture_output=True, check=True).stdout.decode()
    assert told == "it holds 2,147,483,648 bytes; 67,108,864 are the limit\nTrue\n"


@pytest.mark.parametrize("told", [0, 10])
def test_a_frame_that_lies_about_its_size_is_refused(told: int) -> None:
    honest = bytearray(compress(b"\0" * 100_000))
    size = (100_000).to_bytes(4, "little")
    place = honest.index(size)
    honest[place : place + 4] = told.to_bytes(4, "little")
    with pytest.raises(BadArchive):
        decompress(bytes(honest), 10_000)


FILES = {"a.toml": b"x = 1", "b.zst": bytes(range(256))}


def test_what_was_packed_comes_back_and_equal_files_are_equal_bytes() -> None:
    assert unpack(pack(FILES), FILES, 1_000) == FILES
    assert pack(FILES) == pack(dict(reversed(FILES.items())))


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 3, **more: object) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo(name)
        info.type, info.size = kind, size
        for key, value in more.items():
            setattr(info, key, value)
        archive.addfile(info, io.BytesIO(b"x" * size))
    return written.getvalue()


def extended(header: bytes) -> bytes:
    """A file with a header of its own before it, which holds these bytes."""
    info = tarfile.TarInfo("header")
    info.type, info.size = tarfile.XHDTYPE, len(header)
    return info.tobuf(tarfile.USTAR_FORMAT) + header + bytes(-len(header) % 512) + member("a.toml")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "up": lambda: member("../a.toml"),
    "absolute": lambda: member("/a.toml"),
    "dotted": lambda: member("./a.toml"),
    "another name": lambda: member("c"),
    "symbolic link": lambda: member("a.toml", tarfile.SYMTYPE, 0, linkname="/etc/passwd"),
    "hard link": lambda: member("a.toml", tarfile.LNKTYPE, 0, linkname="b.zst"),
    "folder": lambda: member("a.toml", tarfile.DIRTYPE, 0),
    "device": lambda: member("a.toml", tarfile.CHRTYPE, 0),
    "pipe": lambda: member("a.toml", tarfile.FIFOTYPE, 0),
    "twice": lambda: member("a.toml")[:1024] + member("a.toml"),
    "too large": lambda: member("a.toml", size=5_000),
    "holes": lambda: member("a.toml", pax_headers={"GNU.sparse.map": "0,1", "GNU.sparse.size": str(2**40)}),
    "a size from a header": lambda: member("a.toml", pax_headers={"size": str(2**62)}),
    "a negative size": lambda: member("a.toml", pax_headers={"size": "-5"}),
    "many headers": lambda: member("a.toml", pax_headers={"comment": "x" * 100})[:1024] * 3_000,
    "a long header of digits": lambda: extended(b"9" * 4 * MIB),
    "not tar": lambda: b"x" * 2_000,
    "compressed": lambda: compress(pack(FILES)),
    "cut off": lambda: pack(FILES)[:600],
    "empty": lambda: b"",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused(case: str) -> None:
    with pytest.raises(BadArchive):
        unpack(HOSTILE[case](), FILES, 1_000)


@given(st.data())
def test_any_flipped_byte_of_an_archive_gives_files_or_a_refusal(data: st.DataObject) -> None:
    archive = bytearray(pack(FILES))
    for _ in range(data.draw(st.integers(1, 3))):
        archive[data.draw(st.integers(0, 2_000))] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(archive), FILES, 1_000)
    except BadArchive:
        return
    assert found.keys() <= FILES.keys()


def written(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    write_archive(target, {name: io.BytesIO(data) for name, data in files.items()})
    return target.getvalue()


def lines_in(archive: bytes, files: Mapping[str, int]) -> dict[str, list[bytes]]:
    return {name: list(lines) for name, lines in zip(files, read_archive(io.BytesIO(archive), files), strict=True)}


@given(st.lists(st.binary(max_size=2_000), min_size=2, max_size=2))
def test_what_was_written_is_read_line_by_line(contents: list[bytes]) -> None:
    files = dict(zip("ab", contents, strict=True))
    found = lines_in(written(files), dict.fromkeys(files, 2_000))
    assert {name: b"".join(lines) for name, lines in found.items()} == files
    assert all(line.count(b"\n") == line.endswith(b"\n") for lines in found.values() for line in lines)


def test_a_part_that_is_not_read_to_its_end_is_passed_over() -> None:
    parts = read_archive(io.BytesIO(written({"a": b"1\n2\n" * 1_000, "b": b"3\n"})), {"a": 10**4, "b": 10})
    assert next(next(parts)) == b"1\n"
    assert list(next(parts)) == [b"3\n"]


BROKEN: dict[str, Callable[[], bytes]] = {
    "another order": lambda: written({"b": b"", "a": b""}),
    "another name": lambda: written({"a": b"", "c": b""}),
    "one missing": lambda: written({"a": b""}),
    "one more": lambda: written({"a": b"", "b": b"", "c": b"x"}),
    "too large": lambda: written({"a": b"", "b": b"x" * 30_001}),
    "a line too long": lambda: written({"a": b"x" * (LONGEST_LINE + 1), "b": b""}),
    "a link": lambda: compress(member("a", tarfile.SYMTYPE, 0, linkname="/etc/passwd")),
    "cut off": lambda: compress(pack({"a": b"x" * 900, "b": b"y" * 900})[:1_200]),
    "cut off in compressed form": lambda: written({"a": b"x" * 900, "b": bytes(range(256)) * 3})[:-9],
    "something after it": lambda: written({"a": b"", "b": b""}) + b"x",
    "something after its end": lambda: compress(pack({"a": b"", "b": b""}) + b"x"),
    "zeros without end after its end": lambda: compress(pack({"a": b"", "b": b""}) + bytes(20_000)),
    "no archive": lambda: compress(b"x" * 2_000),
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_archive_of_lines_is_refused(case: str) -> None:
    with pytest.raises(BadArchive):
        lines_in(BROKEN[case](), {"a": LONGEST_LINE + 10, "b": 30_000})


@given(st.data())
def test_any_flipped_byte_of_an_archive_of_lines_is_found_or_changes_nothing(data: st.DataObject) -> None:
    files = {"a": b"one\ntwo\n", "b": bytes(range(256))}
    archive = bytearray(written(files))
    archive[data.draw(st.integers(0, len(archive) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(BadArchive):
        found = lines_in(bytes(archive), dict.fromkeys(files, 1_000))
        assert {name: b"".join(lines) for name, lines in found.items()} == files


def test_a_large_archive_is_read_in_little_memory() -> None:
    """Of 512 MiB of lines, and of one line of 512 MiB, no more than a few are ever held."""
    script = """
import io, resource, sys
from reasoning_leaderboard.archives import BadArchive, read_archive
data = open(0, "rb").read()
before, size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
try:
    for lines in read_archive(io.BytesIO(data), {"a": 2**30}):
        for line in lines:
            size += len(line)
except BadArchive as error:
    print(error)
print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64_000)
"""
    for line, told in ((b"\0" * (MIB - 1) + b"\n", "536870912 True\n"), (b"\0" * MIB, "holds more than")):
        archive = io.BytesIO()
        with tempfile.TemporaryFile() as file:
            for _ in range(512):
                file.write(line)
            write_archive(archive, {"a": file})
        run = subprocess.run([sys.executable, "-c", script], input=archive.getvalue(), capture_output=True, check=True)
        assert told in run.stdout.decode()
        assert run.stdout.endswith(b"True\n")
