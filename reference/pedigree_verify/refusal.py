"""How the verifier says no: one exception that carries the name of a check, and the public code of each check.

The names are those of the tables in docs/protocol.md and docs/security.md; the codes those of include/pedigree/verify.h.
"""

CODE_OF_CHECK = {
    'file_magic': 'not_a_proof',
    'file_version': 'version_unsupported',
    'read_past_end': 'malformed',
    'trailing_bytes': 'malformed',
    'element_canonical': 'malformed',
    'statement_canonical': 'malformed',
    'statement_range': 'statement_invalid',
    'statement_layer': 'statement_invalid',
    'statement_format': 'statement_invalid',
    'statement_size': 'statement_invalid',
    'manifest_fields': 'statement_invalid',
    'opening_shape': 'statement_invalid',
    'bound': 'bound_exceeded',
    'manifest_signature': 'attestation_refused',
    'score_ticket': 'attestation_refused',
    'security': 'parameters_refused',
    'opening_security': 'parameters_refused',
    'grinding': 'grinding_missing',
    'merkle_path': 'path_refused',
    'pads_exhausted': 'relation_unsatisfied',
    'opening_query': 'relation_unsatisfied',
    'opening_claim': 'relation_unsatisfied',
    'weights_not_published': 'weights_differ',
    'weights_shape': 'weights_differ',
    'weights_digest': 'weights_differ',
    'weights_grid': 'weights_differ',
    'weights_differ': 'weights_differ',
    'claim_cells': 'cells_differ',
    'claim_weights': 'weights_differ',
    'claim_model': 'weights_differ',
    'claim_bounds': 'weights_differ',
    'claim_data': 'weights_differ',
    'claim_run': 'run_unseen',
    'policy_bits': 'policy_refused',
    'policy_weights': 'policy_refused',
    'policy_custodian': 'policy_refused',
    'policy_any_custodian': 'policy_refused',
    'policy_licence': 'policy_refused',
    'policy_purpose': 'policy_refused',
    'policy_date': 'policy_refused',
    'policy_revoked': 'policy_refused',
    'policy_records': 'policy_refused',
    'policy_rates': 'policy_refused',
    'policy_start': 'policy_refused',
    'policy_beacon': 'policy_refused',
    'policy_start_file': 'start_unseen',
    'policy_test': 'policy_refused',
}


class Refusal(Exception):
    """The verdict "refused". `check` names the check that failed; the public code follows from it."""

    def __init__(self, check):
        super().__init__(check)
        self.check = check

    @property
    def code(self):
        return CODE_OF_CHECK[self.check]


def require(condition, check):
    """Refuses with `check` unless `condition` holds."""
    if not condition:
        raise Refusal(check)
