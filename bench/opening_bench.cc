// Commits 2^LOG_WORDS random words and opens them at one point: bench/p3_whir.py has the peer for it. Parameters are those of
// shipped proofs, but for at most 16 bits of proof of work before a query phase, as the peer has, and more queries for it.
//
//   pedigree_opening_bench LOG_WORDS fast|small
//
// The words in front of the hiding rows count as a multilinear polynomial, zero behind them. Prints one JSON object; times
// are CPU seconds of the process on one thread; drawing the words is not counted, drawing what hides them is.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "commit/opening.h"
#include "commit/security.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "poly/eq.h"
#include "proof/attempt.h"

namespace pedigree {
namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// eq(point, .), cut off where its first piece would reach into the hiding rows.
//   pieces   2^low words each, weight eq(high point, i)
class Evaluation final : public WeightEvaluator {
 public:
  Evaluation(const std::vector<K>& point, u32 low, const OpeningParameters& p)
      : low_(point.begin(), point.begin() + low), high_(point.begin() + low, point.end()) {
    const u64 hidden = u64{hiding_rows(p)} << p.levels[0].log_columns;
    pieces_ = (u64{1} << high_.size()) - ((hidden + (u64{1} << low) - 1) >> low);
  }

  WeightGroup group(std::span<const F> message, u32 log_columns) const {
    WeightGroup group;
    group.s.resize(u64{1} << low_.size());
    eq_table(low_, K(kOne), group.s.data());
    std::vector<K> weights(u64{1} << high_.size());
    eq_table(high_, K(kOne), weights.data());
    for (u64 i = 0; i < pieces_; ++i) group.pieces.push_back({i << low_.size(), weights[i]});
    contract_message(group, message, log_columns);
    return group;
  }

  K weight_at(u32, std::span<const K> columns, std::span<const K> rows) noexcept override {
    std::vector<K> at(columns.begin(), columns.end());
    at.insert(at.end(), rows.begin(), rows.end());
    const std::span<const K> all(at), low = all.first(low_.size()), high = all.subspan(low_.size());
    K cut = eq(high_, high);
    for (u64 i = pieces_; i < u64{1} << high_.size(); ++i)
      cut -= eq_bits(high_, i) * eq_bits(high, i);
    return eq(low_, low) * cut;
  }

 private:
  static K eq(std::span<const K> a, std::span<const K> b) {
    K product(kOne);
    for (std::size_t i = 0; i < a.size(); ++i)
      product *= a[i] * b[i] + (K(kOne) - a[i]) * (K(kOne) - b[i]);
    return product;
  }
  static K eq_bits(std::span<const K> a, u64 bits) {
    K product(kOne);
    for (std::size_t i = 0; i < a.size(); ++i) product *= bits >> i & 1 ? a[i] : K(kOne) - a[i];
    return product;
  }

  std::vector<K> low_, high_;
  u64 pieces_ = 0;
};

OpeningParameters with_less_grinding(OpeningParameters p) {
  constexpr u32 kMost = 16;
  for (u32 l = 0; l < p.num_levels; ++l)
    p.levels[l].grinding = std::min(p.levels[l].grinding, kMost);
  for (u32 l = 0; !parameters_secure(p); l = (l + 1) % p.num_levels)
    if (p.levels[l].grinding == kMost) ++p.levels[l].queries;
  return p;
}

int run(u32 log_words, Profile profile) {
  set_threads(1);
  constexpr u32 kLogColumns = 6;  // of every row of the table of parameters
  const OpeningParameters p =
      with_less_grinding(opening_parameters(profile, log_words - kLogColumns, 1));
  if (!parameters_secure(p)) return 1;
  std::mt19937_64 random(1);
  std::vector<F> message(std::size_t{1} << log_words);
  for (F& x : message) x = F(random());

  const double begin = cpu_seconds();
  fill_hiding_rows(message, p);
  const std::vector<K> mask = fresh_mask(p);
  AttemptRoot root(std::move(message), mask, p, nullptr, "", kCosetWords);
  const double committed = cpu_seconds();

  std::vector<K> point;
  for (u32 i = 0; i < log_words; ++i) point.push_back({F(random()), F(random()), F(random())});
  Evaluation evaluation(point, log_words / 2, p);
  std::vector<WeightGroup> groups{evaluation.group(root.message().held(), kLogColumns)};
  const K value = group_value(groups[0]);
  OpenableRoot* const roots[] = {&root};
  ProverTranscript t;
  prove_opening(roots, mask, std::move(groups), value, p, t);
  const double opened = cpu_seconds();

  const auto clock = std::chrono::steady_clock::now();
  std::vector<u8> block(opening_arena_bytes(p));
  std::jmp_buf exhausted;
  Arena arena(block.data(), block.size(), &exhausted);
  VerifierTranscript v(t.proof());
  const OpenedRoot opened_roots[] = {root.opened()};
  if (!verify_opening(opened_roots, value, evaluation, p, v, arena).ok() || !v.finish().ok())
    return 1;
  const std::chrono::duration<double, std::milli> verified =
      std::chrono::steady_clock::now() - clock;

  SecurityTerm terms[kMaxSecurityTerms];
  const u32 n = opening_security(p, terms);
  std::printf(
      "{\"commit_cpu_seconds\":%.6f,\"open_cpu_seconds\":%.6f,\"bytes\":%zu,"
      "\"verify_milliseconds\":%.3f,\"bits\":%.2f}\n",
      committed - begin, opened - committed, t.proof().size(), verified.count(),
      total_bits({terms, n}, true));
  return 0;
}

}  // namespace
}  // namespace pedigree

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const long log_words = std::strtol(argv[1], nullptr, 10);
  if (log_words < 14 || log_words > 30) return 2;
  return pedigree::run(static_cast<pedigree::u32>(log_words), std::strcmp(argv[2], "small") == 0
                                                                  ? pedigree::Profile::small
                                                                  : pedigree::Profile::fast);
}
