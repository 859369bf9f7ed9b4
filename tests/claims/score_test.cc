// Evaluation: what is accepted, and that nothing else is.
#include <gtest/gtest.h>
#include <pedigree/verify.h>
#include <sodium/crypto_sign.h>

#include <algorithm>

#include "harness/score_case.h"
#include "harness/verdict.h"
#include "proof/policy.h"

namespace pedigree::harness {
namespace {

constexpr Seed kOwner{3};
constexpr const char* kCases[] = {"small", "logistic", "regression"};

struct Judged {
  std::vector<u8> memory;
  pedigree_result result{};
  explicit Judged(const std::vector<u8>& file, pedigree_policy policy = {})
      : memory(pedigree_verify_memory(file.data(), file.size())) {
    policy.claims = 1;
    pedigree_verify(file.data(), file.size(), &policy, memory.data(), memory.size(), &result);
  }
  const pedigree_score& score() const { return *result.claim.score; }
};

// What a reader of the scores would count.
struct Counted {
  u64 value = 0;
  std::vector<u32> confusion;
};
Counted count(ScoreCase& c, const std::vector<u32>& rows) {
  const ClaimCase& of = c.model();
  const Model& m = of.job.statement.model;
  ClaimCase all = of;
  all.samples = static_cast<u32>(rows.size());
  all.inputs.clear();
  for (const u32 row : rows)
    for (u32 f = 0; f < m.features; ++f)
      all.inputs.push_back(static_cast<i32>(of.job.x[row * m.features + f]));
  const std::vector<i32> q = prove_inference(all.weights, all.inference(), {}).outputs;
  Counted out;
  const u32 classes = m.loss == Loss::logistic ? 2 : m.outputs;
  out.confusion.resize(classes * classes);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    u32 label = 0, answer = 0;
    for (u32 j = 0; j < m.outputs; ++j) {
      const i64 y = c.labels()[rows[n] * m.outputs + j], s = q[n * m.outputs + j];
      if (m.loss == Loss::mean_squared) out.value += static_cast<u64>((s - y) * (s - y));
      if (m.loss == Loss::logistic) label = y == 1, answer = s > 0;
      if (m.loss != Loss::cross_entropy) continue;
      if (y == 1) label = j;
      if (s > q[n * m.outputs + answer]) answer = j;
    }
    if (m.loss == Loss::mean_squared) continue;
    out.value += label == answer;
    ++out.confusion[label * classes + answer];
  }
  return out;
}

std::vector<u32> first_rows(u32 n) {
  std::vector<u32> rows(n);
  for (u32 i = 0; i < n; ++i) rows[i] = i;
  return rows;
}

TEST(Score, EveryNumberIsAcceptedWithItsRun) {
  for (const char* name : kCases)
    for (const bool is_signed : {false, true}) {
      const ClaimCase& model = claim_case(name);
      ScoreOptions o;
      if (is_signed) o.signed_by = kOwner;
      ScoreCase c(model, o);
      const Judged run(model.run);
      const Counted truth = count(c, first_rows(o.records));
      const bool regression = model.job.statement.model.loss == Loss::mean_squared;
      for (const char* what : {"exact", "bound", "confusion"}) {
        SCOPED_TRACE(std::string(name) + " " + what);
        const bool confusion = std::string(what) == "confusion",
                   bound = std::string(what) == "bound";
        if (regression && confusion) continue;
        ScoreInput input = c.input();
        if (confusion) input.metric = Metric::confusion;
        if (bound) input.bound = regression ? truth.value + 9 : truth.value - 1;
        const Score score = prove_score(model.weights, input, {});
        EXPECT_EQ(score.value, truth.value);
        Judged claim(score.proof.bytes);
        EXPECT_EQ(claim.result.status, PEDIGREE_RUN_UNSEEN) << claim.result.reason;
        EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_OK)
            << claim.result.reason;
        const pedigree_score& said = claim.score();
        EXPECT_EQ(said.samples, o.records);
        EXPECT_EQ(said.is_exact != 0, !bound);
        EXPECT_EQ(said.ticket, is_signed ? 1u : 0u);
        EXPECT_EQ(said.named_by_run, 0u);
        EXPECT_EQ(said.apart_from, 0u);
        if (!confusion) EXPECT_EQ(said.value, bound ? *input.bound : truth.value);
        if (confusion)
          EXPECT_TRUE(std::equal(truth.confusion.begin(), truth.confusion.end(), said.confusion));
      }
    }
}

TEST(Score, DrawnRecordsAreThoseOfTheBeacon) {
  for (const char* name : kCases) {
    const ClaimCase& model = claim_case(name);
    ScoreCase c(model, {.records = 13, .signed_by = kOwner});
    ScoreInput input = c.input();
    c.draw(input, 5);
    const ScoreStatement s = c.statement(input, model.weights);
    const u64 seed = draw_seed(s, identity_of(model.weights));
    std::vector<u32> rows = first_rows(13);
    std::sort(rows.begin(), rows.end(), [&](u32 a, u32 b) {
      const Digest x = order_key(seed, 0, a), y = order_key(seed, 0, b);
      return std::memcmp(x.bytes, y.bytes, 32) < 0;
    });
    rows.resize(5);
    const Score score = prove_score(model.weights, input, {});
    EXPECT_EQ(score.value, count(c, rows).value);
    EXPECT_EQ(file_verdict(score.proof.bytes), "accepted");
    // Another value of the beacon is another draw.
    input.beacon.value.bytes[1] = 1;
    const ScoreStatement other = c.statement(input, model.weights);
    EXPECT_NE(seed, draw_seed(other, identity_of(model.weights)));
  }
}

// Of equal scores the first class wins; a score of zero is the label 0.
TEST(Score, TiesGoToTheFirstClass) {
  for (const char* name : {"small", "logistic"}) {
    ScoreCase c(claim_case(name));
    const CommittedWeights zero = zero_weights(claim_case(name));
    ScoreInput input = c.input(zero);
    input.metric = Metric::confusion;
    const Score score = prove_score(zero, input, {});
    EXPECT_EQ(file_verdict(score.proof.bytes), "accepted");
    const u32 classes = name == std::string("small") ? 3 : 2;
    for (u32 i = 0; i < classes; ++i)
      for (u32 j = 1; j < classes; ++j) EXPECT_EQ(score.confusion[i * classes + j], 0u);
  }
}

TEST(Score, OfOneRecord) {
  for (const char* name : kCases) {
    ScoreCase c(claim_case(name), {.records = 1, .signed_by = {}});
    for (const bool bound : {false, true}) {
      ScoreInput input = c.input();
      const Score exact = prove_score(claim_case(name).weights, input, {});
      EXPECT_EQ(file_verdict(exact.proof.bytes), "accepted");
      EXPECT_EQ(exact.value, count(c, {0}).value);
      if (!bound) continue;
      input.bound = input.metric == Metric::squared_error ? exact.value + 1 : 0;
      EXPECT_EQ(file_verdict(prove_score(claim_case(name).weights, input, {}).proof.bytes),
                "accepted");
    }
  }
}

TEST(Score, ARangeThatTheClaimShowsNeedsNoRun) {
  ScoreCase c(claim_case("small"));
  const CommittedWeights shown = showing_range(claim_case("small"));
  const Score score = prove_score(shown, c.input(shown), {});
  EXPECT_EQ(Judged(score.proof.bytes).result.status, PEDIGREE_OK);
}

TEST(Score, OfManyClasses) {
  JobOptions o;
  o.outputs = 200;
  const ClaimCase model = prove_case(chain_job(o));
  ScoreCase c(model);
  ScoreInput input = c.input();
  input.metric = Metric::confusion;
  const std::vector<u8> file = prove_score(model.weights, input, {}).proof.bytes;
  EXPECT_EQ(file_verdict(file), "accepted");
  EXPECT_EQ(Judged(file).score().classes, 200u);
}

// A36, A43: what a policy asks of a test set and of the number of attempts.
TEST(Score, PoliciesOfTestSets) {
  const ClaimCase& model = claim_case("small");
  ScoreCase c(model, {.records = 11, .signed_by = kOwner});
  const CommittedWeights shown = showing_range(model);
  ScoreInput input = c.input(shown);
  c.give_ticket(input, shown, 3);
  const std::vector<u8> file = prove_score(shown, input, {}).proof.bytes;
  pedigree_digest owner, stranger{};
  std::memcpy(owner.bytes, input.test.custodian.bytes, 32);
  const auto check = [&](const pedigree_policy& policy, const std::vector<u8>& of) {
    const Judged claim(of, policy);
    return std::string(claim.result.status == PEDIGREE_OK ? "accepted" : claim.result.check);
  };
  pedigree_policy p{};
  EXPECT_EQ(check(p, file), "accepted");
  p.test_keys = &owner, p.num_test_keys = 1;
  p.min_tests = 11;
  p.max_ticket = 3;
  EXPECT_EQ(check(p, file), "accepted");
  p.test_keys = &stranger;
  EXPECT_EQ(check(p, file), "policy_test");
  p.test_keys = &owner;
  p.min_tests = 12;
  EXPECT_EQ(check(p, file), "policy_test");
  p.min_tests = 0;
  p.max_ticket = 2;
  EXPECT_EQ(check(p, file), "policy_test");
  p.max_ticket = 0;
  p.test_apart = 1;
  EXPECT_EQ(check(p, file), "policy_test");
  p.test_apart = 0;
  p.date = 40001;
  EXPECT_EQ(check(p, file), "policy_date");
  p.date = 0;
  p.revoked = &owner, p.num_revoked = 1;
  EXPECT_EQ(check(p, file), "policy_revoked");
  pedigree_digest content;
  std::memcpy(content.bytes, input.test.content.bytes, 32);
  p.revoked = &content;
  EXPECT_EQ(check(p, file), "policy_revoked");
  p.num_revoked = 0;
  // Only the run can say that it named the test set, and this one did not.
  p.test_fixed = 1;
  EXPECT_EQ(check(p, file), "claim_run");
  Judged claim(file, p);
  const Judged run(model.run);
  EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_POLICY_REFUSED);
  EXPECT_STREQ(claim.result.check, "policy_test");
  // Of a declared test set nobody counts attempts.
  ScoreCase declared(model);
  const std::vector<u8> other = prove_score(shown, declared.input(shown), {}).proof.bytes;
  p = {};
  EXPECT_EQ(check(p, other), "accepted");
  p.max_ticket = 9;
  EXPECT_EQ(check(p, other), "policy_test");
  p.max_ticket = 0;
  p.test_keys = &owner, p.num_test_keys = 1;
  EXPECT_EQ(check(p, other), "policy_test");
}

TEST(Score, ATestSetThatTheRunNamesIsFixed) {
  // The digest of the manifest is in the run's context: the test set is committed first.
  const ClaimCase& model = claim_case("small");
  ScoreCase c(model, {.records = 11, .signed_by = kOwner});
  const Digest digest = manifest_digest(c.test());
  std::string text = "tested on ";
  for (const u8 b : digest.bytes) {
    text += "0123456789abcdef"[b >> 4];
    text += "0123456789abcdef"[b & 15];
  }
  Job job = model.job;
  job.statement.context.text =
      Vec<u8>(job.arena->get(), {reinterpret_cast<const u8*>(text.data()), text.size()});
  EXPECT_TRUE(names_test(job.statement, c.test()));
  EXPECT_FALSE(names_test(model.job.statement, c.test()));
  ClaimCase named = prove_case(std::move(job));
  ScoreInput input = c.input(named.weights);
  const std::vector<u8> file = prove_score(named.weights, input, {}).proof.bytes;
  pedigree_policy p{};
  p.test_fixed = 1;
  Judged claim(file, p);
  EXPECT_EQ(claim.result.status, PEDIGREE_RUN_UNSEEN);
  const Judged run(named.run, p);
  EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_OK) << claim.result.reason;
  EXPECT_EQ(claim.score().named_by_run, 1u);
}

TEST(Score, ADrawByANamedBeaconIsFixed) {
  const ClaimCase& model = claim_case("small");
  ScoreCase c(model);
  const CommittedWeights shown = showing_range(model);
  ScoreInput input = c.input(shown);
  c.draw(input, 4);
  u8 secret[crypto_sign_SECRETKEYBYTES];
  pedigree_beacon_key key{"beacon", {}};
  crypto_sign_seed_keypair(key.key.bytes, secret, kOwner.data());
  const auto status = [&](bool is_signed, const char* source) {
    ScoreInput with = input;
    const Digest digest = beacon_digest(with.beacon);
    if (is_signed) crypto_sign_detached(with.beacon.signature, nullptr, digest.bytes, 32, secret);
    key.source = source;
    pedigree_policy p{};
    p.test_fixed = 1;
    p.beacons = &key, p.num_beacons = 1;
    Judged claim(prove_score(shown, with, {}).proof.bytes, p);
    if (claim.result.status != PEDIGREE_RUN_UNSEEN) return std::string(claim.result.check);
    const Judged run(model.run, {});
    pedigree_verify_link(&run.result, &claim.result);
    return std::string(claim.result.status == PEDIGREE_OK ? "accepted" : claim.result.check);
  };
  EXPECT_EQ(status(true, "beacon"), "accepted");
  EXPECT_EQ(status(false, "beacon"), "policy_beacon");
  EXPECT_EQ(status(true, "another"), "policy_test");
}

// Each record that leaves a range is named, and nothing is proven.
TEST(Score, ARecordThatLeavesARangeIsNamed) {
  const ClaimCase& model = claim_case("small");
  ScoreCase c(model);
  CommittedWeights large = model.weights;
  for (std::vector<i64>& part : large.entries)
    for (i64& x : part) x *= 1 << 12;
  const ScoreInput input = c.input(large);
  try {
    prove_score(model.weights, input, {});
    FAIL() << "a value beyond its range";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("record "), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace pedigree::harness
