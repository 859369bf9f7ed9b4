// The C interface: verdicts, memory, policy, published weights. Each check is also switched off
// once: then the bad input gets through, or another check has to catch it.
#include <gtest/gtest.h>
#include <pedigree/verify.h>

#include <cmath>

#include "forger/forger.h"
#include "harness/jobs.h"
#include "harness/verdict.h"
#include "proof/weights_file.h"
#include "proof/weights_file_write.h"

namespace pedigree {
namespace {

using Bytes = std::vector<u8>;

struct Published {
  Bytes proof, weights;
};

// A proof that binds `change` of the honest weights file.
Published publish(const std::function<void(Bytes&)>& change = {}) {
  harness::JobOptions options;
  options.publish = true;
  const harness::Job job = harness::chain_job(options);
  Published p;
  ProveInput input = job.input();
  const u32 last = static_cast<u32>(input.statement.segments.size());
  OwnedArena arena(4 * statement_memory(input.statement));
  const auto compiled = compile_statement(input.statement, arena.get());
  p.weights = write_weights_file(compiled.value().segments[0].program.parameters.span(),
                                 input.weights(last));
  if (change) change(p.weights);
  if (input.statement.publish_weights) input.statement.weights = keccak256(p.weights);
  p.proof = prove(std::move(input)).bytes;
  return p;
}

const Published& honest() {
  static const Published p = publish();
  return p;
}

struct Call {
  Bytes memory;
  pedigree_result result{}, weights{};

  explicit Call(const Bytes& file, const pedigree_policy* policy = nullptr, std::size_t skip = 0)
      : memory(pedigree_verify_memory(file.data(), file.size()) + skip, 0xa5) {
    pedigree_verify(file.data(), file.size(), policy, memory.data() + skip, memory.size() - skip,
                    &result);
  }
  std::string check_weights(const Bytes& file) {
    pedigree_verify_weights(&result, file.data(), file.size(), &weights);
    return weights.status == PEDIGREE_OK ? "accepted" : weights.check;
  }
};

std::string verdict_on_weights(const Published& p) {
  Call call(p.proof);
  EXPECT_EQ(call.result.status, PEDIGREE_OK) << call.result.reason;
  return call.check_weights(p.weights);
}

// Adds to the last value of a weights file, away from zero.
void add_to_last(Bytes& file, double by) {
  double value;
  std::memcpy(&value, file.data() + file.size() - 8, 8);
  value += std::copysign(by, value);
  std::memcpy(file.data() + file.size() - 8, &value, 8);
}

double unit() {
  Call call(honest().proof);
  return std::ldexp(1.0,
                    -static_cast<int>(call.result.parameters[call.result.num_parameters - 1].frac));
}

TEST(CInterface, AcceptsInDirtyAndUnalignedMemory) {
  for (const std::size_t skip : {0, 1, 3}) {
    Call call(honest().proof, nullptr, skip);
    ASSERT_EQ(call.result.status, PEDIGREE_OK) << call.result.reason;
    EXPECT_STREQ(call.result.code, "ok");
    EXPECT_STREQ(call.result.check, "");
    EXPECT_GE(call.result.bits, 128);
    EXPECT_EQ(call.result.claim.records, 20u);
    EXPECT_EQ(call.result.claim.num_runs, 1u);
    EXPECT_EQ(call.result.claim.runs[0].factor, 3u);
    EXPECT_GT(call.result.num_terms, 10u);
    EXPECT_EQ(call.check_weights(honest().weights), "accepted");
    EXPECT_EQ(call.check_weights(honest().weights), "accepted");  // again
  }
}

TEST(CInterface, EveryAmountOfMemoryGivesAVerdict) {
  const Bytes& file = honest().proof;
  const std::size_t need = pedigree_verify_memory(file.data(), file.size());
  Bytes memory(need);
  pedigree_result result;
  for (std::size_t length = 1; length < need; length *= 4) {
    const pedigree_status status =
        pedigree_verify(file.data(), file.size(), nullptr, memory.data(), length, &result);
    EXPECT_TRUE(status == PEDIGREE_BUDGET_EXCEEDED || status == PEDIGREE_OK) << length;
  }
  EXPECT_EQ(pedigree_verify(file.data(), file.size(), nullptr, nullptr, 0, &result),
            PEDIGREE_BUDGET_EXCEEDED);
}

TEST(CInterface, NeedsNoMemoryToRefuseWhatIsNoProof) {
  pedigree_result result;
  const Bytes noise(100, 7), none;
  EXPECT_EQ(pedigree_verify(noise.data(), noise.size(), nullptr, nullptr, 0, &result),
            PEDIGREE_NOT_A_PROOF);
  EXPECT_EQ(pedigree_verify(none.data(), 0, nullptr, nullptr, 0, &result), PEDIGREE_NOT_A_PROOF);
  EXPECT_EQ(pedigree_verify(honest().proof.data(), 40, nullptr, nullptr, 0, &result),
            PEDIGREE_MALFORMED);
}

TEST(CInterface, HidesWhichEquationFailed) {
  const Bytes forged = forger::Forger(forger::trace_forgeries().front()).file();
  Call call(forged);
  EXPECT_EQ(call.result.status, PEDIGREE_RELATION_UNSATISFIED);
  EXPECT_STREQ(call.result.check, "");
  EXPECT_EQ(call.result.index, 0u);
  EXPECT_EQ(call.check_weights(honest().weights), "weights_not_published");
}

TEST(CInterface, Policy) {
  pedigree_policy bits{}, memory{}, published{};
  bits.required_bits = 200;
  memory.max_memory = 1 << 20;
  published.require_published_weights = 1;
  EXPECT_STREQ(Call(honest().proof, &bits).result.check, "policy_bits");
  EXPECT_EQ(Call(honest().proof, &memory).result.status, PEDIGREE_BUDGET_EXCEEDED);
  EXPECT_STREQ(Call(honest().proof, &memory).result.check, "memory_budget");
  EXPECT_EQ(Call(honest().proof, &published).result.status, PEDIGREE_OK);
  const Bytes silent = prove(harness::chain_job({}).input()).bytes;
  EXPECT_STREQ(Call(silent, &published).result.check, "policy_weights");
  EXPECT_STREQ(Call(silent, &published).result.code, "policy_refused");
  EXPECT_EQ(Call(silent, &published).check_weights(honest().weights), "weights_not_published");
  EXPECT_EQ(Call(silent).check_weights(honest().weights), "weights_not_published");

  const auto with_killed = [](Check id, const Bytes& file, const pedigree_policy& policy) {
    const harness::Killed killed(id);
    return Call(file, &policy).result.status;
  };
  EXPECT_EQ(with_killed(Check::policy_bits, honest().proof, bits), PEDIGREE_OK);
  EXPECT_EQ(with_killed(Check::policy_weights, silent, published), PEDIGREE_OK);
}

// A38. A policy that names starts is met by the file, not by its digest in the statement.
TEST(CInterface, ANamedStartIsShown) {
  harness::Job job = harness::named_start(harness::chain_job({}), 20);
  OwnedArena arena(4 * statement_memory(job.statement));
  const auto compiled = compile_statement(job.statement, arena.get());
  const Bytes file =
      write_weights_file(compiled.value().segments[0].program.parameters.span(), job.start);
  job.statement.start_weights = keccak256(file);
  const Bytes proof = prove(job.input()).bytes;
  pedigree_digest named, other{};
  std::memcpy(named.bytes, job.statement.start_weights.bytes, sizeof named.bytes);
  pedigree_policy policy{};
  policy.restrict_start = 1;
  policy.starts = &named;
  policy.num_starts = 1;

  Call call(proof, &policy);
  EXPECT_EQ(call.result.status, PEDIGREE_START_UNSEEN);
  EXPECT_STREQ(call.result.code, "start_unseen");
  EXPECT_STREQ(call.result.check, "policy_start_file");
  EXPECT_EQ(call.check_weights(file), "policy_start_file");  // nothing else is settled before
  Bytes bent = file;
  add_to_last(bent, 1);
  pedigree_result verdict{};
  EXPECT_EQ(pedigree_verify_start(&call.result, bent.data(), bent.size(), &verdict),
            PEDIGREE_WEIGHTS_DIFFER);
  EXPECT_EQ(call.result.status, PEDIGREE_START_UNSEEN);
  EXPECT_EQ(pedigree_verify_start(&call.result, file.data(), file.size(), &verdict), PEDIGREE_OK);
  EXPECT_EQ(call.result.status, PEDIGREE_OK);
  EXPECT_STREQ(call.result.check, "");
  EXPECT_GE(call.result.bits, 128);

  // Outside the policy a file helps nothing; without one the digest is only displayed.
  policy.starts = &other;
  Call outside(proof, &policy);
  EXPECT_STREQ(outside.result.check, "policy_start");
  EXPECT_NE(pedigree_verify_start(&outside.result, file.data(), file.size(), &verdict),
            PEDIGREE_OK);
  EXPECT_EQ(outside.result.status, PEDIGREE_POLICY_REFUSED);
  Call plain(proof);
  EXPECT_EQ(plain.result.status, PEDIGREE_OK);
  EXPECT_EQ(pedigree_verify_start(&plain.result, file.data(), file.size(), &verdict), PEDIGREE_OK);
}

TEST(CInterface, RefusesAnotherFileOfWeights) {
  Call call(honest().proof);
  Bytes other = honest().weights;
  add_to_last(other, unit());
  EXPECT_EQ(call.check_weights(other), "weights_digest");
  EXPECT_EQ(call.check_weights({}), "weights_digest");
  const harness::Killed killed(Check::weights_digest);
  EXPECT_EQ(call.check_weights(other), "weights_differ");
}

TEST(CInterface, RefusesPublishedWeightsThatWereNotTrained) {
  const double one = unit();
  const Published off = publish([=](Bytes& file) { add_to_last(file, one); });
  EXPECT_EQ(verdict_on_weights(off), "weights_differ");
  const Published between = publish([=](Bytes& file) { add_to_last(file, one / 4); });
  EXPECT_EQ(verdict_on_weights(between), "weights_grid");
  const Published renamed = publish([](Bytes& file) { file[60] ^= 1; });
  EXPECT_EQ(verdict_on_weights(renamed), "weights_shape");
  const Published longer = publish([](Bytes& file) { file.push_back(0); });
  EXPECT_EQ(verdict_on_weights(longer), "weights_shape");

  const auto with_killed = [](Check id, const Published& p) {
    const harness::Killed killed(id);
    return verdict_on_weights(p);
  };
  EXPECT_EQ(with_killed(Check::weights_differ, off), "accepted");
  EXPECT_EQ(with_killed(Check::weights_grid, between), "accepted");
  EXPECT_EQ(with_killed(Check::weights_shape, renamed), "accepted");
}

TEST(CInterface, ReadsAClaimWithoutBelievingIt) {
  const Bytes& file = honest().proof;
  Bytes memory(4 * file.size() + (std::size_t{1} << 16));
  pedigree_result result;
  EXPECT_EQ(pedigree_read_claim(file.data(), file.size(), memory.data(), memory.size(), &result),
            PEDIGREE_OK);
  EXPECT_EQ(result.claim.steps, 3u);
  EXPECT_EQ(result.num_terms, 0u);
  EXPECT_EQ(pedigree_read_claim(file.data(), 40, memory.data(), memory.size(), &result),
            PEDIGREE_MALFORMED);
  EXPECT_EQ(result.has_claim, 0u);
}

}  // namespace
}  // namespace pedigree
