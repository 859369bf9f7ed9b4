// The lying prover: it proves a false trace with correct hashes, transcript and proof of work. Only
// the relation is false.
//
// A forgery claims one job and proves another. The claim is the statement and the committed
// dataset; the truth is what was run: other data, labels, seed, schedule, steps or order, single
// cells bent on the way, or values bent afterwards. The forger computes everything consistently
// from its truth, so that it is caught by the one equation that holds the truth against the claim.
// Claim and truth compile to programs of the same shape.
#pragma once

#include "forger/message_liar.h"
#include "harness/clear.h"
#include "harness/naive_run.h"

namespace pedigree::forger {

using harness::ClearOptions;
using harness::Job;
using harness::RunLies;
using harness::Tamper;

struct Forgery {
  std::string name;    // what is false
  std::string attack;  // id in the threat model
  std::string check;   // what refuses it in the clear build; empty: the catalogue does not say
  Job claim;
  Job truth;
  RunLies lies = {};  // while the trace is run
  std::function<void(const Program&, Vec<u32>&)> selection =
      {};                     // rows used in truth, [t * 2^log_batch + b]
  Tamper tamper = {};         // after it, before anything is committed
  Tamper tamper_counts = {};  // after the lookups were counted
  u32 segment = 0;            // that all of the above lies in
  // Weights that are committed before segment `boundary`, other than the run left them there; what comes after is honest.
  std::function<void(u32 boundary, WeightEntries&)> committed = {};
  std::function<void(Statement&)> answers = {};  // out-of-domain answers of the statement
  Bend bend = {};               // messages, the first run of the forger being known
  bool bends_gates = false;     // which the clear build has not
  Check scruple = Check::none;  // a rule of the statement that the forger ignores
  std::string job = {};         // what the catalogue calls the claim
};

// Everything the prover needs for one forgery.
class Forger {
 public:
  explicit Forger(const Forgery& forgery);

  // The name of the check that refuses it in the clear, or "accepted". Statements, gates and what is no equation between
  // hidden values have one name everywhere: that of the shipped verifier.
  std::string clear_verdict() const;
  // A file with the claim's statement, proven from the truth. Follows from the forgery alone where no seed is given.
  std::vector<u8> file(u64 frozen_seed = 0) const;

 private:
  const CompiledSegment& run(u32 k) const { return compiled_.segments[k]; }
  RunLies lies_of(u32 k) const;
  ProveInput input() const;
  void bend(const SegmentPublic& segment, Witness& w) const;
  void believe(SegmentPublic& segment, u32 k) const;
  std::string clear_verdict(u32 k) const;
  std::vector<u8> file(u64 frozen_seed, MaskedSender::Liar* liar) const;

  Forgery forgery_;
  std::shared_ptr<OwnedArena> arena_;
  Compiled compiled_;                            // of the truth
  std::vector<WeightEntries> committed_;         // before each segment and after the last
  std::vector<WeightEntries> honest_, started_;  // before each segment, without and with its lies
};

// Weight on a dead input of the first layer, where nothing reads: end and start move together.
void weigh_dead_input(const SegmentPublic& s, Witness& w);

// All forgeries of this folder that have a name of their own.
std::vector<Forgery>
trace_forgeries();  // a step computed wrongly: one cell bent, everything after it honest
std::vector<Forgery>
exchange_forgeries();  // another run than the stated one: records, order, schedule, start
std::vector<Forgery> witness_forgeries();  // committed or derived values bent after an honest run
std::vector<Forgery> all_forgeries();

// A job with padding everywhere: features, classes, neurons, records, steps, batch.
Job padded_job(Loss loss = Loss::cross_entropy, bool publish = false);

}  // namespace pedigree::forger
