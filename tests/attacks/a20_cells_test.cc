// A20, A17, A18: every committed cell that a constraint reads is forced. CELL of the threat model.
//
// Each cell is changed alone, everything else honest: by one, by a random element, by a power of
// two, and for quotients by the fraction 2^-s, which moves the remainder by one. Multiplicities fit
// the change or are those of the honest run. Cells that nothing reads are derived from the layout,
// and changing them is shown not to matter.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "harness/cells.h"
#include "harness/reference_jobs.h"
#include "harness/switches.h"
#include "kernel/parallel.h"

namespace pedigree::harness {
namespace {

struct OneThread {
  OneThread() { set_threads(1); }
  ~OneThread() { set_threads(0); }
};

class CellTest {
 public:
  explicit CellTest(const ReferenceJob& j)
      : name_(j.name), job_(j.job), case_(j.job), model_(j.job.statement.model) {}

  // Every `stride`-th cell of each use, and every `thin`-th of the long, uniform ones.
  void run(u32 stride, u32 thin) {
    std::map<CellUse, u32> seen;
    for (const Cell& cell : cells_of(case_.compiled())) {
      const bool uniform = cell.use != CellUse::forced && cell.use != CellUse::one_hot &&
                           cell.use != CellUse::ranged;
      if (seen[cell.use]++ % (uniform ? thin : stride) == 0) check(cell);
    }
  }

 private:
  const Program& program() const { return case_.compiled().program; }
  F honest(const Cell& cell) const { return case_.honest().message(cell.root)[cell.word]; }

  std::string verdict(const Cell& cell, F by, const ClearOptions& options = {}) {
    const Tamper bend = [&](const SegmentPublic&, Witness& w) {
      word_of(w, cell.root, cell.word) += by;
    };
    if (cell.use != CellUse::multiplicity) return case_.verdict(bend, options);
    ClearOptions after = options;
    after.tamper_counts = bend;
    return case_.verdict({}, after);
  }

  // A target that rounds to the same delta is another dataset with the same run: then the bent
  // witness is a true one.
  bool is_the_truth_of_other_data(const Cell& cell, F by) {
    if (cell.root < kDataRoot || cell.use != CellUse::forced || cell.tensor != program().records_y)
      return false;
    const Block& b = case_.compiled().layout.tensors[cell.tensor];
    const u64 index = cell.word - b.offset, n = index & ((u64{1} << b.log_positions) - 1),
              f = (index >> b.log_positions) -
                  first_column(program(), program().tensors[cell.tensor]);
    Job other = job_;
    other.y[n * program().tensors[cell.tensor].features + f] += by == F(1) ? 1 : -1;
    const ClearCase truth(other);
    for (u32 root = kEndRoot; root < case_.compiled().layout.num_roots; ++root) {
      const std::span<const F> honest = case_.honest().message(root).held();
      std::vector<F> bent(honest.begin(), honest.end());
      if (root == cell.root) bent[cell.word] += by;
      const std::span<const F> real = truth.honest().message(root).held();
      for (u64 x = 0; x < bent.size(); ++x) {
        // The pad of an answer is what another dataset's randomness makes it.
        const u64 pad = case_.compiled().layout.answer_pad[root];
        const bool random = root >= kDataRoot && x >= pad;
        if (!random && !(bent[x] == real[x])) return false;
      }
    }
    for (const Cell& c : cells_of(case_.compiled()))
      if (c.root == kSegmentRoot && c.use == CellUse::forced &&
          !(truth.honest().messages[0][c.word] == case_.honest().messages[0][c.word]))
        return false;
    return true;
  }

  void expect_refused(const Cell& cell, F by, const ClearOptions& options = {}) {
    const std::string said = verdict(cell, by, options);
    if (said == "accepted" && is_the_truth_of_other_data(cell, by)) return;
    EXPECT_NE(said, "accepted") << name_ << " " << use_name(cell.use) << " root " << cell.root
                                << " word " << cell.word << " tensor " << cell.tensor << " by "
                                << by.v;
  }
  void expect_accepted(const Cell& cell, F by) {
    EXPECT_EQ(verdict(cell, by), "accepted")
        << name_ << " " << use_name(cell.use) << " root " << cell.root << " word " << cell.word;
  }

  void check(const Cell& cell) {
    const F random(random_()), power = pow2(static_cast<u32>(random_() % 64));
    switch (cell.use) {
      case CellUse::forced: {
        for (const F by : {F(1), -F(1), random, power}) expect_refused(cell, by);
        ClearOptions kept;
        kept.recount = false;
        expect_refused(cell, F(1), kept);
        const Tensor& t = program().tensors[cell.tensor];
        if (cell.root == kSegmentRoot && t.advice == Advice::rescale)
          expect_refused(cell, inverse_pow2(t.p));
        return;
      }
      case CellUse::multiplicity:
        for (const F by : {F(1), random}) expect_refused(cell, by);
        return;
      case CellUse::one_hot:
        for (const F by : {F(1), -F(1), random}) expect_refused(cell, by);
        return;
      case CellUse::ranged:
        return ranged(cell, random);
      case CellUse::pad:
      case CellUse::unread:
        return expect_accepted(cell, random);
      case CellUse::answered: {
        expect_accepted(cell, random);
        ClearOptions old;
        old.old_answers = true;
        EXPECT_EQ(verdict(cell, random, old), "out_of_domain " + std::to_string(cell.root))
            << name_ << " word " << cell.word;
        return;
      }
    }
  }

  void ranged(const Cell& cell, F random) {
    const Range r = range_of(model_, program(), cell.tensor);
    for (const i64 value : {r.low, r.high})
      expect_accepted(cell, F::from_int(value) - honest(cell));
    for (const i64 value : {r.low - 1, r.high + 1})
      expect_refused(cell, F::from_int(value) - honest(cell));
    expect_refused(cell, random);
  }

  std::string name_;
  Job job_;
  ClearCase case_;
  Model model_;
  std::mt19937_64 random_{20};
};

TEST(Cells, EveryReadCellIsForcedSample) {
  const OneThread one;
  for (const ReferenceJob& j : reference_jobs()) CellTest(j).run(/*stride=*/7, /*thin=*/331);
}

// Signs, quotients and limbs that stand in for tables.
TEST(Cells, EveryReadCellOfShortMapsIsForced) {
  const OneThread one;
  const ShortenAnyMap shorten;
  for (const ReferenceJob& j : reference_jobs()) CellTest(j).run(/*stride=*/5, /*thin=*/701);
}

TEST(Cells, EveryReadCellIsForcedSlow) {
  const OneThread one;
  for (const ReferenceJob& j : reference_jobs()) CellTest(j).run(/*stride=*/1, /*thin=*/7);
}

// The labels of a record that no step uses may be moved, but stay a row with one 1.
TEST(Cells, AnUnusedLabelMayBeAnotherClass) {
  ClearCase c(reference_job("cross_entropy_relu"));
  const Program& p = c.compiled().program;
  u32 moved = 0;
  for (u32 n = 0; n < p.sizes.records[0]; ++n) {
    if (std::find(c.segment().selection.begin(), c.segment().selection.end(), n) !=
        c.segment().selection.end())
      continue;
    const auto verdict = c.verdict([&](const SegmentPublic& s, Witness& w) {
      const Block& b = s.layout->tensors[p.records_y];
      const std::size_t stride = std::size_t{1} << b.log_positions;
      F* row =
          &word_of(w, kDataRoot, b.offset + n) + stride * first_column(p, p.tensors[p.records_y]);
      const F first = row[0];
      row[0] = row[stride];
      row[stride] = row[2 * stride];
      row[2 * stride] = first;
    });
    EXPECT_EQ(verdict, "accepted");
    ++moved;
  }
  EXPECT_GT(moved, 0u);
}

// What the reference jobs cover together: every kind of tensor, table and advice that a program can
// have.
TEST(Cells, ReferenceJobsUseEveryKind) {
  std::map<std::string, u32> seen;
  for (const ReferenceJob& j : reference_jobs()) {
    const ClearCase c(j.job);
    for (const Tensor& t : c.compiled().program.tensors) {
      ++seen["kind " + std::to_string(static_cast<int>(t.kind))];
      if (t.kind == TensorKind::committed)
        ++seen["advice " + std::to_string(static_cast<int>(t.advice))];
    }
    for (const Table& t : c.compiled().program.tables)
      ++seen["table " + std::to_string(static_cast<int>(t.kind))];
    for (const Cell& cell : cells_of(c.compiled())) ++seen[use_name(cell.use)];
  }
  for (int kind = 0; kind <= static_cast<int>(TensorKind::contraction); ++kind)
    EXPECT_GT(seen["kind " + std::to_string(kind)], 0u) << kind;
  // `copy` is for operands that are products themselves: no layer of today has one.
  for (int advice = 0; advice < static_cast<int>(Advice::copy); ++advice)
    EXPECT_GT(seen["advice " + std::to_string(advice)], 0u) << advice;
  for (int table = 0; table <= static_cast<int>(TableKind::sigmoid); ++table)
    EXPECT_GT(seen["table " + std::to_string(table)], 0u) << table;
  for (u32 use = 0; use < kNumCellUses; ++use)
    EXPECT_GT(seen[use_name(static_cast<CellUse>(use))], 0u) << use;
}

}  // namespace
}  // namespace pedigree::harness
