#include <type_traits>

#include "proof/statement.h"

namespace pedigree {

namespace {

class Decoder {
 public:
  Decoder(std::span<const u8> bytes, Arena& arena) noexcept : bytes_(bytes), arena_(arena) {}

  template <class T>
  void operator()(const char*, T& field) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      const u64 x = take(1);
      if (x > 1) canonical_ = false;
      field = x == 1;
    } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      field = static_cast<T>(take(sizeof(T)));
    } else if constexpr (std::is_same_v<T, Digest>) {
      for (u8& b : field.bytes) b = static_cast<u8>(take(1));
    } else {
      static_assert(std::is_same_v<T, K>);
      for (F& word : field.c) {
        const u64 x = take(8);
        if (x >= kModulus) canonical_ = false;
        word = F(x);
      }
    }
  }

  template <class T, class Each>
  void list(const char*, Vec<T>& out, u32 most, Each each) noexcept {
    out = Vec<T>(arena_);
    const u64 n = take(4);
    // An element takes at least a byte: sizes are held against the remaining bytes before anything is allocated.
    if (n > most || n > bytes_.size() - at_) {
      canonical_ = false;
      return;
    }
    out.reserve(n);
    for (u64 i = 0; i < n && !short_; ++i) {
      T element{};
      each(*this, element);
      out.push_back(element);
    }
  }

  bool is_short() const noexcept { return short_; }
  bool is_canonical() const noexcept { return canonical_; }
  std::size_t at() const noexcept { return at_; }

 private:
  u64 take(std::size_t n) noexcept {
    if (bytes_.size() - at_ < n) {
      short_ = true;
      return 0;
    }
    u64 x = 0;
    std::memcpy(&x, bytes_.data() + at_, n);
    at_ += n;
    return x;
  }

  std::span<const u8> bytes_;
  Arena& arena_;
  std::size_t at_ = 0;
  bool short_ = false;
  bool canonical_ = true;
};

// Reads the same fields but keeps no list: sizes only, no memory.
class Peek {
 public:
  explicit Peek(std::span<const u8> bytes) noexcept
      : none_(nullptr, 0, nullptr), decoder_(bytes, none_) {}
  template <class T>
  void operator()(const char* name, T& field) noexcept {
    decoder_(name, field);
  }
  template <class T, class Each>
  void list(const char* name, Vec<T>&, u32 most, Each each) noexcept {
    u32 n = 0;
    decoder_(name, n);
    for (u32 i = 0; i < n && i < most && !decoder_.is_short(); ++i) {
      T element{};
      each(decoder_, element);
    }
  }
  bool is_short() const noexcept { return decoder_.is_short(); }

 private:
  Arena none_;
  Decoder decoder_;
};

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
