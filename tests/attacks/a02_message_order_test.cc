// A2: the log of absorbs and squeezes is the one written in proof/segment.h and commit/opening.h.
#include <gtest/gtest.h>

#include "harness/clear.h"
#include "harness/reference_jobs.h"
#include "harness/switches.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

using Log = std::vector<std::string>;

void repeat(Log& log, std::size_t n, std::initializer_list<const char*> lines) {
  for (std::size_t i = 0; i < n; ++i) log.insert(log.end(), lines.begin(), lines.end());
}

void add_tree(Log& log, u32 depth) {
  repeat(log, 1, {"K tree_root"});
  for (u32 k = 0; k < depth; ++k) {
    repeat(log, 1, {"C lambda"});
    repeat(log, k, {"K round", "K round", "C bind"});
    repeat(log, 1, {"K children", "K children", "K children", "K children", "C tau"});
  }
}

// Steps 1 to 7 for a program, in the words of proof/segment.h.
Log segment_log(const CompiledSegment& c, bool committed_start, bool named, bool publish) {
  const Plan& plan = c.plan;
  const Program& p = c.program;
  Log log = {"B pedigree", "B version", "B statement", "B position",
             "D segment",  "C alpha",   "C beta"};
  add_tree(log, plan.log_lookups);
  repeat(log, plan.leaf_virtuals.size(), {"K leaf"});
  repeat(log, 1, {"C lambda"});
  repeat(log, plan.contraction_rounds, {"K round", "K round", "K round", "C bind"});
  for (const TensorId t : plan.contractions) {
    if (!is_public(p, p.tensors[t].a)) repeat(log, 1, {"K operand"});
    repeat(log, 1, {"K weight"});
  }
  for (const Parameter& w : p.parameters) {
    if (c.first && !committed_start) break;
    repeat(log, w.log_in + w.log_out, {"C start"});
    if (c.first && named) repeat(log, 1, {"K named start"});
  }
  for (const Parameter& w : p.parameters) {
    repeat(log, w.log_in + w.log_out, {"C end"});
    if (publish) repeat(log, 1, {"K published"});
  }
  repeat(log, 1, {"C lambda"});
  repeat(log, plan.weight_rounds, {"K round", "K round", "K round", "C bind"});
  for (const WeightClaim& claim : plan.weight_claims)
    for (const Update& u : p.updates) {
      if (u.parameter != claim.parameter) continue;
      if (!is_public(p, u.a)) repeat(log, 1, {"K factor"});
      if (!is_public(p, u.d)) repeat(log, 1, {"K factor"});
    }
  if (!plan.products.empty()) {
    repeat(log, 1, {"C lambda"});
    repeat(log, plan.product_rounds, {"K round", "K round", "K round", "C bind"});
    repeat(log, plan.operands.size(), {"K operand"});
  }
  if (!p.pullbacks.empty()) {
    repeat(log, 1, {"C gamma", "D pushforward", "C alpha", "C beta"});
    add_tree(log, plan.log_pullbacks);
  }
  repeat(log, 1, {"C eta"});
  repeat(log, plan.gate_rounds, {"K round", "K round", "K round", "C bind"});
  repeat(log, 1, {"K gate_a", "K gate_b", "C mu"});
  return log;
}

// The opening, in the words of commit/opening.h.
Log opening_log(const OpeningParameters& p) {
  Log log = {"B opening"};
  repeat(log, mask_is_apart(p), {"D mask root"});
  repeat(log, 1, {"K tau", "C c"});
  repeat(log, masked_rounds(p), {"K masked h", "C rho"});
  repeat(log, 1, {"K xy", "C gamma"});
  for (u32 l = 0; l + 1 < p.num_levels; ++l) {
    repeat(log, 1, {"D root", "C z", "K answer"});
    repeat(log, p.levels[l].grinding != 0, {"N nonce"});
    repeat(log, 1, {"C positions", "C beta"});
    repeat(log, p.levels[l + 1].log_columns, {"K h", "C rho"});
  }
  repeat(log, 1, {"K g"});
  repeat(log, p.levels[p.num_levels - 1].grinding != 0, {"N nonce"});
  repeat(log, 1, {"C positions"});
  repeat(log, p.log_final, {"K h", "C rho"});
  return log;
}

void expect_written_order(const Job& job) {
  const ClearCase c(job);
  Log expected, seen;
  const auto append = [&](const Log& part) {
    expected.insert(expected.end(), part.begin(), part.end());
  };
  for (const CompiledSegment& segment : c.run().segments)
    append(segment_log(segment, c.run().committed_start, job.statement.has_named_start(),
                       segment.last && job.statement.publish_weights));
  append({"B pedigree", "B version", "B statement"});
  repeat(expected, c.run().segments.size(), {"B segment"});
  append({"C zeta"});
  append(opening_log(c.run().opening));
  for (const LoggedEvent& e : events_of(prove(job.input(), {.verify_own = false}).bytes))
    seen.push_back(e.type + (" " + e.label));
  EXPECT_EQ(seen, expected);
}

TEST(Messages, OrderIsTheWrittenOne) {
  Job shown = reference_job("logistic_relu");
  shown.statement.publish_weights = true;
  const Job named = named_start(reference_job("logistic_relu"), 20);
  const auto chain = [] {
    JobOptions o;
    o.steps = 5;
    o.segments = {2, 3};
    o.datasets = {13, 7};
    o.publish = true;
    return chain_job(o);
  };
  for (const Job& job : {reference_job("cross_entropy_relu"), shown,
                         reference_job("mean_squared_linear"), deep_job(), chain(), named}) {
    expect_written_order(job);
    const PullAnyMap pull;
    expect_written_order(job);
  }
}

}  // namespace
}  // namespace pedigree::harness
