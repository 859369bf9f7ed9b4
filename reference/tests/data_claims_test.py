#!/usr/bin/env python3
"""Two verifiers, one verdict on evaluations and origins: makes runs and claims on them, alters these, and compares verdict, code and check.

    PEDIGREE            the program (default: build/test/pedigree of this checkout)
    REFERENCE_COUNT     how many altered files (default 60)
    REFERENCE_CORPUS    a folder that keeps proofs and claims; without it they are made anew

What is done to a file follows from its number alone; a file on which the verifiers disagree is kept.
"""

import json
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from claims_test import RELU, ClaimsCorpus, alter_fields, judge, judge_as_reader  # noqa: E402
from differential_test import Corpus, alter_words, cut_or_extend, flip_a_bit, linear, specification

COUNT = int(os.environ.get('REFERENCE_COUNT', '60'))
# name: (specification, training data, words of `prove`)
RUNS = {
    'classes': (specification(RELU, 'cross_entropy', steps=5), 'bits.csv', ['--openings', 12, '--test', 'classes-test']),
    'yes': (specification([linear(1)], 'logistic'), 'bits.csv', ['--openings', 9]),
    'numbers': (specification([linear(1)], 'mean_squared', security={'profile': 'small'}), 'numbers.csv', ['--openings', 9]),
}
# name: (run, words of `score`)
SCORES = {
    'classes-exact': ('classes', []),
    'classes-bound': ('classes', ['--at-least', 1, '--show-range']),
    'classes-confusion': ('classes', ['--confusion', '--show-range']),
    'classes-apart': ('classes', ['--apart', '--show-range', '--context', 'a challenge']),
    'classes-drawn': ('classes', ['--draw', 5, '--beacon', 'beacon.json']),
    'yes-exact': ('yes', ['--show-range']),
    'yes-confusion': ('yes', ['--confusion', '--show-range']),
    'yes-bound': ('yes', ['--at-least', 2]),
    'numbers-exact': ('numbers', ['--show-range']),
    'numbers-bound': ('numbers', ['--at-most', 1000000, '--show-range']),
    'numbers-apart': ('numbers', ['--apart']),
}
# name: (run, records of the run that are listed, others, words of `origins`)
ORIGINS = {
    'none': ('classes', [], 2, []),
    'some': ('classes', [3, 17, 3], 1, ['--shown']),
    'hashed': ('yes', [0, 29], 2, ['--context', 'a challenge']),
    'single': ('numbers', [5], 0, []),
}


class DataCorpus(ClaimsCorpus):
    def __init__(self, folder):
        Corpus.__init__(self, folder, RUNS)
        self.claims = {f'score-{name}': self._score(name) for name in SCORES}
        self.claims |= {f'origins-{name}': self._origins(name) for name in ORIGINS}

    def _make(self, name):
        spec, data, words = RUNS[name]
        (self.folder / f'{name}.json').write_text(json.dumps(spec))
        self._records(data)
        self._beacon('beacon.json')
        quiet = ['--progress', 'none', '--threads', 1]
        self.call('train', f'{name}.json', '--data', data, '--label', 'label', '-o', name, *quiet)
        self._test_set(name, data, spec)
        self.call('prove', name, '-o', f'{name}.pedigree', *words, *quiet)

    def _test_set(self, name, data, spec):
        """Records of the same kind, signed by an owner of their own."""
        rng, lines = random.Random(f'{name} tests'), ['a,b,c,label']
        for _ in range(11):
            cells = [round(rng.uniform(4, 16), 1) for _ in range(3)]
            lines.append(','.join(map(str, [*cells, round(cells[0] / 2, 2) if data == 'numbers.csv' else int(cells[0] + cells[1] > 20)])))
        (self.folder / f'{name}-test.csv').write_text('\n'.join(lines) + '\n')
        self.call('key', 'new', '--out', f'{name}-owner')
        profile = ['--profile', spec['security']['profile']] if 'security' in spec else []
        terms = ['--licence', 'MIT', '--purpose', 'tests', '--key', f'{name}-owner', '--openings', 40, *profile]
        self.call('data', 'commit', f'{name}-test.csv', '--label', 'label', '--schema', f'{name}/schema.json', *terms, '-o', f'{name}-test')

    def _score(self, name):
        run, words = SCORES[name]
        path = self.folder / f'score-{name}.pedigree'
        if not path.exists():
            proof, ticket = f'{run}.pedigree', f'{name}.ticket'
            self.call('data', 'ticket', f'{run}-test', '--proof', proof, '--key', f'{run}-owner', '-o', ticket)
            files = [run, '--proof', proof, '--test', f'{run}-test', '--ticket', ticket, '-o', path.name]
            self.call('score', *files, *words, '--progress', 'none', '--threads', 1)
        return path.read_bytes()

    def _origins(self, name):
        run, rows, others, words = ORIGINS[name]
        path = self.folder / f'origins-{name}.pedigree'
        if not path.exists():
            header, *known = (self.folder / RUNS[run][1]).read_text().splitlines()
            rng = random.Random(name)
            fresh = [','.join(str(round(rng.uniform(2, 18), 1)) for _ in range(3)) + ',1' for _ in range(others)]
            (self.folder / f'{name}.csv').write_text('\n'.join([header, *fresh, *(known[row] for row in rows)]) + '\n')
            files = [run, '--proof', f'{run}.pedigree', '--records', f'{name}.csv', '-o', path.name]
            self.call('origins', *files, *words, '--progress', 'none', '--threads', 1)
        return path.read_bytes()

    def run_of(self, name):
        kind, _, rest = name.partition('-')
        return (SCORES if kind == 'score' else ORIGINS)[rest][0]


def honest(corpus):
    for name, content in corpus.claims.items():
        kind, _, rest = name.partition('-')
        run = corpus.run_of(name)
        alone = kind == 'score' and '--show-range' in SCORES[rest][1] and '--apart' not in SCORES[rest][1]
        yield judge(corpus, f'{name} alone', content, expected='ok' if alone else 'run_unseen')
        yield judge(corpus, f'{name} with its run', content, run, expected='ok')
        yield judge(corpus, f'{name} with another run', content, 'yes' if run != 'yes' else 'classes')


def reader_cases(corpus):
    """Pairs (file, words)."""
    run = ['--run', 'classes.pedigree']
    key = (corpus.folder / 'classes-owner.pub').read_text().strip()
    other = (corpus.folder / 'yes-owner.pub').read_text().strip()
    beacon = {'source': json.loads((corpus.folder / 'beacon.json').read_text())['source'], 'key': (corpus.folder / 'beacon.json.key').read_text()}
    content = corpus.claims['score-classes-exact']
    revocations = corpus.folder / 'revoked.json'
    manifest = json.loads((corpus.folder / 'classes-test/manifest.json').read_text())
    revocations.write_text(json.dumps({'version': 1, 'revoked': [manifest['content']]}))
    assert content
    policies = (
        {'test_keys': [key]},
        {'test_keys': [other]},
        {'test_keys': [other, key], 'min_tests': 11},
        {'test_keys': [other], 'min_tests': 99},
        {'min_tests': 12},
        {'min_tests': 6},
        {'max_ticket': 1},
        {'max_ticket': 4},
        {'test_apart': True},
        {'test_apart': True, 'min_tests': 12},
        {'test_fixed': True},
        {'test_fixed': True, 'beacons': [beacon]},
        {'beacons': [beacon]},
        {'beacon': True, 'beacons': [beacon]},
        {'beacons': [beacon | {'key': f'ed25519:{"1" * 64}'}]},
        {'test_fixed': True, 'beacons': [beacon | {'source': 'another'}]},
        {'date': '2001-01-01'},
        {'date': '2001-01-01', 'min_tests': 12},
        {'bits': 140, 'min_tests': 12},
        {'revocations': 'revoked.json'},
    )
    for number, policy in enumerate(policies):
        name = f'data-policy-{number}.json'
        (corpus.folder / name).write_text(json.dumps({'version': 1, **policy}))
        for claim in ('score-classes-exact', 'score-classes-bound', 'score-classes-apart', 'score-classes-drawn', 'origins-some'):
            yield f'{claim}.pedigree', ['--policy', name]
            yield f'{claim}.pedigree', ['--policy', name, *run]
    cells = ['--records', 'origins-hashed.pedigree.records.json']
    yield 'origins-hashed.pedigree', cells
    yield 'origins-hashed.pedigree', cells + ['--run', 'yes.pedigree']
    yield 'origins-none.pedigree', cells + run
    yield 'origins-some.pedigree', cells + run
    for words in ([], run):
        yield 'classes.pedigree', ['--run', 'score-classes-exact.pedigree']
        yield 'score-classes-exact.pedigree', words + ['--weights', 'classes/weights.safetensors']


# each takes the random numbers of one file and the claim, and returns the file
ALTERATIONS = (alter_fields, alter_words, alter_fields, flip_a_bit, alter_fields, cut_or_extend)


def altered(corpus):
    for number in range(COUNT):
        rng = random.Random(f'data claims {number}')
        alteration = ALTERATIONS[number % len(ALTERATIONS)]
        name = rng.choice(sorted(corpus.claims))
        content = alteration(rng, corpus.claims[name])
        run = corpus.run_of(name) if rng.random() < 0.5 else None
        yield judge(corpus, f'{number} ({alteration.__name__}, {name})', content, run)


def run(folder):
    corpus, results = DataCorpus(folder), []
    for judged in (honest, altered):
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
