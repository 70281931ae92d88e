#!/usr/bin/env python3
"""Reads a Volant log by docs/formats/log.md alone: python3 log_reader.py data/log

One line a record: lsn, type, flags, key_id, event_time, known_at, clear and sealed in hex.
Exit code 1 and a line on stderr if a durable batch is damaged. With the `xxhash` package every
checksum is verified; without it the structure alone, and the last line on stderr says so.
"""
import pathlib
import struct
import sys

try:
    from xxhash import xxh3_64_intdigest as xxh3
except ImportError:
    xxh3 = None

HEADER = struct.Struct("<8sHHIQQQQQQ")
MAGIC = b"\xffVolLog\n"


def batch_at(data, at):
    """(count, generation, first, durable, previous, checksum, end) of an intact batch, or None."""
    if at + 64 > len(data):
        return None
    magic, version, zero, count, generation, first, durable, length, previous, checksum = (
        HEADER.unpack_from(data, at))
    end = at + 64 + length
    if magic != MAGIC or version != 1 or zero != 0 or length % 8 or end > len(data):
        return None
    if xxh3:
        seed = xxh3(data[at:at + 56], seed=generation)
        if xxh3(data[at + 64:end], seed=seed) != checksum:
            return None
    return count, generation, first, durable, previous, checksum, end


def print_records(data, at, end, lsn):
    while at < end:
        clear, sealed, kind, _, flags, fields, known_at = struct.unpack_from("<IIBBHIq", data, at)
        body = at + 24
        event_time, key_id = known_at, 0
        if fields & 2:
            event_time, body = struct.unpack_from("<q", data, body)[0], body + 8
        if fields & 1:
            key_id, body = struct.unpack_from("<Q", data, body)[0], body + 8
        middle, last = body + clear, body + clear + sealed
        print(lsn, kind, flags, key_id, event_time, known_at,
              data[body:middle].hex() or "-", data[middle:last].hex() or "-")
        at, lsn = (last + 7) & ~7, lsn + 1
    return lsn


def main(folder):
    segments = sorted(pathlib.Path(folder).glob("*.seg"))
    generation, lsn, digest = 0, int(segments[0].stem), None
    for index, path in enumerate(segments):
        if int(path.stem) != lsn:
            sys.exit(f"{path}: expected lsn {lsn} here")
        data, at = path.read_bytes(), 0
        while batch := batch_at(data, at):
            count, new_generation, first, _, previous, checksum, end = batch
            if first != lsn or new_generation < generation or digest not in (None, previous):
                break
            if print_records(data, at + 64, end, lsn) != lsn + count:
                sys.exit(f"{path} at byte {at}: not {count} records")
            generation, lsn, digest, at = new_generation, lsn + count, checksum, end
        place = data.find(MAGIC, at + 8)
        while place >= 0:
            later = batch_at(data, place) if place % 8 == 0 else None
            if later and later[1] >= generation and (later[3] >= lsn or later[2] == lsn):
                sys.exit(f"{path} at byte {at}: a batch is bad that was durable")
            place = data.find(MAGIC, place + 1)
    if not xxh3:
        print("checksums not verified: no xxhash package", file=sys.stderr)


main(sys.argv[1])
