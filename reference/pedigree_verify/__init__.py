"""A second verifier of Pedigree proofs, written from docs/protocol.md alone. Entry: verify.verify."""
