#include "kernel/ntt_rows.h"

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "kernel/instruction_set.h"
#include "kernel/intrinsics.h"
#include "kernel/ntt_tile.h"
#include "kernel/parallel.h"

namespace pedigree {

namespace ntt {

namespace {

constexpr std::size_t kTileWords = std::size_t{1} << 15;  // 256 KiB: half of the smallest second-level cache in use

// Cache-line aligned and zeroed, so that the padding of a partial stripe holds elements of F.
class Tile {
 public:
  explicit Tile(std::size_t words)
      : words_(static_cast<u64*>(::operator new(words * sizeof(u64), kAlignment))) {
    std::fill_n(words_, words, 0);
  }
  ~Tile() { ::operator delete(words_, kAlignment); }
  Tile(const Tile&) = delete;
  Tile& operator=(const Tile&) = delete;
  u64* data() { return words_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  u64* words_;
};

// out[i] = first * ratio^i
void geometric(F first, F ratio, std::vector<F>& out) {
  for (F& x : out) {
    x = first;
    first *= ratio;
  }
}

// One call of encode_rows. With N = A N2 rows, R = 2^log_inv_rate, N1 = A R, M = N1 N2 and indices
//   y = y1 N2 + y2 < N,   k = k1 + N1 k2 < M,   k1 = kA R + c:
//   value[k] = sum over y2 of w_N2^(y2 k2) w_M^(y2 k1) sum over y1 of w_A^(y1 kA) w_N1^(y1 c) message[y1 N2 + y2]
// The inner sum is pass 1, a transform of A rows for each y2 and each coset c; it leaves (k1, y2) in row k1 + N1 y2 of
// `out`. The outer sum is pass 2, in place, on rows N1 apart. When A = N there is no pass 2.
class Encoder {
 public:
  Encoder(const Kernel& kernel, const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate, F* out)
      : kernel_(kernel),
        message_(message),
        out_(out),
        width_(width),
        log_r_(log_inv_rate),
        log_a_(log_first(log_rows, width)),
        log_n2_(log_rows - log_a_) {}

  void run() {
    first_pass();
    if (log_n2_ > 0) second_pass();
  }

 private:
  // As large as a tile takes, but the second pass should not be longer than the first if that can be helped.
  static u32 log_first(u32 log_rows, std::size_t width) {
    u32 fits = 0;
    while (fits < log_rows && (kStripe * num_stripes(width) << (fits + 1)) <= kTileWords) ++fits;
    return fits == log_rows ? fits : std::min(fits, (log_rows + 1) / 2);
  }

  void first_pass() {
    const Plan plan(log_a_, kernel_.max_log_radix);
    const std::size_t a = std::size_t{1} << log_a_, r = std::size_t{1} << log_r_, n1 = a * r;
    const std::size_t n2 = std::size_t{1} << log_n2_;
    const F root = root_of_unity(log_a_ + log_r_ + log_n2_);
    std::vector<F> coset_powers(n1);  // of w_N1
    geometric(kOne, power(root, n2), coset_powers);
    parallel_for(n2 * r, 1, [&](std::size_t begin, std::size_t end) {
      Tile tile(a * kStripe * num_stripes(width_));
      std::vector<F> scale(a);
      for (std::size_t t = begin; t < end; ++t) {
        const std::size_t y2 = t / r, c = t % r;
        for (std::size_t y1 = 0; y1 < a; ++y1) scale[y1] = coset_powers[y1 * c % n1];
        kernel_.load(message_ + y2 * width_, n2 * width_, width_, a, c == 0 ? nullptr : scale.data(), tile.data());
        kernel_.transform(plan, num_stripes(width_), tile.data());
        const F twist = power(root, y2);
        geometric(power(twist, c), power(twist, r), scale);
        kernel_.store(tile.data(), log_a_, width_, y2 == 0 ? nullptr : scale.data(), out_ + (y2 * n1 + c) * width_,
                      r * width_);
      }
    });
  }

  void second_pass() {
    const Plan plan(log_n2_, kernel_.max_log_radix);
    const std::size_t n2 = std::size_t{1} << log_n2_, columns = width_ << (log_a_ + log_r_);
    const std::size_t words = std::clamp(kTileWords / n2 / kStripe, std::size_t{1}, num_stripes(columns)) * kStripe;
    parallel_for((columns + words - 1) / words, 1, [&](std::size_t begin, std::size_t end) {
      Tile tile(n2 * words);
      for (std::size_t t = begin; t < end; ++t) {
        F* corner = out_ + t * words;
        const std::size_t count = std::min(words, columns - t * words);
        kernel_.load(corner, columns, count, n2, nullptr, tile.data());
        kernel_.transform(plan, num_stripes(count), tile.data());
        kernel_.store(tile.data(), log_n2_, count, nullptr, corner, columns);
      }
    });
  }

  const Kernel& kernel_;
  const F* message_;
  F* out_;
  std::size_t width_;
  u32 log_r_, log_a_, log_n2_;
};

}  // namespace

Plan::Plan(u32 log_size, u32 max_log_radix) : log_n(log_size) {
  const u32 num_steps = (log_n + max_log_radix - 1) / max_log_radix;
  u32 log_block = log_n;
  for (u32 left = num_steps; left > 0; --left) {
    const u32 log_radix = (log_block + left - 1) / left;
    Step step{log_radix, log_block, {}};
    const F root = root_of_unity(log_block);
    for (std::size_t j = 0; j < std::size_t{1} << (log_block - log_radix); ++j)
      for (std::size_t i = 1; i < std::size_t{1} << log_radix; ++i)
        step.twiddles.push_back(power(root, j * reverse_bits(i, log_radix)));
    steps.push_back(std::move(step));
    log_block -= log_radix;
  }
}

}  // namespace ntt

void encode_rows(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate, F* out) {
#ifdef PEDIGREE_VECTOR_FIELD
  const InstructionSet set = instruction_set();
  if (set != InstructionSet::plain) {
    const ntt::Kernel& kernel = set == InstructionSet::avx512 ? ntt::kernel_avx512() : ntt::kernel_avx2();
    ntt::Encoder(kernel, message, log_rows, width, log_inv_rate, out).run();
    return;
  }
#endif
  ntt::encode_rows_plain(message, log_rows, width, log_inv_rate, out);
}

}  // namespace pedigree
