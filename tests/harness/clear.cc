#include "harness/clear.h"

#include "harness/naive_run.h"
#include "tensor/start.h"

namespace pedigree::harness {

ClearValue ClearChannel::key(const FormKey& key) noexcept {
  const Layout& layout = *s_.layout;
  const std::vector<F>& message = w_.messages[key.block.root];
  if (key.kind == KeyKind::element) {
    const u64 at = key.block.offset;
    return K(message[at], message[at + 1], message[at + 2]);
  }
  K sum;
  if (key.kind == KeyKind::power) {
    K power(kOne);
    for (u64 x = 0; x < layout.live_words[key.block.root]; ++x, power *= key.z) sum += power * message[x];
    return sum;
  }
  const std::size_t features = std::size_t{1} << key.block.log_features, n = std::size_t{1} << key.block.log_positions;
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
    for (std::size_t x = 0; x < n; ++x) sum += weight * position[x] * message[key.block.offset + f * n + x];
  }
  return sum;
}

std::string judge_clear(const Job& job, std::function<void(const SegmentPublic&, Witness&)> tamper, bool recount) {
  OwnedArena owned(4 * statement_memory(job.statement));
  Arena& arena = owned.get();
  Statement s = job.statement;
  auto compiled = compile_statement(s, arena);
  if (!compiled.ok()) return check_name(compiled.why().check);
  const Compiled& c = compiled.value();
  Witness w;
  SegmentPublic segment = public_of(s, c, Digest());
  prepare_witness(job.input(), c, w);
  TensorValues values(segment, w);
  if (recount && tamper) tamper(segment, w);
  fill_multiplicities(segment, w, values);
  if (!recount && tamper) tamper(segment, w);
  values.drop();
  for (const u32 root : {kDataRoot, kEndRoot}) segment.answers[root] = masked_answer(w.messages[root], c.layout, root, segment.roots[root]);

  const std::vector<K> pads(c.plan.num_pads);
  ProverTranscript transcript;
  bind_statement(transcript, encode_statement(s));
  MaskedSender sender(transcript, pads);
  prove_segment(segment, w, values, sender);

  VerifierTranscript read(transcript.proof());
  bind_statement(read, encode_statement(s));
  ClearChannel channel(read, segment, w);
  const auto verdict = SegmentVerifier<ClearChannel>(channel, segment, arena).run();
  if (!verdict.ok()) return std::string(check_name(verdict.why().check)) + " " + std::to_string(verdict.why().index);
  return read.finish().ok() ? "accepted" : "trailing_bytes";
}

}  // namespace pedigree::harness
