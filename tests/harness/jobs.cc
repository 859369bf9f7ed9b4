#include "harness/jobs.h"

#include <sodium/crypto_sign.h>

#include <algorithm>
#include <random>

#include "base/require.h"
#include "custody/dataset_commit.h"
#include "custody/ring_signature.h"
#include "harness/naive_run.h"
#include "op/op.h"
#include "proof/policy.h"

namespace pedigree::harness {

namespace {

using Random = std::mt19937_64;

u32 draw(Random& r, u32 low, u32 high) { return low + static_cast<u32>(r() % (high - low + 1)); }

void fill_records(Job& job, Random& r) {
  const Model& m = job.statement.model;
  const u32 columns = op::rules_of(m.loss)->label_columns(m);
  for (u32 n = 0; n < job.statement.sampling.records; ++n) {
    for (u32 f = 0; f < m.features; ++f) job.x.push_back(static_cast<i64>(draw(r, 0, 12)) - 6);
    if (m.loss == Loss::cross_entropy) {
      const u32 label = draw(r, 0, columns - 1);
      for (u32 k = 0; k < columns; ++k) job.y.push_back(k == label);
    } else if (m.loss == Loss::logistic) {
      job.y.push_back(draw(r, 0, 1));
    } else {
      for (u32 k = 0; k < columns; ++k) job.y.push_back(static_cast<i64>(draw(r, 0, 30)) - 15);
    }
  }
}

Job empty_job() {
  Job job;
  job.arena = std::make_shared<OwnedArena>(std::size_t{1} << 20);
  job.statement.runs = Vec<Optimiser::Run>(job.arena->get());
  Arena& arena = job.arena->get();
  Context& context = job.statement.context;
  for (Vec<u8>* text : {&context.purpose, &context.text, &job.statement.beacon.source})
    *text = Vec<u8>(arena);
  job.statement.datasets = Vec<Manifest>(arena);
  job.statement.segments = Vec<SegmentStatement>(arena);
  return job;
}

Vec<u8> bytes_of(std::string_view text, Arena& arena) {
  return {arena, {reinterpret_cast<const u8*>(text.data()), text.size()}};
}

// Datasets of these sizes.
void set_datasets(Job& job, const std::vector<u32>& sizes) {
  Statement& s = job.statement;
  Arena& arena = job.arena->get();
  s.datasets.clear();
  for (const u32 records : sizes) {
    Manifest m;
    m.name = bytes_of("test " + std::to_string(s.datasets.size()), arena);
    m.records = m.distinct = records;
    m.features = s.model.features;
    m.labels = op::rules_of(s.model.loss)->label_columns(s.model);
    m.input_bits = s.model.input_bits;
    m.content.bytes[0] = static_cast<u8>(s.datasets.size() + 1);
    m.licence = bytes_of("CC0-1.0", arena);
    m.purpose = bytes_of("tests", arena);
    m.valid_until = 40000;
    m.profile = s.profile;
    m.opening_budget = 1;
    if (job.signed_by) sign(m, *job.signed_by, job.among, job.arena->get());
    s.datasets.push_back(m);
  }
  settle(s);
}

}  // namespace

// Formats that fit coarse small jobs: pre-activations and deltas stay within range_bits for small
// weights.
void set_linear(Layer& l, u32 input, u32 out, bool last) {
  l = Layer();
  l.kind = LayerKind::linear;
  l.input = input;
  l.out = out;
  l.frac_q = 4;
  l.frac_d = last ? 4 : 3;
  l.frac_e = last ? 0 : 4;
}

void set_activation(Layer& l, u32 input, Activation f) {
  l = Layer();
  l.kind = LayerKind::activation;
  l.input = input;
  l.activation = f;
  l.frac_a = 3;
}

void set_add(Layer& l, u32 input, u32 second) {
  l = Layer();
  l.kind = LayerKind::add;
  l.input = input;
  l.second = second;
  l.frac_a = 3;
}

void set_runs(Job& job, const std::vector<Optimiser::Run>& runs) {
  job.statement.runs = Vec<Optimiser::Run>(job.arena->get(), std::span<const Optimiser::Run>(runs));
  job.statement.optimiser.runs = job.statement.runs.data();
  job.statement.optimiser.num_runs = static_cast<u32>(runs.size());
}

namespace {

struct KeyPair {
  explicit KeyPair(const Seed& seed) { crypto_sign_seed_keypair(key.bytes, secret, seed.data()); }
  Digest key;
  u8 secret[crypto_sign_SECRETKEYBYTES];
};

}  // namespace

void sign(Manifest& m, const Seed& seed) { sign_manifest(m, KeyPair(seed).secret); }

void sign(Manifest& m, const Seed& seed, const std::vector<Seed>& others, Arena& arena) {
  std::vector<Digest> keys;
  for (const Seed& other : others) keys.push_back(key_of(other));
  if (!others.empty()) keys.push_back(key_of(seed));
  std::sort(keys.begin(), keys.end());
  m.among = Vec<Digest>(arena, keys);
  sign(m, seed);
}

Digest key_of(const Seed& seed) { return KeyPair(seed).key; }

Digest set_beacon(Job& job, std::string_view source, const Seed& seed) {
  Beacon& beacon = job.statement.beacon;
  beacon.source = bytes_of(source, job.arena->get());
  beacon.round = 7;
  beacon.value.bytes[0] = 77;
  Digest key;
  u8 secret[crypto_sign_SECRETKEYBYTES];
  crypto_sign_seed_keypair(key.bytes, secret, seed.data());
  const Digest digest = beacon_digest(beacon);
  crypto_sign_detached(beacon.signature, nullptr, digest.bytes, sizeof digest.bytes, secret);
  return key;
}

Job named_start(Job job, u8 check_bits) {
  Statement& s = job.statement;
  OwnedArena arena(4 * statement_memory(s));
  job.start = start_weights(compile_statement(s, arena.get()).value());
  s.start_kind = StartKind::named;
  s.start_weights.bytes[0] = 1;
  s.segments = Vec<SegmentStatement>(job.arena->get(), s.segments.span());
  s.segments[0].check_bits = check_bits;
  return job;
}

void set_steps(Job& job, u32 steps) {
  job.statement.sampling.steps = steps;
  job.statement.segments = Vec<SegmentStatement>(job.arena->get(), 1);
  job.statement.segments[0].steps = steps;
}

JobData::JobData(const Job& job)
    : job_(job), arena_(4 * statement_memory(job.statement) + (std::size_t{1} << 20)) {
  const Statement& s = job_.statement;
  auto compiled = compile_statement(s, arena_.get());
  if (!compiled.ok())
    throw std::runtime_error(std::string(check_name(compiled.why().check)) + " " +
                             std::to_string(compiled.why().index));
  compiled_ = compiled.value();
  datasets_.resize(s.datasets.size());
  std::size_t first = 0;
  for (std::size_t d = 0; d < datasets_.size(); ++d) {
    const Manifest& m = s.datasets[d];
    const auto part = [&](const std::vector<i64>& cells, u32 width) {
      return std::vector<i32>(
          cells.begin() + static_cast<std::ptrdiff_t>(first * width),
          cells.begin() + static_cast<std::ptrdiff_t>((first + m.records) * width));
    };
    const std::vector<i32> x = part(job_.x, m.features), y = part(job_.y, m.labels);
    first += m.records;
    datasets_[d].layout = compiled_.data[d];
    const DatasetMessage message({m.records, m.features, m.labels, x, y}, compiled_.data[d],
                                 m.content, Digest());
    Words(message).all(datasets_[d].held);
  }
  weights_.push_back(s.has_named_start() ? job_.start : start_weights(compiled_));
  for (const CompiledSegment& segment : compiled_.segments)
    weights_.push_back(naive_segment(segment, job_.x, job_.y, weights_.back(), nullptr));
}

std::vector<OpenableRoot*> JobData::datasets() {
  std::vector<OpenableRoot*> all;
  for (Dataset& d : datasets_) all.push_back(&d);
  return all;
}

void JobData::settle(Statement& s) {
  for (std::size_t d = 0; d < datasets_.size(); ++d) {
    Dataset& own = datasets_[d];
    own.root = commit_root(own.held, {}, dataset_parameters(own.layout, s.profile));
    s.datasets[d].root = own.root.root();
    s.datasets[d].answer = dataset_answer(own.held, own.layout, own.root.root());
    if (job_.signed_by) sign(s.datasets[d], *job_.signed_by, job_.among, arena_.get());
  }
}

ProveInput Job::input() const {
  const auto data = std::make_shared<JobData>(*this);
  ProveInput in;
  in.statement = statement;
  in.statement.datasets = Vec<Manifest>(arena->get(), statement.datasets.span());
  in.statement.segments = Vec<SegmentStatement>(arena->get(), statement.segments.span());
  data->settle(in.statement);
  in.datasets = data->datasets();
  in.settle_datasets = [data](Statement& s) { data->settle(s); };
  in.weights = [data](u32 boundary) { return data->weights(boundary); };
  in.fill_trace = [data, job = *this](u32 k, const CompiledSegment& segment, const WeightEntries&,
                                      TraceSinks& sinks) {
    naive_segment(segment, job.x, job.y, data->weights(k), &sinks);
  };
  return in;
}

Job chain_job(const JobOptions& o) {
  Job job = empty_job();
  Model& m = job.statement.model;
  m.features = o.features;
  m.outputs = o.outputs;
  m.frac_x = 2;
  m.input_bits = 5;
  m.range_bits = static_cast<u8>(o.range_bits);
  m.exp_bits = o.loss == Loss::cross_entropy ? 6 : 0;
  m.rate_bits = 5;
  m.loss = o.loss;
  u32 from = 0;
  for (const u32 width : o.hidden) {
    set_linear(m.layers[m.num_layers++], from, width, false);
    set_activation(m.layers[m.num_layers], m.num_layers, o.activation);
    from = ++m.num_layers;
  }
  set_linear(m.layers[m.num_layers++], from, o.outputs, true);
  Sampling& s = job.statement.sampling;
  s.shards = o.shards;
  s.holdout = o.holdout;
  s.batch = o.batch;
  s.steps = o.steps;
  s.seed = o.seed;
  job.statement.optimiser.num_impulse = static_cast<u32>(o.impulse.size());
  for (std::size_t j = 0; j < o.impulse.size(); ++j)
    job.statement.optimiser.impulse[j] = o.impulse[j];
  set_runs(job, o.runs.empty() ? std::vector<Optimiser::Run>{{o.steps, 3}} : o.runs);
  job.statement.optimiser.period = o.period;
  job.signed_by = o.signed_by;
  job.among = o.among;
  set_datasets(job, o.datasets.empty() ? std::vector<u32>{o.records} : o.datasets);
  for (const u32 steps : o.segments.empty() ? std::vector<u32>{o.steps} : o.segments) {
    SegmentStatement segment;
    segment.steps = steps;
    job.statement.segments.push_back(segment);
  }
  job.statement.publish_weights = o.publish;
  Random r(o.seed);
  if (!o.without_records) fill_records(job, r);
  return job;
}

Job ring_job() {
  JobOptions o;
  o.signed_by = Seed{1};
  o.among = {Seed{2}, Seed{3}};
  return chain_job(o);
}

Job signed_job() {
  JobOptions o;
  o.signed_by = Seed{1};
  return chain_job(o);
}

Job random_graph_job(u64 seed) {
  Random r(seed);
  JobOptions o;
  constexpr Loss losses[] = {Loss::cross_entropy, Loss::logistic, Loss::mean_squared};
  o.loss = losses[r() % 3];
  o.outputs = o.loss == Loss::logistic ? 1 : draw(r, 2, 4);
  o.features = draw(r, 1, 9);
  o.records = draw(r, 8, 24);
  o.holdout = draw(r, 0, 2);
  o.batch = draw(r, 1, 5);
  o.steps = draw(r, 1, 6);
  o.hidden = {};
  o.range_bits = 11;
  o.runs = {{o.steps, 1}};
  o.seed = seed;
  Job job = chain_job(o);
  Model& m = job.statement.model;
  m.num_layers = 0;
  constexpr Activation kinds[] = {Activation::identity, Activation::relu, Activation::tanh,
                                  Activation::gelu};
  const u32 depth = draw(r, 1, 6), width = draw(r, 2, 6);
  std::vector<u32> values = {
      0};                   // layers of one width that later layers may read; 0 only by the first
  std::vector<u32> owners;  // linear layers width -> width that may be shared
  for (u32 d = 0; d < depth; ++d) {
    const u32 from = values.back();
    set_linear(m.layers[m.num_layers++], from, width, false);
    const u32 linear = m.num_layers;
    if (from != 0 && !owners.empty() && draw(r, 0, 2) == 0)
      m.layers[linear - 1].share = owners[r() % owners.size()];
    else if (from != 0)
      owners.push_back(linear);
    set_activation(m.layers[m.num_layers++], linear, kinds[r() % 4]);
    values.push_back(m.num_layers);
    if (values.size() > 2 && draw(r, 0, 1) == 0) {  // a skip
      const u32 second = values[1 + r() % (values.size() - 2)];
      set_add(m.layers[m.num_layers++], values.back(), second);
      values.push_back(m.num_layers);
    }
  }
  set_linear(m.layers[m.num_layers++], values.back(), o.outputs, true);
  return job;
}

}  // namespace pedigree::harness
