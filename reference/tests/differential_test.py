#!/usr/bin/env python3
"""Two verifiers, one verdict: makes small proofs, then gives altered ones to both and compares verdict, code and check.

    PEDIGREE            the program (default: build/test/pedigree of this checkout)
    REFERENCE_FIRST     number of the first altered file (default 0)
    REFERENCE_COUNT     how many (default 120); numbers can be split among runs
    REFERENCE_CORPUS    a folder that keeps the proofs; without it they are made anew, and masks with them
    PEDIGREE_FORGER     the lying prover; where it is given, its forgeries are judged too

What is done to a file follows from its number alone. A file on which the verifiers disagree is kept, and named.
"budget_exceeded" is the program's own limit of memory: there the reference need only refuse too.
"""

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

from pedigree_verify import statement as statement_module  # noqa: E402
from pedigree_verify.__main__ import verdict  # noqa: E402
from pedigree_verify.codec import Decoder  # noqa: E402
from pedigree_verify.field import P  # noqa: E402
from pedigree_verify.policy import Policy  # noqa: E402
from pedigree_verify.rules import judge  # noqa: E402
from random_statements import random_file  # noqa: E402
from writer import signed_beacon  # noqa: E402

REFERENCE = ROOT / 'reference/pedigree-verify-reference'
# Absolute: they are called in other folders.
FORGER = os.environ.get('PEDIGREE_FORGER') and os.path.abspath(os.environ['PEDIGREE_FORGER'])
PROGRAM = os.path.abspath(os.environ.get('PEDIGREE', ROOT / 'build/test/pedigree'))
FIRST = int(os.environ.get('REFERENCE_FIRST', '0'))
COUNT = int(os.environ.get('REFERENCE_COUNT', '120'))
WORD = 8


def linear(out, **more):
    return {'op': 'linear', 'out': out, **more}


def specification(model, loss, **more):
    return {
        'version': 1,
        'model': model,
        'loss': loss,
        'optimizer': {'name': 'sgd', 'lr': 0.0625},
        'batch': 4,
        'steps': 4,
        'seed': '7',
        **more,
    }


MOMENTUM = {'name': 'sgd', 'lr': 0.0625, 'momentum': 0.5}
DECAY = {'name': 'sgd', 'lr': 0.0625, 'schedule': [[2, 0.03125]]}
DECAY_TO_ZERO = {'name': 'sgd', 'lr': 0.0625, 'schedule': [[3, 0]]}
BEACON_SOURCE, BEACON_SEED = 'a public source', b'beacon'.ljust(32, b'\0')
RESIDUAL = [
    linear(3, name='first'),
    {'op': 'gelu', 'name': 'g'},
    linear(3, name='second'),
    {'op': 'identity', 'name': 'i'},
    {'op': 'add', 'inputs': ['g', 'i']},
    linear(3, share='second'),
    {'op': 'tanh'},
    linear(2),
]
# name: (specification, training data, words of `prove`)
JOBS = {
    'logistic': (specification([linear(1)], 'logistic', holdout=0.2), 'bits.csv', []),
    'chain': (
        specification([linear(3), {'op': 'relu'}, linear(2)], 'cross_entropy', steps=6, period=2, optimizer=MOMENTUM),
        'bits.csv',
        ['--segment', 4, '--publish', 'weights', '--context', 'differential'],
    ),
    'residual': (specification(RESIDUAL, 'cross_entropy', security={'profile': 'small'}), 'bits.csv', []),
    'numbers': (specification([linear(2), {'op': 'relu'}, linear(1)], 'mean_squared', shards=3), 'numbers.csv', []),
    'named': (
        specification([linear(3), {'op': 'relu'}, linear(2)], 'cross_entropy', init='chain/weights.safetensors'),
        'bits.csv',
        ['--segment', 3],
    ),
    'signed': (
        specification([linear(2)], 'cross_entropy'),
        ('grant', 'other-grant'),
        ['--publish', 'weights'],
    ),
    'decaying': (
        specification([linear(1)], 'logistic', optimizer=DECAY, beacon='beacon.json'),
        'bits.csv',
        [],
    ),
    # Refused by the empty policy: its last step counts nothing.
    'skipping': (specification([linear(1)], 'logistic', optimizer=DECAY_TO_ZERO), 'bits.csv', []),
}
# Long enough for a second root of its first segment, and for one of pushforwards, which the last one has not; no vectors are made of it.
LONG = {
    'long': (
        specification(
            [*(3 * [linear(128), {'op': 'relu'}]), linear(2)],
            'cross_entropy',
            batch=256,
            steps=17,
            security={'profile': 'bulk'},
        ),
        'many.csv',
        ['--segment', 16],
    ),
}
SKIPS = {'skipping'}


class Corpus:
    """Proofs of jobs in a folder, made where they are missing."""

    def __init__(self, folder, jobs=JOBS):
        self.folder, self.jobs = pathlib.Path(folder), jobs
        self.proofs = {name: self._proof(name) for name in jobs}

    def call(self, *words):
        result = subprocess.run(
            [PROGRAM, *map(str, words)], cwd=self.folder, text=True, capture_output=True, timeout=120
        )
        if result.returncode:
            raise SystemExit(f'{words}: {result.stderr}')

    def _proof(self, name):
        path = self.folder / f'{name}.pedigree'
        if not path.exists():
            self._make(name)
        return path.read_bytes()

    def _make(self, name):
        spec, data, words = self.jobs[name]
        (self.folder / f'{name}.json').write_text(json.dumps(spec))
        if 'beacon' in spec:
            self._beacon(spec['beacon'])
        if name == 'signed':
            self._custodians()
            source = ['--data', *data]
        else:
            self._records(data)
            source = ['--data', data, '--label', 'label']
        quiet = ['--progress', 'none', '--threads', 1]
        self.call('train', f'{name}.json', *source, '-o', name, *quiet)
        self.call('prove', name, '-o', f'{name}.pedigree', *words, *quiet)

    def _records(self, name, count=30):
        rng, lines = random.Random(name), ['a,b,c,label']
        for _ in range(300 if name == 'many.csv' else count):
            # Records of the second custodian lie within the ranges of the first one's schema.
            low, high = (6, 14) if name == 'other-grant.csv' else (0, 20)
            cells = [round(rng.uniform(low, high), 1) for _ in range(3)]
            label = round(cells[0] / 2, 2) if name == 'numbers.csv' else int(cells[0] + cells[1] > 20)
            lines.append(','.join(map(str, [*cells, label])))
        (self.folder / name).write_text('\n'.join(lines) + '\n')

    def _beacon(self, name):
        value = bytes(range(32))
        key, signature = signed_beacon(BEACON_SEED, BEACON_SOURCE.encode(), 7, value)
        beacon = {'source': BEACON_SOURCE, 'round': 7, 'value': f'keccak256:{value.hex()}', 'signature': signature.hex()}
        (self.folder / name).write_text(json.dumps(beacon))
        (self.folder / f'{name}.key').write_text(f'ed25519:{key.hex()}')

    def _custodians(self):
        schema = []
        for number, grant in enumerate(JOBS['signed'][1]):
            key, data, committed = f'key-{grant}', f'{grant}.csv', f'{grant}-committed'
            self._records(data, 20 + 5 * number)
            self.call('key', 'new', '--out', key)
            licence = ['--licence', 'MIT', '--purpose', 'tests', '--key', key]
            self.call('data', 'commit', data, '--label', 'label', *licence, *schema, '-o', committed)
            # The second one signs as one of both.
            among = ['--name', 'a group', '--among', *(f'key-{name}.pub' for name in JOBS['signed'][1])] if number else []
            self.call('data', 'grant', committed, '--to', f'{key}.pub', '--key', key, '-o', grant, *among)
            schema = ['--schema', f'{committed}/schema.json']

    def judge(self, content):
        """What the program says: (verdict, code, check)."""
        path = self.folder / 'altered.bin'
        path.write_bytes(content)
        result = subprocess.run(
            [PROGRAM, 'verify', str(path), '--any-custodian', '--json'], text=True, capture_output=True, timeout=300
        )
        try:
            said = json.loads(result.stdout)
        except ValueError:
            return 'crash', f'exit {result.returncode}', ''
        return said['verdict'], said['code'], said['check']


class Recorder(Decoder):
    """A decoder that remembers where the fields of a statement lie."""

    spans = []

    def take(self, count):
        if count:
            Recorder.spans.append((self.offset, count))
        return super().take(count)


def fields_of(encoded):
    """(offset, size) of each field."""
    Recorder.spans = []
    statement_module.Decoder = Recorder
    try:
        statement_module.parse_statement(encoded)
    finally:
        statement_module.Decoder = Decoder
    return Recorder.spans


# ---- alterations: each takes the random numbers of one file and the proof, and returns the file
def flip_a_bit(rng, proof):
    out = bytearray(proof)
    _, begin = statement_module.split_file(proof)
    at = rng.randrange(begin) if rng.random() < 0.3 else rng.randrange(begin, len(out))
    out[at] ^= 1 << rng.randrange(8)
    return bytes(out)


def cut_or_extend(rng, proof):
    if rng.random() < 0.2:
        return proof + bytes(rng.choice((1, WORD)))
    return proof[: rng.randrange(len(proof))]


def alter_words(rng, proof):
    """Words of the proof: shifted by the modulus, set, swapped with others; more in front than among the leaves."""
    out = bytearray(proof)
    _, begin = statement_module.split_file(proof)
    words = (len(out) - begin) // WORD
    if rng.random() < 0.6:
        words //= 10
    for _ in range(rng.choice((1, 1, 2, 5))):
        a, b = (begin + WORD * rng.randrange(words) for _ in range(2))
        word = int.from_bytes(out[a : a + WORD], 'little')
        value = rng.choice((0, 1, P - 1, P, 2**64 - 1, word + 1, word ^ 1, None))
        if value is None:
            out[a : a + WORD], out[b : b + WORD] = out[b : b + WORD], out[a : a + WORD]
        else:
            out[a : a + WORD] = (value % 2**64).to_bytes(WORD, 'little')
    return bytes(out)


def altered_number(rng, value, size):
    top = (1 << (8 * size)) - 1
    choices = (0, 1, top, value + 1, value - 1, 2 * value, rng.randrange(70), rng.randrange(top + 1))
    return rng.choice(choices) & top


def alter_fields(rng, proof):
    encoded, begin = statement_module.split_file(proof)
    out, fields = bytearray(encoded), fields_of(encoded)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        offset, size = rng.choice(fields)
        value = int.from_bytes(out[offset : offset + size], 'little')
        altered = altered_number(rng, value, size)
        out[offset : offset + size] = altered.to_bytes(size, 'little')
    return proof[:16] + bytes(out) + proof[begin:]


def another_statement(rng, proof):
    return random_file(rng)


ALTERATIONS = (flip_a_bit, alter_words, alter_fields, alter_fields, cut_or_extend, another_statement)


def altered_file(number, proofs):
    rng = random.Random(f'reference {number}')
    alteration = ALTERATIONS[number % len(ALTERATIONS)]
    name = rng.choice(sorted(proofs))
    return f'{number} ({alteration.__name__}, {name})', alteration(rng, proofs[name])


def reference_says(content):
    """(verdict, code, check) of the reference; an exception is an answer of its own, which agrees with none."""
    try:
        said = verdict(content, Policy(any_custodian=True))
    except Exception:
        traceback.print_exc()
        return 'crash', 'exception', ''
    return said['verdict'], said['code'], said['check']


def agree(reference, program):
    if program[1] == 'budget_exceeded':
        return reference[0] == 'refused'
    return reference == program


# ---- what readers add: files of weights, policies; judged by both programs as processes
def reader_cases(corpus):
    """Pairs (file, words)."""
    folder = corpus.folder
    other = bytearray((folder / 'chain/weights.safetensors').read_bytes())
    other[-1] ^= 1
    (folder / 'other.safetensors').write_bytes(other)
    (folder / 'text.csv').write_text('a,b')
    key = (folder / 'key-grant.pub').read_text().strip()
    (folder / 'revoked.json').write_text(json.dumps({'version': 1, 'revoked': [key]}))
    weights = ['--weights', 'chain/weights.safetensors']
    for file in ('chain.pedigree', 'logistic.pedigree', 'text.csv', 'missing.pedigree', '.'):
        yield file, weights
    yield 'chain.pedigree', ['--weights', 'other.safetensors']
    yield 'named.pedigree', ['--init', 'named/start.safetensors']
    yield 'named.pedigree', ['--init', 'other.safetensors']
    yield 'chain.pedigree', ['--init', 'other.safetensors']
    source, other = (folder / 'beacon.json.key').read_text(), f'ed25519:{"1" * 64}'
    policies = (
        ('signed.pedigree', {'custodians': [key], 'purposes': ['tests']}),
        *(
            ('decaying.pedigree', {'beacons': [{'source': BEACON_SOURCE, 'key': k} for k in keys], 'beacon': True})
            for keys in ((source,), (source, other), (other, source), (other,))
        ),
        ('decaying.pedigree', {'max_rate_ratio': 1}),
        ('decaying.pedigree', {'max_rate_ratio': 2}),
        ('skipping.pedigree', {}),
        ('skipping.pedigree', {'max_skipped_steps': 1}),
        ('skipping.pedigree', {'max_skipped_steps': 1, 'max_rate_ratio': 1}),
        ('chain.pedigree', {'custodians': [key]}),
        ('signed.pedigree', {'licences': ['Apache-2.0']}),
        ('signed.pedigree', {'purposes': ['other tests']}),
        ('signed.pedigree', {'date': '1999-12-31'}),
        ('signed.pedigree', {'revocations': 'revoked.json'}),
        ('signed.pedigree', {'min_distinct': 1000}),
        ('chain.pedigree', {'bits': 140}),
        ('named.pedigree', {'start': {'seeded': True}}),
        ('logistic.pedigree', {'published_weights': True}),
        ('chain.pedigree', {'beacon': True}),
        ('chain.pedigree', {'beacon': 1}),
        ('chain.pedigree', {'unknown': True}),
    )
    keys = [(folder / f'key-{grant}.pub').read_text().strip() for grant in JOBS['signed'][1]]
    policies += tuple(('signed.pedigree', {'custodians': listed}) for listed in (keys, keys[::-1], keys[1:]))
    for number, (file, policy) in enumerate(policies):
        name = f'policy-{number}.json'
        (folder / name).write_text(json.dumps({'version': 1, **policy}))
        yield file, ['--policy', name]


def exit_and_code(program, folder, file, words):
    result = subprocess.run(
        [*program, file, *words, '--json'], cwd=folder, text=True, capture_output=True, timeout=300
    )
    try:
        return result.returncode, json.loads(result.stdout).get('code')
    except ValueError:
        return result.returncode, None


def judge_as_reader(corpus, file, words):
    """Whether both programs have one exit status and one code; prints what they say where not."""
    reference = exit_and_code([sys.executable, str(REFERENCE)], corpus.folder, file, words)
    program = exit_and_code([PROGRAM, 'verify'], corpus.folder, file, words)
    if reference != program:
        print(f'{file} {words}: the reference says {reference}, the program {program}')
    return reference == program


def forgeries(corpus):
    """Pairs (name, file) that the lying prover makes of the runs."""
    for name in ('logistic', 'chain', 'numbers'):
        out = corpus.folder / f'forged-{name}'
        if not out.exists():
            subprocess.run([FORGER, str(corpus.folder / name), str(out)], check=True, capture_output=True)
        for path in sorted(out.glob('*.pedigree')):
            yield f'forged {name} {path.stem}', path.read_bytes()


def judge_content(corpus, name, content, expected=None):
    """Whether both verifiers give one verdict, `expected` if it is stated; keeps the file where not."""
    reference, program = reference_says(content), corpus.judge(content)
    if agree(reference, program) and expected in (None, reference[0]):
        return True
    kept = pathlib.Path(tempfile.mkdtemp()) / 'disagreement.bin'
    kept.write_bytes(content)
    print(f'{name}: the reference says {reference}, the program {program}: {kept}')
    return False


def judge_identities(corpus, name):
    """Whether both programs give the bits and the identities of an accepted proof alike."""
    words = ['verify', f'{name}.pedigree', '--any-custodian', '--json']
    result = subprocess.run([PROGRAM, *words], cwd=corpus.folder, text=True, capture_output=True)
    said = json.loads(result.stdout)
    claim = said['claim']
    program = {
        'datasets': [dataset['identity'] for dataset in claim['datasets']],
        'trained': claim['trained_weights'],
        'start': claim['start'].get('identity'),
    }
    reference = verdict(corpus.proofs[name], Policy(any_custodian=True))
    prefixed = {
        'datasets': [f'keccak256:{digest}' for digest in reference['datasets']],
        'trained': f'keccak256:{reference["trained"]}',
        'start': reference['start'] and f'keccak256:{reference["start"]}',
    }
    is_equal = prefixed == program and abs(reference['bits'] - said['bits']) < 1e-9
    if not is_equal:
        print(f'{name}: the reference knows {reference}, the program {program}, {said["bits"]} bits')
    return is_equal


def own_roots(proof):
    """How many roots of its own each segment has."""
    statement = statement_module.parse_statement(statement_module.split_file(proof)[0])
    return [len(segment.heights) for segment in judge(statement).shape.segments]


def run(folder):
    corpus, results = Corpus(folder, JOBS | LONG), []
    if FIRST == 0:
        for name, proof in corpus.proofs.items():
            results.append(judge_content(corpus, name, proof, 'refused' if name in SKIPS else 'accepted'))
        results += [judge_identities(corpus, name) for name in corpus.proofs if name not in SKIPS]
        results.append(own_roots(corpus.proofs['long']) == [3, 1])
        results += [judge_as_reader(corpus, *case) for case in reader_cases(corpus)]
        if FORGER:
            results += [judge_content(corpus, *forged, 'refused') for forged in forgeries(corpus)]
    for number in range(FIRST, FIRST + COUNT):
        results.append(judge_content(corpus, *altered_file(number, corpus.proofs)))
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
