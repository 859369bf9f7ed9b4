// Every kind of element that leaves the prover, and what hides it: reviewed by hand. The test
// EveryElementThatLeavesIsListed holds it against the log of real proofs and the statement's fields.
#pragma once

#include <string>

namespace pedigree::harness {

struct ReviewedMessage {
  const char* label;  // type and label in the transcript: K elements, D digest, N nonce; or a field
                      // of the statement
  const char* what;
  const char* hidden_by;
};

inline constexpr ReviewedMessage kReviewedMessages[] = {
    {"D segment", "root of the segment", "hash of leaves that keep random words"},
    {"D pushforward", "root of the pushforwards", "hash of leaves that keep random words"},
    {"K tree_root", "denominator of all lookups, of all pullbacks", "its own pad"},
    {"K round", "round polynomials of steps 2 to 7", "its own pad"},
    {"K children", "children of a node of the lookup tree", "its own pad"},
    {"K leaf", "contraction or product at the leaf point", "its own pad"},
    {"K operand", "input of a contraction, factor of a product", "its own pad"},
    {"K weight", "weight at a point", "its own pad"},
    {"K factor", "factor of an update at a point", "its own pad"},
    {"K named start", "named start weights at a point", "nothing: a value of the named file"},
    {"K published", "published weights at a point", "nothing: a value of the published file"},
    {"K gate_a", "first operands at a point", "the free gate"},
    {"K gate_b", "second operands at a point", "the free gate"},
    {"D mask root", "root of the mask, where it has a tree of its own",
     "hash of leaves of uniform words"},
    {"K tau", "offset of the opening", "a random row and an entry of the mask (OpeningHiding)"},
    {"K masked h", "column rounds of the opening", "entries of the mask (OpeningHiding)"},
    {"K xy", "mask and message against each other's weights", "the mask (OpeningHiding)"},
    {"D root", "root of a later level", "nothing: a function of g"},
    {"K answer", "out-of-domain answer of a later level", "nothing: a value of g (OpeningHiding)"},
    {"K h", "later rounds", "nothing: values of g (OpeningHiding)"},
    {"K g", "the last vector", "uniform but for the claim, by the mask (OpeningHiding)"},
    {"N nonce", "proof of work", "nothing: found from public values"},
    {"hints", "opened leaves and siblings", "random rows, one for each query (OpeningHiding)"},
    {"statement manifest.content", "digest of the rows", "nothing: public"},
    {"statement manifest.schema", "digest of the schema", "nothing: public"},
    {"statement manifest.root", "root of a dataset", "hash of leaves with random rows"},
    {"statement manifest.answer", "its out-of-domain answer", "a pad in the same root"},
    {"statement manifest.licensee", "key that it was granted to", "nothing: public"},
    {"statement manifest.ring", "keys of whom one signed, and responses",
     "nothing: public; uniform whoever signed"},
    {"statement manifest.custodian", "key of its custodian", "nothing: public"},
    {"statement beacon.value", "public randomness", "nothing: public"},
    {"statement start.root", "root of a named start", "hash of leaves with random rows"},
    {"statement start.answer", "its out-of-domain answer", "a pad in the same root"},
    {"statement start_weights", "digest of the named file", "nothing: public"},
    {"statement segment.end.root", "root of the weights after a segment",
     "hash of leaves with random rows"},
    {"statement segment.end.answer", "its out-of-domain answer", "a pad in the same root"},
    {"statement weights", "digest of the published file", "nothing: public"},
};

}  // namespace pedigree::harness
