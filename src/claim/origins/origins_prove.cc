#include "claim/origins/origins_prove.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

namespace pedigree {

namespace {

void encode(Encoder& encoder, const OriginsStatement& s) { visit_origins(encoder, s); }

Result<Compiled> compile(const OriginsStatement& s, Arena& arena) {
  PEDIGREE_LET(compiled, compile_origins(s, arena));
  return compiled.file;
}

std::string_view bytes_of_row(const Rows& rows, std::size_t n) {
  const std::size_t features = rows.x.size() / rows.records;
  return {reinterpret_cast<const char*>(rows.x.data() + n * features), features * sizeof(i32)};
}

std::size_t memory_for(const OriginsStatement& s) {
  Encoder encoder;
  encode(encoder, s);
  return 2 * kOrigins.memory(encoder.bytes) + 64 * encoder.bytes.size();
}

// The records, and the limbs of their range check: the only ones over samples, each of what the one before leaves.
void fill_records(const Program& p, TensorId id, const Rows& records, u32 bits,
                  const TraceSinks& sinks) {
  const std::size_t features = p.tensors[id].features;
  for (std::size_t n = 0; n < records.records; ++n)
    for (std::size_t f = 0; f < features; ++f)
      sinks.tensors[id][(f << p.sizes.log_batch) + n] = F::from_int(records.x[n * features + f]);
  u32 shift = 0;
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    const Tensor& limb = p.tensors[t];
    if (limb.advice != Advice::limb || limb.domain != Domain::samples) continue;
    for (std::size_t x = 0; x < std::size_t{1} << p.log_size(t); ++x) {
      const u64 whole = static_cast<u64>(sinks.tensors[id][x].to_int() + (i64{1} << bits));
      sinks.tensors[t][x] = F(whole >> shift & ((u64{1} << limb.p) - 1));
    }
    shift += limb.p;
  }
}

}  // namespace

std::vector<RowHit> find_hits(std::span<const Rows> datasets, const Rows& list) {
  std::unordered_map<std::string_view, std::vector<u32>> known;
  for (u32 i = 0; i < list.records; ++i) known[bytes_of_row(list, i)].push_back(i);
  std::vector<RowHit> hits;
  u32 first = 0;
  for (const Rows& rows : datasets) {
    for (u32 n = 0; n < rows.records; ++n)
      if (const auto at = known.find(bytes_of_row(rows, n)); at != known.end())
        for (const u32 record : at->second) hits.push_back({first + n, record});
    first += rows.records;
  }
  return hits;
}

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
  input.fill_trace = [&](u32, const CompiledSegment& segment, TraceSinks& sinks) {
    fill_records(segment.program, c.records, records, s.input_bits(), sinks);
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
