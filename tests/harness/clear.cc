#include "harness/clear.h"

#include "harness/naive_run.h"
#include "tensor/start.h"

namespace pedigree::harness {

ClearValue ClearChannel::key(const FormKey& key) noexcept {
  const std::vector<F>& message = w_.messages[key.block.root];
  if (key.kind == KeyKind::element) {
    const u64 at = key.block.offset;
    return K(message[at], message[at + 1], message[at + 2]);
  }
  K sum;
  if (key.kind == KeyKind::power) {
    K power = key.z;
    for (u64 x = 0; x < key.length; ++x, power *= key.z) sum += power * message[x];
    return sum;
  }
  const std::size_t features = std::size_t{1} << key.block.log_features,
                    n = std::size_t{1} << key.block.log_positions;
  std::vector<K> eq(std::size_t{1} << key.position_point.size()), position(n);
  eq_fill(key.position_point, K(kOne), eq);
  if (key.position_part == PositionPart::eq) {
    position = eq;
  } else {
    for (std::size_t x = 0; x < eq.size(); ++x)
      if (s_.selection[x] != kDeadSlot) position[s_.selection[x]] += eq[x];
  }
  for (std::size_t f = 0; f < features; ++f) {
    K weight(kOne);
    if (key.feature_part != FeaturePart::ones) weight = eq_at(key.feature_point, f);
    if (key.feature_part != FeaturePart::eq && f >= key.features) break;
    for (std::size_t x = 0; x < n; ++x)
      sum += weight * position[x] * message[key.block.offset + f * n + x];
  }
  return sum;
}

std::string verdict_name(const Refusal& why) {
  return why.check == Check::none
             ? "accepted"
             : std::string(check_name(why.check)) + " " + std::to_string(why.index);
}

ClearCase::ClearCase(const ProveInput& input)
    : input_(input), arena_(4 * statement_memory(input.statement)) {
  auto compiled = compile_statement(input_.statement, arena_.get());
  if (!compiled.ok()) throw std::runtime_error(verdict_name(compiled.why()));
  compiled_ = compiled.value();
  segment_ = public_of(input_.statement, compiled_, Digest());
  settings_ = encode_statement(input_.statement);
  prepare_witness(input_, compiled_, honest_);
  TensorValues values(segment_, honest_);
  fill_multiplicities(segment_, honest_, values);
  set_answers(honest_);
}

void ClearCase::set_answers(const Witness& w) {
  for (const u32 root : {kDataRoot, kEndRoot})
    segment_.answers[root] =
        masked_answer(w.messages[root], compiled_.layout, root, segment_.roots[root]);
}

std::vector<u8> ClearCase::prove(Witness& w, const ClearOptions& options) {
  SegmentPublic believed = segment_;
  if (options.believe) options.believe(believed);
  TensorValues values(believed, w);
  if (options.recount) fill_multiplicities(believed, w, values);
  if (options.tamper_counts) options.tamper_counts(believed, w);
  set_answers(options.old_answers ? honest_ : w);
  const std::vector<K> pads(compiled_.plan.num_pads);
  ProverTranscript transcript;
  transcript.chain().frozen_seed = options.frozen_seed;
  bind_statement(transcript, settings_);
  MaskedSender sender(transcript, pads);
  sender.liar = options.liar;
  prove_segment(believed, w, values, sender);
  return transcript.proof();
}

std::string ClearCase::judge(std::span<const u8> messages, const Witness& w, u64 frozen_seed) {
  const std::size_t mark = arena_.get().mark();
  VerifierTranscript read(messages);
  read.chain().frozen_seed = frozen_seed;
  bind_statement(read, settings_);
  ClearChannel channel(read, segment_, w);
  const auto verdict = SegmentVerifier<ClearChannel>(channel, segment_, arena_.get()).run();
  const auto end = read.finish();
  arena_.get().release(mark);
  return verdict_name(verdict.ok() ? end.why() : verdict.why());
}

std::string ClearCase::verdict(const Tamper& tamper, const ClearOptions& options) {
  Witness w = honest_;
  if (tamper) tamper(segment_, w);
  const std::vector<u8> messages = prove(w, options);
  return judge(messages, w, options.frozen_seed);
}

}  // namespace pedigree::harness
