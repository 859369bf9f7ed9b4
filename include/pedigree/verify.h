/* The verifier of Pedigree proofs, for any program: plain C, no threads, no files, no clock, no environment, no hidden
 * memory. A call is a pure function of its arguments.
 *
 *   size_t need = pedigree_verify_memory(file, length);            0: not a proof, or cut in its statement
 *   void *memory = malloc(need);
 *   pedigree_policy policy = {.required_bits = 128};
 *   pedigree_result result;
 *   if (pedigree_verify(file, length, &policy, memory, need, &result) == PEDIGREE_OK) ...   accepted, result.claim holds
 *
 * The size is worked out from the statement before anything is read beyond it; compare it with what you can spare, or
 * set policy.max_memory. Pointers in a result point into `memory` or into constant tables.
 */
#ifndef PEDIGREE_VERIFY_H
#define PEDIGREE_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Public codes. Anything but PEDIGREE_OK means: do not believe the file. Values are stable. */
typedef enum pedigree_status {
  PEDIGREE_OK = 0,
  PEDIGREE_NOT_A_PROOF = 1,         /* not a file of ours */
  PEDIGREE_VERSION_UNSUPPORTED = 2, /* of ours, but of a version that this library does not know */
  PEDIGREE_MALFORMED = 3,           /* truncated, extended, or a second encoding of some value */
  PEDIGREE_STATEMENT_INVALID = 4,   /* a statement that no honest prover writes */
  PEDIGREE_BOUND_EXCEEDED = 5,      /* a value of the stated run could wrap around the modulus */
  PEDIGREE_PARAMETERS_REFUSED = 6,  /* fewer than 128 provable bits */
  PEDIGREE_GRINDING_MISSING = 7,    /* proof of work absent */
  PEDIGREE_PATH_REFUSED = 8,        /* opened values do not hash to their root */
  PEDIGREE_RELATION_UNSATISFIED =
      9, /* an equation between hidden values is false; which one is not said */
  PEDIGREE_WEIGHTS_DIFFER = 10, /* published weights are not those that were trained */
  PEDIGREE_POLICY_REFUSED = 11, /* valid, but outside the policy */
  PEDIGREE_BUDGET_EXCEEDED = 12, /* needs more memory than the policy or the caller allows */
  PEDIGREE_ATTESTATION_REFUSED = 13 /* a signature is not that of its key */
} pedigree_status;

typedef struct pedigree_digest {
  uint8_t bytes[32];
} pedigree_digest; /* Keccak-256 */

/* What the verifier insists on. All zero: 128 bits, any memory. */
typedef struct pedigree_policy {
  uint64_t max_memory;    /* bytes of working memory; 0: no limit beyond memory_length */
  uint32_t required_bits; /* provable bits of every round; 0 means 128, less is raised to 128 */
  uint32_t require_published_weights; /* 1: refuse a proof that publishes no weights */
} pedigree_policy;

typedef enum pedigree_layer_kind {
  PEDIGREE_LINEAR = 1,
  PEDIGREE_ACTIVATION = 2,
  PEDIGREE_ADD = 3
} pedigree_layer_kind;

/* Layer i of a claim reads layers `input` and, for an addition, `second`; ids count from 1, 0 is the record. */
typedef struct pedigree_layer {
  uint8_t kind;                           /* pedigree_layer_kind */
  uint8_t activation;                     /* 0 identity, 1 relu, 2 tanh, 3 gelu */
  uint8_t frac_a, frac_q, frac_e, frac_d; /* fractional bits: docs/arithmetic.md */
  uint32_t input, second, out, share;
} pedigree_layer;

typedef struct pedigree_rate_run {
  uint32_t count, factor;
} pedigree_rate_run; /* `count` steps with this factor */

/* One array of weights: value = integer * 2^-frac. Inputs of a bias: 1. */
typedef struct pedigree_parameter {
  uint32_t layer, in, out, frac;
  uint32_t is_bias;
} pedigree_parameter;

#define PEDIGREE_MAX_LAYERS 64
#define PEDIGREE_MAX_IMPULSE 64

/* What the proof says, field by field as in the statement that it binds. */
typedef struct pedigree_claim {
  uint16_t major_version, minor_version;
  uint32_t kind;       /* 1: a segment of training from a seeded start */
  uint32_t arithmetic; /* version of the exact semantics */
  uint32_t profile;    /* 0 fast, 1 small */
  uint32_t records, holdout, batch, steps;
  uint64_t seed; /* of the start and of the order of the records */
  uint32_t features, outputs;
  uint8_t frac_x, input_bits, range_bits, exp_bits, rate_bits;
  uint8_t loss; /* 1 cross_entropy, 2 logistic, 3 mean_squared */
  uint32_t num_layers;
  pedigree_layer layers[PEDIGREE_MAX_LAYERS];
  uint32_t num_impulse;
  uint16_t impulse[PEDIGREE_MAX_IMPULSE];
  uint32_t num_runs;
  const pedigree_rate_run *runs; /* learning rate over batch size = factor * 2^-rate_bits */
  pedigree_digest data_root;     /* commitment to the records: binds a list; compare `dataset` */
  pedigree_digest
      weights_root; /* commitment to the weights after the last step; compare `trained` */
  pedigree_digest
      dataset; /* only with PEDIGREE_OK: equal where two proofs are about the same records */
  pedigree_digest trained; /* only with PEDIGREE_OK: equal where they end in the same weights */
  pedigree_digest schema;  /* of the canonical schema of the records */
  uint32_t publishes_weights;
  pedigree_digest weights; /* of the published file; zero unless published */
  uint32_t context_length;
  const uint8_t *context; /* free text of the prover, bound by the proof */
} pedigree_claim;

/* One error term of the proof: 2^-(bits + grinding) is the chance that a forger passes it with one try. */
typedef struct pedigree_term {
  const char *name;
  uint32_t index;
  uint32_t grinding;
  double bits;
} pedigree_term;

typedef struct pedigree_result {
  pedigree_status status;
  const char *code;   /* stable public name of the status, such as "relation_unsatisfied" */
  const char *reason; /* one sentence */
  const char *check;  /* the check that failed, where that is public; else "" */
  uint64_t index;     /* byte offset, layer or message of that check; 0 where it is not public */
  uint32_t has_claim; /* 1: the statement could be read; believe it only with PEDIGREE_OK */
  pedigree_claim claim;
  /* Only with PEDIGREE_OK: */
  double bits; /* of the worst round, proof of work included: the security of the proof */
  double bits_without_grinding;
  double total_bits; /* of the sum of all rounds */
  uint32_t num_terms;
  const pedigree_term *terms;
  uint32_t num_parameters;
  const pedigree_parameter *parameters;
  size_t memory_used;
  void *internal; /* for pedigree_verify_weights */
} pedigree_result;

/* Bytes of memory that verifying this file may take; 0 where the file has no readable statement. */
size_t pedigree_verify_memory(const uint8_t *file, size_t length);

/* Decides. `policy` may be NULL. Returns result->status. */
pedigree_status pedigree_verify(const uint8_t *file, size_t length, const pedigree_policy *policy,
                                void *memory, size_t memory_length, pedigree_result *result);

/* Whether this safetensors file holds the weights that the proof publishes: its digest, its canonical form, and its
 * values at a random point. `accepted` is the result of pedigree_verify with its memory untouched; `result` receives the
 * verdict (claim and terms stay in `accepted`). */
pedigree_status pedigree_verify_weights(const pedigree_result *accepted, const uint8_t *weights,
                                        size_t length, pedigree_result *result);

/* Reads the statement and checks nothing else: what the file claims, not what is true. */
pedigree_status pedigree_read_claim(const uint8_t *file, size_t length, void *memory,
                                    size_t memory_length, pedigree_result *result);

#ifdef __cplusplus
}
#endif

#endif
