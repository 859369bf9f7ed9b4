// The proof of one segment of training: everything above the commitment.
//
// The program (tensor/program.h) is run for T steps of B rows; T, B, features padded. Committed tensors are hidden; every
// statement about them is a linear form (a key, proof/form.h), so claims about them are never sent. Sent are only values of
// virtual tensors that enter two equations, and operands of products. Notation: X~ is the multilinear extension of X, p a
// prefix of live indices; r_t, r_b the time and batch coordinates that all columns share, because they are the low bits.
//
//   1  V -> P   alpha, beta
//   2  lookups: one fraction tree, depth n, over all columns of all lookups (numerator 1) and tables (numerator minus the
//      committed multiplicity), denominators alpha - beta id - v_0 - beta^2 v_1 - beta^3 v_2
//        P -> V   q_0, the denominator of the whole sum; its numerator is 0          (that is the lookup argument)
//        for k = 0, ..., n-1:  V -> P  lambda
//          sumcheck with eq(point, x):  p~ + lambda q~ = sum_x eq(point, x) (p_0 q_1 + p_1 q_0 + lambda q_0 q_1)(x)
//          P -> V  p_0, p_1, q_0, q_1 at the new point                               (tree_layer)
//          V -> P  tau;  p~ := p_0 + tau (p_1 - p_0), likewise q~;  point := (new point, tau)
//      leaves, point r: P -> V the value at its suffix of r of each contraction and product that a lookup or zero reads;
//        p~(r) = sum_lookups eq(at, r) - sum_tables eq(at, r) mult~(r)               (leaf_numerator)
//        q~(r) = sum eq(at, r) (denominator)~(r) + 1 - sum eq(at, r)                 (leaf_denominator)
//        eq(at, r) of a lookup only over cells that are there: the others are gaps
//        each zero tensor is 0 at its suffix of r                                    (zero_tensor)
//   3  contractions, forward and backward, all steps: V -> P lambda; sumcheck over (fan, time), degree 3, of
//        sum_l lambda^l 2^-fan_l z_l~(r) = mean over (i, t) of sum_l lambda^l 2^(log T) eq(r_t, t) a_l~(i, t, r_b) W_l~(i, r_l; t)
//        P -> V  per contraction a~ (unless public) and W~ at the new point          (contraction)
//        a~ is then a claim on the tensor a                                          (contraction_operand)
//   4  parameters: V -> P a point for the end weights of each parameter, lambda; with
//        C[t, s] = sum over j with s + j < t of c_(s+j) impulse_j,  L_t(s) = sum_t eq(r_t', t) C[t, s],  L_end(s) = C[T, s]
//        W0~ - W~ = sum_(s,b) L(s) sum_updates 2^shift a~(in point, s, b) d~(out point, s, b)
//      for each claim on W~ (one per contraction, one for the end weights of each parameter), joined by powers of lambda:
//      one sumcheck over (s, b), degree 3; P -> V  a~, d~ (unless public) per claim and update     (weights)
//        these are claims on the tensors a and d                                     (weight_operand)
//        W0 is public (seeded start) or lies in the start root, W_end lies in the end root
//        with momentum and periods (model.h) C[t, s] ends at the period of s: s + j stays below its end e, and for t >= e it
//        also holds c_(e-1) times the sum of impulse_j over s + j >= e
//        start committed: V -> P a point for each parameter; the part of W0~ over the live cells is W0~ there (start_padding),
//        and is shown where the statement names the start (published_start)
//   5  products: all claims on products, V -> P lambda; one sumcheck, degree 3, of
//        sum_c lambda^c 2^-size_c claim_c = mean of sum_products E(x) a(x) b(x),  E = sum_c lambda^c coef eq(point_c, x)
//        P -> V  each operand that is not public                                     (product)
//        each is a claim on a linear tensor                                          (product_operand)
//   6  pullbacks: long tensors that are columns of a table at the row that another tensor names, x = T_k(I) cell by cell, are
//      not committed. Products end at one point; p its low coordinates, each pullback has a value y_k there
//        V -> P  gamma;  P -> V  root of the pushforwards M_t, an element of K for each row of each table of pullbacks,
//          M_t(row) = sum over pullbacks m by table t of gamma^m sum over x with I_m(x) = row of eq(p, x)
//        sum_m gamma^m y_(m,k) = sum over rows of T_k(row) M_t(row), for each table t and column k          (pullback_value)
//        V -> P  alpha, beta;  a fraction tree as in step 2, over all pullbacks (numerator gamma^m eq(p, x), denominator
//          alpha - beta t - I(x)) and tables (numerator -M_t(row), denominator alpha - beta t - row)        (pullback_layer)
//        leaves  (pullback_numerator, pullback_denominator)
//   7  gates: all equations above, joined by powers of eta, are constant + linear + sum_k w_k a_k b_k = 0 with a_k, b_k
//      affine in pads and other keys; one gate of weight zero with fresh pads a, b appended; sumcheck over k, degree 3
//        P -> V  l = a~(rho), r = b~(rho), in the clear, uniform by the free gate
//        V -> P  mu;   one linear form over all roots, value v: the claim of the opening
//
// Masks: each message of 2 to 7 is value + its own pad, pads committed before step 1; step 7 sends l, r without.
//
//   error per segment, over |K| = 2^192; N leaves, n = log N:
//     lookups      3 (N + 1)                 degree of the fraction identity in (alpha, beta), tables included
//     tree         sum over k of (2 k + 2)   rounds, lambda, tau
//     contraction  3 rounds + claims         weights  3 rounds + claims       products  3 rounds + claims
//     pullbacks    N' of their tree + rounds of the products + pullbacks (1 + columns); layers as those of step 2
//     gates        equations + 3 rounds + 2
//   source  [Haboeck22] eprint 2022/1530 and [PH23] eprint 2023/1284 for the lookups; the low-rank step is specific to
//           this system: plain SGD makes W[t] - W[0] a sum of T B rank-one terms; pullbacks [Soukhanov25] eprint 2025/946
#pragma once

#include "iop/sumcheck.h"
#include "model/model.h"
#include "proof/form.h"
#include "proof/layout.h"
#include "proof/plan.h"
#include "proof/show.h"
#include "transcript/transcript.h"

namespace pedigree {

// One product of hidden (or public) values in an equation: coef * a * b.
template <class Value>
struct Gate {
  K coef;
  Value a, b;
};

// The seeded start, where somebody has it at hand and need not draw it again: a prover that reads its own messages.
class KnownStart {
 public:
  // W0~ of a parameter.
  virtual K at(ParameterId w, std::span<const K> in, std::span<const K> out) const = 0;

 protected:
  ~KnownStart() = default;
};

// What prover and verifier know of a segment.
struct SegmentPublic {
  const Program* program = nullptr;
  const Plan* plan = nullptr;
  const Layout* layout = nullptr;
  const Optimiser* optimiser = nullptr;
  u64 seed = 0;                             // of the seeded start
  const KnownStart* known_start = nullptr;  // of the prover; a verifier draws
  std::span<const u32>
      selection;  // [t * 2^log_batch + b]: row of all datasets, one after the other, or kDeadSlot
  bool first = true;  // answers of start and datasets are those of the first segment
  bool committed_start = false;
  bool show_start = false;       // a named start: W0~ at a point in the clear
  bool publish_weights = false;  // the same for the end
  std::span<const Show> shows;
  K answers[kMaxSegmentRoots];     // masked out-of-domain answers; none for the segment
  Digest roots[kMaxSegmentRoots];  // likewise
};

// c_t of each step, zero in padded ones. out: 2^log_steps entries.
void expand_schedule(const Optimiser& optimiser, std::span<u32> out) noexcept;

// The sum of impulse_j over j >= first.
u64 impulse_from(const Optimiser& optimiser, std::size_t first) noexcept;

// The point at which a root's message is evaluated out of domain: a function of the root alone.
K out_of_domain_point(const Digest& root) noexcept;

// The masked channel: messages are value + pad, equations are collected.
class MaskedChannel {
 public:
  using Value = Affine;

  MaskedChannel(VerifierTranscript& transcript, const Layout& layout, u32 num_pads,
                Arena& arena) noexcept;

  Result<Affine> receive(std::string_view label) noexcept;
  Result<Affine> receive_clear(std::string_view label) noexcept;  // gates only: uniform by itself
  K challenge(std::string_view label) noexcept { return transcript_.challenge(label); }
  // A root that is sent after the first messages.
  Result<Digest> receive_root(std::string_view label) noexcept;
  Affine key(const FormKey& key) noexcept;
  // 0 = linear + sum of gates.
  Result<void> require(Check id, u32 index, const Affine& linear,
                       std::span<const Gate<Affine>> gates) noexcept;
  // The next pad by itself: an operand of the free gate.
  Affine fresh_pad() noexcept;

  struct Equation {
    Affine linear;
    u32 first_gate = 0, num_gates = 0;
  };
  const Vec<FormKey>& keys() const noexcept { return keys_; }
  const Vec<Equation>& equations() const noexcept { return equations_; }
  const Vec<Gate<Affine>>& gates() const noexcept { return gates_; }
  u32 pads_used() const noexcept { return next_pad_; }
  Arena& arena() noexcept { return arena_; }

 private:
  VerifierTranscript& transcript_;
  Arena& arena_;
  u32 num_pads_;
  u32 next_pad_ = 0;
  Vec<FormKey> keys_;  // the first num_pads are the pads
  Vec<Equation> equations_;
  Vec<Gate<Affine>> gates_;
};

// What step 4 shows of published weights: W_end~ (or W0~) at a point, in the clear.
struct PublishedPoint {
  ParameterId parameter = 0;
  u32 live_in = 0, live_out = 0;
  std::span<const K> in_point, out_point;
  K value;
};

// A hashed show: value = X~ at a point plus rho times the salt, in the clear.
struct ShownPoint {
  u32 show = 0;
  u32 features = 0, samples = 0;  // live
  std::span<const K> feature_point, sample_point;
  K rho, value;
};

// Steps 1 to 6 (proof/segment_protocol.h is the code, for any channel).
struct SegmentClaims {
  Vec<PublishedPoint> published, start;
  Vec<ShownPoint> shown;
  Digest pushforward;  // root, where there are pullbacks
};
Result<SegmentClaims> verify_segment(MaskedChannel& channel, const SegmentPublic& s,
                                     Arena& arena) noexcept;

// Step 7: the linear form and its value; `form` ascending by key.
struct FormClaim {
  Vec<FormTerm> form;
  K value;
};
// The gates of step 7 with their weights, padded to 2^rounds; the same for prover and verifier.
struct GateTable {
  Affine linear;  // constant + linear part of the joined equations
  Vec<K> weight;
  Vec<Affine> a, b;
  u32 rounds = 0;
};
GateTable join_equations(MaskedChannel& channel, const K& eta) noexcept;
Result<FormClaim> verify_gates(MaskedChannel& channel) noexcept;

}  // namespace pedigree
