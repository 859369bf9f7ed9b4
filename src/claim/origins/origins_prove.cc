#include "claim/origins/origins_prove.h"

#include <algorithm>
#include <stdexcept>

namespace pedigree {

namespace {

void encode(Encoder& encoder, const OriginsStatement& s) { visit_origins(encoder, s); }

Result<Compiled> compile(const OriginsStatement& s, Arena& arena) {
  PEDIGREE_LET(compiled, compile_origins(s, arena));
  return compiled.file;
}

std::size_t memory_for(const OriginsStatement& s) {
  Encoder encoder;
  encode(encoder, s);
  return 2 * kOrigins.memory(encoder.bytes) + 64 * encoder.bytes.size();
}

}  // namespace

Proof prove_origins_statement(const std::vector<OpenableRoot*>& roots, const OriginsStatement& s,
                              const Rows& records, const Salt& salt, const ProveOptions& options) {
  OwnedArena memory(memory_for(s));
  const auto compiled = compile_origins(s, memory.get());
  if (!compiled.ok()) throw std::runtime_error(check_text(compiled.why().check));
  const CompiledOrigins& c = compiled.value();
  const StatedClaim<OriginsStatement> claim(s, encode, compile, kOrigins);
  ProveInput input;
  input.claim = &claim;
  input.datasets = roots;
  input.weights = [](u32) { return WeightEntries(); };
  input.fill_trace = [&](u32, const CompiledSegment& segment, const WeightEntries&,
                         TraceSinks& sinks) {
    const u32 log_batch = segment.program.sizes.log_batch, features = s.features();
    for (std::size_t n = 0; n < records.records; ++n)
      for (std::size_t f = 0; f < features; ++f)
        sinks.tensors[c.records][(f << log_batch) + n] = F::from_int(records.x[n * features + f]);
    place_salt(s.records, c.salt, salt, sinks);
  };
  return prove(std::move(input), options);
}

Origins prove_origins(const OriginsInput& input, const ProveOptions& options) {
  OwnedArena memory(64 * (input.records.x.size() + input.hits.size() + 4096) +
                    input.datasets.size() * 2 * sizeof(Manifest));
  Arena& arena = memory.get();
  OriginsStatement s;
  s.datasets = Vec<Manifest>(arena, input.datasets);
  if (!s.datasets.empty()) s.profile = s.datasets[0].profile;
  s.samples = input.records.records;
  s.records = state_cells(input.show, input.records.x, arena);
  s.hits = Vec<RowHit>(arena, std::span<const RowHit>(input.hits));
  s.context = input.context;
  Origins out;
  out.salt = hash_cells(s.records, s.features(), input.records.x);
  out.proof = prove_origins_statement(input.roots, s, input.records, out.salt, options);
  return out;
}

}  // namespace pedigree
