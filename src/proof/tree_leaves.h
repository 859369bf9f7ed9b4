// The leaves of a segment's fraction trees (proof/segment.h, steps 2 and 6) on the prover's side.
#pragma once

#include <algorithm>

#include "iop/fraction_tree.h"
#include "iop/tree_order.h"
#include "poly/eq.h"
#include "proof/witness.h"

namespace pedigree {

// The leaves of the lookup tree: columns of lookups and tables at their offsets, (0, 1) elsewhere.
class LookupLeaves : public LeafSource {
 public:
  LookupLeaves(const SegmentPublic& s, const Witness& w, TensorValues& values, const K& alpha,
               const K& beta)
      : beta_power_{K(kOne), beta * beta, beta * beta * beta} {
    const Program& p = *s.program;
    for (u32 i = 0; i < p.lookups.size(); ++i) {
      const Lookup& l = p.lookups[i];
      Piece piece{s.layout->lookup_offset[i],
                  std::size_t{1} << l.log_size,
                  alpha - beta * F(l.table),
                  l.num_columns,
                  {},
                  nullptr};
      for (u32 c = 0; c < l.num_columns; ++c) piece.columns[c] = values.get(l.columns[c]).data();
      pieces_.push_back(piece);
    }
    for (u32 i = 0; i < p.tables.size(); ++i) {
      const Table& t = p.tables[i];
      const std::size_t rows = std::size_t{1} << t.log_size;
      Piece piece{s.layout->table_offset[i],           rows, alpha - beta * F(i), t.num_columns, {},
                  w.cells(s.layout->multiplicities[i])};
      for (u32 c = 0; c < t.num_columns; ++c) {
        table_columns_.emplace_back(rows);
        std::vector<F>& column = table_columns_.back();
        for (std::size_t row = 0; row < rows; ++row)
          column[row] = c == 0 ? F(row) : F::from_int(t.values[c][row]);
        piece.columns[c] = column.data();
      }
      pieces_.push_back(piece);
    }
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
  }

  std::size_t size() const override { return pieces_.back().offset + pieces_.back().size; }

  std::optional<LookupBlock> block(std::size_t begin, std::size_t end) const override {
    const Piece& piece = *piece_at(begin);
    if (piece.multiplicity != nullptr || begin < piece.offset || end > piece.offset + piece.size)
      return std::nullopt;
    LookupColumns out{piece.base, beta_power_, {}, piece.num_columns};
    for (u32 c = 0; c < piece.num_columns; ++c)
      out.columns[c] = piece.columns[c] + (begin - piece.offset);
    return LookupBlock(out, end - begin);
  }

  void leaves(std::size_t begin, std::size_t end, K* q, F* p) const override {
    auto piece = piece_at(begin);
    for (std::size_t x = begin; x < end;) {
      while (piece != pieces_.end() && x >= piece->offset + piece->size) ++piece;
      if (piece == pieces_.end() || x < piece->offset) {  // a gap up to the next piece
        const std::size_t stop =
            piece == pieces_.end() ? end : std::min<std::size_t>(end, piece->offset);
        std::fill_n(q + (x - begin), stop - x, K(kOne));
        std::fill_n(p + (x - begin), stop - x, F());
        x = stop;
        continue;
      }
      const std::size_t stop = std::min<std::size_t>(end, piece->offset + piece->size);
      const std::size_t n = stop - x, row = x - piece->offset;
      const F* columns[kMaxLookupColumns] = {};
      for (u32 c = 0; c < piece->num_columns; ++c) columns[c] = piece->columns[c] + row;
      lookup_denominators(piece->base, beta_power_, columns, piece->num_columns, n,
                          q + (x - begin));
      F* const numerators = p + (x - begin);
      if (piece->multiplicity == nullptr)
        std::fill_n(numerators, n, kOne);
      else
        for (std::size_t i = 0; i < n; ++i) numerators[i] = -piece->multiplicity[row + i];
      x = stop;
    }
  }

 private:
  struct Piece {
    u64 offset;
    std::size_t size;
    K base;  // alpha - beta id
    u32 num_columns;
    const F* columns[kMaxLookupColumns];
    const F* multiplicity;
  };
  // The last one that begins at x or before, or the first.
  std::vector<Piece>::const_iterator piece_at(std::size_t x) const {
    const auto next =
        std::upper_bound(pieces_.begin(), pieces_.end(), x,
                         [](std::size_t at, const Piece& a) { return at < a.offset; });
    return next == pieces_.begin() ? next : next - 1;
  }

  K beta_power_[3];
  std::vector<Piece> pieces_;
  std::vector<std::vector<F>> table_columns_;
};

// The leaves of the tree of pullbacks: gamma^m eq(at, x) over alpha - beta table - index for cell x of map m, minus the pushforward over
// alpha - beta table - row for rows of tables, (0, 1) elsewhere. `at` is the point of the products.
class PullbackLeaves : public WeightedLeafSource {
 public:
  PullbackLeaves(const SegmentPublic& s, const Witness& w, TensorValues& values, const K& gamma,
                 std::span<const K> at, const K& alpha, const K& beta)
      : at_(at) {
    const Program& p = *s.program;
    K power(kOne);
    for (u32 i = 0; i < p.pullbacks.size(); ++i, power *= gamma) {
      const Pullback& x = p.pullbacks[i];
      pieces_.push_back({s.layout->pullback_offset[i],
                         x.log_size,
                         alpha - beta * F(x.table),
                         values.get(x.index).data(),
                         power,
                         EqRun(at.first(x.log_size)),
                         {}});
    }
    for (u32 t = 0; t < p.pullback_tables.size(); ++t) {
      pieces_.push_back({s.layout->pullback_table_offset[t],
                         p.pullback_tables[t].log_size,
                         alpha - beta * F(t),
                         nullptr,
                         K(),
                         EqRun({}),
                         {}});
      for (u32 l = 0; l < kDegree; ++l)
        pieces_.back().pushforward[l] = w.cells(s.layout->pushforwards[kDegree * t + l]);
    }
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
    const u32 depth = s.plan->log_pullbacks, log_block = depth - log_tree_blocks(depth);
    if (log_block >= PullbackPoint::kLeastCoordinates && log_block <= at.size())
      block_point_.emplace(at.first(log_block));
  }

  std::size_t size() const override { return pieces_.back().end(); }

  std::optional<PullbackBlock> block(std::size_t begin, std::size_t end) const override {
    if (!block_point_) return std::nullopt;
    const std::size_t log_block = block_point_->coordinates().size();
    for (const Piece& x : pieces_) {
      if (x.index == nullptr || begin < x.offset || end > x.end()) continue;
      const std::size_t first = begin - x.offset;
      const K high = eq_at(at_.subspan(log_block, x.log_size - log_block), first >> log_block);
      return PullbackBlock({x.base, x.index + first, x.weight * high}, *block_point_, end - begin);
    }
    return std::nullopt;
  }

  void leaves(std::size_t begin, std::size_t end, K* q, K* p) const override {
    std::size_t x = begin;
    const auto add = [&](const K& denominator, const K& numerator) {
      q[x - begin] = denominator;
      p[x - begin] = numerator;
      ++x;
    };
    for (const Piece& piece : pieces_) {
      if (piece.end() <= x) continue;
      while (x < std::min<std::size_t>(end, piece.offset)) add(K(kOne), K());
      while (x < std::min(end, piece.end())) {
        const std::size_t i = x - piece.offset;
        if (piece.index != nullptr)
          add(piece.base - K(piece.index[i]), piece.weight * (*piece.eq.low(i) * piece.eq.high(i)));
        else
          add(piece.base - K(F(i)),
              -K(piece.pushforward[0][i], piece.pushforward[1][i], piece.pushforward[2][i]));
      }
    }
    while (x < end) add(K(kOne), K());
  }

 private:
  struct Piece {
    u64 offset;
    u32 log_size;
    K base;          // alpha - beta table
    const F* index;  // of a table: none
    K weight;
    EqRun eq;
    const F* pushforward[kDegree];
    std::size_t end() const { return offset + (std::size_t{1} << log_size); }
  };
  std::span<const K> at_;
  std::optional<PullbackPoint> block_point_;
  std::vector<Piece> pieces_;
};

}  // namespace pedigree
