// KILL: each check of the verifier refuses an attack that passes it when it is switched off. No
// check is without one.
#include <gtest/gtest.h>

#include <set>

#include "attacks/check_attacks.h"
#include "harness/verdict.h"

namespace pedigree::attacks {
namespace {

using harness::Killed;

std::string name_of(Check c) { return check_name(c); }

TEST(Kill, EveryCheckHasAnAttack) {
  std::set<Check> covered = {Check::none};
  for (const CheckAttack& a : all_attacks()) covered.insert(a.check);
  for (const FixedCheck& f : fixed_checks())
    EXPECT_TRUE(covered.insert(f.check).second) << name_of(f.check) << " can be switched off";
  // Of claims that are still to come.
  for (u16 i = 0; i < static_cast<u16>(Check::count); ++i) {
    const Check c = static_cast<Check>(i);
    EXPECT_TRUE(covered.contains(c)) << name_of(c) << ": a check without a test";
  }
}

void expect_load_bearing(const CheckAttack& a) {
  SCOPED_TRACE(name_of(a.check) + ": " + a.what);
  // Where an equation between hidden values fails is not public: there one check stands for all of
  // them.
  const Check named = a.clear ? Check::opening_claim : a.check;
  const Refusal alive = a.shipped();
  EXPECT_EQ(name_of(alive.check), name_of(named));
  EXPECT_EQ(alive.code, check_code(named));
  const Killed killed(a.check);
  const Refusal off = a.shipped();
  if (a.alone)
    EXPECT_EQ(name_of(off.check), "none");
  else if (!a.clear)
    EXPECT_NE(name_of(off.check), name_of(a.check));
}

TEST(Kill, RelationsInTheClear) {
  for (const CheckAttack& a : relation_attacks()) {
    SCOPED_TRACE(name_of(a.check) + ": " + a.what);
    EXPECT_EQ(a.clear(), name_of(a.check));
    const Killed killed(a.check);
    if (a.alone)
      EXPECT_EQ(a.clear(), "accepted");
    else
      EXPECT_NE(a.clear(), name_of(a.check));
  }
}

TEST(Kill, RelationsMasked) {
  for (const CheckAttack& a : relation_attacks()) expect_load_bearing(a);
}
TEST(Kill, BytesAndStatement) {
  for (const CheckAttack& a : statement_attacks()) expect_load_bearing(a);
}
TEST(Kill, PolicyAndWeights) {
  for (const CheckAttack& a : interface_attacks()) expect_load_bearing(a);
}
TEST(Kill, Commitment) {
  for (const CheckAttack& a : commitment_attacks()) expect_load_bearing(a);
}
TEST(Kill, Claims) {
  for (const CheckAttack& a : claim_attacks()) {
    expect_load_bearing(a);
    if (a.clear) EXPECT_EQ(a.clear(), name_of(a.check));
  }
}
TEST(Kill, Scores) {
  for (const CheckAttack& a : score_attacks()) {
    expect_load_bearing(a);
    if (a.clear) EXPECT_EQ(a.clear(), name_of(a.check));
  }
}
TEST(Kill, Origins) {
  for (const CheckAttack& a : origins_attacks()) {
    expect_load_bearing(a);
    if (a.clear) EXPECT_EQ(a.clear(), name_of(a.check));
  }
}
TEST(Kill, FixedChecksRefuse) {
  for (const FixedCheck& f : fixed_checks())
    EXPECT_EQ(name_of(f.shipped().check), name_of(f.check));
}

}  // namespace
}  // namespace pedigree::attacks
