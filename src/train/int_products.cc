#include "train/int_products.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "kernel/buffer.h"
#include "kernel/int_tile.h"
#include "kernel/parallel.h"

namespace pedigree::train {

namespace {

constexpr i64 kTooWide = i64{1} << 15;
constexpr double kTooWideSum = 2147483648.0;  // 2^31

i64 largest_column_sum(std::span<const i64> a, u32 positions) {
  std::vector<i64> sums(positions);
  for (std::size_t i = 0; i < a.size(); i += positions)
    for (u32 x = 0; x < positions; ++x) sums[x] += std::abs(a[i + x]);
  return *std::max_element(sums.begin(), sums.end());
}

// How weights are split: h = 0 where they need not be.
struct Split {
  u32 h = 0;
  double largest_limb = 0;
};
Split split_of(double bound) {
  if (bound < kTooWide) return {0, bound};
  const u32 h = static_cast<u32>(std::min(15, (std::ilogb(bound) + 3) / 2));
  return {h, std::max(std::ldexp(1.0, static_cast<int>(h) - 1),
                      std::ldexp(bound, -static_cast<int>(h)) + 1)};
}

std::size_t panels_of(std::size_t lines, std::size_t width) { return (lines + width - 1) / width; }

// Lines [first, first + width) of a matrix, as far as they are there.
template <class Word>
PanelSource<Word> panel_of(PanelSource<Word> all, std::size_t first, std::size_t width) {
  all.data += first * (all.along ? all.step : 1);
  all.lines = std::min(width, all.lines - first);
  return all;
}

// All panels of a matrix.
class Packed {
 public:
  Packed(const IntTile& tile, const PanelSource<i64>& all, std::size_t width)
      : words_(2 * width * ((all.inner + 1) / 2)), panels_(words_ * panels_of(all.lines, width)) {
    parallel_for(panels_of(all.lines, width), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t p = begin; p < end; ++p)
        tile.pack(panel_of(all, p * width, width), width, panels_.data() + p * words_);
    });
  }
  const i16* at(std::size_t panel) const { return panels_.data() + panel * words_; }

 private:
  std::size_t words_;
  Buffer<i16> panels_;
};

}  // namespace

bool integers_pay(WeightShape shape, u32 positions) {
  return positions >= kLeastPositions && std::min(shape.in, shape.out) >= kLeastFeatures &&
         int_tile() != nullptr;
}

bool multiply_weights(const double* w, WeightShape shape, double bound, bool transposed,
                      std::span<const i64> a, u32 positions, std::span<i64> result) {
  if (!integers_pay(shape, positions)) return false;
  const IntTile* const tile = int_tile();
  const std::size_t inner = transposed ? shape.out : shape.in,
                    outputs = transposed ? shape.in : shape.out;
  a = a.first(inner * positions);
  const Split split = split_of(bound);
  if (largest_magnitude(a) >= kTooWide || split.largest_limb >= kTooWide ||
      static_cast<double>(largest_column_sum(a, positions)) * split.largest_limb >= kTooWideSum)
    return false;
  // Of the tile's rows and columns, weights take those along which they lie together.
  const std::size_t own = transposed ? tile->rows : tile->columns,
                    other = transposed ? tile->columns : tile->rows, pairs = (inner + 1) / 2;
  const PanelSource<double> weights{w, shape.out, transposed, outputs, inner};
  const Packed values(*tile, {a.data(), positions, false, positions, inner}, other);
  parallel_for(panels_of(outputs, own), 1, [&](std::size_t begin, std::size_t end) {
    Buffer<i16> panels[2];
    Buffer<i32> sums[2];
    const u32 limbs = split.h == 0 ? 1 : 2;
    for (u32 l = 0; l < limbs; ++l) {
      panels[l].resize(2 * own * pairs);
      sums[l].resize(tile->rows * tile->columns);
    }
    const std::size_t output_step = transposed ? tile->columns : 1,
                      position_step = transposed ? 1 : tile->columns;
    for (std::size_t panel = begin; panel < end; ++panel) {
      const std::size_t first = panel * own, count = std::min(own, outputs - first);
      for (u32 l = 0; l < limbs; ++l)
        tile->pack_limb(panel_of(weights, first, own),
                        limbs == 1 ? Limb::whole
                        : l == 0   ? Limb::low
                                   : Limb::high,
                        split.h, own, panels[l].data());
      for (std::size_t x = 0; x < positions; x += other) {
        for (u32 l = 0; l < limbs; ++l) {
          const i16* const value = values.at(x / other);
          tile->multiply(transposed ? panels[l].data() : value,
                         transposed ? value : panels[l].data(), pairs, sums[l].data());
        }
        const std::size_t there = std::min<std::size_t>(other, positions - x);
        for (std::size_t j = 0; j < count; ++j)
          for (std::size_t y = 0; y < there; ++y) {
            const std::size_t at = j * output_step + y * position_step;
            i64 sum = sums[0][at];
            if (limbs == 2) sum += i64{sums[1][at]} * (i64{1} << split.h);
            result[(first + j) * positions + x + y] = sum;
          }
      }
    }
  });
  return true;
}

i64 largest_magnitude(std::span<const i64> a) {
  i64 largest = 0;
  for (const i64 x : a) largest = std::max(largest, std::abs(x));
  return largest;
}

bool add_products(const Factors& of, u32 positions, double factor, double* w, WeightShape shape) {
  if (!integers_pay(shape, positions)) return false;
  const IntTile* const tile = int_tile();
  if (of.largest_a >= kTooWide || of.largest_d >= kTooWide ||
      static_cast<double>(positions) * static_cast<double>(of.largest_a * of.largest_d) >=
          kTooWideSum)
    return false;
  const Packed left(*tile, {of.a.data(), positions, true, shape.in, positions}, tile->rows),
      right(*tile, {of.d.data(), positions, true, shape.out, positions}, tile->columns);
  parallel_for(panels_of(shape.in, tile->rows), 1, [&](std::size_t begin, std::size_t end) {
    Buffer<i32> sums(tile->rows * tile->columns);
    for (std::size_t panel = begin; panel < end; ++panel) {
      const std::size_t first = panel * tile->rows,
                        count = std::min<std::size_t>(tile->rows, shape.in - first);
      for (std::size_t j = 0; j < shape.out; j += tile->columns) {
        tile->multiply(left.at(panel), right.at(j / tile->columns), (positions + 1) / 2,
                       sums.data());
        const std::size_t there = std::min<std::size_t>(tile->columns, shape.out - j);
        for (std::size_t i = 0; i < count; ++i) {
          double* const to = w + (first + i) * shape.out + j;
          const i32* const sum = sums.data() + i * tile->columns;
          for (std::size_t y = 0; y < there; ++y) to[y] += factor * sum[y];
        }
      }
    }
  });
  return true;
}

}  // namespace pedigree::train
