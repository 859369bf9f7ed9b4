// docs/security.md is generated from the lists that the tests run on, and this test fails where the
// page is older than they are. PEDIGREE_REWRITE=1 writes it anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "attacks/check_attacks.h"
#include "forger/forger.h"
#include "harness/cells.h"
#include "harness/reference_jobs.h"
#include "harness/reviewed_messages.h"

namespace pedigree::harness {
namespace {

struct Defence {
  const char* id;
  const char* attack;
  std::vector<const char*> tests;
};

// The attacks of docs/threat-model.md that a segment proof has to stop.
const std::vector<Defence> kDefences = {
    {"A1",
     "statement field not bound",
     {"StatementFields.EachIsBound", "StatementFields.ListsAreBound",
      "StatementRules.EachBrokenOneIsNamed"}},
    {"A2",
     "message used before it is absorbed",
     {"Messages.OrderIsTheWrittenOne", "Messages.EachIsAbsorbedBeforeTheNextChallenge",
      "Messages.EachWordIsForcedInTheClear", "Messages.EachWordIsForcedMaskedSlow"}},
    {"A3",
     "two sequences, one hash input",
     {"Transcript.AMillionPairsOfSequencesEncodeDifferently"}},
    {"A4",
     "challenge ignored or taken from the proof",
     {"Messages.AnotherChallengeThanTheOneDrawnIsRefused",
      "Messages.TheVerifierUsesEveryChallenge"}},
    {"A5",
     "predictable batching factor",
     {"Batching.FalseClaimsThatCancelAreRefusedUnlessTheFactorIsPredictable",
      "Batching.FalseClaimsThatCancelAcrossLayersAndRootsAreRefused",
      "Batching.FalseZerosThatCancelAreRefusedUnlessTheFactorIsPredictable",
      "Batching.EndWeightsOfTwoLayersThatCancelAreRefused",
      "ChainOrder.FalseSegmentsThatCancelAreRefused"}},
    {"A6",
     "program of the prover's choosing",
     {"HostileFiles.AnUnknownLayerBehindASharedOneIsRefused", "Messages.OrderIsTheWrittenOne"}},
    {"A7", "proof of work absent, extra, misplaced", {"Transcript.EveryWrongNonceIsRefused"}},
    {"A8",
     "biased or base-field challenges",
     {"Transcript.ChallengesAreUniformInK", "Transcript.PositionsAreUniform",
      "Transcript.KnownAnswers"}},
    {"A9", "proof chooses its parameters", {"StatementFields.ParametersFollowFromTheProfile"}},
    {"A10",
     "extension too small, union loss",
     {"Parameters.EveryProfileAndSizeProves128Bits", "Parameters.EachMovesItsOwnTerms",
      "Parameters.WeakOnesAreRefusedByBothSides", "OpeningSecurity.EveryCompiledRowProves128Bits"}},
    {"A11",
     "higher degree, wrong rounds, final value unchecked",
     {"Messages.OneMessageMoreOrLessIsRefused", "Messages.EachWordIsForcedInTheClear"}},
    {"A12",
     "claim never opened, opened elsewhere, merged",
     {"Claims.RandomGraphsLeaveNoneOpenSample", "Claims.RandomGraphsLeaveNoneOpenSlow"}},
    {"A13",
     "lookup count, prover-chosen weights",
     {"Lookups.CountsStayFarBelowTheModulus", "Forger.EveryForgeryIsRefusedByTheShippedVerifier"}},
    {"A14",
     "other table, self-comparing root, junk in padding",
     {"Lookups.ATreeOfZerosIsRefusedAtTheLeaves", "Kill.RelationsInTheClear"}},
    {"A15",
     "short queries, long final message, leaf as node, longer path",
     {"Openings.AnotherNumberOfWordsIsRefused", "Opening.RefusesOtherParametersThanProvenWith",
      "Merkle.ALeafIsNotAnInnerNode"}},
    {"A16",
     "committed under one shape, read under another",
     {"StatementFields.AnotherShapeOfTheSameSizeIsRefused",
      "Opening.RefusesAnotherShapeOfTheSameSize"}},
    {"A17",
     "hidden work in padding",
     {"Forger.EveryForgeryIsRefusedByTheShippedVerifier", "Cells.EveryReadCellIsForcedSample"}},
    {"A18",
     "half range check, non-unique advice",
     {"Cells.EveryReadCellIsForcedSlow", "Forger.EveryForgeryIsRefusedByTheShippedVerifier"}},
    {"A19",
     "virtual weights wrap",
     {"Bounds.OneAboveIsRefusedByBothSides", "ChainBounds.ARangeCheckStartsThemAnew",
      "ChainBounds.AWeightOutsideItsRangeIsRefused"}},
    {"A20",
     "free cell, unanchored copy",
     {"Cells.EveryReadCellIsForcedSample", "Cells.EveryReadCellIsForcedSlow",
      "Cells.EveryReadCellOfShortMapsIsForced", "ShortMaps.RefuseAnotherSign",
      "Cells.ReferenceJobsUseEveryKind"}},
    {"A21",
     "selection or label row not one-hot, labels cut from features",
     {"Forger.EveryForgeryIsRefusedByTheShippedVerifier", "Cells.AnUnusedLabelMayBeAnotherClass"}},
    {"A22",
     "record repeated or dropped in an epoch",
     {"Forger.EveryForgeryIsRefusedByTheShippedVerifier"}},
    {"A23",
     "segments reordered, left out, repeated, spliced",
     {"ChainOrder.EveryOtherOrderIsRefused", "ChainOrder.EveryOmissionAndRepetitionIsRefused",
      "ChainOrder.ExchangedEndsAreRefused", "ChainOrder.ASegmentOfAnotherRunIsRefused",
      "ChainOrder.AStartIsTheEndBefore"}},
    {"A24",
     "second encoding of one proof",
     {"HostileFiles.OneEncodingOfAStatement", "HostileFiles.EveryWordTamperedSlow"}},
    {"A25",
     "header bombs",
     {"HostileFiles.HeaderBombs", "HostileFiles.AnEmptyProofCostsNoSorting",
      "HostileFiles.NoiseAndMutatedStatements", "Kill.FixedChecksRefuse"}},
    {"A26",
     "verdict depends on more than the bytes",
     {"HostileFiles.VerdictDependsOnTheBytesAlone", "Lint.NoStateOutlivesACall"}},
    {"A29",
     "replay of a claim in another context",
     {"Inference.EachFieldIsBound", "Score.EachFieldIsBound", "Kill.Scores",
      "StatementFields.EachIsBound"}},
    {"A30",
     "mask missing, short, or in the base field",
     {"ZeroKnowledge.AnyMessagesAreThoseOfAnyWitness", "ZeroKnowledge.EveryPadIsNeeded",
      "ZeroKnowledge.ASimulatorWithoutAWitnessIsAccepted",
      "ZeroKnowledge.SegmentsWithTwoRootsHideAsMuch",
      "ZeroKnowledge.AnyMessagesOfAChainAreThoseOfAnyWitness",
      "InferenceZeroKnowledge.AnyMessagesAreThoseOfAnyWeightsAndInputs",
      "ScoreZeroKnowledge.AnyMessagesAreThoseOfAnyWeightsAndTestSet",
      "OpeningHiding.EveryWitnessOfAValueGivesTheSameView"}},
    {"A31",
     "a mask drawn twice",
     {"Inference.EqualInputsHashDifferently", "Randomness.NoMaskIsDrawnTwice",
      "Randomness.RootsOfAChainShareNoWord"}},
    {"A32",
     "more openings than masks cover",
     {"Opening.ProverRefusesASecondUseOfTheMask", "Parameters.EveryProfileAndSizeProves128Bits"}},
    {"A33", "guessable records", {"Commitments.EqualRecordsDifferEverywhere"}},
    {"A34",
     "lengths and small integers leak",
     {"Lengths.FollowFromTheStatement", "Inference.HiddenInputsChangeNeitherStatementNorLength"}},
    {"A37",
     "order or start of the trainer's choosing",
     {"Orders.FollowFromTheStatement", "Orders.ASwappedPairOfRowsIsRefused",
      "Beacons.AreSignedByTheirSource", "Beacons.AnotherBeaconIsAnotherRun"}},
    {"A38",
     "undeclared data, warm start, extra steps",
     {"Starts.ACommittedStartIsNamedOrRefused", "Starts.EachPartIsBound",
      "Starts.TheFileOfAnotherStartIsRefused", "CInterface.ANamedStartIsShown",
      "Forger.EveryForgeryIsRefusedByTheShippedVerifier"}},
    {"A40",
     "other start, operator, rounding, format",
     {"Forger.EveryForgeryIsRefusedByTheShippedVerifier", "StatementFields.EachIsBound"}},
    {"A41",
     "zero rate, empty or duplicate batches",
     {"Schedules.ZeroRatesAndSmallBatchesAreVisible", "Schedules.RunsThatNoStepFollowsAreRefused",
      "Use.IsThatOfEachStepAndRecord", "Use.SaysWhatWasNotUsed",
      "Use.DistinctOnesAreCountedAtTheirLeast", "Kill.PolicyAndWeights",
      "Forger.EveryForgeryIsRefusedByTheShippedVerifier"}},
    {"A42",
     "errors hidden in tolerances",
     {"Forger.EveryForgeryIsRefusedByTheShippedVerifier", "Kill.PolicyAndWeights"}},
    {"A43",
     "trained on test, late test choice, many tries",
     {"Score.PoliciesOfTestSets", "Score.ATestSetThatTheRunNamesIsFixed",
      "Score.ADrawByANamedBeaconIsFixed", "Score.DrawnRecordsAreThoseOfTheBeacon",
      "Tickets.AreNumberedWhateverACrashCuts", "Kill.Scores"}},
    {"A47",
     "manifest altered after it was signed, or left out",
     {"Manifests.EachSignedFieldIsBound", "Manifests.AnIdentityNamesSignerAndCode",
      "Score.PoliciesOfTestSets", "Kill.PolicyAndWeights"}},
};

std::string join(const std::set<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : "; ") + item;
  return out;
}

void write_attacks(std::ostream& out) {
  std::map<std::string, std::set<std::string>> forged;
  for (const forger::Forgery& f : forger::all_forgeries()) forged[f.attack].insert(f.name);
  out << "## Attacks\n\nIds are those of the threat model. Forgeries are made by `tests/forger`: a "
         "prover that re-proves a false trace with correct\n"
         "hashes, transcript and proof of work. Each is refused in the clear by the equation that "
         "it breaks, and by the shipped verifier.\n\n"
         "| id | attack | tests | forgeries |\n| --- | --- | --- | --- |\n";
  for (const Defence& d : kDefences) {
    out << "| " << d.id << " | " << d.attack << " | ";
    for (std::size_t i = 0; i < d.tests.size(); ++i)
      out << (i ? ", " : "") << "`" << d.tests[i] << "`";
    out << " | " << join(forged[d.id]) << " |\n";
  }
}

void write_checks(std::ostream& out) {
  std::map<Check, std::set<std::string>> attacks;
  for (const attacks::CheckAttack& a : attacks::all_attacks()) attacks[a.check].insert(a.what);
  for (const attacks::FixedCheck& f : attacks::fixed_checks())
    attacks[f.check].insert(std::string("cannot be switched off: ") + f.reason);
  out << "\n## Checks\n\nEvery refusal of the verifier. Each check is switched off in turn "
         "(`Kill.*`): the attacks beside it are refused with it and\n"
         "pass it without. Checks on hidden values share the public code `relation_unsatisfied`; "
         "the clear build names them.\n\n"
         "| check | public code | refused because | attacks |\n| --- | --- | --- | --- |\n";
  for (u16 i = 1; i < static_cast<u16>(Check::count); ++i) {
    const Check c = static_cast<Check>(i);
    out << "| `" << check_name(c) << "` | `" << code_name(check_code(c)) << "` | " << check_text(c)
        << " | " << join(attacks[c]) << " |\n";
  }
}

void write_messages(std::ostream& out) {
  out << "\n## Messages\n\nEverything that leaves the prover. Under replayed challenges every word "
         "of every message is changed and refused\n"
         "(`Messages.EachWordIsForced*`, `Messages.EachHintIsAuthenticated`); a nonce is held "
         "against the hash instead.\n"
         "`ZeroKnowledge.*` and `OpeningHiding.*` show that what hides them is enough, and none of "
         "it spare.\n\n"
         "| message | what it is | hidden by |\n| --- | --- | --- |\n";
  for (const ReviewedMessage& m : kReviewedMessages)
    out << "| `" << m.label << "` | " << m.what << " | " << m.hidden_by << " |\n";
}

const char* advice_name(const Tensor& t) {
  constexpr const char* names[] = {"records",          "quotient", "mapped value", "maximum",
                                   "softmax quotient", "limb",     "copy",         "class"};
  return names[static_cast<u8>(t.advice)];
}

void write_cells(std::ostream& out) {
  out << "\n## Committed cells\n\nEvery word of the roots, derived from the layout. "
         "`Cells.*` changes each word that is read and shows that the others do\n"
         "not matter.\n\n| job |";
  for (u32 u = 0; u < kNumCellUses; ++u) out << " " << use_name(static_cast<CellUse>(u)) << " |";
  out << "\n| --- |";
  for (u32 u = 0; u < kNumCellUses; ++u) out << " --- |";
  out << "\n";
  std::map<std::string, std::map<CellUse, u32>> kinds;
  for (const ReferenceJob& j : reference_jobs()) {
    const ClearCase c(j.job);
    std::map<CellUse, u32> uses;
    for (const Cell& cell : cells_of(c.compiled())) {
      ++uses[cell.use];
      const bool tensor =
          cell.root != kEndRoot && (cell.use == CellUse::forced || cell.use == CellUse::one_hot ||
                                    cell.use == CellUse::ranged);
      ++kinds[tensor ? advice_name(c.compiled().program.tensors[cell.tensor])
              : cell.root == kEndRoot && cell.use == CellUse::forced
                  ? "end weight"
                  : use_name(cell.use)][cell.use];
    }
    out << "| " << j.name << " |";
    for (u32 u = 0; u < kNumCellUses; ++u) out << " " << uses[static_cast<CellUse>(u)] << " |";
    out << "\n";
  }
  out << "\n| cell | use | words in all jobs | result |\n| --- | --- | --- | --- |\n";
  constexpr const char* results[kNumCellUses] = {
      "any other value alone is refused",
      "any other value is refused once lookups are counted",
      "refused unless the row still holds one 1",
      "accepted inside its range, refused outside",
      "the mask of a message: each is needed (`ZeroKnowledge.EveryPadIsNeeded`)",
      "accepted with its own out-of-domain answer, refused with another",
      "no claim depends on it"};
  for (const auto& [kind, uses] : kinds)
    for (const auto& [use, words] : uses)
      out << "| " << kind << " | " << use_name(use) << " | " << words << " | "
          << results[static_cast<u8>(use)] << " |\n";
}

void write_exceptions(std::ostream& out) {
  out << "\n## Reviewed exceptions\n\n"
         "- A target that rounds to the same delta is another dataset with the same run: its "
         "witness is a true one (`Cells`).\n"
         "- A prover does not compute with `tau`, nor with the first `lambda`; honest layers "
         "satisfy their equation for every value of them.\n"
         "  That false ones do not: `Kill.RelationsInTheClear`, children of the last layer.\n"
         "- The highest coefficient of rounds in which a factor is constant, and denominators of "
         "tables alone, are equal for all witnesses:\n"
         "  their pads hide nothing (`ZeroKnowledge.EveryPadIsNeeded`).\n"
         "- Refusals outside the macro, with the reason beside each: "
         "`Lint.RefusalsGoThroughTheMacro`.\n";
}

std::string page() {
  std::ostringstream out;
  out << "# Security tests\n\nGenerated by `tests/security_page_test.cc` from the lists that the "
         "tests run on; do not edit. `PEDIGREE_REWRITE=1` with\n"
         "`pedigree_tests --gtest_filter=SecurityPage.*` writes it anew.\n\n";
  write_attacks(out);
  write_checks(out);
  write_messages(out);
  write_cells(out);
  write_exceptions(out);
  return out.str();
}

TEST(SecurityPage, NamesTestsThatExist) {
  std::set<std::string> known;
  const auto& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i)
    for (int j = 0; j < all.GetTestSuite(i)->total_test_count(); ++j)
      known.insert(std::string(all.GetTestSuite(i)->name()) + "." +
                   all.GetTestSuite(i)->GetTestInfo(j)->name());
  std::set<std::string> ids;
  for (const Defence& d : kDefences) {
    ids.insert(d.id);
    for (const char* test : d.tests) EXPECT_TRUE(known.contains(test)) << d.id << " " << test;
  }
  for (const forger::Forgery& f : forger::all_forgeries())
    EXPECT_TRUE(ids.contains(f.attack)) << f.name << " " << f.attack;
}

TEST(SecurityPage, IsUpToDate) {
  const std::string path = std::string(PEDIGREE_SOURCE_DIR) + "/docs/security.md", now = page();
  if (std::getenv("PEDIGREE_REWRITE") != nullptr) std::ofstream(path) << now;
  std::ifstream in(path);
  const std::string committed((std::istreambuf_iterator<char>(in)),
                              std::istreambuf_iterator<char>());
  EXPECT_TRUE(committed == now)
      << "docs/security.md is older than the tests: run with PEDIGREE_REWRITE=1";
}

}  // namespace
}  // namespace pedigree::harness
