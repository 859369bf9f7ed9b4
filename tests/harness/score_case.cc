#include "harness/score_case.h"

#include <sodium/crypto_sign.h>

#include "base/require.h"
#include "custody/dataset_commit.h"
#include "op/op.h"
#include "train/exact_run.h"

namespace pedigree::harness {

namespace {

Vec<u8> bytes_of(std::string_view text, Arena& arena) {
  return {arena, {reinterpret_cast<const u8*>(text.data()), text.size()}};
}

}  // namespace

ScoreCase::ScoreCase(const ClaimCase& model, const ScoreOptions& options)
    : model_(model), options_(options), arena_(std::size_t{1} << 23) {
  const Model& m = model.job.statement.model;
  const u32 labels = op::rules_of(m.loss)->label_columns(m);
  Manifest& test = root_.manifest;
  test.name = bytes_of("tests", arena_.get());
  test.records = test.distinct = options.records;
  test.features = m.features;
  test.labels = labels;
  test.input_bits = m.input_bits;
  test.content.bytes[0] = options.content;
  test.licence = bytes_of("CC0-1.0", arena_.get());
  test.purpose = bytes_of("tests", arena_.get());
  test.valid_until = 40000;
  test.profile = model.job.statement.profile;
  test.opening_budget = 1;
  // Inputs that the run has seen, so that no value leaves its range; labels of their own.
  for (u32 i = 0; i < options.records * m.features; ++i)
    x_.push_back(static_cast<i32>(model.job.x[i]));
  for (u32 n = 0; n < options.records; ++n)
    for (u32 j = 0; j < labels; ++j)
      y_.push_back(m.loss == Loss::cross_entropy ? (n * 7 / 3) % labels == j
                   : m.loss == Loss::logistic    ? static_cast<i32>(n % 3 == 1)
                                                 : static_cast<i32>(5 * n + j) % 23 - 11);
  settle();
}

void ScoreCase::set_label(u32 record, u32 column, i32 value) {
  y_[record * root_.manifest.labels + column] = value;
  settle();
}

void ScoreCase::set_input(u32 record, u32 feature, i32 value) {
  x_[record * root_.manifest.features + feature] = value;
  settle();
}

void ScoreCase::reverse() {
  const auto rows = [&](std::vector<i32>& cells) {
    const std::size_t width = cells.size() / options_.records;
    std::vector<i32> out;
    for (std::size_t n = options_.records; n-- > 0;)
      out.insert(out.end(), cells.begin() + static_cast<std::ptrdiff_t>(n * width),
                 cells.begin() + static_cast<std::ptrdiff_t>((n + 1) * width));
    cells = out;
  };
  rows(x_);
  rows(y_);
  settle();
}

void ScoreCase::settle() {
  Manifest& m = root_.manifest;
  const DatasetLayout layout =
      dataset_layout(m.records, m.features, m.labels, m.profile, m.opening_budget);
  const DatasetMessage message({m.records, m.features, m.labels, x_, y_}, layout, m.content,
                               Digest());
  Words(message).all(root_.held);
  root_.root = commit_root(root_.held, {}, dataset_parameters(layout, m.profile));
  m.root = root_.root.root();
  m.answer = dataset_answer(root_.held, layout, m.root);
  if (options_.signed_by) sign(m, *options_.signed_by);
}

ScoreInput ScoreCase::input(const CommittedWeights& weights) {
  ScoreInput in;
  in.test = root_.manifest;
  in.labels = y_;
  in.metric = model_.job.statement.model.loss == Loss::mean_squared ? Metric::squared_error
                                                                    : Metric::correct;
  in.beacon.source = Vec<u8>(arena_.get());
  in.context = model_.job.statement.context;
  in.datasets = {&root_};
  in.fill_trace = [this, &weights](const CompiledSegment& segment, TraceSinks& sinks) {
    train::Cells cells;
    cells.append(options_.records, x_, y_);
    train::Trace trace{sinks.tensors};
    train::run_forward(segment.program, model_.job.statement.model, cells,
                       segment.selection.span().subspan(0, segment.program.sizes.batch),
                       weights.entries, std::vector<std::string>(kMaxLayers, "layer"), trace);
  };
  if (options_.signed_by) give_ticket(in, weights, 1);
  return in;
}

void ScoreCase::give_ticket(ScoreInput& in, const CommittedWeights& weights, u32 number) const {
  in.ticket_number = number;
  sign_ticket(*options_.signed_by, root_.manifest.content, identity_of(weights), number, in.ticket);
}

void ScoreCase::draw(ScoreInput& in, u32 drawn) {
  in.drawn = drawn;
  in.beacon.source = bytes_of("beacon", arena_.get());
  in.beacon.round = 7;
  in.beacon.value.bytes[0] = 77;
}

ScoreStatement ScoreCase::statement(const ScoreInput& in, const CommittedWeights& weights) {
  ScoreStatement s;
  s.weights = weights.statement;
  s.test = in.test;
  s.training = Vec<Manifest>(arena_.get(), std::span<const Manifest>(in.training));
  s.metric = in.metric;
  s.confusion = Vec<u32>(arena_.get());
  if (in.metric == Metric::confusion)
    s.confusion = Vec<u32>(arena_.get(), std::size_t{s.classes()} * s.classes());
  s.drawn = in.drawn;
  s.beacon = in.beacon;
  s.ticket_number = in.ticket_number;
  std::copy(std::begin(in.ticket), std::end(in.ticket), s.ticket);
  s.context = in.context;
  return s;
}

Digest identity_of(const CommittedWeights& weights) {
  InferStatement s;
  s.weights = weights.statement;
  s.samples = 1;
  OwnedArena arena(2 * inference_memory(s));
  s.inputs.cells = s.outputs.cells = Vec<i32>(arena.get());
  const auto compiled = compile_inference(s, arena.get());
  PEDIGREE_REQUIRE(compiled.ok(), "weights of a run");
  return weights_identity(s.weights, compiled.value().file);
}

CommittedWeights zero_weights(const ClaimCase& like) {
  CommittedWeights out = like.weights;
  for (std::vector<i64>& part : out.entries) std::fill(part.begin(), part.end(), 0);
  InferStatement s;
  s.weights = out.statement;
  s.samples = 1;
  OwnedArena arena(2 * inference_memory(s));
  s.inputs.cells = s.outputs.cells = Vec<i32>(arena.get());
  const auto compiled = compile_inference(s, arena.get());
  PEDIGREE_REQUIRE(compiled.ok(), "weights of a run");
  const CompiledSegment& segment = compiled.value().file.segments[0];
  const u64 pad = segment.layout.answer_pad[kStartRoot];
  std::fill(out.message.begin(), out.message.begin() + static_cast<std::ptrdiff_t>(pad), F());
  const Profile profile = out.statement.profile;
  const OpeningParameters p = opening_parameters(
      profile,
      std::max(min_file_log_rows(profile), ceil_log2(out.message.size() >> kLogRootColumns)), 1);
  const CommittedRoot root = commit_root(out.message, {}, p);
  out.statement.root = {root.root(), masked_answer(out.message, pad, root.root())};
  return out;
}

void sign_ticket(const Seed& seed, const Digest& content, const Digest& weights, u32 number,
                 u8* signature) {
  u8 key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
  crypto_sign_seed_keypair(key, secret, seed.data());
  const Digest digest = ticket_digest(content, weights, number);
  crypto_sign_detached(signature, nullptr, digest.bytes, sizeof digest.bytes, secret);
}

}  // namespace pedigree::harness
