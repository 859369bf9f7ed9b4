#!/usr/bin/env python3
"""Two verifiers, one verdict on claims: makes runs and claims on them, alters these, and compares verdict, code and check.

    PEDIGREE            the program (default: build/test/pedigree of this checkout)
    REFERENCE_COUNT     how many altered files (default 36)
    REFERENCE_CORPUS    a folder that keeps proofs and claims; without it they are made anew

Honest claims have each visibility of inputs and outputs, with and without the range, and are judged with and without the
proof of their run. What is done to a file follows from its number alone; a file on which the verifiers disagree is kept.
"""

import contextlib
import copy
import functools
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'reference'), str(ROOT / 'reference/tests')]

from needs import skip_unless_installed  # noqa: E402

skip_unless_installed()

import numpy as np  # noqa: E402

from differential_test import (  # noqa: E402
    PROGRAM,
    RESIDUAL,
    Corpus,
    Recorder,
    altered_number,
    alter_words,
    cut_or_extend,
    exit_and_code,
    flip_a_bit,
    linear,
    specification,
)
from pedigree_verify import __main__ as main_module  # noqa: E402
from pedigree_verify.__main__ import verdict  # noqa: E402
from pedigree_verify.claims import KINDS, claim_of, link, origins, score, weights  # noqa: E402
from pedigree_verify.claims.inference import Fields  # noqa: E402
from pedigree_verify.claims.matrix import HASHED, HIDDEN, SHOWN, Matrix  # noqa: E402
from pedigree_verify.codec import Decoder  # noqa: E402
from pedigree_verify.field import K  # noqa: E402
from pedigree_verify.policy import Policy  # noqa: E402
from pedigree_verify.refusal import Refusal  # noqa: E402
from pedigree_verify.statement import WeightsRoot, split_file  # noqa: E402
from pedigree_verify.verify import verify  # noqa: E402
from random_statements import random_statement  # noqa: E402
from writer import encode_claim, encode_file  # noqa: E402

# A file that was accepted is not verified again for another question about it.
main_module.verify = functools.lru_cache(maxsize=64)(verify)
COUNT = int(os.environ.get('REFERENCE_COUNT', '36'))
RELU = [linear(3), {'op': 'relu'}, linear(2)]
# name: (specification, training data, words of `prove`)
RUNS = {
    'relu': (specification(RELU, 'cross_entropy', steps=5), 'bits.csv', ['--openings', 40, '--segment', 3]),
    'other': (specification(RELU, 'cross_entropy', seed='8'), 'bits.csv', ['--openings', 1]),
    'residual': (
        specification(RESIDUAL, 'cross_entropy', security={'profile': 'small'}),
        'bits.csv',
        ['--openings', 9],
    ),
    'numbers': (specification([linear(1)], 'mean_squared'), 'numbers.csv', ['--openings', 4]),
}
VISIBILITIES = ('hidden', 'hashed', 'shown')
# name: (run, samples, words of `infer`)
CLAIMS = {
    f'relu-{inputs}-{outputs}': (
        'relu',
        3,
        ['--inputs', inputs, '--outputs', outputs, *['--show-range'] * ((i + j) % 2)],
    )
    for i, inputs in enumerate(VISIBILITIES)
    for j, outputs in enumerate(VISIBILITIES)
}
CLAIMS |= {
    'relu-range': ('relu', 3, ['--inputs', 'hashed', '--outputs', 'hashed', '--show-range']),
    'relu-again': ('relu', 5, ['--inputs', 'hashed', '--outputs', 'hashed']),
    'residual-shown': ('residual', 5, ['--context', 'a challenge', '--show-range']),
    'residual-hashed': ('residual', 1, ['--inputs', 'hashed', '--outputs', 'hidden']),
    'numbers-shown': ('numbers', 1, ['--inputs', 'hidden', '--show-range']),
}


class ClaimsCorpus(Corpus):
    def __init__(self, folder):
        super().__init__(folder, RUNS)
        self.claims = {name: self._claim(name) for name in CLAIMS}

    def _claim(self, name):
        path = self.folder / f'{name}.pedigree'
        if not path.exists():
            run, samples, words = CLAIMS[name]
            self._rows(f'{name}.csv', samples)
            files = [run, '--proof', f'{run}.pedigree', '--input', f'{name}.csv', '-o', path.name]
            self.call('infer', *files, *words, '--progress', 'none', '--threads', 1)
        return path.read_bytes()

    def _rows(self, name, count):
        rng = random.Random(name)
        rows = [','.join(str(round(rng.uniform(2, 18), 1)) for _ in range(3)) for _ in range(count)]
        (self.folder / name).write_text('\n'.join(['a,b,c', *rows]) + '\n')

    def say(self, content, run=None):
        """What the program says: (verdict, code, check), and all of it."""
        path = self.folder / 'altered.bin'
        path.write_bytes(content)
        words = ['--run', str(self.folder / f'{run}.pedigree')] if run else []
        result = subprocess.run(
            [PROGRAM, 'verify', str(path), *words, '--json'], text=True, capture_output=True, timeout=300
        )
        try:
            said = json.loads(result.stdout)
        except ValueError:
            return ('crash', f'exit {result.returncode}', result.stderr[-200:]), {}
        return (said['verdict'], said['code'], said['check']), said

    def say_reference(self, content, run=None):
        try:
            said = verdict(content, run=self.proofs[run] if run else None)
        except Exception:
            traceback.print_exc()
            return ('crash', 'exception', ''), {}
        return (said['verdict'], said['code'], said['check']), said


def judge(corpus, name, content, run=None, expected=None):
    """Whether both verifiers say the same, and `expected` if it is stated; keeps the file where not."""
    (reference, known), (program, said) = corpus.say_reference(content, run), corpus.say(content, run)
    is_equal = reference == program
    if program[1] == 'budget_exceeded':
        is_equal = reference[0] == 'refused'
    if is_equal and reference[0] == 'accepted' and 'weights' in known:
        is_equal = said['claim']['weights'] == f'keccak256:{known["weights"]}'
        is_equal &= abs(known['bits'] - said['bits']) < 1e-9
    if is_equal and expected in (None, reference[1]):
        return True
    kept = pathlib.Path(tempfile.mkdtemp()) / 'disagreement.bin'
    kept.write_bytes(content)
    print(f'{name}: the reference says {reference}, the program {program}, expected {expected}: {kept}')
    return False


def honest(corpus):
    for name, content in corpus.proofs.items():
        yield judge(corpus, name, content, expected='ok')
    for name, content in corpus.claims.items():
        run, _, words = CLAIMS[name]
        expected = 'ok' if '--show-range' in words else 'run_unseen'
        yield judge(corpus, f'{name} alone', content, expected=expected)
        yield judge(corpus, f'{name} with its run', content, run, expected='ok')
    yield judge(corpus, 'another run', corpus.claims['relu-again'], 'other', 'weights_differ')
    yield judge(corpus, 'another run, range shown', corpus.claims['relu-range'], 'other', 'weights_differ')


# ---- statements that a writer alters
def statement_of(claim):
    encoded, _ = split_file(claim)
    return claim_of(encoded).parse(encoded)


def _set(path, value):
    """A change of one field; `value`: a number, or a function of the old one."""

    def change(s):
        *parents, name = path.split('.')
        for parent in parents:
            s = getattr(s, parent)
        setattr(s, name, value(getattr(s, name)) if callable(value) else value)

    return change


def _cells(which, change):
    return _set(f'kind_fields.{which}.cells', change)


def _first(value):
    """The first cell becomes `value`."""

    def change(cells):
        cells = cells.copy()
        cells[:1] = value(cells[:1]) if callable(value) else value
        return cells

    return change


def changes():
    for path in ('kind', 'arithmetic', 'profile', 'outputs', 'frac_x', 'input_bits', 'range_bits', 'loss', 'num_layers'):
        yield _set(path, lambda x: x + 1)
    yield _set('kind', 2)
    for path, values in (
        ('openings', (0, 1, 39, 41, 4096, 4097)),
        ('weight_bits', (0, 1, lambda x: x - 1, lambda x: x + 1, 60, 61, 255)),
        ('shows_range', (lambda x: 1 - x, 2)),
        ('kind_fields.samples', (0, 1, 2, 4, 1 << 16, (1 << 16) + 1, (1 << 32) - 1)),
        ('weights.root', (bytes(32), lambda x: x[::-1])),
        ('weights.answer', (lambda x: x + 1,)),
    ):
        for value in values:
            yield _set(path, value)
    for which in ('inputs', 'outputs'):
        for visibility in (HIDDEN, HASHED, SHOWN, 3):
            yield _set(f'kind_fields.{which}.visibility', visibility)
        yield _set(f'kind_fields.{which}.digest', bytes(32))
        yield _set(f'kind_fields.{which}.digest', b'\1' * 32)
        yield _cells(which, lambda cells: cells[:-1])
        yield _cells(which, lambda cells: np.append(cells, 0))
        yield _cells(which, lambda cells: cells[:0])
        yield _cells(which, _first(lambda cell: cell + 1))
        for bits in (6, 17, 31):
            yield _cells(which, _first(-(1 << bits)))
            yield _cells(which, _first((1 << bits) - 1))


def written(corpus):
    for name in ('relu-shown-shown', 'relu-hashed-hidden', 'relu-range'):
        content = corpus.claims[name]
        original = statement_of(content)
        _, begin = split_file(content)
        assert encode_claim(original) == content[16:begin]
        for number, change in enumerate(changes()):
            s = copy.deepcopy(original)
            change(s)
            altered = encode_file(s, content[begin:], encode_claim)
            # Most are the first claim's: what the others hash or hide is asked of every seventh.
            if name != 'relu-shown-shown' and number % 7:
                continue
            expected = None if altered != content else 'ok'
            yield judge(corpus, f'{name}, change {number}', altered, 'relu', expected)


def narrower_bits(corpus):
    """A claim that relies on less than its run shows: what the second verifier says of an honest one by itself."""
    run, claim = verify(corpus.proofs['relu']), verify(corpus.claims['relu-again'])
    link.check_link(Policy(), run, claim)
    claim.statement.weight_bits = max(run.bounds).bit_length() - 2
    try:
        link.check_link(Policy(), run, claim)
    except Refusal as refusal:
        yield refusal.check == 'claim_bounds'
    else:
        yield False


# ---- files that readers add, judged by both programs
def _altered_cells(corpus, name, **keys):
    cells = json.loads((corpus.folder / 'relu-range.pedigree.inputs.json').read_text())
    cells.update({key: change(cells[key]) for key, change in keys.items()})
    (corpus.folder / name).write_text(json.dumps({k: v for k, v in cells.items() if v is not None}))
    return ['--inputs', name]


def reader_cases(corpus):
    """Pairs (file, words)."""
    inputs = ['--inputs', 'relu-range.pedigree.inputs.json']
    outputs = ['--outputs', 'relu-range.pedigree.outputs.json']
    swapped = ['--inputs', outputs[1], '--outputs', inputs[1]]
    claim, waiting, run = 'relu-range.pedigree', 'relu-again.pedigree', ['--run', 'relu.pedigree']
    altered = bytearray(corpus.proofs['relu'])
    altered[-100] ^= 1
    (corpus.folder / 'altered-run.pedigree').write_bytes(altered)
    yield claim, inputs + outputs
    for words in (
        _altered_cells(corpus, 'cell.json', cells=lambda x: [x[0] + 1, *x[1:]]),
        _altered_cells(corpus, 'fewer.json', cells=lambda x: x[:-1]),
        _altered_cells(corpus, 'pad.json', pad=lambda x: x[16:] + x[:16]),
        _altered_cells(corpus, 'long-pad.json', pad=lambda x: x + '0'),
        _altered_cells(corpus, 'modulus.json', pad=lambda x: 'f' * 16 + x[16:]),
        _altered_cells(corpus, 'large.json', cells=lambda x: [1 << 31, *x[1:]]),
        _altered_cells(corpus, 'float.json', cells=lambda x: [float(x[0]), *x[1:]]),
        _altered_cells(corpus, 'no-columns.json', columns=lambda x: None),
        _altered_cells(corpus, 'version.json', version=lambda x: 2),
    ):
        yield claim, words
    yield claim, swapped
    yield claim, inputs + ['--outputs', inputs[1]]
    yield waiting, inputs
    yield waiting, run + ['--inputs', 'relu-again.pedigree.inputs.json']
    yield waiting, run + inputs
    yield waiting, ['--run', 'altered-run.pedigree']
    yield waiting, ['--run', waiting]
    yield claim, ['--run', claim]
    yield waiting, ['--run', 'missing.pedigree']
    yield 'relu-shown-shown.pedigree', inputs
    yield 'relu.pedigree', inputs
    yield 'relu.pedigree', run
    yield claim, ['--weights', 'relu/weights.safetensors']
    yield waiting, run + ['--weights', 'relu/weights.safetensors']
    yield waiting, ['--init', 'relu/weights.safetensors']
    yield claim, ['--any-custodian']
    for policy in (
        {'bits': 140},
        {'bits': 129, 'custodians': 'any', 'max_skipped_steps': 2},
        {'custodians': [f'ed25519:{"1" * 64}']},
        {'licences': ['MIT']},
        {'purposes': ['tests']},
        {'date': '2026-01-01'},
        {'min_records': 1},
        {'min_distinct': 1},
        {'max_rate_ratio': 9},
        {'start': {'seeded': True}},
        {'published_weights': True},
        {'beacon': True},
        {'beacons': [{'source': 'x', 'key': f'ed25519:{"1" * 64}'}]},
    ):
        name = f'policy-{"-".join(policy)}.json'
        (corpus.folder / name).write_text(json.dumps({'version': 1, **policy}))
        yield claim, ['--policy', name]
        if 'min_records' in policy or 'published_weights' in policy:
            yield claim, ['--policy', name, *run]


def reference_as_reader(folder, file, words):
    """Exit status and code of the second verifier's program, called in this process and this folder."""
    out, before = io.StringIO(), (os.getcwd(), sys.argv)
    os.chdir(folder)
    sys.argv = ['pedigree-verify-reference', file, *words, '--json']
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            status = main_module.main()
    finally:
        os.chdir(before[0])
        sys.argv = before[1]
    return status, json.loads(out.getvalue())['code'] if out.getvalue() else None


def judge_as_reader(corpus, file, words):
    reference = reference_as_reader(corpus.folder, file, words)
    program = exit_and_code([PROGRAM, 'verify'], corpus.folder, file, words)
    if reference != program:
        print(f'{file} {words}: the reference says {reference}, the program {program}')
    return reference == program


# ---- alterations: each takes the random numbers of one file and the claim, and returns the file
def fields_of(encoded):
    """(offset, size) of each number of a claim's statement."""
    Recorder.spans = []
    readers = [module for module in (weights, score, origins) if hasattr(module, 'Decoder')]
    for module in readers:
        module.Decoder = Recorder
    try:
        KINDS[encoded[0]].parse(encoded)
    finally:
        for module in readers:
            module.Decoder = Decoder
    return Recorder.spans


def alter_fields(rng, claim):
    encoded, begin = split_file(claim)
    out, fields = bytearray(encoded), fields_of(encoded)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        offset, size = rng.choice(fields)
        value = int.from_bytes(out[offset : offset + size], 'little')
        out[offset : offset + size] = altered_number(rng, value, size).to_bytes(size, 'little')
    return claim[:16] + bytes(out) + claim[begin:]


def _random_matrix(rng, cells, bits):
    visibility = rng.randrange(3)
    bound = (1 << bits) - 1
    stated = [rng.randint(-bound, bound) for _ in range(cells if visibility == SHOWN else 0)]
    digest = rng.randbytes(32) if visibility == HASHED else bytes(32)
    return Matrix(visibility, digest, np.array(stated, np.int64))


def another_statement(rng, claim):
    """A claim on a random model, in front of an empty or a zero proof."""
    s = random_statement(rng)
    s.kind, s.openings = 3, rng.choice((1, 16, rng.randrange(4098)))
    s.weights = WeightsRoot(rng.randbytes(32), K(1, 2, 3))
    s.weight_bits, s.shows_range = rng.choice((rng.randrange(1, 30), rng.randrange(62))), rng.randrange(2)
    samples = rng.choice((1, 2, 3, rng.randrange(1, 200), 1 << 16 if s.features < 9 else 5))
    inputs = _random_matrix(rng, samples * s.features, s.input_bits)
    outputs = _random_matrix(rng, samples * s.outputs, s.range_bits + 2)
    s.kind_fields = Fields(samples, inputs, outputs)
    return encode_file(s, bytes(rng.choice((0, 1000, 400_000))), encode_claim)


ALTERATIONS = (flip_a_bit, alter_words, alter_fields, another_statement, alter_fields, cut_or_extend)


def altered(corpus):
    for number in range(COUNT):
        rng = random.Random(f'claims {number}')
        alteration = ALTERATIONS[number % len(ALTERATIONS)]
        name = rng.choice(sorted(corpus.claims))
        content = alteration(rng, corpus.claims[name])
        yield judge(corpus, f'{number} ({alteration.__name__}, {name})', content)


def run(folder):
    corpus, results = ClaimsCorpus(folder), []
    for judged in (honest, written, narrower_bits, altered):
        results += judged(corpus)
    results += [judge_as_reader(corpus, *case) for case in reader_cases(corpus)]
    print(f'{sum(results)} passed, {len(results) - sum(results)} failed')
    return 0 if all(results) else 1


def main():
    folder = os.environ.get('REFERENCE_CORPUS')
    if folder:
        os.makedirs(folder, exist_ok=True)
        return run(folder)
    with tempfile.TemporaryDirectory() as temporary:
        return run(temporary)


if __name__ == '__main__':
    sys.exit(main())
