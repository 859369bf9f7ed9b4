#include "kernel/ntt_rows.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "base/intrinsics.h"
#include "kernel/fold.h"
#include "kernel/instruction_set.h"
#include "kernel/ntt_tile.h"
#include "kernel/parallel.h"
#include "kernel/profile.h"

namespace pedigree {

namespace {

std::size_t width_of(std::span<const Columns> parts) {
  std::size_t width = 0;
  for (const Columns& part : parts) width += part.width;
  return width;
}

}  // namespace

namespace ntt {

namespace {

constexpr std::size_t kTileWords = std::size_t{5}
                                   << 13;  // 320 KiB: a tile and the next one fit a cache of 1 MiB
constexpr std::size_t kMaxCopies = 4;      // cosets transformed together

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

// Cosets [first, first + count) of the 2^log_inv_rate ones.
struct CosetRange {
  std::size_t first, count;
};

// One call of encode_rows, or of encode_coset. With cosets of N = A N2 points, R of them, N1 = A R, M = N1 N2, a message of N rows,
// or of a multiple of that, and indices
//   y = y1 N2 + y2,   k = k1 + N1 k2 < M,   k1 = kA R + c:
//   value[k] = sum over y2 of w_N2^(y2 k2) w_M^(y2 k1) inner(k1, y2)
//   inner(k1, y2) = sum over y1 of w_A^(y1 kA) w_N1^(y1 c) message[y1 N2 + y2]
// Pass 1 is a transform of A rows for each y2 and each coset c of the C that are asked for, from c0 on: it leaves
// inner(k1, y2) w_M^(y2 k1) in row kA C + c - c0 + A C y2 of `out`. Pass 2 is in place, on rows A C apart. When A = N there is
// no pass 2.
class Encoder {
 public:
  // Cosets of 2^log_size points.
  Encoder(const Kernel& kernel, std::span<const Columns> parts, u32 log_rows, u32 log_inv_rate,
          u32 log_size, CosetRange cosets, F* out)
      : kernel_(kernel),
        parts_(parts),
        cosets_(cosets),
        out_(out),
        width_(width_of(parts)),
        r_(std::size_t{1} << (log_rows + log_inv_rate - log_size)),
        folds_(std::size_t{1} << (log_rows - log_size)) {
    for (const Columns& part : parts) widest_ = std::max(widest_, part.width);
    copies_ = std::min(cosets.count, kMaxCopies);
    const u32 log_a = log_first(log_size);
    log_n2_ = log_size - log_a;
    a_ = std::size_t{1} << log_a;
    n1_ = a_ * r_;
    n2_ = std::size_t{1} << log_n2_;
    root_ = root_of_unity(log_rows + log_inv_rate);
  }

  void run() {
    std::size_t column = 0;
    for (const Columns& part : parts_) {
      first_pass(part, column);
      column += part.width;
    }
    if (n2_ > 1) second_pass();
  }

 private:
  // As large as a tile takes, but the second pass should not be shorter than the first if there is
  // one.
  u32 log_first(u32 log_size) const {
    u32 fits = 0;
    while (fits < log_size &&
           (std::max(copies_, folds_) * kStripe * num_stripes(widest_) << (fits + 1)) <= kTileWords)
      ++fits;
    return fits == log_size ? fits : std::min(fits, log_size / 2);
  }

  Rows<const F> message_rows(const Columns& part, std::size_t y2) const {
    return {part.words + y2 * part.width, n2_ * part.width, part.width, folds_ * a_};
  }

  // Task t transforms `copies_` cosets of message rows y2 = t / groups, from the one with number `first` on.
  void first_pass(const Columns& part, std::size_t column) {
    const Plan plan(ceil_log2(a_), kernel_.max_log_radix);
    std::vector<F> coset_powers(n1_);  // of w_N1
    geometric(kOne, power(root_, n2_), coset_powers);
    const std::size_t groups = cosets_.count / copies_, stripes = copies_ * num_stripes(part.width);
    parallel_for(n2_ * groups, 1, [&](std::size_t begin, std::size_t end) {
      Tile tile(a_ * kStripe * stripes);
      Sink sink(*this, part, column);
      std::vector<std::vector<F>> scales(copies_, std::vector<F>(folds_ * a_));
      std::vector<const F*> pointers(copies_);
      for (std::size_t t = begin; t < end; ++t) {
        const std::size_t y2 = t / groups, first = t % groups * copies_;
        for (std::size_t g = 0; g < copies_; ++g) {
          const std::size_t c = cosets_.first + first + g;
          for (std::size_t y1 = 0; y1 < scales[g].size(); ++y1)
            scales[g][y1] = coset_powers[y1 * c % n1_];
          pointers[g] = c == 0 && folds_ == 1 ? nullptr : scales[g].data();
        }
        kernel_.load(message_rows(part, y2), pointers, a_, tile.data());
        Ahead ahead;
        if (t + 1 < end && (t + 1) % groups == 0)
          ahead = Ahead(message_rows(part, y2 + 1), butterflies(plan, stripes));
        kernel_.transform(plan, stripes, tile.data(), ahead);
        sink.take(tile.data(), y2, first);
      }
    });
  }

  // Stores tiles for the second pass.
  class Sink {
   public:
    Sink(const Encoder& e, const Columns& part, std::size_t column)
        : e_(e),
          words_(part.width),
          column_(column),
          scales_(e.copies_, std::vector<F>(e.a_)),
          pointers_(e.copies_) {}
    void take(const u64* tile, std::size_t y2, std::size_t first) {
      const F twist = power(e_.root_, y2);
      for (std::size_t g = 0; g < e_.copies_; ++g) {
        geometric(power(twist, e_.cosets_.first + first + g), power(twist, e_.r_), scales_[g]);
        pointers_[g] = y2 == 0 ? nullptr : scales_[g].data();
      }
      F* const to = e_.out_ + (y2 * e_.a_ * e_.cosets_.count + first) * e_.width_ + column_;
      const std::size_t stride = e_.cosets_.count * e_.width_;
      if (words_ == e_.width_)
        return e_.kernel_.store(tile, pointers_, {to, stride, words_, e_.a_});
      for (std::size_t g = 0; g < e_.copies_; ++g)
        e_.kernel_.store(tile + g * num_stripes(words_) * e_.a_ * kStripe, {&pointers_[g], 1},
                         {to + g * e_.width_, stride, words_, e_.a_});
    }

   private:
    const Encoder& e_;
    std::size_t words_, column_;
    std::vector<std::vector<F>> scales_;
    std::vector<const F*> pointers_;
  };

  // Task t transforms columns [t words, (t + 1) words) of the rows N1 apart.
  void second_pass() {
    const Plan plan(log_n2_, kernel_.max_log_radix);
    const std::size_t columns = width_ * a_ * cosets_.count;
    const std::size_t words =
        std::clamp(kTileWords / n2_ / kStripe, std::size_t{1}, num_stripes(columns)) * kStripe;
    const F* const one = nullptr;
    parallel_for((columns + words - 1) / words, 1, [&](std::size_t begin, std::size_t end) {
      Tile tile(n2_ * words);
      for (std::size_t t = begin; t < end; ++t) {
        const Rows<F> rows{out_ + t * words, columns, std::min(words, columns - t * words), n2_};
        const std::size_t stripes = num_stripes(rows.words);
        kernel_.load({rows.data, rows.stride, rows.words, rows.n}, {&one, 1}, n2_, tile.data());
        Ahead ahead;
        if (t + 1 < end)
          ahead =
              Ahead({rows.data + words, columns, std::min(words, columns - (t + 1) * words), n2_},
                    butterflies(plan, stripes));
        kernel_.transform(plan, stripes, tile.data(), ahead);
        kernel_.store(tile.data(), {&one, 1}, rows);
      }
    });
  }

  std::size_t butterflies(const Plan& plan, std::size_t stripes) const {
    return plan.butterflies() * stripes;
  }

  const Kernel& kernel_;
  std::span<const Columns> parts_;
  CosetRange cosets_;
  F* out_;
  std::size_t width_, widest_ = 0, r_, folds_, copies_, a_, n1_, n2_;
  u32 log_n2_;
  F root_;
};

// One call of encode_rows_at, with the Encoder's letters and A = 16: of few positions k the second pass is a sum,
//   value[k] = sum over y2 of w_M^(y2 k) inner(k mod N1, y2)
class SomeRows {
 public:
  SomeRows(const Kernel& kernel, const Columns& message, u32 log_rows, u32 log_inv_rate,
           std::span<const u64> positions)
      : kernel_(kernel),
        message_(message),
        r_(std::size_t{1} << log_inv_rate),
        n2_(std::size_t{1} << (log_rows - kLogSomeRows)),
        scales_(kA * r_) {
    const F root = root_of_unity(log_rows + log_inv_rate), inner = power(root, n2_);
    for (std::size_t c = 0; c < r_; ++c)
      for (std::size_t y1 = 0; y1 < kA; ++y1) scales_[c * kA + y1] = power(inner, c * y1);
    for (const u64 k : positions) {
      const std::size_t k1 = k % (kA * r_);
      places_.push_back(k1 % r_ * kA + reverse_bits(k1 / r_, kLogSomeRows));
      steps_.push_back(power(root, k));
    }
  }

  // out += value.
  void run(F* out) const {
    const std::size_t n = std::min(n2_, kSomeAtATime), words = places_.size() * message_.width;
    std::mutex mutex;
    parallel_for(n2_ / n, 1, [&](std::size_t begin, std::size_t end) {
      std::vector<F> sums(words), powers(n * places_.size());
      for (std::size_t y2 = begin * n; y2 < end * n; y2 += n) {
        for (std::size_t i = 0; i < places_.size(); ++i) {
          F at = power(steps_[i], y2);
          for (std::size_t y = 0; y < n; ++y, at *= steps_[i]) powers[y * places_.size() + i] = at;
        }
        const std::size_t width = message_.width;
        kernel_.add_some({message_.words + y2 * width, n2_ * width, width, kA}, n, scales_, places_,
                         powers.data(), sums.data());
      }
      const std::lock_guard lock(mutex);
      for (std::size_t i = 0; i < words; ++i) out[i] += sums[i];
    });
  }

 private:
  static constexpr std::size_t kA = std::size_t{1} << kLogSomeRows;

  const Kernel& kernel_;
  Columns message_;
  std::size_t r_, n2_;
  std::vector<F> scales_;  // [R][A]: w_N1^(y1 c)
  std::vector<std::size_t> places_;
  std::vector<F> steps_;  // w_M^k
};

}  // namespace

Ahead::Ahead(const Rows<const F>& rows, std::size_t calls)
    : row_(rows.data),
      stride_(rows.stride),
      lines_per_row_(num_stripes(rows.words) + 1),  // a row need not begin with a line
      rows_left_(rows.n),
      lines_per_call_(lines_per_row_ * rows.n / std::max<std::size_t>(calls, 1) + 1) {}

std::size_t Plan::butterflies() const {
  std::size_t count = 0;
  for (const Step& step : steps) count += std::size_t{1} << (log_n - step.log_radix);
  return count;
}

Plan::Plan(u32 log_size, u32 max_log_radix) : log_n(log_size) {
  u32 log_block = log_n;
  const auto append = [&](u32 log_radix) {
    steps.push_back({log_radix, log_block, {}});
    log_block -= log_radix;
  };
  // The last 64 rows go by 8 and 8, with shifts between them; before, as few steps as possible, of
  // even size.
  if (log_n > max_log_radix) {
    const u32 head = log_n > 6 ? log_n - 6 : 0;
    for (u32 left = (head + max_log_radix - 1) / max_log_radix; left > 0; --left)
      append((log_block - 6 + left - 1) / left);
    append(log_block - 3);
  }
  if (log_block > 0) append(log_block);

  for (Step& step : steps) {
    if (step.log_block == step.log_radix + 3 && step.log_radix <= 3) continue;
    const F root = root_of_unity(step.log_block);
    for (std::size_t j = 1; j < std::size_t{1} << (step.log_block - step.log_radix); ++j)
      for (std::size_t i = 1; i < std::size_t{1} << step.log_radix; ++i)
        step.twiddles.push_back(power(root, j * reverse_bits(i, step.log_radix)));
  }
}

}  // namespace ntt

namespace {

// The kernel of this machine; null where there is none.
const ntt::Kernel* kernel() {
#ifdef PEDIGREE_VECTOR_FIELD
  if (instruction_set() == InstructionSet::avx512) return &ntt::kernel_avx512();
  if (instruction_set() == InstructionSet::avx2) return &ntt::kernel_avx2();
#elif defined(PEDIGREE_NEON_FIELD)
  if (instruction_set() == InstructionSet::neon) return &ntt::kernel_neon();
#endif
  return nullptr;
}

// Row y < 2^log_size: the sum over rows z = y (mod 2^log_size) of shift^z row z.
std::vector<F> side_by_side(std::span<const Columns> parts, u32 log_rows, u32 log_size, F shift) {
  const std::size_t size = std::size_t{1} << log_size, width = width_of(parts);
  std::vector<F> out(width << log_size);
  F scale = kOne;
  for (std::size_t z = 0; z < std::size_t{1} << log_rows; ++z, scale *= shift) {
    F* to = out.data() + (z & (size - 1)) * width;
    for (const Columns& part : parts)
      for (std::size_t i = 0; i < part.width; ++i) *to++ += scale * part.words[z * part.width + i];
  }
  return out;
}

}  // namespace

void encode_rows(std::span<const Columns> parts, u32 log_rows, u32 log_inv_rate, F* out) {
  const u64 words = u64{width_of(parts)} << (log_rows + log_inv_rate);
  const Stage stage("encoding", words, 8 * words);
  const std::size_t cosets = std::size_t{1} << log_inv_rate;
  if (const ntt::Kernel* const fast = kernel())
    ntt::Encoder(*fast, parts, log_rows, log_inv_rate, log_rows, {0, cosets}, out).run();
  else
    ntt::encode_rows_plain(side_by_side(parts, log_rows, log_rows, kOne).data(), log_rows,
                           width_of(parts), log_inv_rate, out);
}

void encode_coset(std::span<const Columns> parts, u32 log_rows, u32 log_inv_rate, u32 log_size,
                  std::size_t coset, F* out) {
  const u64 words = u64{width_of(parts)} << log_size;
  const Stage stage("encoding", words, 8 * words);
  if (const ntt::Kernel* const fast = kernel()) {
    ntt::Encoder(*fast, parts, log_rows, log_inv_rate, log_size, {coset, 1}, out).run();
    return;
  }
  const F shift = power(root_of_unity(log_rows + log_inv_rate), coset);
  ntt::encode_rows_plain(side_by_side(parts, log_rows, log_size, shift).data(), log_size,
                         width_of(parts), 0, out);
}

void encode_rows_at(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate,
                    std::span<const u64> positions, F* out) {
  const u64 words = u64{width} << (log_rows + log_inv_rate);
  const Stage stage("opened rows", words, 8 * width * positions.size());
  const ntt::Kernel* const fast = kernel();
  std::fill_n(out, positions.size() * width, F());
  if (fast != nullptr && log_rows >= ntt::kLogSomeRows) {
    ntt::SomeRows(*fast, {message, width}, log_rows, log_inv_rate, positions).run(out);
    return;
  }
  const F root = root_of_unity(log_rows + log_inv_rate);
  parallel_for(positions.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const F x = power(root, positions[i]);
      F at = kOne;
      for (u64 y = 0; y < u64{1} << log_rows; ++y, at *= x)
        add_multiple(out + i * width, message + y * width, at, width);
    }
  });
}

}  // namespace pedigree
