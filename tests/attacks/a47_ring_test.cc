// A47: records that one of several custodians signed. All of them must be accepted, none revoked, and a ring is no key.
#include <gtest/gtest.h>

#include "attacks/claim_api.h"
#include "claim/describe.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;

pedigree_digest named(const Seed& seed) { return describe(key_of(seed)); }

std::string verdict(const Bytes& file, const pedigree_policy& policy) {
  attacks::Api api;
  const Refusal why = api.verify(file, policy);
  return why.check == Check::none ? "accepted" : check_name(why.check);
}

TEST(Rings, EveryKeyThatMayHaveSignedMustBeAccepted) {
  const Bytes file = prove(ring_job().input(), {}).bytes;
  EXPECT_EQ(file_verdict(file), "accepted");
  const std::vector<pedigree_digest> keys = {named({3}), named({1}), named({9}), named({2})};
  const auto with = [&](std::size_t n) {
    pedigree_policy policy{};
    policy.custodians = keys.data();
    policy.num_custodians = n;
    return policy;
  };
  EXPECT_EQ(verdict(file, with(4)), "accepted");
  for (const std::size_t n : {1, 2, 3}) EXPECT_EQ(verdict(file, with(n)), "policy_custodian") << n;
  EXPECT_EQ(verdict(file, {}), "policy_any_custodian");
  pedigree_policy any{};
  any.any_custodian = 1;
  EXPECT_EQ(verdict(file, any), "accepted");
  for (const u8 n : {u8{1}, u8{2}, u8{3}}) {
    const pedigree_digest revoked = named(Seed{n});
    pedigree_policy policy = with(4);
    policy.revoked = &revoked;
    policy.num_revoked = 1;
    EXPECT_EQ(verdict(file, policy), "policy_revoked");
  }
}

// The digest of a ring that is listed as if it were a key accepts nothing, nor does it pass for one.
TEST(Rings, ARingIsNoKey) {
  const Bytes file = prove(ring_job().input(), {}).bytes;
  OwnedArena arena(1 << 22);
  Statement s = statement_of(file, arena.get());
  const pedigree_digest ring = describe(s.datasets[0].custodian);
  pedigree_policy policy{};
  policy.custodians = &ring;
  policy.num_custodians = 1;
  EXPECT_EQ(verdict(file, policy), "policy_custodian");
  s.datasets[0].among.clear();
  s.datasets[0].responses.clear();
  EXPECT_EQ(file_verdict(with_statement(file, s)), "manifest_signature");
  // A ring around another's key, without its holder's word in it.
  s = statement_of(file, arena.get());
  sign(s.datasets[0], Seed{4}, {Seed{5}}, arena.get());
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
}

}  // namespace
}  // namespace pedigree::harness
