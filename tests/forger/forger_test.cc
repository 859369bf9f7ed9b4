// Every forgery is refused: in the clear by the equation that it breaks, in the shipped verifier by
// the one public code.
#include <gtest/gtest.h>

#include "forger/catalogue.h"
#include "harness/switches.h"
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

// The same of segments with two roots.
TEST(Forger, TwoRootsRefuseWhatOneDoes) {
  const harness::SplitSegments split;
  const Job job = padded_job();
  const Forger honest({"nothing", "", "accepted", job, job});
  EXPECT_EQ(honest.clear_verdict(), "accepted");
  EXPECT_EQ(harness::file_verdict(honest.file()), "accepted");
  for (const Forgery& f : all_forgeries()) {
    EXPECT_EQ(Forger(f).clear_verdict(), f.check) << f.name;
    EXPECT_EQ(harness::judge_file(Forger(f).file()).check, Check::opening_claim) << f.name;
  }
}

// And of maps that are pullbacks, whose columns are not committed: a lie about them in the trace that nothing else takes up is none.
TEST(Forger, PullbacksRefuseWhatLookupsDo) {
  const std::vector<Forgery> forgeries =
      all_forgeries();  // of tensors that the job has without them
  const harness::PullAnyMap pull;
  const Job job = padded_job();
  const Forger honest({"nothing", "", "accepted", job, job});
  EXPECT_EQ(honest.clear_verdict(), "accepted");
  EXPECT_EQ(harness::file_verdict(honest.file()), "accepted");
  for (const Forgery& f : forgeries) {
    if (f.name == "an activation in a padded neuron") {
      EXPECT_EQ(Forger(f).clear_verdict(), "accepted");
      continue;
    }
    EXPECT_NE(Forger(f).clear_verdict(), "accepted") << f.name;
    EXPECT_EQ(harness::judge_file(Forger(f).file()).check, Check::opening_claim) << f.name;
  }
}

TEST(Catalogue, JobsAreAccepted) {
  for (const CatalogueJob& j : catalogue_jobs()) {
    const Forger honest({"nothing", "", "accepted", j.job, j.job});
    EXPECT_EQ(honest.clear_verdict(), "accepted") << j.name;
    EXPECT_EQ(harness::file_verdict(honest.file()), "accepted") << j.name;
  }
}

// What the catalogue leaves open, the vectors fix: reference/vectors/index.json.
TEST(Catalogue, SlowEveryForgeryIsRefusedInTheClear) {
  for (const Forgery& f : every_forgery()) {
    const std::string verdict = Forger(f).clear_verdict();
    EXPECT_NE(verdict, "accepted") << f.job << ": " << f.name;
    if (!f.check.empty()) EXPECT_EQ(verdict, f.check) << f.job << ": " << f.name;
  }
}

TEST(Catalogue, SlowEveryVectorIsRefusedByTheShippedVerifier) {
  for (const Forgery& f : catalogue()) {
    const Refusal why = harness::judge_file(Forger(f).file());
    if (f.scruple == Check::none) EXPECT_EQ(why.check, Check::opening_claim) << f.job << f.name;
    if (f.scruple != Check::none) EXPECT_EQ(why.check, f.scruple) << f.name;
  }
}

}  // namespace
}  // namespace pedigree::forger
