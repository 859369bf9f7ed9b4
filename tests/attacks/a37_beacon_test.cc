// A37: a beacon counts where its source signed it, and another one is another run.
#include <gtest/gtest.h>
#include <pedigree/verify.h>

#include "harness/jobs.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"
#include "proof/policy.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;

constexpr char kSource[] = "a public source";

struct Case {
  Job job = chain_job({});
  Digest key = set_beacon(job, kSource, Seed{3});
};

// What a policy with these keys says of a statement: "accepted", or the check.
std::string judged(const Statement& s, const std::vector<std::pair<const char*, Digest>>& keys,
                   bool required) {
  std::vector<pedigree_beacon_key> known;
  for (const auto& [source, key] : keys) {
    known.push_back({source, {}});
    std::memcpy(known.back().key.bytes, key.bytes, sizeof key.bytes);
  }
  pedigree_policy policy{};
  policy.beacons = known.data();
  policy.num_beacons = known.size();
  policy.require_beacon = required;
  OwnedArena arena(1 << 16);
  Verified v;
  v.statement = s;
  v.use.records = Vec<u32>(arena.get(), s.datasets.size());
  const auto verdict = check_policy(policy, v, 200);
  return verdict.ok() ? "accepted" : check_name(verdict.why().check);
}

TEST(Beacons, AreSignedByTheirSource) {
  const Case c;
  const Case stranger{.key = {}};
  Digest other = c.key;
  other.bytes[0] ^= 1;
  for (const bool required : {false, true}) {
    EXPECT_EQ(judged(c.job.statement, {{kSource, c.key}}, required), "accepted");
    EXPECT_EQ(judged(c.job.statement, {{"other", other}, {kSource, c.key}}, required), "accepted");
    EXPECT_EQ(judged(c.job.statement, {{kSource, other}}, required), "policy_beacon");
    // A source with several keys may have signed with any of them.
    EXPECT_EQ(judged(c.job.statement, {{kSource, c.key}, {kSource, other}}, required), "accepted");
    EXPECT_EQ(judged(c.job.statement, {{kSource, other}, {kSource, c.key}}, required), "accepted");
    EXPECT_EQ(judged(c.job.statement, {{kSource, other}, {kSource, other}}, required),
              "policy_beacon");
    // Each signed field, and the signature itself.
    const std::vector<std::function<void(Beacon&)>> changes = {
        [](Beacon& b) { b.round += 1; },
        [](Beacon& b) { b.value.bytes[31] ^= 1; },
        [](Beacon& b) { b.signature[0] ^= 1; },
        [](Beacon& b) { b.signature[63] ^= 1; },
        [](Beacon& b) { std::memset(b.signature, 0, sizeof b.signature); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
      Statement s = c.job.statement;
      changes[i](s.beacon);
      EXPECT_EQ(judged(s, {{kSource, c.key}}, required), "policy_beacon") << i;
    }
    // A source that nobody listed, or none: only refused where a beacon is asked for.
    const char* const without = required ? "policy_beacon" : "accepted";
    EXPECT_EQ(judged(c.job.statement, {{"a public sourc", c.key}}, required), without);
    EXPECT_EQ(judged(chain_job({}).statement, {{kSource, c.key}}, required), without);
  }
  // A key may sign for one source what it signed for another only anew.
  Statement renamed = c.job.statement;
  Arena& arena = c.job.arena->get();
  renamed.beacon.source = Vec<u8>(arena, renamed.beacon.source.span());
  renamed.beacon.source[0] = 'b';
  EXPECT_EQ(judged(renamed, {{"b public source", c.key}}, true), "policy_beacon");
}

TEST(Beacons, AnotherBeaconIsAnotherRun) {
  const Case c;
  const Bytes file = prove(c.job.input(), {}).bytes;
  EXPECT_EQ(file_verdict(file), "accepted");
  OwnedArena arena(1 << 22);
  const Statement honest = statement_of(file, arena.get());
  for (const auto& change : std::vector<std::function<void(Beacon&)>>{
           [](Beacon& b) { b.round += 1; }, [](Beacon& b) { b.value.bytes[1] ^= 1; },
           [](Beacon& b) { b.source[2] ^= 1; }}) {
    Statement s = honest;
    s.beacon.source = Vec<u8>(arena.get(), honest.beacon.source.span());
    change(s.beacon);
    EXPECT_NE(run_seed(s), run_seed(honest));
    EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
  }
  // Its signature draws nothing; it is absorbed all the same.
  Statement s = honest;
  s.beacon.signature[0] ^= 1;
  EXPECT_EQ(run_seed(s), run_seed(honest));
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
}

}  // namespace
}  // namespace pedigree::harness
