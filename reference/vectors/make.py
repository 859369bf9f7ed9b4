#!/usr/bin/env python3
"""Negative vectors: files that both verifiers must refuse, each with the attack it stands for, its place, and the answer.

    PEDIGREE            the program
    PEDIGREE_FORGER     the lying prover; without it the re-proved vectors are left out
    REFERENCE_CORPUS    a folder for the honest proofs; without it a temporary one

make.py writes index.json beside it: for each vector its name, attack id, place, "made" ("bytes": a proof that was altered;
"policy": an honest one outside a policy; "re-proved": a false statement with a proof of its own), public code and check, as
the program says them. Re-proved ones of the lying prover's catalogue (tests/forger/catalogue.h) also have "job", what is
falsely claimed, and "clear", the check that the clear build names where the public code does not. The files follow from
the honest proofs, so only the index is kept. Masks of altered proofs are drawn anew: bytes differ from one making to the
next, verdicts do not. The catalogue's files are the same each time.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'reference'), str(ROOT / 'reference/tests')]

from needs import skip_unless_installed  # noqa: E402

skip_unless_installed()

from claims import BY_CHANCE, CLAIMS, IN_DEPTH, VectorClaims  # noqa: E402
from claims_test import fields_of as fields_of_claim  # noqa: E402
from differential_test import BEACON_SOURCE, FORGER, PROGRAM, Corpus, fields_of, linear, specification  # noqa: E402
from pedigree_verify import ed25519  # noqa: E402
from pedigree_verify import statement as statement_module  # noqa: E402
from pedigree_verify.field import P  # noqa: E402
from pedigree_verify.keccak import keccak256, u32  # noqa: E402
from pedigree_verify.transcript import DIGEST, WORD, Reader, Transcript  # noqa: E402
from pedigree_verify import conversations as conversations_module  # noqa: E402
from pedigree_verify import verify as verify_module  # noqa: E402
from writer import encode_file  # noqa: E402

INDEX = pathlib.Path(__file__).with_name('index.json')
# Jobs of the lying prover beside those of the differential test: (specification, training data).
FORGED_JOBS = {
    f'forged-{loss}-{seed}': (
        specification([linear(2), {'op': activation}, linear(outputs)], loss, seed=str(seed)),
        'numbers.csv' if loss == 'mean_squared' else 'bits.csv',
    )
    for seed, activation in ((11, 'relu'), (12, 'tanh'), (13, 'gelu'))
    for loss, outputs in (('logistic', 1), ('cross_entropy', 2), ('mean_squared', 1))
}
ATTACK_OF_FORGERY = {'record': 'A38', 'step': 'A42', 'weights': 'A42'}


@dataclass
class Vector:
    name: str
    attack: str
    place: str
    content: bytes
    made: str = 'bytes'
    policy: dict = field(default_factory=lambda: {'custodians': 'any'})
    more: dict = field(default_factory=dict)  # "job", "clear", "run" of the index
    run: bytes = b''  # of a claim: the proof that it is judged beside


@dataclass
class Message:
    conversation: int
    label: str
    kind: str  # elements, digest, nonce, hint
    offset: int
    size: int


def messages_of(proof):
    """Every read of the proof, in order, as the second verifier makes it."""
    found, state = [], {'conversation': -1, 'is_message': False}

    class RecordingReader(Reader):
        def take(self, count):
            if not state['is_message'] and not state.get('in_words'):
                found.append(Message(state['conversation'], 'path', 'hint', self.offset, count))
            return super().take(count)

        def words(self, count):
            if not state['is_message']:
                found.append(Message(state['conversation'], 'leaf', 'hint', self.offset, WORD * count))
            state['in_words'] = True
            words = super().words(count)
            state['in_words'] = False
            return words

    class RecordingTranscript(Transcript):
        def __init__(self, reader):
            super().__init__(reader)
            state['conversation'] += 1

        def _recorded(self, kind, read, label, *more):
            offset, state['is_message'] = self.reader.offset, True
            result = read(label, *more)
            state['is_message'] = False
            if self.reader.offset > offset:
                size = self.reader.offset - offset
                found.append(Message(state['conversation'], label, kind, offset, size))
            return result

        def elements(self, label, count):
            return self._recorded('elements', super().elements, label, count)

        def digest(self, label):
            return self._recorded('digest', super().digest, label)

        def nonce(self, label, bits):
            return self._recorded('nonce', super().nonce, label, bits)

    verify_module.Reader, conversations_module.Transcript = RecordingReader, RecordingTranscript
    try:
        verify_module.verify(proof)
    finally:
        verify_module.Reader, conversations_module.Transcript = Reader, Transcript
    return [m for m in found if m.size]


def patched(content, offset, new):
    return content[:offset] + new + content[offset + len(new) :]


def added(content, offset, size, amount=1):
    value = int.from_bytes(content[offset : offset + size], 'little') + amount
    return patched(content, offset, (value % (1 << (8 * size))).to_bytes(size, 'little'))


def statement_vectors(name, proof, fields=fields_of):
    """Each field one more and one less."""
    encoded, begin = statement_module.split_file(proof)
    spans = fields(encoded)
    for number, (offset, size) in enumerate(spans):
        if number in BY_CHANCE.get(name, ()):
            continue
        place = f'statement field {number}'
        value = int.from_bytes(encoded[offset : offset + size], 'little')
        # The length of a text takes a byte along: what a shifted statement is refused for hangs on random bytes.
        text = encoded[offset + 4 : offset + 4 + value]
        is_length = size == 4 and spans[number + 1 : number + 2] == [(offset + 4, value)] and text.isascii() and min(text) >= 0x20
        for label, amount in (('plus-1', 1), ('minus-1', -1)):
            altered = added(encoded, offset, size, amount)
            if is_length:
                end = offset + 4 + value
                altered = altered[: end + min(amount, 0)] + b'x' * max(amount, 0) + altered[end:]
            altered = encode_file(altered, proof[begin:], bytes)
            yield Vector(f'{name}/field-{number}-{label}', 'A1', place, altered)


def message_vectors(name, proof, messages):
    """The first and the last message of each class: one more, all ones, gone."""
    classes = {}
    for m in messages:
        classes.setdefault((m.conversation, m.label, m.kind), []).append(m)
    for (conversation, label, kind), members in classes.items():
        chosen = {'first': members[0], 'last': members[-1]} if len(members) > 1 else {'only': members[0]}
        for which, m in chosen.items():
            place = f'conversation {conversation}, {label}, {which}'
            stem = f'{name}/{conversation}-{label.replace(" ", "_")}-{which}'
            attack = {'elements': 'A2', 'digest': 'A16', 'nonce': 'A7', 'hint': 'A15'}[kind]
            yield Vector(f'{stem}-plus-1', attack, place, added(proof, m.offset, min(m.size, WORD)))
            if label == 'leaf' or kind == 'elements':
                yield Vector(f'{stem}-alias', 'A24', place, patched(proof, m.offset, P.to_bytes(WORD, 'little')))
            yield Vector(f'{stem}-cut', 'A11', place, proof[: m.offset])
            if kind in ('elements', 'digest'):
                dropped = proof[: m.offset] + proof[m.offset + m.size :]
                yield Vector(f'{stem}-dropped', 'A12', place, dropped)


def conversations_of(proof, messages):
    """Bytes of each conversation."""
    starts = {}
    for m in messages:
        starts.setdefault(m.conversation, m.offset)
    bounds = sorted(starts.values()) + [len(proof)]
    return [proof[a:b] for a, b in zip(bounds, bounds[1:])]


def chain_vectors(name, proof, parts):
    _, begin = statement_module.split_file(proof)
    head = proof[:begin]
    count = len(parts) - 1
    orders = {
        'swapped': [*reversed(range(count)), count],
        'first-repeated': [0, *range(count + 1)],
        'first-twice': [0] * count + [count],
        'last-twice': [count - 1] * count + [count],
        'first-dropped': list(range(1, count + 1)),
        'last-dropped': [*range(count - 1), count],
        'opening-dropped': list(range(count)),
        'opening-first': [count, *range(count)],
    }
    for what, order in orders.items():
        yield Vector(f'{name}/{what}', 'A23', f'segments {order}', head + b''.join(parts[i] for i in order))


def splices(proofs, conversations):
    for a in proofs:
        for b in proofs:
            if a == b:
                continue
            _, begin_a = statement_module.split_file(proofs[a])
            _, begin_b = statement_module.split_file(proofs[b])
            whole = proofs[a][:begin_a] + proofs[b][begin_b:]
            yield Vector(f'{a}+{b}/proof', 'A29', 'statement of one, proof of the other', whole)
            parts = [conversations[b][0], *conversations[a][1:]]
            spliced = proofs[a][:begin_a] + b''.join(parts)
            yield Vector(f'{a}+{b}/segment-0', 'A23', 'segment 0 of another run', spliced)
            parts = [*conversations[a][:-1], conversations[b][-1]]
            spliced = proofs[a][:begin_a] + b''.join(parts)
            yield Vector(f'{a}+{b}/opening', 'A12', 'opening of another run', spliced)


def form_vectors(name, proof):
    for count in (1, WORD, DIGEST):
        yield Vector(f'{name}/extended-{count}', 'A24', 'behind the last byte', proof + bytes(count))
    for count in (0, 7, 8, 12, 15, 16, 100, len(proof) - 1):
        yield Vector(f'{name}/cut-at-{"last" if count > 100 else count}', 'A25', 'end of the file', proof[:count])
    for offset, what in ((0, 'magic'), (8, 'major'), (10, 'minor')):
        yield Vector(f'{name}/{what}', 'A9', what, added(proof, offset, 1))
    for length in (0, 2**32 - 1):
        altered = patched(proof, 12, length.to_bytes(4, 'little'))
        yield Vector(f'{name}/length-{length}', 'A25', 'length of the statement', altered)


def claim_vectors(corpus):
    """Each beside the proof of its run, but for those that are about another."""
    claims, parts = corpus.claims, {}

    def beside(run, vectors):
        for vector in vectors:
            vector.run, vector.more = corpus.proofs[run], {'run': run}
            yield vector

    for name, run in CLAIMS.items():
        _, begin = statement_module.split_file(claims[name])
        parts[name] = claims[name][:begin], claims[name][begin:]
        yield from beside(run, statement_vectors(name, claims[name], fields_of_claim))
        for other in sorted(corpus.proofs.keys() - {run}):
            yield from beside(other, [Vector(f'{name}/beside-{other}', 'A29', 'proof of another run', claims[name])])
    for name in IN_DEPTH:
        yield from beside(CLAIMS[name], form_vectors(name, claims[name]))
        yield from beside(CLAIMS[name], message_vectors(name, claims[name], messages_of(claims[name])))
    for a in parts:
        for b in sorted(parts.keys() - {a}):
            spliced = parts[a][0] + parts[b][1]
            whole = Vector(f'{a}+{b}/proof', 'A29', 'statement of one, proof of the other', spliced)
            yield from beside(CLAIMS[a], [whole])


def manifest_vectors(name, proof):
    """Signatures and keys of one dataset under the other's manifest."""
    statement = statement_module.parse_statement(statement_module.split_file(proof)[0])
    first, second = statement.datasets[:2]
    if second.among:
        yield from ring_vectors(name, proof, second)
    for what in ('signature', 'custodian', 'licensee', 'content', 'root'):
        a, b = getattr(first, what), getattr(second, what)
        place = f'{what} of dataset 0'
        yield Vector(f'{name}/{what}-of-the-other', 'A47', place, proof.replace(a, b, 1))
        yield Vector(f'{name}/{what}-zero', 'A47', place, proof.replace(a, bytes(len(a)), 1))
        yield Vector(f'{name}/{what}-exchanged', 'A47', place, proof.replace(b, a, 1))


def ring_vectors(name, proof, ring):
    """A ring of two, altered."""
    a, b = ring.among
    response, first = ring.responses[0], ring.signature[32:]
    number = int.from_bytes(response, 'little') + ed25519.ORDER
    keys = u32(2) + a + b
    changes = {
        'keys exchanged': (keys, u32(2) + b + a),
        'a key twice': (keys, u32(2) + a + a),
        'one key': (keys + ring.custodian, u32(1) + a + keccak256(b'pedigree ring v1', a)),
        'a key too many': (keys, u32(3) + a + b + b'\xff' * 32),
        'no keys': (keys, u32(0)),
        'keys of nobody': (keys, u32(2) + bytes(31) + b'\x01' + a),
        'responses exchanged': (first + u32(1) + response, response + u32(1) + first),
        'response of another encoding': (response, number.to_bytes(32, 'little')),
        'response zero': (response, bytes(32)),
        'no response': (u32(1) + response, u32(0)),
        'a response too many': (u32(1) + response, u32(2) + response + response),
        'challenge zero': (ring.signature[:32], bytes(32)),
        'a key in place of the ring': (keys + ring.custodian, u32(0) + a),
    }
    for place, (old, new) in changes.items():
        yield Vector(f'{name}/ring-{place.replace(" ", "-")}', 'A47', place, in_statement(proof, old, new))


def in_statement(proof, old, new):
    """The file with `old` in its statement replaced."""
    statement, end = statement_module.split_file(proof)
    return encode_file(statement.replace(old, new, 1), proof[end:], bytes)


def policy_vectors(corpus):
    """Honest proofs outside a policy: (run, attack, what is asked)."""
    key = (corpus.folder / 'key-grant.pub').read_text().strip()
    ring_key = (corpus.folder / 'key-other-grant.pub').read_text().strip()
    beacon_key = (corpus.folder / 'beacon.json.key').read_text()
    zero, other = f'keccak256:{"0" * 64}', f'ed25519:{"1" * 64}'
    signed = statement_module.parse_statement(statement_module.split_file(corpus.proofs['signed'])[0])
    declared = statement_module.parse_statement(statement_module.split_file(corpus.proofs['logistic'])[0])
    content, of_declared = (f'keccak256:{s.datasets[0].content.hex()}' for s in (signed, declared))
    any_of = {'custodians': 'any'}
    asked = [
        ('signed', 'A47', {}),
        ('signed', 'A47', {'custodians': [other]}),
        ('signed', 'A47', {'custodians': [key]}),  # the ring of the second dataset has one more
        ('signed', 'A47', {'custodians': [ring_key]}),
        ('signed', 'A47', {'custodians': [key, ring_key], 'revocations': revoked(corpus, zero, ring_key)}),
        ('chain', 'A38', {'custodians': [key]}),
        ('signed', 'A47', {**any_of, 'licences': ['Apache-2.0']}),
        ('signed', 'A47', {**any_of, 'licences': ['MIT ', 'mit', 'MI']}),
        ('signed', 'A47', {**any_of, 'purposes': ['other tests']}),
        ('signed', 'A47', {**any_of, 'date': '1999-12-31'}),
        ('signed', 'A47', {**any_of, 'revocations': revoked(corpus, content)}),
        ('signed', 'A47', {**any_of, 'revocations': revoked(corpus, zero, key)}),
        ('logistic', 'A47', {'revocations': revoked(corpus, other, of_declared)}),
        ('signed', 'A46', {**any_of, 'min_distinct': 17}),
        ('signed', 'A41', {**any_of, 'min_records': 17}),
        ('logistic', 'A41', {'min_records': 17}),
        ('logistic', 'A46', {'min_distinct': 1}),
        ('chain', 'A10', {'bits': 140}),
        ('chain', 'A40', {'start': {'named': [zero]}}),
        ('chain', 'A40', {'start': {}}),
        ('named', 'A40', {'start': {'seeded': True}}),
        ('named', 'A38', {'start': {'named': [named_start(corpus.proofs['named'])]}}),
        ('logistic', 'A36', {'published_weights': True}),
        ('chain', 'A37', {'beacon': True}),
        ('decaying', 'A37', {'beacon': True}),
        ('decaying', 'A37', {'beacon': True, 'beacons': [{'source': 'another source', 'key': beacon_key}]}),
        ('decaying', 'A37', {'beacons': [{'source': BEACON_SOURCE, 'key': other}]}),
        ('decaying', 'A41', {'max_rate_ratio': 1}),
        ('skipping', 'A41', {}),
        ('skipping', 'A41', {'bits': 128}),
    ]
    for number, (name, attack, policy) in enumerate(asked):
        place = ' '.join(policy) or 'nothing asked'
        yield Vector(f'{name}/policy-{number}', attack, place, corpus.proofs[name], 'policy', policy)


def revoked(corpus, *words):
    """The name of a list with these words, beside the policies."""
    name = f'revoked-{keccak256("".join(words).encode()).hex()[:8]}.json'
    (corpus.folder / name).write_text(json.dumps({'version': 1, 'revoked': words}))
    return name


def named_start(proof):
    statement = statement_module.parse_statement(statement_module.split_file(proof)[0])
    return f'keccak256:{statement.start_weights.hex()}'


def forged_vectors(corpus, wanted):
    """Of runs of the program."""
    if not FORGER:
        return
    for name, (spec, data) in FORGED_JOBS.items():
        names = [f'{name}/{what}' for what in ATTACK_OF_FORGERY]
        if wanted is not None and wanted.isdisjoint(names):
            yield from (Vector(unmade, '', '', b'') for unmade in names)
            continue
        out = corpus.folder / f'{name}-out'
        if not out.exists():
            (corpus.folder / f'{name}.json').write_text(json.dumps(spec))
            source = ['--data', data, '--label', 'label', '-o', name, '--progress', 'none', '--threads', 1]
            trainer = os.environ.get('PEDIGREE_FORGER_TRAINS', PROGRAM)
            train = [trainer, 'train', f'{name}.json', *map(str, source)]
            subprocess.run(train, cwd=corpus.folder, check=True, capture_output=True)
            subprocess.run([FORGER, name, str(out)], cwd=corpus.folder, check=True, capture_output=True)
        for path in sorted(out.glob('*.pedigree')):
            attack = ATTACK_OF_FORGERY[path.stem]
            yield Vector(f'{name}/{path.stem}', attack, f'false {path.stem}', path.read_bytes(), 're-proved')


def catalogue_vectors(corpus, wanted):
    """Of the lying prover's own jobs."""
    if not FORGER:
        return
    listed = subprocess.run([FORGER, '--catalogue'], check=True, capture_output=True, text=True).stdout
    names = [json.loads(line)['name'] for line in listed.splitlines()]
    chosen = [name for name in names if wanted is None or f'forged/{name}' in wanted]
    yield from (Vector(f'forged/{name}', '', '', b'') for name in names if name not in chosen)
    with tempfile.TemporaryDirectory(dir=corpus.folder) as folder:
        words = [FORGER, '--catalogue', f'{folder}/out', *chosen]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True) if chosen else None
        for line in process.stdout if process else ():
            said = json.loads(line)
            path = pathlib.Path(folder) / 'out' / f'{said["name"]}.pedigree'
            more = {'job': said['job'], 'clear': said['clear']}
            yield Vector(
                f'forged/{said["name"]}', said['attack'], said['place'], path.read_bytes(), 're-proved', more=more
            )
            path.unlink()
        if process and process.wait():
            raise SystemExit(f'{FORGER}: exit {process.returncode}')


def honest_twins(corpus):
    """(job, proof) of each job of the catalogue: both verifiers accept them."""
    if not FORGER:
        return
    with tempfile.TemporaryDirectory(dir=corpus.folder) as folder:
        subprocess.run([FORGER, '--honest', f'{folder}/out'], check=True)
        for path in sorted(pathlib.Path(folder, 'out').iterdir()):
            yield path.stem, path.read_bytes()


def vectors(corpus, wanted=None):
    """All of them. Re-proved ones take time: of those that are not among `wanted` only the name is given."""
    yield from run_vectors(corpus, wanted)
    yield from claim_vectors(VectorClaims(corpus.folder / 'claims'))


def run_vectors(corpus, wanted):
    proofs = corpus.proofs
    messages = {name: messages_of(proof) for name, proof in proofs.items()}
    conversations = {name: conversations_of(proofs[name], messages[name]) for name in proofs}
    yield from forged_vectors(corpus, wanted)
    yield from catalogue_vectors(corpus, wanted)
    yield from policy_vectors(corpus)
    yield from chain_vectors('chain', proofs['chain'], conversations['chain'])
    yield from chain_vectors('named', proofs['named'], conversations['named'])
    yield from manifest_vectors('signed', proofs['signed'])
    yield from form_vectors('logistic', proofs['logistic'])
    for name in ('logistic', 'chain'):
        yield from message_vectors(name, proofs[name], messages[name])
    yield from splices(proofs, conversations)
    for name in ('logistic', 'named'):
        yield from statement_vectors(name, proofs[name])


def judge_by_program(corpus, vector):
    """Public code and check."""
    path, policy = corpus.folder / 'vector.bin', corpus.folder / 'vector-policy.json'
    path.write_bytes(vector.content)
    policy.write_text(json.dumps({'version': 1, **vector.policy}))
    words = [PROGRAM, 'verify', str(path), '--policy', str(policy), '--json']
    if vector.run:
        run = corpus.folder / 'vector-run.bin'
        run.write_bytes(vector.run)
        words += ['--run', str(run)]
    result = subprocess.run(words, text=True, capture_output=True, timeout=300)
    said = json.loads(result.stdout)
    return said['code'], said['check']


def entry(corpus, vector):
    code, check = judge_by_program(corpus, vector)
    return {
        'name': vector.name,
        'attack': vector.attack,
        'place': vector.place,
        'made': vector.made,
        'code': code,
        'check': check,
        **vector.more,
    }


def with_corpus(run):
    folder = os.environ.get('REFERENCE_CORPUS')
    if folder:
        os.makedirs(folder, exist_ok=True)
        return run(Corpus(folder))
    with tempfile.TemporaryDirectory() as temporary:
        return run(Corpus(temporary))


def make(corpus):
    entries = [entry(corpus, vector) for vector in vectors(corpus)]
    INDEX.write_text('[\n' + ',\n'.join(map(json.dumps, entries)) + '\n]\n')
    accepted = [e['name'] for e in entries if e['code'] == 'ok']
    for made in ('bytes', 'policy', 're-proved'):
        group = [e for e in entries if e['made'] == made]
        pairs = {(e['attack'], e['place']) for e in group}
        print(f'{made}: {len(group)} vectors, {len(pairs)} pairs of attack and place')
    print(f'{len(entries)} vectors; accepted: {accepted}')
    return 1 if accepted else 0


if __name__ == '__main__':
    sys.exit(with_corpus(make))
