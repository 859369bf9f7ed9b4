// The leaves of a segment's fraction trees (proof/segment.h, steps 2 and 6) on the prover's side.
#pragma once

#include <algorithm>

#include "iop/fraction_tree.h"
#include "iop/tree_order.h"
#include "poly/eq.h"
#include "proof/witness.h"

namespace pedigree {

// Runs of leaves, each of a lookup, a map or a table, with gaps (0, 1) between them, where features are not there too. A `Piece` has `offset` and `size`.
template <class Numerator, class Piece>
class PieceLeaves : public LeafSourceOf<Numerator> {
 public:
  using Block = typename LeafSourceOf<Numerator>::Block;

  std::size_t size() const override { return pieces_.back().offset + pieces_.back().size; }

  std::optional<Block> block(std::size_t begin, std::size_t end) const override {
    const Piece* const piece = piece_of(begin, end);
    if (piece == nullptr) return std::nullopt;
    return block_of(*piece, begin - piece->offset, end - begin);
  }

  bool is_gap(std::size_t begin, std::size_t end) const override {
    const auto piece = piece_at(begin), next = piece + 1;
    return end <= piece->offset ||
           (begin >= piece->offset + piece->size && (next == pieces_.end() || end <= next->offset));
  }

  void leaves(std::size_t begin, std::size_t end, K* q, Numerator* p) const override {
    auto piece = piece_at(begin);
    for (std::size_t x = begin; x < end;) {
      while (piece != pieces_.end() && x >= piece->offset + piece->size) ++piece;
      const bool in_gap = piece == pieces_.end() || x < piece->offset;
      const std::size_t next = piece == pieces_.end() ? end
                               : in_gap               ? piece->offset
                                                      : piece->offset + piece->size,
                        n = std::min(end, next) - x;
      K* const to_q = q + (x - begin);
      Numerator* const to_p = p + (x - begin);
      if (in_gap) {
        std::fill_n(to_q, n, K(kOne));
        std::fill_n(to_p, n, Numerator());
      } else {
        fill(*piece, x - piece->offset, n, to_q, to_p);
      }
      x += n;
    }
  }

 protected:
  // Rows [row, row + n) of a piece.
  virtual void fill(const Piece& piece, std::size_t row, std::size_t n, K* q,
                    Numerator* p) const = 0;
  virtual std::optional<Block> block_of(const Piece& piece, std::size_t row,
                                        std::size_t n) const = 0;
  // Once all are there.
  void sort_pieces() {
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
  }

  std::vector<Piece> pieces_;

 private:
  // The one that all of [begin, end) lies in; null: none.
  const Piece* piece_of(std::size_t begin, std::size_t end) const {
    const Piece& piece = *piece_at(begin);
    return begin < piece.offset || end > piece.offset + piece.size ? nullptr : &piece;
  }
  // The last one that begins at x or before, or the first.
  typename std::vector<Piece>::const_iterator piece_at(std::size_t x) const {
    const auto next =
        std::upper_bound(pieces_.begin(), pieces_.end(), x,
                         [](std::size_t at, const Piece& a) { return at < a.offset; });
    return next == pieces_.begin() ? next : next - 1;
  }
};

// Of the lookup tree: columns of a lookup, or of a table with its multiplicities.
struct LookupPiece {
  u64 offset;
  std::size_t size;
  K base;  // alpha - beta id
  u32 num_columns;
  const F* columns[kMaxLookupColumns];
  const F* multiplicity;  // of a lookup: none
};

class LookupLeaves : public PieceLeaves<F, LookupPiece> {
 public:
  LookupLeaves(const SegmentPublic& s, const Witness& w, TensorValues& values, const K& alpha,
               const K& beta)
      : beta_power_{K(kOne), beta * beta, beta * beta * beta} {
    const Program& p = *s.program;
    for (u32 i = 0; i < p.lookups.size(); ++i) {
      const Lookup& l = p.lookups[i];
      LookupPiece piece{s.layout->lookup_offset[i],
                        p.cells_there(l.columns[0]),
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
      LookupPiece piece{
          s.layout->table_offset[i],           rows, alpha - beta * F(i), t.num_columns, {},
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
    sort_pieces();
  }

 protected:
  std::optional<LookupBlock> block_of(const LookupPiece& piece, std::size_t row,
                                      std::size_t n) const override {
    if (piece.multiplicity != nullptr) return std::nullopt;
    LookupColumns out{piece.base, beta_power_, {}, piece.num_columns};
    for (u32 c = 0; c < piece.num_columns; ++c) out.columns[c] = piece.columns[c] + row;
    return LookupBlock(out, n);
  }
  void fill(const LookupPiece& piece, std::size_t row, std::size_t n, K* q, F* p) const override {
    const F* columns[kMaxLookupColumns] = {};
    for (u32 c = 0; c < piece.num_columns; ++c) columns[c] = piece.columns[c] + row;
    lookup_denominators(piece.base, beta_power_, columns, piece.num_columns, n, q);
    if (piece.multiplicity == nullptr)
      std::fill_n(p, n, kOne);
    else
      for (std::size_t i = 0; i < n; ++i) p[i] = -piece.multiplicity[row + i];
  }

 private:
  K beta_power_[3];
  std::vector<std::vector<F>> table_columns_;
};

// Of the tree of pullbacks: gamma^m eq(at, x) over alpha - beta table - index for cell x of map m, or minus the pushforward over
// alpha - beta table - row. `at` is the point of the products.
struct PullbackPiece {
  u64 offset;
  std::size_t size;
  K base;          // alpha - beta table
  const F* index;  // of a table: none
  K weight;
  u32 log_size;  // coordinates of `at` that count
  EqWeights eq;
  const F* pushforward[kDegree];
};

class PullbackLeaves : public PieceLeaves<K, PullbackPiece> {
 public:
  PullbackLeaves(const SegmentPublic& s, const Witness& w, TensorValues& values, const K& gamma,
                 std::span<const K> at, const K& alpha, const K& beta)
      : at_(at) {
    const Program& p = *s.program;
    K power(kOne);
    for (u32 i = 0; i < p.pullbacks.size(); ++i, power *= gamma) {
      const Pullback& x = p.pullbacks[i];
      pieces_.push_back({s.layout->pullback_offset[i],
                         p.cells_there(x.index),
                         alpha - beta * F(x.table),
                         values.get(x.index).data(),
                         power,
                         x.log_size,
                         EqWeights(at.first(x.log_size)),
                         {}});
    }
    for (u32 t = 0; t < p.pullback_tables.size(); ++t) {
      pieces_.push_back({s.layout->pullback_table_offset[t],
                         std::size_t{1} << p.pullback_tables[t].log_size,
                         alpha - beta * F(t),
                         nullptr,
                         K(),
                         0,
                         EqWeights({}),
                         {}});
      for (u32 l = 0; l < kDegree; ++l)
        pieces_.back().pushforward[l] = w.cells(s.layout->pushforwards[kDegree * t + l]);
    }
    sort_pieces();
    const u32 depth = s.plan->log_pullbacks, log_block = depth - log_tree_blocks(depth);
    if (log_block >= PullbackPoint::kLeastCoordinates && log_block <= at.size())
      block_point_.emplace(at.first(log_block));
  }

 protected:
  std::optional<PullbackBlock> block_of(const PullbackPiece& piece, std::size_t row,
                                        std::size_t n) const override {
    if (!block_point_ || piece.index == nullptr) return std::nullopt;
    const std::size_t low = block_point_->coordinates().size();
    const K high = eq_at(at_.subspan(low, piece.log_size - low), row >> low);
    return PullbackBlock({piece.base, piece.index + row, piece.weight * high}, *block_point_, n);
  }
  void fill(const PullbackPiece& piece, std::size_t row, std::size_t n, K* q, K* p) const override {
    for (std::size_t i = 0, x = row; i < n; ++i, ++x) {
      const F* const* const m = piece.pushforward;
      q[i] = piece.base - K(piece.index != nullptr ? piece.index[x] : F(x));
      p[i] = piece.index != nullptr ? piece.weight * (*piece.eq.low(x) * piece.eq.high(x))
                                    : -K(m[0][x], m[1][x], m[2][x]);
    }
  }

 private:
  std::span<const K> at_;
  std::optional<PullbackPoint> block_point_;
};

}  // namespace pedigree
