#include <cmath>

#include "proof/weights_file.h"

namespace pedigree {

namespace {

constexpr double kLargestInteger = 9007199254740992.0;  // 2^53: integers below are doubles

class Text {
 public:
  Text(Arena& arena, std::size_t expected) noexcept : bytes_(arena) { bytes_.reserve(expected); }
  Text& operator<<(const char* s) noexcept {
    for (; *s != 0; ++s) bytes_.push_back(static_cast<u8>(*s));
    return *this;
  }
  Text& operator<<(u64 n) noexcept {
    char digits[21];
    char* at = digits + 20;
    *at = 0;
    do *--at = static_cast<char>('0' + n % 10);
    while ((n /= 10) != 0);
    return *this << at;
  }
  Vec<u8>& bytes() noexcept { return bytes_; }

 private:
  Vec<u8> bytes_;
};

}  // namespace

Vec<u8> weights_header(std::span<const Parameter> parameters, Arena& arena) noexcept {
  Text text(arena, 64 + 128 * parameters.size());
  for (u32 i = 0; i < 8; ++i) text.bytes().push_back(0);
  text << "{\"__metadata__\":{\"format\":\"pt\"}";
  u64 at = 0;
  for (const Parameter& p : parameters) {
    text << ",\"" << u64{p.layer - 1} << (p.is_bias ? ".bias" : ".weight")
         << "\":{\"dtype\":\"F64\",\"shape\":[" << u64{p.out};
    if (!p.is_bias) text << "," << u64{p.in};
    text << "],\"data_offsets\":[" << at << "," << at + 8 * entries_of(p) << "]}";
    at += 8 * entries_of(p);
  }
  text << "}";
  while (text.bytes().size() % 8 != 0) text << " ";
  u64 length = text.bytes().size() - 8;
  for (u32 i = 0; i < 8; ++i, length >>= 8) text.bytes()[i] = static_cast<u8>(length);
  return text.bytes();
}

Result<void> check_weights_header(std::span<const u8> file, std::span<const Parameter> parameters,
                                  Arena& arena) noexcept {
  const std::size_t mark = arena.mark();
  const Vec<u8> header = weights_header(parameters, arena);
  u64 values = 0;
  for (const Parameter& p : parameters) values += 8 * entries_of(p);
  const bool same = file.size() == header.size() + values &&
                    std::memcmp(file.data(), header.data(), header.size()) == 0;
  arena.release(mark);
  PEDIGREE_CHECK(weights_shape, same, 0);
  return {};
}

Result<void> read_weights(std::span<const u8> file, u64 offset, const Parameter& p,
                          std::span<i64> out) noexcept {
  const double units = std::ldexp(1.0, static_cast<int>(p.frac)),
               unit = std::ldexp(1.0, -static_cast<int>(p.frac));
  u64 first_bad = file.size();  // of the file, whatever the order of reading
  for_each_entry(p, [&](u64 i, u64 o) {
    const u64 at = offset + 8 * (o * p.in + i);
    double value;
    std::memcpy(&value, file.data() + at, 8);
    const double scaled = value * units;
    const bool small = std::fabs(scaled) < kLargestInteger;
    const i64 integer = small ? static_cast<i64>(scaled) : 0;
    const double again = static_cast<double>(integer) * unit;
    if ((!small || std::memcmp(&value, &again, 8) != 0) && at < first_bad) first_bad = at;
    out[i * p.out + o] = integer;
  });
  PEDIGREE_CHECK(weights_grid, first_bad == file.size(), first_bad);
  return {};
}

}  // namespace pedigree
