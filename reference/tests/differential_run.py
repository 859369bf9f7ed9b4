#!/usr/bin/env python3
"""A long differential run: alters the proofs of a folder, again and again, and compares what both verifiers say.

    PEDIGREE_LIBRARY    libpedigree_verify.so: the first verifier (library.py)
    REFERENCE_CORPUS    a folder of honest proofs, *.pedigree
    PEDIGREE_FORGER     where the folder has none: makes those of small jobs (`pedigree_forger --honest FOLDER`)
    REFERENCE_STATE     a file that says how far the run is; with it an interrupted run goes on. Default: beside the proofs
    REFERENCE_COUNT     how many files in all, earlier ones included (default 1000)
    REFERENCE_SEED      another seed, other files (default 0)

What is done to a file follows from seed, number and the proofs. Verdict, public code and public check must be equal; files on
which they are not are kept beside the state. "budget_exceeded" is a limit of the first verifier alone. An alteration may give
the same file again; any other must be refused.
"""

import collections
import gc
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'reference'), str(ROOT / 'reference/tests')]

from needs import skip_unless_installed  # noqa: E402

skip_unless_installed()

from differential_test import (  # noqa: E402
    FORGER,
    alter_fields,
    alter_words,
    another_statement,
    cut_or_extend,
    flip_a_bit,
    reference_says,
)
from library import LibraryJudge  # noqa: E402
from pedigree_verify import verify as verify_module  # noqa: E402

LIBRARY = os.environ.get('PEDIGREE_LIBRARY', str(ROOT / 'build/test/libpedigree_verify.so'))
COUNT = int(os.environ.get('REFERENCE_COUNT', '1000'))
SEED = os.environ.get('REFERENCE_SEED', '0')
SAVE_EVERY = 50
WEIGHTS = {flip_a_bit: 25, alter_words: 25, alter_fields: 35, cut_or_extend: 14, another_statement: 1}


def read_corpus(folder):
    if FORGER and not any(folder.glob('*.pedigree')):
        subprocess.run([FORGER, '--honest', str(folder)], check=True, stdout=subprocess.DEVNULL)
    proofs = {path.stem: path.read_bytes() for path in sorted(folder.glob('*.pedigree'))}
    if not proofs:
        raise SystemExit(f'{folder}: no proofs')
    digest = hashlib.sha256(b''.join(hashlib.sha256(proof).digest() for proof in proofs.values()))
    return proofs, digest.hexdigest()


class State:
    """How far a run is: saved whole, or not at all."""

    def __init__(self, path, corpus):
        self.path = path
        self.said = {'seed': SEED, 'corpus': corpus, 'next': 0, 'seconds': 0, 'codes': {}, 'disagreements': []}
        if path.exists():
            before = json.loads(path.read_text())
            if (before['seed'], before['corpus']) != (SEED, corpus):
                raise SystemExit(f'{path}: the state of another run')
            self.said = before
        self.codes = collections.Counter(self.said['codes'])
        self.began = time.monotonic() - self.said['seconds']

    def save(self):
        self.said['seconds'] = round(time.monotonic() - self.began, 1)
        self.said['codes'] = dict(sorted(self.codes.items()))
        new = self.path.with_suffix('.new')
        new.write_text(json.dumps(self.said, indent=1) + '\n')
        os.replace(new, self.path)


class Memory:
    """What the second verifier found before: of a statement, and of a segment whose messages are the same. Most altered files
    differ from an honest one in the opening alone."""

    MOST = 200

    def __init__(self):
        self.judge, self.order = verify_module.judge, verify_module.Order
        self.verifier, self.seeded = verify_module.SegmentVerifier, verify_module._seeded_matrices
        self.made, self.outcomes = {}, {}

    def install(self):
        verify_module.judge = lambda s: self.once(('judge', s.encoded), self.judge, s)
        verify_module.Order = lambda s, seed: self.once(('order', s.encoded), self.order, s, seed)
        verify_module._seeded_matrices = self.seeded_matrices
        verify_module.SegmentVerifier = lambda segment, transcript: _Remembered(self, segment, transcript)

    def once(self, key, make, *words):
        if key in self.made:
            return self.made[key]
        result = make(*words)
        if len(self.made) < self.MOST:
            self.made[key] = result
        return result

    def seeded_matrices(self, model, seed):
        # The model is one of a remembered statement, or nobody has it.
        return self.once(('seeded', id(model), seed), self.seeded, model, seed) if self.is_kept(model) else self.seeded(model, seed)

    def is_kept(self, model):
        return any(key[0] == 'judge' and judged.model is model for key, judged in self.made.items())

    def outcome(self, segment, transcript, roots):
        reader = transcript.reader
        begin, place = reader.offset, (segment.statement.encoded, segment.index, tuple(roots.items()))
        for content, outcome, state in self.outcomes.get(place, ()):
            if reader.data.startswith(content, begin):
                reader.offset, transcript.state = begin + len(content), state
                return outcome
        outcome = self.verifier(segment, transcript).outcome(roots)
        known = self.outcomes.setdefault(place, [])
        if not known and len(self.outcomes) <= self.MOST:
            known.append((reader.data[begin : reader.offset], outcome, transcript.state))
        return outcome


class _Remembered:
    def __init__(self, memory, segment, transcript):
        self.memory, self.segment, self.transcript = memory, segment, transcript

    def outcome(self, roots):
        return self.memory.outcome(self.segment, self.transcript, roots)


def altered_file(number, proofs):
    """What was done, and the file."""
    rng = random.Random(f'reference {SEED} {number}')
    (alteration,) = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
    # Short proofs more often: each of these files costs time in proportion.
    names = list(proofs)
    (name,) = rng.choices(names, [len(proofs[n]) ** -2 for n in names])
    return f'{number} ({alteration.__name__}, {name})', alteration(rng, proofs[name])


def agree(reference, program):
    if program[1] == 'budget_exceeded':
        return reference[0] == 'refused'
    return reference == program


def compare(judge, what, content, state, expected=None):
    """Counts the answer, but of honest proofs, which each beginning judges and remembers."""
    reference, program = reference_says(content), judge(content)
    state.codes[program[1]] += expected != 'accepted'
    if agree(reference, program) and expected in (None, program[0]):
        return
    kept = state.path.with_name(f'{state.path.stem}-{what.split()[0]}.bin')
    kept.write_bytes(content)
    state.said['disagreements'].append(f'{what}: the reference says {reference}, the program {program}')
    print(state.said['disagreements'][-1], kept, flush=True)


def run(folder):
    proofs, digest = read_corpus(folder)
    state = State(pathlib.Path(os.environ.get('REFERENCE_STATE', folder / 'differential.json')), digest)
    Memory().install()
    judge = LibraryJudge(LIBRARY)
    originals = set(proofs.values())
    for name, proof in proofs.items():
        compare(judge, f'honest-{name}', proof, state, 'accepted')
    gc.freeze()  # what is remembered
    while state.said['next'] < COUNT:
        what, content = altered_file(state.said['next'], proofs)
        compare(judge, what, content, state, None if content in originals else 'refused')
        state.said['next'] += 1
        if state.said['next'] % SAVE_EVERY == 0:
            state.save()
    judge.close()
    state.save()
    failed = len(state.said['disagreements'])
    print(f'{dict(state.said["codes"])} in {state.said["seconds"]} s')
    print(f'{state.said["next"] - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(run(pathlib.Path(os.environ.get('REFERENCE_CORPUS', '.'))))
