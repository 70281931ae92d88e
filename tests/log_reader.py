#!/usr/bin/env python3
"""Reads a Volant log by docs/formats/log.md alone: python3 log_reader.py data/log

One line a record: lsn, type, flags, key_id, event_time, known_at, clear and sealed in hex. Exit code 1 and a
line on stderr if a durable batch is damaged. Needs the library of xxHash (Debian: libxxhash0).
"""
import collections
import ctypes.util
import pathlib
import re
import struct
import sys

MAGIC = b"\xffVolLog\n"
HEADER = struct.Struct("<8sHHIQQQQQQ")
Batch = collections.namedtuple("Batch", "magic version zero count generation first durable length previous checksum")
xxh3 = ctypes.CDLL(ctypes.util.find_library("xxhash")).XXH3_64bits_withSeed
xxh3.argtypes, xxh3.restype = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64), ctypes.c_uint64


def batch_at(data, at):
    """The batch here and its records, or None and nothing if no batch stands here intact."""
    batch = Batch(*HEADER.unpack(data[at:at + 64].ljust(64, b"\0")))
    records = data[at + 64:at + 64 + batch.length]
    if batch[:3] == (MAGIC, 1, 0) and batch.length % 8 == 0 and len(records) == batch.length:
        if xxh3(records, len(records), xxh3(data[at:at + 56], 56, batch.generation)) == batch.checksum:
            return batch, records
    return None, b""


def print_records(data, lsn):
    at = 0
    while at < len(data):
        clear, sealed, kind, _, flags, fields, known_at = struct.unpack_from("<IIBBHIq", data, at)
        at += 24
        event_time, at = (struct.unpack_from("<q", data, at)[0], at + 8) if fields & 2 else (known_at, at)
        key_id, at = (struct.unpack_from("<Q", data, at)[0], at + 8) if fields & 1 else (0, at)
        parts = data[at:at + clear].hex() or "-", data[at + clear:at + clear + sealed].hex() or "-"
        print(lsn, kind, flags, key_id, event_time, known_at, *parts)
        at, lsn = (at + clear + sealed + 7) & ~7, lsn + 1
    return lsn


generation, lsn, previous = 0, None, None
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.seg")):
    if lsn not in (None, int(path.stem)):
        sys.exit(f"{path}: expected lsn {lsn} here")
    data, at, lsn = path.read_bytes(), 0, int(path.stem)
    batch, records = batch_at(data, at)
    while batch and batch.first == lsn and batch.generation >= generation and previous in (None, batch.previous):
        if print_records(records, lsn) != lsn + batch.count:
            sys.exit(f"{path} at byte {at}: not {batch.count} records")
        generation, lsn, previous, at = batch.generation, lsn + batch.count, batch.checksum, at + 64 + batch.length
        batch, records = batch_at(data, at)
    for place in (match.start() for match in re.finditer(MAGIC, data) if match.start() > at):
        later = batch_at(data, place)[0] if place % 8 == 0 else None
        if later and later.generation >= generation and (later.durable >= lsn or later.first == lsn):
            sys.exit(f"{path} at byte {at}: a batch is bad that was durable")
