"""The first verifier through its C interface (include/pedigree/verify.h), in a process of its own: a crash ends that alone.

    judge = LibraryJudge('libpedigree_verify.so')
    judge(content)     what the program says with --any-custodian: (verdict, code, check)

Run as a program it is that process: it reads files from its input, each behind its length (u64), and writes a line of JSON each.
"""

import ctypes
import json
import mmap
import struct
import subprocess
import sys

_MOST_MEMORY = 1 << 30


class LibraryJudge:
    def __init__(self, path):
        self.words = [sys.executable, __file__, str(path)]
        self.process = None

    def __call__(self, content):
        if self.process is None:
            self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.process.stdin.write(struct.pack('<Q', len(content)) + content)
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b''
        if line:
            return tuple(json.loads(line))
        status = self.process.wait()
        self.process = None
        return 'crash', f'exit {status}', ''

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


# ---- the process
_POINTER, _SIZE, _U32, _U64 = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint64


class _Policy(ctypes.Structure):
    """The first fields of pedigree_policy; those behind them are zero."""

    _fields_ = [
        ('max_memory', _U64),
        ('required_bits', _U32),
        ('require_published_weights', _U32),
        ('custodians', _POINTER),
        ('num_custodians', _SIZE),
        ('any_custodian', _U32),
        ('rest', ctypes.c_ubyte * 4096),
    ]


class _Result(ctypes.Structure):
    _fields_ = [
        ('status', ctypes.c_int),
        ('code', ctypes.c_char_p),
        ('reason', ctypes.c_char_p),
        ('check', ctypes.c_char_p),
        ('rest', ctypes.c_ubyte * 65536),
    ]


class _Library:
    def __init__(self, path):
        library = ctypes.CDLL(path)
        self.size = library.pedigree_verify_memory
        self.size.argtypes, self.size.restype = [ctypes.c_char_p, _SIZE], _SIZE
        self.verify = library.pedigree_verify
        self.verify.argtypes = [ctypes.c_char_p, _SIZE, _POINTER, _POINTER, _SIZE, _POINTER]
        self.policy = _Policy(any_custodian=1)
        self.memory = mmap.mmap(-1, _MOST_MEMORY)
        self.address = ctypes.addressof(ctypes.c_ubyte.from_buffer(self.memory))

    def judge(self, content):
        need = self.size(content, len(content))
        if need > _MOST_MEMORY:
            return 'refused', 'budget_exceeded', ''
        result = _Result()
        status = self.verify(
            content, len(content), ctypes.addressof(self.policy), self.address, need, ctypes.addressof(result)
        )
        return 'refused' if status else 'accepted', result.code.decode(), result.check.decode()


def main():
    library, files = _Library(sys.argv[1]), sys.stdin.buffer
    while header := files.read(8):
        (length,) = struct.unpack('<Q', header)
        print(json.dumps(library.judge(files.read(length))), flush=True)


if __name__ == '__main__':
    main()
