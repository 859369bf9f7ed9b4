#include "harness/clear.h"

#include "harness/naive_run.h"
#include "tensor/start.h"

namespace pedigree::harness {

ClearValue ClearChannel::key(const FormKey& key) noexcept {
  const std::span<const F> message = w_.message(key.block.root).held();
  if (key.kind == KeyKind::element) {
    const u64 at = key.block.offset;
    return K(message[at], message[at + 1], message[at + 2]);
  }
  K sum;
  if (key.kind == KeyKind::power) {
    K power = key.z;
    for (u64 x = 0; x < key.length; ++x, power *= key.z)
      sum += power * message[key.block.offset + x];
    return sum;
  }
  const std::size_t features = key.block.features_there(),
                    n = std::size_t{1} << key.block.log_positions;
  const bool single = key.position_part == PositionPart::rows;
  std::vector<K> eq(std::size_t{1} << (single ? 0 : key.position_point.size())), position(n);
  if (!single) eq_fill(key.position_point, K(kOne), eq);
  if (single) {
    for (std::size_t k = 0; k < key.rows.size(); ++k)
      position[key.rows[k]] += key.position_point[k];
  } else if (key.position_part == PositionPart::selection) {
    for (std::size_t x = 0; x < eq.size(); ++x)
      for (u32 row = 0; row < key.positions; ++row)
        if (s_.selection[x] == key.first_row + row) position[row] += eq[x];
  } else if (key.position_part == PositionPart::column) {
    for (std::size_t x = 0; x < n; ++x) position[x] = K(F::from_int(key.column[x]));
  } else {
    const std::size_t live = key.position_part == PositionPart::eq ? n : key.positions;
    for (std::size_t x = 0; x < live; ++x) position[x] = eq[x];
  }
  const bool sliced = key.feature_part != FeaturePart::eq;
  for (std::size_t f = 0; f < (sliced ? key.features : features); ++f) {
    const K weight = key.feature_part == FeaturePart::ones ? K(kOne) : eq_at(key.feature_point, f);
    const std::size_t at = key.block.offset + (sliced ? key.first_feature + f : f) * n;
    for (std::size_t x = 0; x < n; ++x) sum += weight * position[x] * message[at + x];
  }
  return sum;
}

std::string verdict_name(const Refusal& why) {
  return why.check == Check::none
             ? "accepted"
             : std::string(check_name(why.check)) + " " + std::to_string(why.index);
}

ClearCase::ClearCase(const ProveInput& input, u32 segment)
    : input_(input), index_(segment), arena_(4 * statement_memory(input.statement)) {
  auto compiled = compile_statement(input_.statement, arena_.get());
  if (!compiled.ok()) throw std::runtime_error(verdict_name(compiled.why()));
  compiled_ = compiled.value();
  segment_ = public_of(compiled_, segment);
  settings_ = encode_statement(input_.statement);
  for (OpenableRoot* dataset : input_.datasets) honest_.data.push_back(dataset->message());
  const CompiledSegment& own = compiled_.segments[segment];
  for (const u32 root : {kEndRoot, kStartRoot}) {
    honest_.messages[root].resize(message_words(own.layout, root));
    if (root == kEndRoot || segment_.committed_start)
      place_weights(own, input_.weights(root == kEndRoot ? segment + 1 : segment),
                    honest_.messages[root]);
  }
  prepare_witness(input_, compiled_, segment, honest_);
  TensorValues values(segment_, honest_);
  fill_multiplicities(segment_, honest_, values);
  set_answers(honest_);
}

void ClearCase::set_answers(const Witness& w) {
  for (u32 root = kEndRoot; root < segment_.layout->num_roots; ++root)
    segment_.answers[root] =
        masked_answer(w.message(root), segment_.layout->answer_pad[root], segment_.roots[root]);
}

std::vector<u8> ClearCase::prove(Witness& w, const ClearOptions& options) {
  SegmentPublic believed = segment_;
  if (options.believe) options.believe(believed);
  TensorValues values(believed, w);
  if (options.recount) fill_multiplicities(believed, w, values);
  if (options.tamper_counts) options.tamper_counts(believed, w);
  set_answers(options.old_answers ? honest_ : w);
  if (options.answers) options.answers(segment_);
  const std::vector<K> pads(segment_.plan->num_pads);
  ProverTranscript transcript;
  transcript.chain().frozen_seed = options.frozen_seed;
  transcript.chain().challenges_drawn = options.drawn;
  bind_segment(transcript, settings_, index_);
  MaskedSender sender(transcript, pads);
  sender.liar = options.liar;
  SegmentHooks hooks;
  hooks.commit_pushforwards = [&] {
    if (options.tamper_pushforwards) options.tamper_pushforwards(believed, w);
    return Digest();
  };
  prove_segment(believed, w, values, sender, hooks);
  return transcript.proof();
}

std::string ClearCase::judge(std::span<const u8> messages, const Witness& w, u64 frozen_seed,
                             u64 drawn) {
  const std::size_t mark = arena_.get().mark();
  VerifierTranscript read(messages);
  read.chain().frozen_seed = frozen_seed;
  read.chain().challenges_drawn = drawn;
  bind_segment(read, settings_, index_);
  ClearChannel channel(read, segment_, w);
  const auto verdict = SegmentVerifier<ClearChannel>(channel, segment_, arena_.get()).run();
  const auto end = read.finish();
  arena_.get().release(mark);
  return verdict_name(verdict.ok() ? end.why() : verdict.why());
}

std::string ClearCase::verdict(const Tamper& tamper, const ClearOptions& options) {
  // Datasets are shared: a witness that alters them has messages of its own.
  Witness w = honest_;
  std::vector<std::vector<F>> data;
  for (Words& message : w.data) {
    const std::span<const F> honest = message.held();
    data.emplace_back(honest.begin(), honest.end());
    message = data.back();
  }
  if (tamper) tamper(segment_, w);
  const std::vector<u8> messages = prove(w, options);
  return judge(messages, w, options.frozen_seed, options.drawn);
}

}  // namespace pedigree::harness
