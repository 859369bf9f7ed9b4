#include "proof/statement.h"
#include "wire/codec.h"

namespace pedigree {

namespace {

u64 load(std::span<const u8> bytes, std::size_t at, std::size_t n) noexcept {
  u64 x = 0;
  std::memcpy(&x, bytes.data() + at, n);
  return x;
}

}  // namespace

Result<ParsedFile> parse_file(std::span<const u8> file, Arena& arena) noexcept {
  if (file.size() < sizeof kMagic) return refuse(Check::file_magic, 0);  // nothing to compare
  PEDIGREE_CHECK(file_magic, std::memcmp(file.data(), kMagic, sizeof kMagic) == 0, 0);
  if (file.size() < kHeaderBytes) return refuse(Check::read_past_end, file.size());
  PEDIGREE_CHECK(file_version,
                 load(file, 8, 2) == kMajorVersion && load(file, 10, 2) == kMinorVersion, 8);
  const std::size_t length = load(file, 12, 4);
  if (length > file.size() - kHeaderBytes) return refuse(Check::read_past_end, file.size());
  ParsedFile parsed;
  parsed.statement_bytes = file.subspan(kHeaderBytes, length);
  parsed.proof = file.subspan(kHeaderBytes + length);
  Decoder decoder(parsed.statement_bytes, arena);
  visit_statement(decoder, parsed.statement);
  if (decoder.is_short()) return refuse(Check::read_past_end, kHeaderBytes + decoder.at());
  PEDIGREE_CHECK(statement_canonical, decoder.is_canonical(), kHeaderBytes + decoder.at());
  PEDIGREE_CHECK(trailing_bytes, decoder.at() == length, kHeaderBytes + decoder.at());
  Statement& s = parsed.statement;
  s.optimiser.num_runs = static_cast<u32>(s.runs.size());
  s.optimiser.runs = s.runs.data();
  return parsed;
}

std::size_t statement_memory(const Statement& s) noexcept {
  constexpr std::size_t kBase = std::size_t{24} << 20, kLayer = std::size_t{1} << 20,
                        kPairOfLayers = std::size_t{1} << 16;
  const Model& m = s.model;
  const std::size_t layers = m.num_layers < kMaxLayers ? m.num_layers : kMaxLayers;
  const std::size_t range = m.range_bits < kMaxRangeBits ? m.range_bits : kMaxRangeBits;
  const std::size_t records = s.sampling.records < kMaxRecords ? s.sampling.records : kMaxRecords;
  u32 log_samples = ceil_log2(s.sampling.steps) + ceil_log2(s.sampling.batch);
  log_samples = log_samples < kMaxLogSamples ? log_samples : kMaxLogSamples;
  std::size_t widest = m.features < kMaxWidth ? m.features : kMaxWidth, largest = 0, width = widest;
  for (u32 i = 0; i < layers; ++i) {
    if (m.layers[i].kind != LayerKind::linear) continue;
    const std::size_t out = m.layers[i].out < kMaxWidth ? m.layers[i].out : kMaxWidth;
    largest = widest * out > largest ? widest * out : largest;
    width = out > width ? out : width;
    widest = width;
  }
  return kBase + layers * kLayer +
         layers * layers * kPairOfLayers  // tensors, equations and their terms
         + (2 * layers + 8) * (std::size_t{40} << (range + 1))  // tables and their eq
         + (std::size_t{128} << log_samples)  // selection, schedule, eq over slots
         + records * 192                      // orders, eq over rows
         + largest * 8 + width * 96;          // seeded start
}

std::size_t verify_memory(std::span<const u8> file) noexcept {
  if (file.size() < kHeaderBytes || std::memcmp(file.data(), kMagic, sizeof kMagic) != 0) return 0;
  const std::size_t length = load(file, 12, 4);
  if (length > file.size() - kHeaderBytes) return 0;
  Statement s;
  Peek peek(file.subspan(kHeaderBytes, length));
  visit_statement(peek, s);
  return statement_memory(s) + 4 * length;
}

}  // namespace pedigree
