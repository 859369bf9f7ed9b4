// Short names of the integer types used everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pedigree {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
__extension__ using u128 = unsigned __int128;
__extension__ using i128 = __int128;

// ceil(log2(n)) for n >= 1; 0 for n <= 1.
constexpr u32 ceil_log2(u64 n) noexcept {
  u32 k = 0;
  while (k < 63 && (u64{1} << k) < n) ++k;
  return k;
}

}  // namespace pedigree
