#!/usr/bin/env python3
"""Makes a slice of the negative vectors anew and holds both verifiers to reference/vectors/index.json.

    PEDIGREE, PEDIGREE_FORGER, REFERENCE_CORPUS    as in reference/vectors/make.py
    VECTORS_FIRST, VECTORS_STRIDE                  which of the index (default 0 and 47; stride 1: all)

Of vectors whose files cannot be made here, as the lying prover is not given, nothing is said. What the clear build names must
be that of the index too, and as many of the lying prover's honest proofs must be accepted.
"""

import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'reference'), str(ROOT / 'reference/tests'), str(ROOT / 'reference/vectors')]

from needs import skip_unless_installed  # noqa: E402

skip_unless_installed()

from make import INDEX, Vector, honest_twins, judge_by_program, vectors, with_corpus  # noqa: E402
from pedigree_verify.__main__ import verdict  # noqa: E402
from pedigree_verify.policy import read_policy  # noqa: E402

FIRST = int(os.environ.get('VECTORS_FIRST', '0'))
STRIDE = int(os.environ.get('VECTORS_STRIDE', '47'))


def judge_by_reference(corpus, vector):
    """Public code and check; the policy is the one that the program was given."""
    said = verdict(vector.content, read_policy(str(corpus.folder / 'vector-policy.json')), run=vector.run or None)
    return said['code'], said['check']


def run(corpus):
    index = {entry['name']: entry for entry in json.loads(INDEX.read_text())}
    chosen = set(list(index)[FIRST::STRIDE])
    passed = failed = 0
    seen = set()
    for vector in vectors(corpus, chosen):
        seen.add(vector.name)
        if vector.name not in index:
            failed += 1
            print(f'{vector.name}: not in the index')
        if vector.name not in chosen:
            continue
        expected = index[vector.name]['code'], index[vector.name]['check']
        program = judge_by_program(corpus, vector)
        reference = judge_by_reference(corpus, vector)
        if vector.more.get('clear') != index[vector.name].get('clear'):
            failed += 1
            print(f'{vector.name}: the clear build says {vector.more}')
        elif program == reference == expected and expected[0] != 'ok':
            passed += 1
        else:
            failed += 1
            print(f'{vector.name}: expected {expected}, the program {program}, the reference {reference}')
    for job, proof in list(honest_twins(corpus))[FIRST::STRIDE]:
        twin = Vector(job, '', '', proof)
        program, reference = judge_by_program(corpus, twin), judge_by_reference(corpus, twin)
        if program == reference == ('ok', ''):
            passed += 1
        else:
            failed += 1
            print(f'{job}, which is honest: the program {program}, the reference {reference}')
    for name, entry in index.items():
        if name not in seen and entry['made'] != 're-proved':
            failed += 1
            print(f'{name}: in the index, and not made')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(with_corpus(run))
