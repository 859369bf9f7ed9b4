#include <gtest/gtest.h>

#include "commit/opening_reference.h"
#include "commit/security.h"
#include "kernel/parallel.h"

namespace pedigree {
namespace {

using testing::Case;
using testing::DenseWeights;
using testing::judge;
using testing::Layout;
using testing::Lie;
using testing::Random;
using testing::reference_proof;
using testing::small_parameters;

struct Killed {
  explicit Killed(Check id) { killed_check = id; }
  ~Killed() { killed_check = Check::none; }
};

struct Shape {
  OpeningParameters p;
  std::vector<u32> log_rows;
};

std::vector<Shape> shapes() {
  return {
      {small_parameters(4, 1, {{2, 1, 3, 0, 3}}), {4}},
      {small_parameters(4, 1, {{1, 2, 1, 0, 3}}), {4}},
      {small_parameters(5, 1, {{2, 1, 4, 3, 3}, {2, 2, 3, 2, 3}}), {5}},
      {small_parameters(5, 1, {{2, 1, 4, 0, 3}, {5, 2, 3, 0, 3}}), {5}},
      {small_parameters(5, 2, {{2, 1, 4, 0, 3}, {1, 2, 3, 4, 3}, {2, 3, 2, 0, 3}}), {5, 5}},
      {small_parameters(6, 3, {{2, 1, 5, 2, 3}, {2, 2, 3, 0, 3}, {3, 3, 2, 0, 3}}), {6, 4, 5}},
      {small_parameters(6, 4, {{3, 1, 2, 0, 3}, {1, 2, 3, 0, 3}}), {6, 4, 6, 5}},
      {small_parameters(6, 5, {{1, 2, 2, 0, 3}, {1, 1, 3, 0, 3}, {1, 1, 3, 1, 3}, {1, 1, 2, 0, 3}}),
       {6, 4, 5, 5, 4}},
      {small_parameters(5, 9, {{1, 1, 2, 0, 3}, {2, 2, 2, 0, 3}}), {5, 4, 5, 4, 4, 4, 5, 4, 4}},
      {small_parameters(6, 3, {{2, 1, 5, 2, 3}, {2, 2, 3, 0, 3}}), {5, 6, 4}},  // the mask apart
      {small_parameters(6, 2, {{1, 2, 3, 0, 3}}), {4, 6}},
      {small_parameters(7, 5, {{6, 1, 20, 0, 3}, {3, 4, 9, 0, 3}}), {7, 6, 7, 6, 6}},
  };
}

TEST(Opening, CompleteAtManyShapes) {
  u64 seed = 1;
  for (const Shape& shape : shapes()) {
    Case c(shape.p, shape.log_rows, seed++);
    const std::vector<u8> proof = c.prove();
    const auto verdict = judge(c, proof);
    EXPECT_TRUE(verdict.ok()) << seed << " " << check_name(verdict.why().check);
  }
}

TEST(Opening, EqualsTheReferenceByteForByte) {
  u64 seed = 31;
  for (const Shape& shape : shapes()) {
    if (shape.p.levels[0].log_columns > 3) continue;
    Case c(shape.p, shape.log_rows, seed++);
    EXPECT_EQ(c.prove(), reference_proof(c)) << seed;
  }
}

// Few weights that are not zero: kept as entries and a gram matrix.
TEST(Opening, SparseWeightsGiveTheSameBytes) {
  for (const Shape& shape : shapes()) {
    if (shape.p.levels[0].log_columns > 3) continue;
    Case c(shape.p, shape.log_rows, 51);
    bool sparse = false;
    for (std::vector<K>& weights : c.weights) {
      for (std::size_t x = 0; x < weights.size(); ++x)
        if (x % 7 != 3 && x % 19 != 1) weights[x] = K();
    }
    c.value = c.true_value();
    for (const WeightGroup& group : c.dense_groups()) sparse |= group.s.empty();
    EXPECT_EQ(sparse, c.messages[0].size() > std::size_t{1} << (2 * c.p.levels[0].log_columns));
    const std::vector<u8> proof = c.prove();
    EXPECT_EQ(proof, reference_proof(c));
    EXPECT_TRUE(judge(c, proof).ok());
  }
}

struct Log {
  std::vector<std::string> lines;
  static void note(void* self, const HashChain::Event& e) {
    static_cast<Log*>(self)->lines.push_back(std::string(1, e.type) + " " + std::string(e.label) +
                                             " " + std::to_string(e.bytes));
  }
};

TEST(Opening, BothSidesKeepTheSameLog) {
  for (const Shape& shape : shapes()) {
    Case c(shape.p, shape.log_rows, 3);
    c.commit();
    Log sent, received;
    ProverTranscript p;
    p.chain().observe = Log::note;
    p.chain().observer = &sent;
    c.send(p);
    VerifierTranscript v(p.proof());
    v.chain().observe = Log::note;
    v.chain().observer = &received;
    std::vector<u8> block(opening_arena_bytes(c.p));
    std::jmp_buf exhausted;
    Arena arena(block.data(), block.size(), &exhausted);
    DenseWeights weights;
    weights.tables = c.weights;
    ASSERT_TRUE(verify_opening_at_any_size(c.opened(), c.value, weights, c.p, v, arena).ok());
    EXPECT_EQ(sent.lines, received.lines);
  }
}

TEST(Opening, OrderOfMessagesIsThis) {
  const u32 rows[] = {4};
  Case c(small_parameters(4, 1, {{1, 2, 2, 2, 3}, {2, 2, 2, 2, 3}}), rows, 3);
  c.commit();
  Log sent;
  ProverTranscript p;
  p.chain().observe = Log::note;
  p.chain().observer = &sent;
  c.send(p);
  const std::vector<std::string> golden = {
      "B opening 32", "K tau 24",      "C c 0",   "K masked h 48", "C rho 0",   "K xy 48",
      "C gamma 0",    "D root 32",     "C z 0",   "K answer 24",   "N nonce 8", "C positions 0",
      "C beta 0",     "K h 48",        "C rho 0", "K h 48",        "C rho 0",   "K g 96",
      "N nonce 8",    "C positions 0", "K h 48",  "C rho 0",       "K h 48",    "C rho 0"};
  EXPECT_EQ(sent.lines, golden);
}

TEST(Opening, CompleteWithCompiledParameters) {
  const u32 rows[] = {9, 8};
  Case c(opening_parameters(Profile::fast, 9, 2), rows, 5);
  const std::vector<u8> proof = c.prove();
  DenseWeights weights;
  weights.tables = c.weights;
  EXPECT_TRUE(judge(proof, c.opened(), c.value, weights, c.p, 0, /*secure=*/true).ok());
  EXPECT_NEAR(static_cast<double>(proof.size()), static_cast<double>(predicted_bytes(c.p, rows)),
              0.05 * static_cast<double>(proof.size()));
}

TEST(Opening, AnyThreadCountGivesTheSameBytes) {
  const u32 rows[] = {10};
  Case c(opening_parameters(Profile::fast, 10, 1), rows, 77);
  std::vector<std::vector<u8>> proofs;
  for (const unsigned n : {1u, 2u, 3u}) {
    set_threads(n);
    proofs.push_back(c.prove());
  }
  set_threads(0);
  EXPECT_EQ(proofs[0], proofs[1]);
  EXPECT_EQ(proofs[0], proofs[2]);
}

TEST(Opening, RefusesAFalseValueAndFalseWeights) {
  u64 seed = 100;
  for (const Shape& shape : shapes()) {
    for (u32 word = 0; word < kDegree; ++word) {
      Case c(shape.p, shape.log_rows, seed++);
      c.value += basis(word);  // prover and verifier agree on the false value
      const auto verdict = judge(c, c.prove());
      ASSERT_FALSE(verdict.ok());
      EXPECT_EQ(verdict.why().check, Check::opening_claim);
    }
    for (std::size_t root = 0; root < shape.log_rows.size(); ++root) {
      Case c(shape.p, shape.log_rows, seed++);
      const std::vector<u8> proof = c.prove();
      c.weights[root][1] += basis(2);  // the verifier's weight only
      const auto verdict = judge(c, proof);
      ASSERT_FALSE(verdict.ok());
      EXPECT_EQ(verdict.why().check, Check::opening_claim);
      // a weight on a cell the message is free in: its value changes too, so the old value is false
      Case d(shape.p, shape.log_rows, seed++);
      d.messages[root][0] += F(1);
      EXPECT_FALSE(judge(d, d.prove()).ok());
    }
  }
}

TEST(Opening, RefusesAnOffsetThatHidesAFalseValue) {
  const Shape shape = shapes()[4];
  Case c(shape.p, shape.log_rows, 6);
  c.value += K(kOne);
  c.commit();
  EXPECT_EQ(judge(c, reference_proof(c, Lie::offset)).why().check, Check::opening_claim);
}

TEST(Opening, RefusesEveryChangedWord) {
  for (const std::size_t which : {std::size_t{2}, std::size_t{4}, std::size_t{5}}) {
    const Shape shape = shapes()[which];
    Case c(shape.p, shape.log_rows, 7);
    const std::vector<u8> proof = c.prove();
    ASSERT_TRUE(judge(c, proof).ok());
    ASSERT_EQ(proof.size() % 8, 0u);
    for (std::size_t at = 0; at < proof.size(); at += 8) {
      u64 word;
      std::memcpy(&word, proof.data() + at, 8);
      for (const u64 changed : {word + 1, word ^ (u64{1} << 63), u64{0}}) {
        if (changed == word) continue;
        std::vector<u8> bad = proof;
        std::memcpy(bad.data() + at, &changed, 8);
        EXPECT_FALSE(judge(c, bad).ok()) << which << " byte " << at;
      }
    }
  }
}

TEST(Opening, RefusesOtherEncodingsAndLengths) {
  const Shape shape = shapes()[4];
  constexpr u64 frozen = 99;
  Case c(shape.p, shape.log_rows, 8);
  const std::vector<u8> proof_frozen = c.prove(frozen);
  const Layout layout(shape.p, shape.log_rows, frozen);
  ASSERT_EQ(8 * layout.words.size(), proof_frozen.size());
  ASSERT_TRUE(judge(c, proof_frozen, frozen).ok());
  for (std::size_t i = 0; i < layout.words.size(); ++i) {
    // Every encoding of an element that is not the canonical one lies in p .. 2^64 - 1.
    const u64 changed = kModulus + i % 1000;
    std::vector<u8> bad = proof_frozen;
    std::memcpy(bad.data() + 8 * i, &changed, 8);
    const auto verdict = judge(c, bad, frozen);
    EXPECT_FALSE(verdict.ok() && layout.words[i] != Layout::nonce);
    if (layout.words[i] == Layout::element) {
      EXPECT_EQ(verdict.why().check, Check::element_canonical) << i;
    }
    if (layout.words[i] == Layout::digest) {
      EXPECT_NE(verdict.why().check, Check::element_canonical) << i;
    }
  }
  const std::vector<u8> proof = c.prove();
  for (std::size_t size = 0; size < proof.size(); size += 8) {
    const auto verdict = judge(c, std::span<const u8>(proof).first(size));
    ASSERT_FALSE(verdict.ok());
    EXPECT_EQ(verdict.why().check, Check::read_past_end);
  }
  EXPECT_FALSE(judge(c, std::span<const u8>(proof).first(proof.size() - 1)).ok());
  std::vector<u8> longer = proof;
  longer.resize(proof.size() + 8);
  EXPECT_EQ(judge(c, longer).why().check, Check::trailing_bytes);
}

TEST(Opening, ZeroElementPlusModulusIsRefused) {
  // A message of zeros (masks too): every element of the proof is 0, whose second encoding is p.
  const u32 rows[] = {4};
  Case c(small_parameters(4, 1, {{2, 1, 3, 0, 3}}), rows, 9);
  for (F& x : c.messages[0]) x = F();
  for (K& m : c.mask) m = K();
  c.value = K();
  const std::vector<u8> proof = c.prove();
  ASSERT_TRUE(judge(c, proof).ok());
  u32 zeros = 0;
  for (std::size_t at = 0; at < proof.size(); at += 8) {
    u64 word;
    std::memcpy(&word, proof.data() + at, 8);
    if (word != 0) continue;
    ++zeros;
    std::vector<u8> bad = proof;
    std::memcpy(bad.data() + at, &kModulus, 8);
    EXPECT_EQ(judge(c, bad).why().check, Check::element_canonical);
  }
  EXPECT_GT(zeros, 60u);
}

TEST(Opening, RefusesAnotherShapeOfTheSameSize) {
  // 2^5 rows of 4 columns against 2^6 rows of 2, and two roots exchanged.
  const u32 rows5[] = {5}, rows6[] = {6};
  Case c(small_parameters(5, 1, {{2, 2, 3, 0, 3}, {2, 2, 3, 0, 3}}), rows5, 10);
  Case d(small_parameters(6, 1, {{1, 2, 3, 0, 3}, {3, 2, 3, 0, 3}}), rows6, 10);
  ASSERT_EQ(c.messages[0].size(), d.messages[0].size());
  const std::vector<u8> proof = c.prove();
  d.prove();
  DenseWeights weights;
  weights.tables = c.weights;
  EXPECT_TRUE(judge(proof, c.opened(), c.value, weights, c.p).ok());
  EXPECT_FALSE(judge(proof, c.opened(), c.value, weights, d.p).ok());
  std::vector<OpenedRoot> roots = c.opened();
  roots[0].log_rows = 6;
  EXPECT_FALSE(judge(proof, roots, c.value, weights, d.p).ok());

  const u32 two[] = {5, 5};
  Case e(small_parameters(5, 2, {{2, 1, 3, 0, 3}, {2, 2, 3, 0, 3}}), two, 11);
  const std::vector<u8> both = e.prove();
  roots = e.opened();
  std::swap(roots[0], roots[1]);
  weights.tables = e.weights;
  EXPECT_FALSE(judge(both, roots, e.value, weights, e.p).ok());
  roots = e.opened();
  roots[1].log_rows = 4;  // a leaf count that the tree does not have
  EXPECT_FALSE(judge(both, roots, e.value, weights, e.p).ok());
}

TEST(Opening, RefusesOtherParametersThanProvenWith) {
  const Shape shape = shapes()[2];
  Case c(shape.p, shape.log_rows, 12);
  const std::vector<u8> proof = c.prove();
  ASSERT_TRUE(judge(c, proof).ok());
  for (u32 field = 0; field < 4; ++field) {
    Case other = c;
    Level& level = other.p.levels[1];
    if (field == 0) level.queries -= 1;
    if (field == 1) level.grinding -= 1;
    if (field == 2) level.log_inv_rate -= 1;
    if (field == 3) other.p.levels[0].queries -= 1;
    EXPECT_FALSE(judge(other, proof).ok()) << field;
  }
}

TEST(Opening, ProverRefusesASecondUseOfTheMask) {
  const u32 rows[] = {4};
  Case c(small_parameters(4, 1, {{2, 1, 3, 0, 3}}), rows, 13);
  c.commit();
  ProverTranscript t, again;
  c.send(t);
  EXPECT_THROW(c.send(again), std::logic_error);
}

TEST(Opening, RandomRowsAndMasksAreCanonicalAndFresh) {
  const OpeningParameters p = opening_parameters(Profile::fast, 9, 1);
  std::vector<F> message(std::size_t{1} << (9 + 6)), second(message.size());
  fill_hiding_rows(message, p);
  fill_hiding_rows(second, p);
  const std::size_t first = message.size() - (std::size_t{hiding_rows(p)} << 6);
  for (std::size_t i = 0; i < message.size(); ++i) {
    EXPECT_LT(message[i].v, kModulus);
    EXPECT_EQ(message[i] == second[i], i < first);
  }
  EXPECT_FALSE(fresh_mask(p)[0] == fresh_mask(p)[0]);
}

// Each check: an attack that it refuses, and that passes when it alone is switched off.

TEST(OpeningChecks, ClaimIsLoadBearing) {
  const Shape shape = shapes()[5];
  Case c(shape.p, shape.log_rows, 20);
  c.value += K(kOne);
  const std::vector<u8> proof = c.prove();
  EXPECT_EQ(judge(c, proof).why().check, Check::opening_claim);
  const Killed kill(Check::opening_claim);
  EXPECT_TRUE(judge(c, proof).ok());
}

TEST(OpeningChecks, QueryIsLoadBearing) {
  for (const std::size_t which : {std::size_t{0}, std::size_t{2}, std::size_t{4}}) {
    const Shape shape = shapes()[which];
    Case c(shape.p, shape.log_rows, 21);
    c.value += K(kOne);
    c.commit();
    const std::vector<u8> proof = reference_proof(c, Lie::last_vector);
    EXPECT_EQ(judge(c, proof).why().check, Check::opening_query);
    const Killed kill(Check::opening_query);
    EXPECT_TRUE(judge(c, proof).ok());
  }
}

TEST(OpeningChecks, MerklePathIsLoadBearing) {
  // The statement names the root of one message; the leaves are those of another, for which the value is true.
  const Shape shape = shapes()[2];
  Case named(shape.p, shape.log_rows, 22), opened = named;
  opened.messages[0][3] += F(1);
  opened.value = opened.true_value();
  named.commit();
  opened.commit();
  ASSERT_TRUE(judge(opened, opened.prove()).ok());
  const std::vector<u8> proof = testing::reference_proof(opened, Lie::none, named.opened());
  DenseWeights weights;
  weights.tables = opened.weights;
  EXPECT_EQ(judge(proof, named.opened(), opened.value, weights, shape.p).why().check,
            Check::merkle_path);
  const Killed kill(Check::merkle_path);
  EXPECT_TRUE(judge(proof, named.opened(), opened.value, weights, shape.p).ok());
}

TEST(OpeningChecks, ShapeIsLoadBearing) {
  // Parameters of two roots, a statement of one: the second is silently taken as zero.
  const u32 rows[] = {5};
  Case c(small_parameters(5, 2, {{2, 1, 3, 0, 3}, {2, 2, 3, 0, 3}}), rows, 23);
  c.commit();
  const std::vector<u8> proof = reference_proof(c);
  EXPECT_EQ(judge(c, proof).why().check, Check::opening_shape);
  {
    const Killed kill(Check::opening_shape);
    EXPECT_TRUE(judge(c, proof).ok());
  }
  // The other faults of shape are refused too: no root, a first root that is not the tallest, sizes that do not add up.
  DenseWeights weights;
  weights.tables = c.weights;
  std::vector<OpenedRoot> roots = {c.opened()[0], c.opened()[0]};
  roots[0].log_rows = 4;
  EXPECT_EQ(judge(proof, roots, c.value, weights, c.p).why().check, Check::opening_shape);
  roots[0].log_rows = 5;
  roots[1].log_rows = 6;
  EXPECT_EQ(judge(proof, roots, c.value, weights, c.p).why().check, Check::opening_shape);
  EXPECT_EQ(judge(proof, {}, c.value, weights, c.p).why().check, Check::opening_shape);
  OpeningParameters wrong = c.p;
  wrong.log_final += 1;
  EXPECT_EQ(judge(proof, c.opened(), c.value, weights, wrong).why().check, Check::opening_shape);
}

TEST(OpeningChecks, SecurityIsLoadBearing) {
  const Shape shape = shapes()[2];
  Case c(shape.p, shape.log_rows, 24);
  const std::vector<u8> proof = c.prove();
  DenseWeights weights;
  weights.tables = c.weights;
  EXPECT_EQ(judge(proof, c.opened(), c.value, weights, c.p, 0, true).why().check,
            Check::opening_security);
  const Killed kill(Check::opening_security);
  EXPECT_TRUE(judge(proof, c.opened(), c.value, weights, c.p, 0, true).ok());
}

TEST(OpeningChecks, GrindingIsLoadBearing) {
  const Shape shape = shapes()[2];
  Case c(shape.p, shape.log_rows, 25);
  // The nonce of an honest proof moved on by one: the prefix before it is unchanged.
  const std::vector<u8> proof = c.prove();
  bool seen = false;
  for (std::size_t at = 0; at < proof.size(); at += 8) {
    u64 word;
    std::memcpy(&word, proof.data() + at, 8);
    if (word >= 256) continue;  // a nonce is small, elements and digests are not
    std::vector<u8> bad = proof;
    ++word;
    std::memcpy(bad.data() + at, &word, 8);
    seen |= judge(c, bad).why().check == Check::grinding;
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace pedigree
