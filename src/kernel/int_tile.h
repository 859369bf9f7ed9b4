// Products of matrices of 16-bit integers with sums of 32 bits, a tile at a time.
//
//   c[m][n] = sum over k of a[m][k] b[n][k]          a, b in (-2^15, 2^15); all partial sums in (-2^31, 2^31)
//
// The lines of an operand (m of a, n of b) lie in panels of as many lines as a tile has: [ceil(K / 2)][lines][2], where a pair is two
// neighbours in k, and what is not there is 0.
#pragma once

#include "base/types.h"

namespace pedigree {

using i16 = std::int16_t;

// Entries of a panel's lines, two ways: a line's entries one after the other, lines `step` apart, or the other way round.
template <class Word>
struct PanelSource {
  const Word* data;
  std::size_t step;
  bool along;  // a line's entries lie together
  std::size_t lines, inner;
};

// An entry x, |x| < 2^31, or one of the two limbs of x = 2^bits high + low, -2^(bits - 1) <= low < 2^(bits - 1); 0 < bits < 16.
enum class Limb : u8 { whole, low, high };

struct IntTile {
  std::size_t rows, columns;  // lines of a panel of a, of b

  void (*multiply)(const i16* a, const i16* b, std::size_t pairs, i32* c);  // c [rows][columns]
  // `width` lines, source.lines of them there; out [ceil(inner / 2)][width][2].
  void (*pack)(const PanelSource<i64>& source, std::size_t width, i16* out);
  void (*pack_limb)(const PanelSource<double>& source, Limb limb, u32 bits, std::size_t width,
                    i16* out);
};

// That of this machine; null where it has none.
const IntTile* int_tile() noexcept;

const IntTile& int_tile_avx2() noexcept;
const IntTile& int_tile_avx512() noexcept;

}  // namespace pedigree
