// Every rule of a statement, broken one at a time: the check that names it, and the rule's own
// index.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "harness/reference_jobs.h"
#include "proof/prove.h"

namespace pedigree::harness {
namespace {

struct Rule {
  const char* job;
  Check check;
  u64 index;
  std::function<void(Statement&)> broken;
};

constexpr Check kRange = Check::statement_range, kLayer = Check::statement_layer,
                kFormat = Check::statement_format;

void set_steps(Statement& s, u32 steps) {
  s.sampling.steps = s.segments[0].steps = s.runs[0].count = steps;
  s.optimiser.num_runs = 1;
}

// Two segments instead of one.
void cut(Statement& s, u32 first) {
  s.segments.push_back(s.segments[0]);
  s.segments[0].steps = first;
  s.segments[1].steps -= first;
}

// graph: 1 linear, 2 relu, 3 linear, 4 tanh, 5 add(4, 2), 6 linear sharing 3, 7 identity, 8 add(7,
// 5), 9 linear.
const std::vector<Rule> kRules = {
    {"graph", kRange, 0, [](Statement& s) { s.sampling.records = 0; }},
    {"graph", kRange, 0, [](Statement& s) { s.sampling.records = kMaxRecords + 1; }},
    {"graph", kRange, 1, [](Statement& s) { s.sampling.holdout = s.sampling.records; }},
    {"graph", kRange, 2, [](Statement& s) { s.sampling.batch = 0; }},
    {"graph", kRange, 2, [](Statement& s) { s.sampling.batch = s.sampling.records; }},
    {"graph", kRange, 3, [](Statement& s) { set_steps(s, (1u << kMaxLogSamples) + 1); }},
    {"graph", kRange, 4, [](Statement& s) { set_steps(s, 1u << kMaxLogSamples); }},
    {"graph", kRange, 26, [](Statement& s) { s.sampling.shards = 0; }},
    {"graph", kRange, 26, [](Statement& s) { s.sampling.shards = s.sampling.records; }},
    {"graph", kRange, 40, [](Statement& s) { s.start_kind = static_cast<StartKind>(2); }},
    {"graph", Check::statement_canonical, 41, [](Statement& s) { s.start.root.bytes[3] = 1; }},
    {"graph", Check::statement_canonical, 41, [](Statement& s) { s.start.answer = K(kOne); }},
    {"graph", Check::statement_canonical, 41, [](Statement& s) { s.start_weights.bytes[0] = 1; }},
    {"graph", kRange, 42, [](Statement& s) { s.start_kind = StartKind::named; }},
    {"graph", kRange, 43, [](Statement& s) { s.segments.clear(); }},
    {"graph", kRange, 43, [](Statement& s) { s.segments.resize(kMaxSegments + 1); }},
    {"graph", kRange, 44, [](Statement& s) { s.segments[0].steps = 0; }},
    {"graph", kRange, 45, [](Statement& s) { cut(s, 1); }},  // inside a period
    {"graph", kRange, 45,
     [](Statement& s) {
       s.optimiser.period = 2;
       cut(s, 1);
     }},
    {"graph", kRange, 46, [](Statement& s) { s.sampling.steps = 0; }},
    {"graph", kRange, 46, [](Statement& s) { s.segments[0].steps += 1; }},
    {"graph", kRange, 46, [](Statement& s) { s.segments[0].steps -= 1; }},
    {"graph", kRange, 47,
     [](Statement& s) { s.optimiser.num_impulse = 1, s.optimiser.period = 2; }},
    {"graph", kRange, 29, [](Statement& s) { s.sampling.records += 1; }},
    {"graph", kRange, 30,
     [](Statement& s) { s.start_kind = StartKind::named, s.segments[0].check_bits = 63; }},
    {"graph", kRange, 31, [](Statement& s) { s.segments[0].check_bits = 20; }},
    {"graph", kRange, 48, [](Statement& s) { s.datasets.clear(); }},
    {"graph", kRange, 48, [](Statement& s) { s.datasets.resize(kMaxDatasets + 1); }},
    {"graph", Check::manifest_fields, 0, [](Statement& s) { s.datasets[0].version = 2; }},
    {"graph", Check::manifest_fields, 1, [](Statement& s) { s.datasets[0].name.clear(); }},
    {"graph", Check::manifest_fields, 1, [](Statement& s) { s.datasets[0].name[0] = 7; }},
    {"graph", Check::manifest_fields, 2, [](Statement& s) { s.datasets[0].records = 0; }},
    {"graph", Check::manifest_fields, 3, [](Statement& s) { s.datasets[0].distinct = 0; }},
    {"graph", Check::manifest_fields, 3, [](Statement& s) { s.datasets[0].distinct += 1; }},
    {"graph", Check::manifest_fields, 4, [](Statement& s) { s.datasets[0].features = 0; }},
    {"graph", Check::manifest_fields, 5,
     [](Statement& s) { s.datasets[0].labels = kMaxWidth + 1; }},
    {"graph", Check::manifest_fields, 6, [](Statement& s) { s.datasets[0].input_bits = 0; }},
    {"graph", Check::manifest_fields, 9, [](Statement& s) { s.datasets[0].licence[0] = '/'; }},
    {"graph", Check::manifest_fields, 10, [](Statement& s) { s.datasets[0].purpose.clear(); }},
    {"graph", Check::manifest_fields, 11, [](Statement& s) { s.datasets[0].valid_from = 50000; }},
    {"graph", Check::manifest_fields, 13,
     [](Statement& s) { s.datasets[0].profile = static_cast<Profile>(9); }},
    {"graph", Check::manifest_fields, 14, [](Statement& s) { s.datasets[0].opening_budget = 0; }},
    {"graph", Check::manifest_fields, 17,
     [](Statement& s) { s.datasets[0].licensee.bytes[0] = 1; }},
    {"graph", Check::manifest_fields, 18,
     [](Statement& s) { s.datasets[0].responses = Vec<Digest>(s.datasets.arena(), 1); }},
    {"graph", Check::manifest_fields, 20, [](Statement& s) { s.datasets[0].signature[63] = 1; }},
    {"graph", Check::manifest_fields, 0, [](Statement& s) { s.datasets[0].features += 1; }},
    {"graph", Check::manifest_fields, 0, [](Statement& s) { s.datasets[0].labels += 1; }},
    {"graph", Check::manifest_fields, 0, [](Statement& s) { s.datasets[0].input_bits += 1; }},
    {"graph", Check::manifest_fields, 0,
     [](Statement& s) { s.datasets[0].profile = Profile::small; }},
    {"graph", Check::manifest_fields, 1,
     [](Statement& s) { s.datasets.push_back(s.datasets[0]); }},  // one dataset twice
    {"graph", Check::manifest_fields, 1,
     [](Statement& s) {
       s.datasets.push_back(s.datasets[0]);
       s.datasets[1].content.bytes[5] = 1;
       s.datasets[1].schema.bytes[5] = 1;
     }},
    {"graph", Check::manifest_signature, 0,
     [](Statement& s) { s.datasets[0].custodian.bytes[0] = 1; }},
    {"graph", kRange, 5, [](Statement& s) { s.optimiser.num_impulse = 0; }},
    {"graph", kRange, 6, [](Statement& s) { s.runs[0].count = 0; }},
    {"graph", kRange, 6, [](Statement& s) { s.runs[0].c = 1u << 20; }},
    {"graph", kRange, 7, [](Statement& s) { s.runs[1].c = s.runs[0].c; }},
    {"graph", kRange, 8, [](Statement& s) { s.runs[0].count += 1; }},
    {"graph", kRange, 9,
     [](Statement& s) { s.optimiser.impulse[s.optimiser.num_impulse - 1] = 0; }},
    {"graph", kRange, 10, [](Statement& s) { s.model.num_layers = 0; }},
    {"graph", kRange, 11, [](Statement& s) { s.model.features = 0; }},
    {"graph", kRange, 11, [](Statement& s) { s.model.features = kMaxWidth + 1; }},
    {"graph", kRange, 12, [](Statement& s) { s.model.outputs = 0; }},
    {"graph", kFormat, 13, [](Statement& s) { s.model.range_bits = 1; }},
    {"graph", kFormat, 13, [](Statement& s) { s.model.range_bits = kMaxRangeBits + 1; }},
    {"graph", kFormat, 14, [](Statement& s) { s.model.input_bits = 0; }},
    {"graph", kFormat, 14, [](Statement& s) { s.model.rate_bits = 33; }},
    {"graph", kFormat, 14, [](Statement& s) { s.model.frac_x = 21; }},
    {"graph", kRange, 20, [](Statement& s) { s.kind = ClaimKind::inference; }},
    {"graph", kRange, 25, [](Statement& s) { s.kind = ClaimKind::reusable_run; }},
    {"graph", kRange, 25,
     [](Statement& s) {
       s.kind = ClaimKind::reusable_run;
       s.openings = kMaxOpenings + 1;
     }},
    {"graph", kRange, 21, [](Statement& s) { s.arithmetic = kArithmeticVersion + 1; }},
    {"graph", kRange, 22, [](Statement& s) { s.profile = static_cast<Profile>(7); }},
    {"graph", Check::statement_canonical, 23, [](Statement& s) { s.weights.bytes[31] = 1; }},
    {"graph", kRange, 24, [](Statement& s) { s.optimiser.num_impulse = kMaxImpulse + 1; }},
    {"graph", kRange, 24, [](Statement& s) { s.model.num_layers = kMaxLayers + 1; }},
    {"graph", kLayer, 4, [](Statement& s) { s.model.layers[3].kind = static_cast<LayerKind>(9); }},
    {"graph", kLayer, 4, [](Statement& s) { s.model.layers[3].input = 4; }},   // itself
    {"graph", kLayer, 5, [](Statement& s) { s.model.layers[4].second = 6; }},  // a later one
    {"graph", kLayer, 3, [](Statement& s) { s.model.layers[2].second = 1; }},
    {"graph", kLayer, 2, [](Statement& s) { s.model.layers[1].out = 3; }},
    {"graph", kLayer, 2, [](Statement& s) { s.model.layers[1].share = 1; }},
    {"graph", kFormat, 1, [](Statement& s) { s.model.layers[0].frac_a = 3; }},
    {"graph", kFormat, 2, [](Statement& s) { s.model.layers[1].frac_q = 4; }},
    {"graph", kLayer, 5, [](Statement& s) { s.model.layers[4].activation = Activation::relu; }},
    {"graph", kFormat, 2, [](Statement& s) { s.model.layers[1].frac_a = 25; }},
    {"graph", kLayer, 3, [](Statement& s) { s.model.layers[2].share = 3; }},
    {"graph", kLayer, 7, [](Statement& s) { s.model.layers[7].input = 5; }},  // nobody reads 7
    {"graph", kLayer, 2,
     [](Statement& s) { s.model.layers[1].activation = static_cast<Activation>(4); }},
    {"graph", kLayer, 4,
     [](Statement&
            s) { s.model.layers[3].input = 2, s.model.layers[4].second = 3; }},  // of an activation
    {"graph", kFormat, 4, [](Statement& s) { s.model.layers[3].frac_a = 5; }},
    {"graph", kLayer, 5,
     [](Statement& s) { s.model.layers[4].second = 3; }},                   // adds a linear layer
    {"graph", kLayer, 5, [](Statement& s) { s.model.layers[0].out = 4; }},  // widths differ
    {"graph", Check::statement_canonical, 49,
     [](Statement& s) { s.beacon.round = 1; }},  // of no source
    {"graph", kFormat, 5, [](Statement& s) { s.model.layers[4].frac_a = 4; }},
    {"graph", kLayer, 1, [](Statement& s) { s.model.layers[0].out = 0; }},
    {"graph", kLayer, 9, [](Statement& s) { s.model.layers[8].out = kMaxWidth + 1; }},
    {"graph", kLayer, 6,
     [](Statement& s) { s.model.layers[5].share = 2; }},                    // shares an activation
    {"graph", kLayer, 6, [](Statement& s) { s.model.layers[5].out = 2; }},  // shares other shapes
    {"graph", kFormat, 3, [](Statement& s) { s.model.layers[2].frac_d = 0; }},
    {"graph", kFormat, 3, [](Statement& s) { s.model.layers[2].frac_q = 25; }},
    {"graph", kFormat, 9,
     [](Statement& s) { s.model.layers[8].frac_q = 24; }},  // no bits to round away
    {"graph", kFormat, 9, [](Statement& s) { s.model.layers[8].frac_e = 1; }},
    {"graph", kFormat, 3, [](Statement& s) { s.model.layers[2].frac_e = 2; }},
    {"graph", kFormat, 5,
     [](Statement& s) {  // deltas of 51 and of 9 bits meet
       s.model.rate_bits = 0;
       s.model.layers[8].frac_d = 24;
       s.model.layers[5].frac_e = 10;
     }},
    {"graph", kLayer, 8, [](Statement& s) { s.model.num_layers = 8; }},  // ends in an addition
    {"graph", kLayer, 9, [](Statement& s) { s.model.loss = static_cast<Loss>(0); }},
    {"graph", kLayer, 9, [](Statement& s) { s.model.outputs = 2; }},
    {"graph", kFormat, 9, [](Statement& s) { s.model.exp_bits = 3; }},
    {"graph", kFormat, 9, [](Statement& s) { s.model.exp_bits = 21; }},
    {"logistic_relu", kFormat, 3, [](Statement& s) { s.model.exp_bits = 6; }},
    {"logistic_relu", kLayer, 3, [](Statement& s) { s.model.outputs = 2; }},
    {"mean_squared_linear", kLayer, 1, [](Statement& s) { s.model.outputs = 2; }},
    {"mean_squared_linear", kFormat, 1, [](Statement& s) { s.model.layers[0].frac_d = 5; }},
    {"mean_squared_relu_rounding", kFormat, 2,
     [](Statement&
            s) { s.model.layers[0].frac_e = s.model.layers[0].frac_d = 24; }},  // a delta too coarse
};

Refusal verdict(const Rule& rule) {
  Job job = reference_job(rule.job);
  OwnedArena lists(1 << 20), arena(std::size_t{1} << 27);
  job.statement.runs = Vec<Optimiser::Run>(lists.get(), job.statement.runs.span());
  job.statement.optimiser.runs = job.statement.runs.data();
  Statement& s = job.statement;
  s.segments = Vec<SegmentStatement>(lists.get(), s.segments.span());
  s.datasets = Vec<Manifest>(lists.get(), s.datasets.span());
  for (Manifest& m : s.datasets)
    for (Vec<u8>* text : {&m.name, &m.licence, &m.purpose})
      *text = Vec<u8>(lists.get(), text->span());
  rule.broken(job.statement);
  const auto c = compile_statement(job.statement, arena.get());
  return c.ok() ? Refusal() : c.why();
}

TEST(StatementRules, EachBrokenOneIsNamed) {
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    const Refusal why = verdict(kRules[i]);
    EXPECT_EQ(std::string(check_name(why.check)), check_name(kRules[i].check)) << "rule " << i;
    EXPECT_EQ(why.index, kRules[i].index) << "rule " << i << " " << check_name(why.check);
  }
}

// Rules with an index of their own are numbered without gaps, and each number is above: a new one
// fails here.
TEST(StatementRules, EachNumberedOneIsTested) {
  // 27 and 28 stand behind 48 and the fields of manifests: no statement reaches them.
  std::set<u64> tested = {27, 28};
  for (const Rule& rule : kRules)
    if (std::string(rule.job) == "graph" && (rule.check == kRange || rule.index >= 10))
      tested.insert(rule.index);
  const std::regex numbered("PEDIGREE_CHECK\\(statement_[a-z]+,[^;]*,\\s*([0-9]+)\\);");
  u32 found = 0;
  for (const char* file : {"/src/model/compile_rules.cc", "/src/proof/verify_verify.cc"}) {
    std::ifstream in(std::string(PEDIGREE_SOURCE_DIR) + file);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    for (std::sregex_iterator call(text.begin(), text.end(), numbered), none; call != none;
         ++call) {
      ++found;
      EXPECT_TRUE(tested.contains(std::stoull((*call)[1]))) << call->str();
    }
  }
  EXPECT_GE(found, 20u);
}

}  // namespace
}  // namespace pedigree::harness
