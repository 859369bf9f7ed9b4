"""What a reader accepts of a valid proof (docs/protocol.md section 2.5), and its JSON form (docs/custody.md section 6).

Checks in this order; an empty list or a zero asks nothing, but for those marked *, which the empty policy makes too:

    policy_bits, policy_weights; for each dataset policy_custodian, policy_any_custodian *, policy_licence,
    policy_purpose, policy_date, policy_revoked; policy_records, policy_rates *, policy_start, policy_beacon,
    policy_start_file

The keys test_... of a policy, min_tests and max_ticket ask of an evaluation alone (claims/score.py): policy_test.

A beacon's signature is Ed25519 over Keccak-256("pedigree beacon v1" | source: length u32, bytes | round u64 | value).
"""

import datetime
import json
import os
import re
from dataclasses import dataclass

from .ed25519 import is_signature
from .keccak import keccak256, u32, u64
from .parameters import worst_bits
from .refusal import require
from .security import REQUIRED_BITS
from .statement import NAMED, SEEDED
from .use import use_of

_EPOCH = datetime.date(1970, 1, 1)
_MAX_BITS = 512
_HEXADECIMAL = frozenset('0123456789abcdef')
_MAX_COUNT = 1 << 32
_MAX_RATIO = (1 << 32) - 1
_MAX_MEMORY = 1 << 63
_SHIFTS = {'': 0, 'B': 0, 'K': 10, 'KiB': 10, 'M': 20, 'MiB': 20, 'G': 30, 'GiB': 30}


class PolicyError(Exception):
    """A policy that is none; the message names the file and the key."""


class RevocationsError(PolicyError):
    """A list of revocations that is none."""


@dataclass
class Policy:
    bits: int = REQUIRED_BITS
    published_weights: bool = False
    custodians: tuple = ()
    any_custodian: bool = False
    licences: tuple = ()
    purposes: tuple = ()
    date: int = 0
    revoked: tuple = ()
    min_records: int = 0
    min_distinct: int = 0
    max_skipped_steps: int = 0
    max_rate_ratio: int = 0
    start: tuple = None  # (seeded allowed, digests), or None: any
    beacons: tuple = ()  # pairs (source, key)
    beacon: bool = False
    # Of claims that evaluate a test set:
    test_keys: tuple = ()
    test_fixed: bool = False
    test_apart: bool = False
    min_tests: int = 0
    max_ticket: int = 0

    def asks_of_a_run(self):
        """Whether a claim alone can not satisfy it: all but bits, and what only lets pass."""
        lists = self.custodians or self.licences or self.purposes or self.revoked
        numbers = self.date or self.min_records or self.min_distinct or self.max_rate_ratio
        return bool(lists or numbers or self.start is not None or self.published_weights or self.beacon or self.beacons)


def check_policy(policy, accepted):
    s = accepted.statement
    require(worst_bits(accepted.terms) >= policy.bits, 'policy_bits')
    require(s.publish_weights or not policy.published_weights, 'policy_weights')
    for manifest in s.datasets:
        _check_dataset(policy, manifest)
    use = use_of(s, accepted.schedules)
    require(sum(use.used) >= policy.min_records, 'policy_records')
    require(_distinct(s.datasets, use.used) >= policy.min_distinct, 'policy_records')
    _check_rates(policy, use)
    _check_start(policy, s)
    check_beacon(policy, s.beacon)


def _distinct(datasets, used):
    """So many distinct records are used at least: all copies that a custodian counted may be among the used ones."""
    return sum(
        max(1, u - (m.records - m.distinct))
        for m, u in zip(datasets, used)
        if u > 0 and not m.is_declared
    )


def _check_rates(policy, use):
    require(use.skipped <= policy.max_skipped_steps, 'policy_rates')
    ratio = policy.max_rate_ratio
    require(ratio == 0 or use.most <= ratio * use.least, 'policy_rates')


def _check_dataset(policy, m):
    if policy.custodians:
        require(is_signed_by(m, policy.custodians), 'policy_custodian')
    is_named = m.is_declared or policy.custodians or policy.any_custodian
    require(is_named, 'policy_any_custodian')
    require(not policy.licences or m.licence in policy.licences, 'policy_licence')
    require(not policy.purposes or m.purpose in policy.purposes, 'policy_purpose')
    check_validity(policy, m)


def is_signed_by(m, keys):
    """A signed manifest, and whoever may have signed it is one of `keys`."""
    return not m.is_declared and all(key in keys for key in m.signers)


def check_validity(policy, m):
    """Of a dataset or a test set, on the policy's day."""
    is_in_force = policy.date == 0 or m.valid_from <= policy.date <= m.valid_until
    require(is_in_force, 'policy_date')
    require(m.content not in policy.revoked, 'policy_revoked')
    names = [] if m.is_declared else [m.custodian, *m.signers]
    require(not any(name in policy.revoked for name in names), 'policy_revoked')


def _check_start(policy, s):
    if policy.start is None:
        return
    allows_seeded, digests = policy.start
    is_allowed = allows_seeded if s.start_kind == SEEDED else s.start_weights in digests
    require(is_allowed, 'policy_start')


def check_start_is_shown(policy, accepted):
    """A policy that restricts starts relies on the named file: asked where no such file was checked."""
    is_named = accepted.statement.start_kind == NAMED
    require(policy.start is None or not is_named, 'policy_start_file')


def is_listed(policy, beacon):
    """Whether the policy lists this beacon's source, and so has its signature checked."""
    return beacon.source != b'' and any(source == beacon.source for source, _ in policy.beacons)


def check_beacon(policy, beacon):
    keys = [key for source, key in policy.beacons if source == beacon.source]
    if not is_listed(policy, beacon):
        require(not policy.beacon, 'policy_beacon')
        return
    digest = keccak256(
        b'pedigree beacon v1',
        u32(len(beacon.source)),
        beacon.source,
        u64(beacon.round),
        beacon.value,
    )
    is_signed = any(is_signature(key, digest, beacon.signature) for key in keys)
    require(is_signed, 'policy_beacon')


# ---- JSON
def _read_object(path):
    """The JSON object in a file, less its "version", which is 1; None if there is no such object."""
    with open(path, 'rb') as file:
        content = file.read()
    try:
        keys = json.loads(content.decode('utf-8-sig'), parse_int=_parse_whole, parse_constant=_parse_constant)
    except (ValueError, RecursionError):
        return None
    version = keys.pop('version', None) if isinstance(keys, dict) else None
    return keys if type(version) is int and version == 1 else None


def _parse_whole(digits):
    """"-0" is no whole number here: it has a sign."""
    return float(digits) if digits.startswith('-') else int(digits)


def _parse_constant(word):
    raise ValueError(f'{word} is no JSON')


def read_policy(path):
    """The policy in this file. Raises PolicyError, or OSError where a file cannot be read."""
    keys = _read_object(path)
    if keys is None:
        raise PolicyError(f'{path}: a policy is a JSON object with "version": 1')
    fields = {}
    for key, value in keys.items():
        if key not in _READERS:
            raise PolicyError(f'{path}: unknown key "{key}"')
        try:
            fields.update(_READERS[key](key, value, path))
        except ValueError as error:
            raise PolicyError(f'{path}: "{key}": {error}')
    return Policy(**fields)


def _whole(value, low, high):
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f'must be a whole number from {low} to {high}')
    return value


def _flag(value):
    if not isinstance(value, bool):
        raise ValueError('must be true or false')
    return value


def _texts(value):
    is_list = isinstance(value, list) and value
    if not is_list or not all(_is_text(text) for text in value):
        raise ValueError('must be a list of texts, not empty')
    return value


def _is_text(value):
    return isinstance(value, str) and '\0' not in value


def _digest(text, prefixes):
    if not isinstance(text, str):
        raise ValueError('must be a text')
    prefix, _, digits = text.partition(':')
    is_digest = prefix in prefixes and len(digits) == 64 and set(digits) <= _HEXADECIMAL
    if not is_digest:
        raise ValueError(f'{text!r} is not {" or ".join(prefixes)} and 64 hexadecimal digits')
    return bytes.fromhex(digits)


def _day(text):
    """Days since 1970-01-01 of "today" or of a date such as 2026-12-31."""
    is_date = isinstance(text, str) and re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', text)
    if text != 'today' and not is_date:
        raise ValueError(f'{text!r} is not a date: write it as 2026-12-31')
    date = datetime.date.today() if text == 'today' else datetime.date.fromisoformat(text)
    if date < _EPOCH:
        raise ValueError(f'{text!r} is before 1970-01-01')
    return (date - _EPOCH).days


def _read_revocations(path, value):
    """The list of revocations, a file beside the policy."""
    if not isinstance(value, str):
        raise ValueError('must be the name of a file')
    beside = os.path.join(os.path.dirname(path), value)
    keys = _read_object(beside)
    if keys is None or set(keys) != {'revoked'} or not isinstance(keys['revoked'], list):
        raise RevocationsError(f'{beside}: not a list of revocations')
    try:
        return tuple(_digest(text, ('keccak256', 'ed25519')) for text in keys['revoked'])
    except ValueError as error:
        raise RevocationsError(f'{beside}: {error}')


def _read_start(value):
    if not isinstance(value, dict) or not set(value) <= {'seeded', 'named'}:
        raise ValueError('must be an object with "seeded" or "named"')
    digests = _texts(value['named']) if 'named' in value else ()
    named = tuple(_digest(text, ('keccak256',)) for text in digests)
    return _flag(value.get('seeded', False)), named


def _read_beacons(value):
    is_list = isinstance(value, list) and value
    if not is_list or not all(isinstance(x, dict) and set(x) == {'source', 'key'} for x in value):
        raise ValueError('must be a list of objects with "source" and "key"')
    if not all(_is_text(x['source']) for x in value):
        raise ValueError('"source" must be a text')
    return tuple((x['source'].encode(), _digest(x['key'], ('ed25519',))) for x in value)


def _count(key, value, _):
    return {key: _whole(value, 0, _MAX_COUNT)}


def _ratio(key, value, _):
    return {key: _whole(value, 1, _MAX_RATIO)}


def _switch(key, value, _):
    return {key: _flag(value)}


def _words(key, value, _):
    return {key: tuple(text.encode() for text in _texts(value))}


def _keys(key, value, _):
    return {key: tuple(_digest(x, ('ed25519',)) for x in _texts(value))}


def _custodians(key, value, path):
    return {'any_custodian': True} if value == 'any' else _keys(key, value, path)


def _max_memory(key, value, _):
    """A matter of the other program's memory: only its form is judged."""
    size = isinstance(value, str) and re.fullmatch('([0-9]+) *(B|[KMG]|[KMG]iB)?', value)
    if not size or not 0 < int(size[1]) << _SHIFTS[size[2] or ''] < _MAX_MEMORY:
        raise ValueError('must be a size such as "4GiB"')
    return {}


_READERS = {
    'bits': lambda key, value, _: {key: _whole(value, REQUIRED_BITS, _MAX_BITS)},
    'max_memory': _max_memory,
    'published_weights': _switch,
    'custodians': _custodians,
    'licences': _words,
    'purposes': _words,
    'date': lambda key, value, _: {key: _day(value)},
    'revocations': lambda key, value, path: {'revoked': _read_revocations(path, value)},
    'min_records': _count,
    'min_distinct': _count,
    'max_skipped_steps': _count,
    'max_rate_ratio': _ratio,
    'start': lambda key, value, _: {key: _read_start(value)},
    'beacons': lambda key, value, _: {key: _read_beacons(value)},
    'beacon': _switch,
    'test_keys': _keys,
    'test_fixed': _switch,
    'test_apart': _switch,
    'min_tests': _count,
    'max_ticket': _count,
}
