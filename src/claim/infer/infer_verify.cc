#include "claim/describe.h"
#include "claim/infer/infer.h"

namespace pedigree {

namespace {

Result<void> check_statement(const InferStatement& s) noexcept {
  PEDIGREE_TRY(check_weights_statement(s.weights));
  const Model& m = s.weights.model;
  PEDIGREE_CHECK(statement_range, s.samples >= 1 && s.samples <= kMaxClaimSamples, 65);
  PEDIGREE_TRY(check_cells(s.inputs, u64{s.samples} * m.features, u64{1} << m.input_bits, 66));
  return check_cells(s.outputs, u64{s.samples} * m.outputs, u64{4} << m.range_bits, 67);
}

Result<InferStatement> parse(std::span<const u8> bytes, Arena& arena) noexcept {
  return decode_statement<InferStatement>(bytes, arena,
                                          [](auto& io, auto& s) noexcept { visit_infer(io, s); });
}

VerifiedClaim facts(const InferStatement& s, Arena& arena) noexcept {
  VerifiedClaim v;
  v.kind = s.kind;
  v.weights = s.weights;
  v.context = s.context;
  auto* own = new (
      arena.allocate<std::aligned_storage_t<sizeof(InferStatement), alignof(InferStatement)>>(1))
      InferStatement(s);
  v.own = own;
  return v;
}

std::size_t memory(std::span<const u8> statement) noexcept {
  InferStatement s;
  Peek<ManifestSizes> io(statement);
  visit_infer(io, s);
  return io.is_short() ? 0 : inference_memory(s) + 16 * statement.size();
}

Result<VerifiedClaim> read(std::span<const u8> statement, Arena& arena) noexcept {
  PEDIGREE_LET(s, parse(statement, arena));
  return facts(s, arena);
}

Result<VerifiedClaim> verify(const FileParts& file, Arena& arena) noexcept {
  PEDIGREE_LET(s, parse(file.statement, arena));
  VerifiedClaim v = facts(s, arena);
  PEDIGREE_LET(compiled, compile_inference(s, arena));
  Vec<Digest> digests(arena);
  for (const InferStatement::Matrix* m : {&s.inputs, &s.outputs})
    if (m->visibility == Visibility::hashed) digests.push_back(m->digest);
  PEDIGREE_TRY(verify_compiled(compiled.file, file, digests.span(), v, arena));
  return v;
}

void describe_inference(const VerifiedClaim& v, pedigree_claim& out, Arena& arena) noexcept {
  const InferStatement& s = *static_cast<const InferStatement*>(v.own);
  const Model& m = s.weights.model;
  const u32 last = m.num_layers < kMaxLayers ? m.num_layers : kMaxLayers;
  auto* own = arena.allocate<pedigree_inference>(1);
  own->inputs = describe(s.inputs, s.samples, m.features, m.frac_x);
  own->outputs =
      describe(s.outputs, s.samples, m.outputs, last > 0 ? m.layers[last - 1].frac_q : 0);
  out.inference = own;
}

}  // namespace

const ClaimRules kInference{
    ClaimKind::inference, "inference", memory, read, verify, verify_weights_link, nullptr,
    describe_inference};

std::size_t inference_memory(const InferStatement& s) noexcept {
  return forward_memory(s.weights.model,
                        s.samples < kMaxClaimSamples ? s.samples : kMaxClaimSamples);
}

Result<CompiledInference> compile_inference(const InferStatement& s, Arena& arena) noexcept {
  PEDIGREE_TRY(check_statement(s));
  const WeightsStatement& w = s.weights;
  ForwardShape shape;
  shape.samples = s.samples;
  shape.weight_bits = w.weight_bits;
  shape.show_weights = w.shows_range;
  ForwardCompiler forward(w.model, shape, arena);
  CompiledInference c;
  c.inputs = forward.inputs(s.inputs.visibility != Visibility::shown);
  const TensorId scores = forward.scores(c.inputs);
  Vec<Show> shows(arena);
  const auto show = [&](const CellsStatement& m, TensorId tensor, TensorId& salt) noexcept {
    if (m.visibility == Visibility::hidden) return;
    shows.push_back(show_cells(m, tensor, forward.builder()));
    salt = shows.back().salt;
  };
  show(s.inputs, c.inputs, c.input_salt);
  show(s.outputs, scores, c.output_salt);
  PEDIGREE_LET(program, forward.finish());
  PEDIGREE_LET(file, compile_claim({w.profile, &w, {}, shows.span(), nullptr}, program, arena));
  c.file = file;
  return c;
}

}  // namespace pedigree
