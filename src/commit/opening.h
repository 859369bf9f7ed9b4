// One opening for all committed roots of a file: a public linear form of the committed vectors takes a public value.
//
// A root i commits f_i over F as a matrix of 2^(a_i) rows and 2^k columns, index = row 2^k + column. Each column is the
// coefficient vector of a polynomial (row y belongs to X^y), encoded at rate 2^-r over the domain of 2^(a_i + r) roots of
// unity; leaf j of the tree holds row j of the codeword: 2^k words. a is the largest a_i. The mask M is a random vector of 2^a
// elements of K, encoded likewise: if a_0 = a its three words a row lie behind those of root 0 in the leaves, else in a tree
// of its own, whose root is sent first.
// Shorter roots count as F_i(X^(2^(a - a_i))): row y is row y 2^(a - a_i) of the tall matrix, and position j reads leaf
// j mod 2^(a_i + r). Roots are stacked by s = ceil(log2(#roots)) further index bits; those beyond the last are zero.
// The last R = hiding_rows rows of every column are random and have weight zero (a long-lived root has its own number of them);
// e_j, r0, r1 are rows of root 0 among them; as entries of M they mean the rows of the tall matrix that those are.
//
//   takes   sum over i of <f_i, w_i> = v                 w_i in K^(2^(a_i + k)) public, v in K public
//   (0) P -> V   the root of M, if it has a tree of its own
//   (1) P -> V   tau = P + M[r1]                         P = sum over columns c of f_0[r0, c]
//       V -> P   c in K                                  w_0[r0, .] := c,  lam := c at r1,  V := v + c tau
//   invariant    <H, W> + <M, lam> = V                   H, W: stacked vectors and weights, folded so far
//   (2) k + s times, lowest index bit first, h(X) = <H(X), W(X)> of degree 2:
//       P -> V   h(0) + M[e], h(2) + M[e']               two fresh rows e, e' a round
//       V -> P   rho in K                                V := L0 m0 + L1 (V - m0) + L2 m2,  lam := L1 lam, then
//                                                        lam[e] := L0 - L1, lam[e'] := L2    (L: Lagrange of 0, 1, 2)
//   (3) P -> V   x = <M, W>, y = <H, lam>                H, W now have 2^a elements of K
//       V -> P   gamma in K                              g := H + gamma M, w := gamma W + lam, V := gamma V + gamma^2 x + y
//   invariant    <g, w> = V                              from here on g is random but for this equation, and in the clear
//   (4) for each further level, n variables left:
//       P -> V   root of g: 2^(n - k_l) rows of 2^(k_l) columns over K, rate 2^-r_l, no mask
//       V -> P   z;  P -> V   <g, (1, z, z^2, ...)>      out of domain
//       P -> V   nonce;  V -> P   positions in the level before; P -> V leaves and tree nodes (hints)
//                                                        a leaf at x folds to <g, (1, x, x^2, ...)> =: its value
//       V -> P   beta                                    out-of-domain answer: beta; j-th position, ascending from 0: beta^(2 + j)
//                                                        V and w grow by the products with these powers
//       k_l rounds: P -> V h(0), h(2); V -> P rho        binds the column bits of g
//   (5) P -> V   g, 2^(log_final) elements; nonce; V -> P positions in the last level; P -> V leaves and tree nodes
//                each folded leaf equals g(x)            (opening_query)
//       log_final rounds as in (4); then g~(r) w~(r) = V (opening_claim)
//   The verifier computes w~(r) itself: w_i~ by WeightEvaluator, lam and powers in closed form.
//
//   error   security.h, each term                        proof  predicted_bytes; three words more a leaf than in the clear
//   hiding  exact but for challenges in a set of density below 2^-180 (docs/protocol-commitment.md); M and the random rows
//           of root 0 serve one opening, those of other roots one opening for every `queries` rows
//   source  [WHIR] eprint 2024/1586 over interleaved codes; the mask is specific to this system
#pragma once

#ifndef PEDIGREE_VERIFIER_ONLY
#include <vector>

#include "commit/codeword.h"
#endif

#include "commit/parameters.h"
#include "hash/merkle.h"
#include "transcript/transcript.h"

namespace pedigree {

struct OpenedRoot {
  u32 log_rows = 0;
  Digest root;
};

// Absorbed before (1), so that no proof can be read under another shape, parameter set, root or value.
Digest opening_statement(std::span<const OpenedRoot> roots, const K& value,
                         const OpeningParameters& p) noexcept;

// The verifier's side of the weights.
class WeightEvaluator {
 public:
  // The multilinear extension of w_root at (columns, rows); point[i] belongs to index bit i of each.
  virtual K weight_at(u32 root, std::span<const K> column_point,
                      std::span<const K> row_point) noexcept = 0;

 protected:
  ~WeightEvaluator() = default;
};

// May refuse: opening_shape, opening_security, merkle_path (index: level * 64 + root), opening_query, opening_claim and
// what the transcript refuses.
Result<void> verify_opening(std::span<const OpenedRoot> roots, const K& value,
                            WeightEvaluator& weights, const OpeningParameters& p,
                            VerifierTranscript& t, Arena& arena) noexcept;

// The same without opening_security: the protocol at any size, for tests with few queries.
Result<void> verify_opening_at_any_size(std::span<const OpenedRoot> roots, const K& value,
                                        WeightEvaluator& weights, const OpeningParameters& p,
                                        VerifierTranscript& t, Arena& arena) noexcept;

#ifndef PEDIGREE_VERIFIER_ONLY
struct CommittedRoot {
  u32 log_rows = 0;
  u32 width = 0;       // words a leaf: 2^k, three more with the mask
  Buffer<F> codeword;  // 2^(log_rows + r) rows of `width`
  MerkleTree tree;
  bool masks_used = false;
  const Digest& root() const { return tree.root(); }
  OpenedRoot opened() const { return {log_rows, tree.root()}; }
  // Sends the leaves at ascending, distinct positions, and their paths.
  void open(std::span<const u64> positions, ProverTranscript& t) const;
};

// Fresh randomness from the operating system: the last hiding_rows rows of a message, and M (2^log_rows elements).
void fill_hiding_rows(std::span<F> message, const OpeningParameters& p);
std::vector<K> fresh_mask(const OpeningParameters& p);

// `mask` is M for a root that carries it and empty for the others. Only levels[0] of `p` matters here.
Encoding root_encoding(const Words& message, std::span<const K> mask, const OpeningParameters& p);
CommittedRoot commit_root(const Words& message, std::span<const K> mask,
                          const OpeningParameters& p);

// A root as the prover holds it: what it reads and sends may be made again each time it is asked for.
class OpenableRoot {
 public:
  virtual ~OpenableRoot() = default;
  virtual OpenedRoot opened() const = 0;
  virtual Words message() = 0;
  // Called when its random rows are about to mask an opening: refuses a second time.
  virtual void use_masks() = 0;
  // Sends the leaves at ascending, distinct positions, and their paths.
  virtual void open(std::span<const u64> positions, ProverTranscript& t) = 0;
  virtual void release() {}  // nothing is needed until it is asked for again
};

// A root whose message and tree stay in memory.
class HeldRoot : public OpenableRoot {
 public:
  HeldRoot(std::span<const F> message, CommittedRoot& root) : message_(message), root_(root) {}
  OpenedRoot opened() const override { return root_.opened(); }
  Words message() override { return message_; }
  void use_masks() override;
  void open(std::span<const u64> positions, ProverTranscript& t) override {
    root_.open(positions, t);
  }

 private:
  std::span<const F> message_;
  CommittedRoot& root_;
};

// A part of the weights of one root, with what it makes of the message:
//   weight[offset_i + x] += weight_i s[x]        for each piece i and x < 2^m = s.size(), m >= k, offsets multiples of 2^k
//   t[x] = sum over pieces i of weight_i f[offset_i + x]
// The rounds on columns need t and s alone: the sum of f times this part is <t, s> however many of the low bits are bound.
// Where few entries of s are not zero, less will do: they, and of s and t as matrices with 2^k columns
//   gram[a, b] = sum over rows y of t[y, a] s[y, b]
struct WeightGroup {
  struct Piece {
    u64 offset = 0;
    K weight;
  };
  struct Entry {
    u64 x = 0;
    K s;
  };
  u32 root = 0;
  std::vector<K> s, t;
  std::vector<Piece> pieces;
  std::vector<Entry> entries;  // where s and t are empty
  std::vector<K> gram;         // likewise; 2^k by 2^k
};
// Fills t from s; with few entries, entries and gram instead, and s and t are given back.
void contract_message(WeightGroup& group, const Words& message, u32 log_columns);
// sum over x of s[x] t[x]
K group_value(const WeightGroup& group);
// The weights times a scalar.
void scale_group(WeightGroup& group, const K& by);

// `groups` are used up. The value is not checked: a false one gives a proof that is refused. Root 0 is opened once.
// `keep_mask_leaves`: 32 bytes for each, instead of hashing them twice.
void prove_opening(std::span<OpenableRoot* const> roots, std::span<const K> mask,
                   std::vector<WeightGroup> groups, const K& value, const OpeningParameters& p,
                   ProverTranscript& t, bool keep_mask_leaves = true);
#endif

}  // namespace pedigree
