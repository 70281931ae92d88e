"""Forges a log: bytes of it are altered so that every checksum is right again. By docs/formats/log.md."""
import ctypes
import ctypes.util
import struct

MAGIC = b"\xffVolLog\n"
HEADER_SIZE = 64

xxh3 = ctypes.CDLL(ctypes.util.find_library("xxhash")).XXH3_64bits_withSeed
xxh3.argtypes, xxh3.restype = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64), ctypes.c_uint64


class Log:
    """The segments of a folder whose writer has stopped."""

    def __init__(self, folder):
        self.paths = sorted(folder.glob("*.seg"))
        self.data = [bytearray(path.read_bytes()) for path in self.paths]

    def replace(self, old, new):
        """Where `old` stands first; it is as long as `new`. The name of its segment."""
        for path, data in zip(self.paths, self.data):
            at = data.find(old)
            if at >= 0:
                data[at:at + len(old)] = new
                return path.name
        raise ValueError(f"the log does not hold {old}")

    def seal(self):
        """Each batch's checksum covers the one before it, so all after an altered batch change too."""
        previous = 0
        for data in self.data:
            at = 0
            while data.startswith(MAGIC, at):
                generation, = struct.unpack_from("<Q", data, at + 16)
                length, = struct.unpack_from("<Q", data, at + 40)
                struct.pack_into("<Q", data, at + 48, previous)
                seed = xxh3(bytes(data[at:at + 56]), 56, generation)
                previous = xxh3(bytes(data[at + HEADER_SIZE:at + HEADER_SIZE + length]), length, seed)
                struct.pack_into("<Q", data, at + 56, previous)
                at += HEADER_SIZE + length

    def write(self):
        for path, data in zip(self.paths, self.data):
            path.write_bytes(data)
