// Every forgery is refused: in the clear by the equation that it breaks, in the shipped verifier by
// the one public code.
#include "forger/forger.h"

#include <gtest/gtest.h>

#include "harness/verdict.h"

namespace pedigree::forger {
namespace {

TEST(Forger, TruthIsAccepted) {
  // The twin: a forger that claims what it ran.
  for (const bool publish : {false, true})
    for (const Loss loss : {Loss::cross_entropy, Loss::logistic, Loss::mean_squared}) {
      const Job job = padded_job(loss, publish);
      const Forger honest({"nothing", "", "accepted", job, job});
      EXPECT_EQ(honest.clear_verdict(), "accepted") << static_cast<int>(loss);
      EXPECT_EQ(harness::file_verdict(honest.file()), "accepted");
    }
}

TEST(Forger, EveryForgeryIsRefusedForTheRightReasonInTheClear) {
  for (const Forgery& f : all_forgeries()) EXPECT_EQ(Forger(f).clear_verdict(), f.check) << f.name;
}

TEST(Forger, EveryForgeryIsRefusedByTheShippedVerifier) {
  for (const Forgery& f : all_forgeries()) {
    const Refusal why = harness::judge_file(Forger(f).file());
    EXPECT_EQ(why.check, Check::opening_claim) << f.name << " " << check_name(why.check);
    EXPECT_EQ(why.code, Code::relation_unsatisfied) << f.name;
  }
}

}  // namespace
}  // namespace pedigree::forger
