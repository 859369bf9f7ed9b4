"""pedigree-verify-reference FILE [--weights W] [--init W] [--policy P] [--any-custodian] [--json]: accepted or refused.

Of a claim also [--run RUN] [--inputs CELLS] [--outputs CELLS].

Exit status: 0 accepted; 1 refused; 2 usage or policy; 3 not a proof, another version, or a file that cannot be read;
4 the machine has not the memory that the statement asks for; 5 valid, but outside the policy.
"""

import argparse
import json
import sys

from .claims.link import CellsError, check_cells, check_link, claimed_weights, is_unseen, read_cells
from .claims.claim import AcceptedClaim
from .identity import dataset_identity, identities
from .parameters import worst_bits
from .policy import Policy, PolicyError, RevocationsError, check_policy, check_start_is_shown, read_policy
from .refusal import Refusal, require
from .verify import verify
from .weights_file import check_published, check_start

ACCEPTED, REFUSED, USAGE, UNREADABLE, OVER_BUDGET, OUTSIDE_POLICY = 0, 1, 2, 3, 4, 5
_EXIT_OF_CODE = {
    'ok': ACCEPTED,
    'not_a_proof': UNREADABLE,
    'version_unsupported': UNREADABLE,
    'budget_exceeded': OVER_BUDGET,
    'policy_refused': OUTSIDE_POLICY,
    'start_unseen': OUTSIDE_POLICY,
    'run_unseen': OUTSIDE_POLICY,
}


def _arguments():
    parser = argparse.ArgumentParser(
        prog='pedigree-verify-reference', description='check a proof: accepted, or refused with one code'
    )
    parser.add_argument('file', help='the proof')
    parser.add_argument('--weights', help='also check that these are the proven weights')
    parser.add_argument('--init', help='also check that the run began from these weights')
    parser.add_argument('--policy', help='what to insist on (JSON)')
    parser.add_argument(
        '--any-custodian', action='store_true', help='take the word of whoever signed the records'
    )
    parser.add_argument('--run', help='of a claim: the proof of the run that its weights come from')
    parser.add_argument(
        '--inputs', '--records', dest='inputs', help='of a claim: also check that these are the hashed inputs, or records'
    )
    parser.add_argument('--outputs', help='of a claim: also check that these are the hashed outputs')
    parser.add_argument('--json', action='store_true', help='print one JSON object')
    return parser.parse_args()


def _read(path):
    if path is None:
        return None
    with open(path, 'rb') as file:
        return file.read()


class UsageError(Exception):
    """Files that do not go with such a proof."""


def judge_run(accepted, policy, weights=None, init=None):
    """Refuses an accepted run by a policy and files of weights."""
    check_policy(policy, accepted)
    if weights is not None:
        check_published(accepted, weights)
    if init is not None:
        check_start(accepted, init)
    else:
        check_start_is_shown(policy, accepted)


def judge_claim(claim, policy, weights, init, run, cells):
    """Refuses an accepted claim by a policy, by the proof of its run, and by files of cells."""
    is_waiting, has_no_weights = is_unseen(policy, claim), weights is None and init is None
    require(is_waiting or has_no_weights, 'weights_not_published')
    if run is not None:
        accepted_run = judge_files(run, policy)
        check_link(policy, accepted_run, claim)
        is_waiting = False
    for name, path in cells.items():
        if path is None:
            continue
        if name not in claim.hashed:
            raise UsageError(f'the claim does not hash its {name}')
        check_cells(claim, name, read_cells(path))
    require(not is_waiting, 'claim_run')
    require(has_no_weights, 'weights_not_published')


def judge_files(proof, policy=None, weights=None, init=None, run=None, cells=None):
    """The accepted proof; refuses by Refusal. No policy is the empty one; `cells`: paths by name, which may be None."""
    accepted, policy, cells = verify(proof), policy or Policy(), cells or {}
    if isinstance(accepted, AcceptedClaim):
        judge_claim(accepted, policy, weights, init, run, cells)
        return accepted
    judge_run(accepted, policy, weights, init)
    if run is not None:
        raise UsageError('a run itself: --run goes with a claim on its weights')
    if any(cells.values()):
        raise UsageError('no claim on inputs and outputs')
    return accepted


def verdict(proof, policy=None, weights=None, init=None, run=None, cells=None):
    """The result as one object: verdict, code, check; where it is accepted also bits and identities."""
    try:
        accepted = judge_files(proof, policy, weights, init, run, cells)
    except Refusal as refusal:
        check = '' if refusal.code == 'relation_unsatisfied' else refusal.check
        return {'verdict': 'refused', 'code': refusal.code, 'check': check}
    except MemoryError:
        return {'verdict': 'refused', 'code': 'budget_exceeded', 'check': ''}
    if isinstance(accepted, AcceptedClaim):
        known = {'datasets': [dataset_identity(m).hex() for m in accepted.statement.datasets]}
        if accepted.statement.weights is not None:
            known['weights'] = claimed_weights(accepted).hex()
    else:
        known = identities(accepted)
    return {'verdict': 'accepted', 'code': 'ok', 'check': '', 'bits': worst_bits(accepted.terms), **known}


def main():
    arguments = _arguments()
    try:
        paths = (arguments.file, arguments.weights, arguments.init, arguments.run)
        proof, weights, init, run = map(_read, paths)
        policy = read_policy(arguments.policy) if arguments.policy else Policy()
    except OSError as error:
        print(f'{error.filename}: {error.strerror}', file=sys.stderr)
        return UNREADABLE
    except RevocationsError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    except PolicyError as error:
        print(error, file=sys.stderr)
        return USAGE
    if arguments.any_custodian and policy.custodians:
        print('--any-custodian: the policy lists custodians', file=sys.stderr)
        return USAGE
    policy.any_custodian |= arguments.any_custodian
    cells = {'inputs': arguments.inputs, 'outputs': arguments.outputs}
    try:
        result = verdict(proof, policy, weights, init, run, cells)
    except OSError as error:
        print(f'{error.filename}: {error.strerror}', file=sys.stderr)
        return UNREADABLE
    except CellsError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    except UsageError as error:
        print(f'{arguments.file}: {error}', file=sys.stderr)
        return USAGE
    if arguments.json:
        print(json.dumps(result))
    else:
        print(': '.join(word for word in (result['verdict'], result['code'], result['check']) if word))
    return _EXIT_OF_CODE.get(result['code'], REFUSED)


if __name__ == '__main__':
    sys.exit(main())
