#!/usr/bin/env python3
"""Both programs take the same files for policies and lists of revocations (docs/custody.md section 6).

    PEDIGREE    the program

Each file stands beside a proof that ends in the middle of its header: whoever takes the policy says so of the proof (exit
status 1), whoever does not says so of the policy (2) or of its list (3). They must agree, and with what is stated here.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'reference'), str(ROOT / 'reference/tests')]

from needs import skip_unless_installed  # noqa: E402

skip_unless_installed()

from pedigree_verify.policy import PolicyError, RevocationsError, read_policy  # noqa: E402

PROGRAM = os.environ.get('PEDIGREE', str(ROOT / 'build/test/pedigree'))
TAKEN, NO_POLICY, NO_LIST = 1, 2, 3
KEY = f'ed25519:{"ab" * 32}'
DIGEST = f'keccak256:{"ab" * 32}'
NUMBERS = '-1 -0 0 1 1.0 1e3 127 128 512 513 4294967295 4294967296 4294967297 18446744073709551616 true null "1"'.split()
RANGES = {
    'version': (1, 1),
    'bits': (128, 512),
    'min_records': (0, 2**32),
    'min_distinct': (0, 2**32),
    'max_skipped_steps': (0, 2**32),
    'max_rate_ratio': (1, 2**32 - 1),
    'beacon': (1, 0),
    'date': (1, 0),
}


def numbers():
    for key, (low, high) in RANGES.items():
        for number in NUMBERS:
            is_taken = number.isdigit() and low <= int(number) <= high or (key, number) == ('beacon', 'true')
            version = '' if key == 'version' else '"version": 1, '
            yield f'{{{version}"{key}": {number}}}', is_taken


def words():
    """Values of one key each, then those that are none."""
    for key, taken, refused in (
        (
            'max_memory',
            ['1GiB', '1G', '4294967296', '1B', '1  GiB', '9223372036854775807', '8589934591GiB', '7 '],
            ['', '0', '0K', '1TiB', '1kb', '-1', '1GB', ' 1GiB', '1GiB ', '9223372036854775808', '8589934592GiB', '1e3'],
        ),
        (
            'date',
            ['today', '1970-01-01', '2024-02-29', '9999-12-31'],
            ['', '1969-12-31', '2026-02-30', '2026-1-1', '10000-01-01', '2026-01-01 ', 'Today', '2026-01-+1', '2026-01--1', '2026-01- 1'],
        ),
    ):
        for values, is_taken in ((taken, True), (refused, False)):
            for value in values:
                yield f'{{"version": 1, "{key}": "{value}"}}', is_taken


def lists():
    zero, half, nested = '["a\\u0000b"]', '["\\ud800"]', '[["a"]]'
    for key in ('licences', 'purposes'):
        for value in ('["a"]', '["a", ""]', '["a", "a"]'):
            yield f'{{"version": 1, "{key}": {value}}}', True
        for value in ('[]', '["a", 1]', zero, half, nested, '"a"', '"any"', 'null', '{}'):
            yield f'{{"version": 1, "{key}": {value}}}', False
    for value, is_taken in (
        ('"any"', True),
        (f'["{KEY}"]', True),
        ('["any"]', False),
        ('[]', False),
        (f'"{KEY}"', False),
        (f'["{KEY}0"]', False),
        (f'["{KEY[:-1]}"]', False),
        (f'["{KEY[:8]}{KEY[8:].upper()}"]', False),
        (f'["{DIGEST}"]', False),
        (f'["{KEY}\\u0000"]', False),
    ):
        yield f'{{"version": 1, "custodians": {value}}}', is_taken
    for value, is_taken in (
        ('{}', True),
        ('{"seeded": true}', True),
        (f'{{"named": ["{DIGEST}"]}}', True),
        ('{"seeded": 1}', False),
        ('{"named": []}', False),
        ('{"named": [1]}', False),
        (f'{{"named": ["{KEY}"]}}', False),
        ('{"other": true}', False),
        ('[]', False),
    ):
        yield f'{{"version": 1, "start": {value}}}', is_taken
    for value, is_taken in (
        (f'[{{"source": "a", "key": "{KEY}"}}]', True),
        ('[]', False),
        ('[{}]', False),
        ('[{"source": "a"}]', False),
        (f'[{{"source": 1, "key": "{KEY}"}}]', False),
        (f'[{{"source": "a", "key": "{DIGEST}"}}]', False),
        (f'[{{"source": "a\\u0000", "key": "{KEY}"}}]', False),
        (f'[{{"source": "a", "key": "{KEY}", "more": 1}}]', False),
    ):
        yield f'{{"version": 1, "beacons": {value}}}', is_taken


def forms():
    yield '{"version": 1}', True
    yield '\ufeff{"version": 1}', True
    yield ' {"version": 1}\n', True
    yield '{"version": 1, "bits": 600, "bits": 128}', True  # the last one counts
    for text in ('', '[]', '1', '{}', '{"version": 1', '{"version": 1}x', '{"version": 1, "bits": NaN}', '{"version": 1,}'):
        yield text, False
    yield '{"version": 1, "unknown": 1}', False
    yield '{"version": 1, "published_weights": 1}', False
    yield '{"version": 1, "revocations": 1}', False
    yield '{"version": 1, "max_memory": 1}', False
    yield '[' * 500 + ']' * 500, False


def revocations():
    for value, is_taken in (
        ('[]', True),
        (f'["{KEY}", "{DIGEST}"]', True),
        ('{}', False),
        ('null', False),
        (f'"{KEY}"', False),
        ('[1]', False),
        (f'["{KEY.upper()}"]', False),
        (f'["{KEY}0"]', False),
        ('["ab"]', False),
    ):
        yield f'{{"version": 1, "revoked": {value}}}', is_taken
    for text in ('', '[]', '{"revoked": []}', '{"version": 1}', '{"version": true, "revoked": []}'):
        yield text, False
    yield '{"version": 1, "revoked": [], "more": 1}', False
    yield '{"version": 1.0, "revoked": []}', False
    yield None, False  # no such file


def of_reference(path):
    try:
        read_policy(str(path))
    except (OSError, RevocationsError):
        return NO_LIST
    except PolicyError:
        return NO_POLICY
    return TAKEN


def of_program(folder, path):
    words = [PROGRAM, 'verify', str(folder / 'cut.pedigree'), '--policy', str(path), '--json']
    return subprocess.run(words, capture_output=True, timeout=60).returncode


def cases(folder):
    """(what was written, path of the policy, expected)"""
    path, listed = folder / 'policy.json', folder / 'list.json'
    for group in (numbers, words, lists, forms):
        for text, is_taken in group():
            path.write_text(text, encoding='utf-8')
            yield text, path, TAKEN if is_taken else NO_POLICY
    path.write_text('{"version": 1, "revocations": "list.json"}')
    for text, is_taken in revocations():
        listed.unlink(missing_ok=True)
        if text is not None:
            listed.write_text(text)
        yield f'a list: {text}', path, TAKEN if is_taken else NO_LIST


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / 'cut.pedigree').write_bytes(b'PEDIGREE' + bytes([2, 0, 0, 0]) + bytes(2))
        for what, path, expected in cases(folder):
            reference, program = of_reference(path), of_program(folder, path)
            if reference == program == expected:
                passed += 1
            else:
                failed += 1
                print(f'{what}: expected {expected}, the reference says {reference}, the program {program}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
