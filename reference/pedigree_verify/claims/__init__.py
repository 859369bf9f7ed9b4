"""Claims on a proven model (docs/claims.md). A kind is a class in a file of its own, and an entry here."""

from .claim import verify_claim
from .inference import Inference
from .origins import Origins
from .score import Score

KINDS = {3: Inference(), 4: Score(), 5: Origins()}


def claim_of(encoded):
    """The kind of claim that this statement makes; None if it is that of a run."""
    return KINDS.get(encoded[0]) if encoded else None
