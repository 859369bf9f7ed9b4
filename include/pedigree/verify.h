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

/* What the shared library exports. */
#ifndef PEDIGREE_API
#if defined(__GNUC__)
#define PEDIGREE_API __attribute__((visibility("default")))
#else
#define PEDIGREE_API
#endif
#endif

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
  PEDIGREE_ATTESTATION_REFUSED = 13, /* a signature is not that of its key */
  PEDIGREE_START_UNSEEN =
      14, /* valid, from a named start of the policy whose file pedigree_verify_start has not seen yet */
  PEDIGREE_RUN_UNSEEN =
      15, /* a valid claim on weights whose run has not been shown yet: pedigree_verify_link */
  PEDIGREE_CELLS_DIFFER = 16 /* inputs or outputs are not those that a claim hashes */
} pedigree_status;

typedef struct pedigree_digest {
  uint8_t bytes[32];
} pedigree_digest; /* Keccak-256 */

/* A source of public randomness whose signatures the caller knows. */
typedef struct pedigree_beacon_key {
  const char *source;
  pedigree_digest key; /* Ed25519 */
} pedigree_beacon_key;

/* What the verifier insists on. All zero: 128 bits, any memory and start, declared data only, no skipped step. An empty
 * list of anything but custodians allows everything. */
typedef struct pedigree_policy {
  uint64_t max_memory;    /* bytes of working memory; 0: no limit beyond memory_length */
  uint32_t required_bits; /* provable bits of every round; 0 means 128, less is raised to 128 */
  uint32_t require_published_weights; /* 1: refuse a proof that publishes no weights */
  /* Every dataset of the run is signed by one of these Ed25519 keys; all that may have signed are listed. None: declared
   * datasets pass, whose ranges the proof shows; a signed one, whose input ranges are its signer's word, passes with
   * any_custodian alone. */
  const pedigree_digest *custodians;
  size_t num_custodians;
  uint32_t any_custodian; /* 1: takes the word of whoever signed, a forger's own key included */
  /* Its licence and purpose are among these. */
  const char *const *licences;
  size_t num_licences;
  const char *const *purposes;
  size_t num_purposes;
  /* It is valid on this day, counted from 1970-01-01; 0: not asked. */
  uint64_t date;
  /* Neither its content digest nor a key that may have signed is among these. */
  const pedigree_digest *revoked;
  size_t num_revoked;
  uint64_t min_records;  /* used by steps, of all datasets together */
  uint64_t min_distinct; /* of those, as far as it follows from what custodians counted: each record of a dataset that is a
                            copy of another may be a used one; records of declared data do not count */
  /* Steps whose gradients count nothing, as their learning rate is zero: so many at most, none if 0. The rate of the others,
   * momentum included, is at most so many times the least; 0: not asked, 1: all are equal. */
  uint64_t max_skipped_steps;
  uint32_t max_rate_ratio;
  /* 1: the run starts from the seed (allow_seeded_start) or from a file with one of these Keccak-256 digests. The digest alone
   * does not show that the run began from that file's weights: pedigree_verify then answers PEDIGREE_START_UNSEEN, and only
   * pedigree_verify_start with the file makes it PEDIGREE_OK. */
  uint32_t restrict_start, allow_seeded_start;
  const pedigree_digest *starts;
  size_t num_starts;
  /* The signature of a beacon of one of these sources must be right; require_beacon: there must be one. */
  const pedigree_beacon_key *beacons;
  size_t num_beacons;
  uint32_t require_beacon;
  /* 0: a file must be a run of training. 1: claims on the weights of a run (pedigree_claim.kind from 3 on) are judged too;
   * read the kind before you believe one. */
  uint32_t claims;
  /* Of an evaluation (kind 4). Its test set is signed by one of these keys. */
  const pedigree_digest *test_keys;
  size_t num_test_keys;
  uint32_t test_fixed;  /* 1: drawn by a beacon of the list above, or named by the run: PEDIGREE_RUN_UNSEEN until that was shown */
  uint32_t test_apart;  /* 1: it has no record in common with the datasets of the run, which is to be shown too */
  uint64_t min_tests;   /* records, at least */
  uint32_t max_ticket;  /* a counted attempt with such a number at most; 0: not asked */
  /* Date and revocations above hold for the test set's manifest too. */
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

typedef struct pedigree_text {
  const uint8_t *bytes;
  uint32_t length;
} pedigree_text;

/* One dataset of the run, as its manifest says. */
typedef struct pedigree_dataset {
  uint32_t is_signed; /* 0: declared by the prover, attested by nobody */
  pedigree_digest custodian; /* the Ed25519 key that signed; zero: none, or one of `among` */
  const pedigree_digest *among;
  uint32_t num_among; /* one of these Ed25519 keys signed, and nothing says which; 0: custodian did, if anyone */
  pedigree_digest licensee; /* an Ed25519 key; zero: none */
  pedigree_text name, licence, purpose;
  uint32_t records, distinct, features, labels, input_bits, opening_budget;
  uint64_t valid_from, valid_until; /* days since 1970-01-01, both included */
  pedigree_digest content;          /* the same for every grant of the same rows, but those that one of several keys signed */
  uint32_t used; /* only with PEDIGREE_OK: how many of its records the steps that are not skipped use */
  pedigree_digest schema, root;
  pedigree_digest identity; /* only with PEDIGREE_OK: equal where two proofs use the same commitment of the same signer */
} pedigree_dataset;

typedef enum pedigree_visibility {
  PEDIGREE_HIDDEN = 0,
  PEDIGREE_HASHED = 1,
  PEDIGREE_SHOWN = 2
} pedigree_visibility;

/* What a claim says of a matrix of integers, samples by columns. */
typedef struct pedigree_cells {
  uint32_t visibility; /* pedigree_visibility */
  uint32_t samples, columns, frac; /* a cell stands for the number cell * 2^-frac */
  pedigree_digest digest; /* hashed */
  const int32_t *cells;   /* shown: samples * columns, sample by sample; else NULL */
} pedigree_cells;

/* Kind 3: the committed weights answer `outputs`, the scores of the last layer, to `inputs`. */
typedef struct pedigree_inference {
  pedigree_cells inputs, outputs;
} pedigree_inference;

typedef enum pedigree_metric {
  PEDIGREE_CORRECT = 1,      /* records that are classified as labelled */
  PEDIGREE_CONFUSION = 2,    /* a count for each pair of label and class */
  PEDIGREE_SQUARED_ERROR = 3 /* the sum over records and outputs, in units of 2^(-2 frac) */
} pedigree_metric;

/* Kind 4: how good the committed weights are on a test set. */
typedef struct pedigree_score {
  uint32_t metric;   /* pedigree_metric */
  uint32_t is_exact; /* 1: the number; 0: at least so many correct, at most such an error */
  uint64_t value;    /* of all metrics but confusion */
  uint32_t frac;     /* fractional bits of a score */
  uint32_t classes;  /* 0 for squared errors; of two, class 1 is the label 1 */
  const uint32_t *confusion; /* classes * classes, a row for each label; else NULL */
  uint32_t samples;          /* how many records it is of */
  uint32_t drawn;            /* 1: drawn from those of the test set by the beacon of the claim */
  uint32_t named_by_run;     /* 1: the run's context holds the digest of the test set's manifest; after pedigree_verify_link */
  uint32_t ticket;           /* number of the attempt, as the owner counts them; 0: the test set is declared */
  pedigree_dataset test;
  pedigree_digest test_manifest; /* digest of its manifest */
  uint32_t apart_from;           /* so many training sets, the datasets of the claim, have no record in common with it */
} pedigree_score;
typedef struct pedigree_hit {
  uint32_t row;    /* of all datasets of the claim, one after the other */
  uint32_t record; /* of its list */
} pedigree_hit;

/* Kind 5: of all rows of the claim's datasets, those of the hits and no others are equal to a record of a list, in all inputs.
 * Each hit is such a pair. Of records that are equal to each other a hidden list may name any in a hit. */
typedef struct pedigree_origins {
  pedigree_cells records;
  uint32_t num_hits;
  const pedigree_hit *hits; /* ascending by row, then record */
} pedigree_origins;

typedef struct pedigree_segment {
  uint32_t steps, check_bits; /* check_bits > 0: weights before it lie in [-2^check_bits, 2^check_bits) */
  pedigree_digest end_root;
} pedigree_segment;

/* What the proof says, field by field as in the statement that it binds. */
typedef struct pedigree_claim {
  uint16_t major_version, minor_version;
  uint32_t kind; /* 1: a run of training; 2: one whose weights later claims may open; 3: an inference; 4: an evaluation; 5: origins */
  uint32_t arithmetic; /* version of the exact semantics */
  uint32_t profile;    /* 0 fast, 1 small, 2 bulk */
  uint32_t records, holdout, batch, steps, shards, period;
  uint64_t seed;     /* as the trainer chose it */
  uint64_t run_seed; /* of start and order: follows from seed, model, sampling, signed datasets and beacon */
  uint32_t features, outputs;
  uint8_t frac_x, input_bits, range_bits, exp_bits, rate_bits;
  uint8_t loss; /* 1 cross_entropy, 2 logistic, 3 mean_squared */
  uint32_t num_layers;
  pedigree_layer layers[PEDIGREE_MAX_LAYERS];
  uint32_t num_impulse;
  uint16_t impulse[PEDIGREE_MAX_IMPULSE];
  uint32_t num_runs;
  const pedigree_rate_run *runs; /* learning rate over batch size = factor * 2^-rate_bits */
  /* Only with PEDIGREE_OK. What the gradients of a step count for in the end, in units of factor times impulse: the least
   * and the most over the steps that are not skipped. Skipped: nothing. Empty: no record in the batch. */
  uint32_t skipped_steps, empty_steps;
  uint64_t least_factor, most_factor;
  uint32_t num_datasets;
  const pedigree_dataset *datasets;
  uint32_t num_segments;
  const pedigree_segment *segments;
  uint32_t start_kind;           /* 0: from the seed; 1: from a file named by its digest */
  pedigree_digest start_weights; /* Keccak-256 of that file */
  pedigree_digest start;         /* only with PEDIGREE_OK: identity of a committed start */
  pedigree_digest trained; /* only with PEDIGREE_OK: equal where two proofs end in the same weights */
  pedigree_text beacon_source; /* empty: none */
  uint64_t beacon_round;
  pedigree_digest beacon_value;
  uint32_t publishes_weights;
  pedigree_digest weights; /* of the published file; zero unless published */
  /* What the prover ties the proof to: bound, not interpreted. */
  pedigree_text purpose;
  uint64_t round, chain_id;
  uint8_t contract[20];
  pedigree_text context;
  uint32_t openings; /* kind 2 and claims: how many claims the weights may be opened for */
  /* Claims on weights, kinds from 3 on. Of the fields above they have version, kind, arithmetic, profile, features to
   * layers, purpose to context, and `trained`: the identity of the weights, equal to that of the run that ended in them. */
  uint32_t weight_bits;        /* every entry lies in [-2^weight_bits, 2^weight_bits): */
  uint32_t shows_weight_range; /* 1: the claim proves that; 0: the proof of their run does */
  const pedigree_inference *inference; /* kind 3 */
  const pedigree_score *score;         /* kind 4; has also datasets and beacon */
  const pedigree_origins *origins;     /* kind 5; about the datasets of a run, and about no weights: has also datasets */
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
PEDIGREE_API size_t pedigree_verify_memory(const uint8_t *file, size_t length);

/* Decides. `policy` may be NULL. Returns result->status. */
PEDIGREE_API pedigree_status pedigree_verify(const uint8_t *file, size_t length,
                                             const pedigree_policy *policy, void *memory,
                                             size_t memory_length, pedigree_result *result);

/* Whether this safetensors file holds the weights that the proof publishes: its digest, its canonical form, and its
 * values at a random point. `accepted` is the result of pedigree_verify with its memory untouched; `result` receives the
 * verdict (claim and terms stay in `accepted`). */
PEDIGREE_API pedigree_status pedigree_verify_weights(const pedigree_result *accepted,
                                                     const uint8_t *weights, size_t length,
                                                     pedigree_result *result);

/* The same for the file of weights that a run with a named start began from. `accepted` may also have the status
 * PEDIGREE_START_UNSEEN: if the file is the right one, it becomes PEDIGREE_OK. */
PEDIGREE_API pedigree_status pedigree_verify_start(pedigree_result *accepted,
                                                   const uint8_t *weights, size_t length,
                                                   pedigree_result *result);

/* Whether a claim is about the weights that an accepted run ended in. A claim that relies on the run for the range of its
 * weights, or is held against a policy on records, start or publication, has the status PEDIGREE_RUN_UNSEEN until this
 * function makes it PEDIGREE_OK. The caller verifies both under the same policy, with `claims` set for the claim, in two blocks
 * of memory that are still untouched. `run` must be an accepted run and `claim` a verified claim, otherwise the answer is
 * PEDIGREE_RUN_UNSEEN or what the claim was refused with. Returns claim->status. */
PEDIGREE_API pedigree_status pedigree_verify_link(const pedigree_result *run,
                                                  pedigree_result *claim);

/* What hides a hashed matrix of a claim. */
typedef struct pedigree_salt {
  pedigree_digest nonce;
  uint64_t pad[3];
} pedigree_salt;

/* Whether these are the cells of the claim's hashed matrix `index`, counted in the order of the claim, under this salt.
 * `accepted` may have the status PEDIGREE_RUN_UNSEEN. */
PEDIGREE_API pedigree_status pedigree_verify_cells(const pedigree_result *accepted, uint32_t index,
                                                   const pedigree_salt *salt,
                                                   const int32_t *cells, size_t count, pedigree_result *result);

/* Reads the statement and checks nothing else: what the file claims, not what is true. */
PEDIGREE_API pedigree_status pedigree_read_claim(const uint8_t *file, size_t length, void *memory,
                                                 size_t memory_length, pedigree_result *result);

#ifdef __cplusplus
}
#endif

#endif
