// Statements that no honest prover accepts, proven by one that ignores the rule.
#include "forger/catalogue.h"
#include "harness/reference_jobs.h"

namespace pedigree::forger {

namespace {

using harness::JobOptions;

struct List {
  Forgeries all;
  Job job;

  void add(const std::string& name, const char* attack, Check rule,
           const std::function<void(Job&)>& change) {
    Job made = job;
    Arena& arena = made.arena->get();
    made.statement.datasets = Vec<Manifest>(arena, job.statement.datasets.span());
    made.statement.segments = Vec<SegmentStatement>(arena, job.statement.segments.span());
    change(made);
    all.push_back({name, attack, check_name(rule), made, made});
    all.back().scruple = rule;
  }
};

void add_ranges(List& l) {
  using enum Check;
  l.add("another arithmetic", "A9", statement_range, [](Job& j) { ++j.statement.arithmetic; });
  l.add("another kind of claim", "A9", statement_range,
        [](Job& j) { j.statement.kind = static_cast<ClaimKind>(2); });
  l.add("a digest of weights that are not published", "A24", statement_canonical,
        [](Job& j) { j.statement.weights.bytes[5] = 1; });
  l.add("a digest of a start that is not named", "A24", statement_canonical,
        [](Job& j) { j.statement.start_weights.bytes[5] = 1; });
  l.add("a round of a beacon without a source", "A24", statement_canonical,
        [](Job& j) { j.statement.beacon.round = 3; });
}

void add_layers(List& l) {
  using enum Check;
  l.add("an activation of a linear layer", "A40", statement_layer,
        [](Job& j) { j.statement.model.layers[0].activation = Activation::tanh; });
  l.add("a second input of a linear layer", "A40", statement_layer,
        [](Job& j) { j.statement.model.layers[0].second = 1; });
  l.add("a width of an activation", "A40", statement_layer,
        [](Job& j) { j.statement.model.layers[1].out = 3; });
  l.add("a shared activation", "A40", statement_layer,
        [](Job& j) { j.statement.model.layers[1].share = 1; });
  l.add("a format of values of a linear layer", "A40", statement_format,
        [](Job& j) { j.statement.model.layers[0].frac_a = 1; });
  l.add("a format of deltas of an activation", "A40", statement_format,
        [](Job& j) { j.statement.model.layers[1].frac_d = 1; });
  l.add("a quotient of the delta of the last layer", "A40", statement_format,
        [](Job& j) { j.statement.model.layers[2].frac_e = 9; });
}

void add_manifests(List& l) {
  using enum Check;
  const auto of_dataset = [&](const std::string& name, const char* attack,
                              const std::function<void(Manifest&)>& change) {
    l.add(name, attack, manifest_fields, [=](Job& j) { change(j.statement.datasets[0]); });
  };
  of_dataset("more distinct records than records", "A46", [](Manifest& m) { ++m.distinct; });
  of_dataset("no distinct record", "A46", [](Manifest& m) { m.distinct = 0; });
  of_dataset("records valid until before they begin", "A47",
             [](Manifest& m) { m.valid_from = m.valid_until + 1; });
  of_dataset("another version of a manifest", "A47", [](Manifest& m) { ++m.version; });
  of_dataset("no budget of openings", "A32", [](Manifest& m) { m.opening_budget = 0; });
  of_dataset("wider inputs than the model's", "A19", [](Manifest& m) { ++m.input_bits; });
  l.add("one content twice", "A46", manifest_fields, [](Job& j) {
    JobOptions o;
    o.datasets = {4, 5};
    j = harness::chain_job(o);
    j.statement.datasets[1].content = j.statement.datasets[0].content;
  });
}

void add_runs(List& l) {
  using enum Check;
  l.add("momentum cut by a segment", "A23", statement_range, [](Job& j) {
    JobOptions o;
    o.impulse = {2, 1};
    o.steps = 4;
    o.segments = {2, 2};
    j = harness::chain_job(o);
  });
  l.add("weights that could wrap", "A19", bound, [](Job& j) {
    JobOptions o;
    o.hidden = {};
    o.features = 8;
    o.batch = 16;
    o.steps = 1;
    j = harness::chain_job(o);
    harness::set_runs(j, {{1, (1u << 20) - 1}});
    j.statement.optimiser.num_impulse = kMaxImpulse;
    for (u16& x : j.statement.optimiser.impulse) x = 65535;
  });
}

}  // namespace

Forgeries statement_forgeries() {
  List l;
  l.job = harness::reference_job("cross_entropy_relu");
  l.job.statement.model.range_bits += 3;  // other statements have other orders
  add_ranges(l);
  add_layers(l);
  add_manifests(l);
  add_runs(l);
  return l.all;
}

}  // namespace pedigree::forger
