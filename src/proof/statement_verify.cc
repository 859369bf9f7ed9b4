#include "proof/decode.h"

namespace pedigree {

namespace {

// What memory depends on beside the model.
struct ListSizes : ManifestSizes {
  u64 segments = 0, padded_steps = 0, most_padded_steps = 0;
  using ManifestSizes::add;
  void add(const SegmentStatement& s) noexcept {
    const u32 log_steps = ceil_log2(s.steps);
    const u64 padded = u64{1} << (log_steps < kMaxLogSamples ? log_steps : kMaxLogSamples);
    ++segments;
    padded_steps += padded;
    most_padded_steps = padded > most_padded_steps ? padded : most_padded_steps;
  }
};

u64 load(std::span<const u8> bytes, std::size_t at, std::size_t n) noexcept {
  u64 x = 0;
  std::memcpy(&x, bytes.data() + at, n);
  return x;
}

}  // namespace

Result<FileParts> split_file(std::span<const u8> file) noexcept {
  if (file.size() < sizeof kMagic) return refuse(Check::file_magic, 0);  // nothing to compare
  PEDIGREE_CHECK(file_magic, std::memcmp(file.data(), kMagic, sizeof kMagic) == 0, 0);
  if (file.size() < kHeaderBytes) return refuse(Check::read_past_end, file.size());
  PEDIGREE_CHECK(file_version,
                 load(file, 8, 2) == kMajorVersion && load(file, 10, 2) == kMinorVersion, 8);
  const std::size_t length = load(file, 12, 4);
  if (length > file.size() - kHeaderBytes) return refuse(Check::read_past_end, file.size());
  return FileParts{file.subspan(kHeaderBytes, length), file.subspan(kHeaderBytes + length)};
}

Result<ParsedFile> parse_file(std::span<const u8> file, Arena& arena) noexcept {
  PEDIGREE_LET(parts, split_file(file));
  ParsedFile parsed;
  parsed.statement_bytes = parts.statement;
  parsed.proof = parts.proof;
  PEDIGREE_LET(statement,
               decode_statement<Statement>(parts.statement, arena, [](auto& io, auto& x) noexcept {
                 visit_statement(io, x);
               }));
  parsed.statement = statement;
  settle(parsed.statement);
  return parsed;
}

void settle(Statement& s) noexcept {
  s.optimiser.num_runs = static_cast<u32>(s.runs.size());
  s.optimiser.runs = s.runs.data();
  u64 records = 0;
  for (const Manifest& m : s.datasets) records += m.records;
  s.sampling.records = records > kMaxRecords ? kMaxRecords + 1 : static_cast<u32>(records);
}

u64 run_seed(const Statement& s) noexcept {
  DigestEncoder e("pedigree seed v1");
  e("seed", s.sampling.seed);
  for (const u32 x :
       {s.model.features, s.model.outputs, static_cast<u32>(s.model.loss), s.model.num_layers})
    e("model", x);
  for (u32 i = 0; i < s.model.num_layers && i < kMaxLayers; ++i) {
    const Layer& l = s.model.layers[i];
    for (const u32 x : {static_cast<u32>(l.kind), l.input, l.second, l.out, l.share,
                        static_cast<u32>(l.activation)})
      e("layer", x);
  }
  e("impulse", s.optimiser.num_impulse);
  for (u32 j = 0; j < s.optimiser.num_impulse && j < kMaxImpulse; ++j)
    e("impulse", s.optimiser.impulse[j]);
  for (const u32 x : {s.optimiser.period, s.sampling.holdout, s.sampling.batch, s.sampling.steps,
                      s.sampling.shards, static_cast<u32>(s.start_kind)})
    e("sampling", x);
  e("start", s.start_weights);
  e("datasets", static_cast<u32>(s.datasets.size()));
  for (const Manifest& m : s.datasets) {
    e("content", m.is_declared() ? Digest() : m.content);
    e("custodian", m.custodian);
  }
  e.list("source", s.beacon.source, 0,
         [](auto& inner, const u8& byte) noexcept { inner("byte", byte); });
  e("round", s.beacon.round);
  e("value", s.beacon.value);
  const Digest digest = e.finish();
  return load(digest.bytes, 0, 8);
}

namespace {

std::size_t memory_of(const Statement& s, const ListSizes& lists) noexcept {
  constexpr std::size_t kBase = std::size_t{8} << 20, kSegment = std::size_t{16} << 20,
                        kLayer = std::size_t{1} << 20, kPairOfLayers = std::size_t{1} << 16,
                        kDataset = std::size_t{1} << 18;
  const Model& m = s.model;
  const std::size_t layers = m.num_layers < kMaxLayers ? m.num_layers : kMaxLayers;
  const std::size_t range = m.range_bits < kMaxRangeBits ? m.range_bits : kMaxRangeBits;
  const std::size_t records = lists.records < kMaxRecords ? lists.records : kMaxRecords;
  std::size_t width = m.features < kMaxWidth ? m.features : kMaxWidth, claims = 0;
  std::size_t uses[kMaxLayers + 1] = {};  // of the parameters of each layer
  for (u32 i = 0; i < layers; ++i) {
    if (m.layers[i].kind != LayerKind::linear) continue;
    const std::size_t out = m.layers[i].out < kMaxWidth ? m.layers[i].out : kMaxWidth;
    width = out > width ? out : width;
    const u32 share = m.layers[i].share, owner = share == 0 || share > i ? i + 1 : share;
    const std::size_t own = 2 * ++uses[owner] + 1;  // forward and back, and the end
    claims = own > claims ? own : claims;
  }
  const u32 log_batch = ceil_log2(s.sampling.batch);
  const u32 batch_bits = log_batch < kMaxLogSamples ? log_batch : kMaxLogSamples;
  const std::size_t most = std::size_t{1} << kMaxLogSamples;
  const auto slots = [&](u64 steps, u64 at_most) noexcept {
    const u64 n = steps << batch_bits;
    return static_cast<std::size_t>(n < at_most ? n : at_most);
  };
  const std::size_t segments = lists.segments < kMaxSegments ? lists.segments : kMaxSegments,
                    datasets = lists.datasets < kMaxDatasets ? lists.datasets : kMaxDatasets;
  const std::size_t segment = kSegment + layers * kLayer +
                              layers * layers * kPairOfLayers  // tensors, equations, terms
                              + datasets * kDataset;           // keys on datasets
  return kBase + (segments + 1) * segment +
         (2 * layers + 8) * (std::size_t{40} << (range + 1))  // tables and their eq
         + 8 * slots(lists.padded_steps, segments * most)     // selections
         + 128 * slots(lists.most_padded_steps, most)         // schedule, eq over slots
         + records * 192                                      // orders, eq over rows
         + width * (256 + 96 * claims);  // rows of the seeded start, eq at its claims
}

}  // namespace

std::size_t forward_memory(const Model& model, u64 samples, u64 datasets, u64 records) noexcept {
  Statement s;
  s.model = model;
  s.sampling.batch = samples < kMaxRecords ? static_cast<u32>(samples) : kMaxRecords;
  ListSizes lists;
  lists.add(SegmentStatement{1, 0, {}});
  lists.datasets = datasets;
  lists.records = records;
  return memory_of(s, lists);
}

std::size_t statement_memory(const Statement& s) noexcept {
  ListSizes lists;
  for (const Manifest& m : s.datasets) lists.add(m);
  for (const SegmentStatement& segment : s.segments) lists.add(segment);
  return memory_of(s, lists);
}

std::size_t verify_memory(std::span<const u8> file) noexcept {
  if (file.size() < kHeaderBytes || std::memcmp(file.data(), kMagic, sizeof kMagic) != 0) return 0;
  const std::size_t length = load(file, 12, 4);
  if (length > file.size() - kHeaderBytes) return 0;
  Statement s;
  Peek<ListSizes> peek(file.subspan(kHeaderBytes, length));
  visit_statement(peek, s);
  return memory_of(s, peek.sizes) + 16 * length;
}

}  // namespace pedigree
