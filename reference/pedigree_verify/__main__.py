"""pedigree-verify-reference FILE [--weights W] [--init W] [--policy P] [--any-custodian] [--json]: accepted or refused.

Exit status: 0 accepted; 1 refused; 2 usage or policy; 3 not a proof, another version, or a file that cannot be read;
4 the machine has not the memory that the statement asks for; 5 valid, but outside the policy.
"""

import argparse
import json
import sys

from .identity import identities
from .parameters import worst_bits
from .policy import Policy, PolicyError, RevocationsError, check_policy, check_start_is_shown, read_policy
from .refusal import Refusal
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
    parser.add_argument('--json', action='store_true', help='print one JSON object')
    return parser.parse_args()


def _read(path):
    if path is None:
        return None
    with open(path, 'rb') as file:
        return file.read()


def judge_files(proof, policy, weights, init):
    """The accepted proof; refuses by Refusal. `policy`, `weights` and `init` may be None; no policy is the empty one."""
    accepted = verify(proof)
    policy = policy or Policy()
    check_policy(policy, accepted)
    if weights is not None:
        check_published(accepted, weights)
    if init is not None:
        check_start(accepted, init)
    else:
        check_start_is_shown(policy, accepted)
    return accepted


def verdict(proof, policy=None, weights=None, init=None):
    """The result as one object: verdict, code, check; where it is accepted also bits and identities."""
    try:
        accepted = judge_files(proof, policy, weights, init)
    except Refusal as refusal:
        check = '' if refusal.code == 'relation_unsatisfied' else refusal.check
        return {'verdict': 'refused', 'code': refusal.code, 'check': check}
    except MemoryError:
        return {'verdict': 'refused', 'code': 'budget_exceeded', 'check': ''}
    known = {'bits': worst_bits(accepted.terms), **identities(accepted)}
    return {'verdict': 'accepted', 'code': 'ok', 'check': '', **known}


def main():
    arguments = _arguments()
    try:
        policy = read_policy(arguments.policy) if arguments.policy else Policy()
        files = [_read(path) for path in (arguments.file, arguments.weights, arguments.init)]
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
    result = verdict(files[0], policy, files[1], files[2])
    if arguments.json:
        print(json.dumps(result))
    else:
        print(': '.join(word for word in (result['verdict'], result['code'], result['check']) if word))
    return _EXIT_OF_CODE.get(result['code'], REFUSED)


if __name__ == '__main__':
    sys.exit(main())
