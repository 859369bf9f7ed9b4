"""Claims on the weights that a run ended in (docs/claims.md). A kind is a class in a file of its own, and an entry here."""

from .inference import Inference
from .weights import verify_claim

KINDS = {3: Inference()}


def claim_of(encoded):
    """The kind of claim that this statement makes; None if it is that of a run."""
    return KINDS.get(encoded[0]) if encoded else None
