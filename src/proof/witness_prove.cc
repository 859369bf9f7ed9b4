#include <algorithm>
#include <mutex>

#include "base/require.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "proof/eq_vector.h"
#include "proof/segment_protocol.h"
#include "proof/witness.h"
#include "tensor/order.h"

namespace pedigree {

std::span<const F> TensorValues::get(TensorId id) {
  const Tensor& t = s_.program->tensors[id];
  if (t.kind == TensorKind::committed && t.root == Root::segment) {
    const Block& b = s_.layout->tensors[id];
    return {w_.cells(b), b.words()};
  }
  if (t.kind == TensorKind::contraction) return w_.contractions[id];
#ifdef PEDIGREE_HARNESS
  if (id < w_.false_values.size() && !w_.false_values[id].empty()) return w_.false_values[id];
#endif
  if (cache_[id].empty()) cache_[id] = compute(id);
  return cache_[id];
}

std::vector<K> TensorValues::bind_features(TensorId id, std::span<const K> point) {
  const std::span<const F> cells = get(id);
  const std::vector<K> eq = eq_of(point);
  const std::size_t features = features_there(s_.program->tensors[id]);
  std::vector<K> out(cells.size() / features);
  weighted_rows(cells.data(), std::span(eq).first(features), out.size(), out.data());
  return out;
}

// An affine tensor written out: affine terms of it are not computed by themselves.
void TensorValues::collect_terms(TensorId id, F scale, std::vector<std::span<const F>>& terms,
                                 std::vector<F>& coefs, F& constant) {
  const Program& p = *s_.program;
  const Tensor& t = p.tensors[id];
  scale *= inverse_pow2(t.shift);
  constant += scale * F::from_int(t.constant);
  for (u32 i = 0; i < t.num_terms; ++i) {
    const Term& term = p.terms[t.first_term + i];
    const F coef = scale * F::from_int(term.coef);
    if (p.tensors[term.tensor].kind == TensorKind::affine && !is_known(term.tensor)) {
      collect_terms(term.tensor, coef, terms, coefs, constant);
    } else {
      terms.push_back(get(term.tensor));
      coefs.push_back(coef);
    }
  }
}

bool TensorValues::is_known(TensorId id) const {
#ifdef PEDIGREE_HARNESS
  if (id < w_.false_values.size() && !w_.false_values[id].empty()) return true;
#endif
  return !cache_[id].empty();
}

std::vector<F> TensorValues::compute(TensorId id) {
  const Program& p = *s_.program;
  const Tensor& t = p.tensors[id];
  const std::size_t positions = std::size_t{1} << p.log_positions(t);
  std::vector<F> out(p.cells_there(id));
  switch (t.kind) {
    case TensorKind::committed: {  // cells of the start, or live columns of a dataset
      const Block& b = s_.layout->tensors[id];
      if (t.root == Root::start) {
        std::copy_n(w_.cells(b), b.words(), out.begin());
        break;
      }
      const Words words = w_.message(b.root);
      parallel_for(t.features, 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t f = begin; f < end; ++f) {
          F* const to = out.data() + f * positions;
          const F* const from = words.run((first_column(p, t) + f) * positions, positions, to);
          if (from != to) std::copy_n(from, positions, to);
        }
      });
      break;
    }
    case TensorKind::gather: {
      u32 first = 0;
      for (u32 d = 0; d < p.sizes.num_datasets; first += p.sizes.records[d], ++d) {
        const Block& b = s_.layout->tensors[t.a + 2 * d];
        const Words words = w_.message(b.root);
        const u64 column = u64{1} << b.log_positions, inputs = first_column(p, t) * column;
        // A cache line of positions at a time: features are a power of two apart, cells of a record lie together.
        constexpr std::size_t kLine = 8;
        parallel_for((positions + kLine - 1) / kLine, 16, [&](std::size_t begin, std::size_t end) {
          std::vector<F> cells(kLine * t.features);
          const std::span<F> all(cells);
          for (std::size_t line = begin * kLine; line < end * kLine; line += kLine) {
            std::size_t there[kLine], count = 0;
            for (std::size_t x = line; x < std::min(positions, line + kLine); ++x) {
              const u32 row = s_.selection[x] - first;
              if (s_.selection[x] == kDeadSlot || row >= p.sizes.records[d]) continue;
              words.apart(inputs + row, column, all.subspan(count * t.features, t.features));
              there[count++] = x;
            }
            for (std::size_t f = 0; f < t.features; ++f)
              for (std::size_t i = 0; i < count; ++i)
                out[f * positions + there[i]] = cells[i * t.features + f];
          }
        });
      }
      break;
    }
    case TensorKind::live:
      for (std::size_t f = 0; f < t.features; ++f)
        for (std::size_t x = 0; x < positions; ++x) {
          const bool live = t.domain == Domain::records ? x < p.sizes.records[t.dataset]
                                                        : s_.selection[x] != kDeadSlot;
          if (live) out[f * positions + x] = F::from_int(t.constant);
        }
      break;
    case TensorKind::affine: {
      std::vector<std::span<const F>> terms;
      std::vector<F> coefs;
      F constant;
      collect_terms(id, kOne, terms, coefs, constant);
      constexpr std::size_t kBlock = 1 << 11;
      parallel_for(out.size(), kBlock, [&](std::size_t begin, std::size_t end) {
        for (std::size_t x = begin; x < end; x += kBlock) {
          const std::size_t n = std::min(kBlock, end - x);
          std::fill_n(out.data() + x, n, constant);
          for (std::size_t i = 0; i < terms.size(); ++i)
            if (x < terms[i].size())  // behind its end a term is 0
              add_multiple(out.data() + x, terms[i].data() + x, coefs[i],
                           std::min(n, terms[i].size() - x));
        }
      });
      break;
    }
    case TensorKind::broadcast: {
      const std::span<const F> row = get(t.a);
      for (std::size_t f = 0; f < t.features; ++f)
        std::copy(row.begin(), row.end(), out.begin() + static_cast<std::ptrdiff_t>(f * positions));
      break;
    }
    case TensorKind::feature_sum: {
      const std::span<const F> a = get(t.a);
      for (std::size_t f = 0; f < t.p; ++f)
        for (std::size_t x = 0; x < positions; ++x) out[x] += a[f * positions + x];
      break;
    }
    case TensorKind::product: {
      const std::span<const F> a = get(t.a), b = get(t.b);
      parallel_for(out.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
        for (std::size_t x = begin; x < end; ++x) out[x] = a[x] * b[x];
      });
      break;
    }
    case TensorKind::pullback: {
      const std::span<const F> index = get(t.a);
      const Table& table = p.pullback_tables[t.p];
      std::vector<F> column(std::size_t{1} << table.log_size);
      for (std::size_t row = 0; row < column.size(); ++row)
        column[row] = F::from_int(table.values[t.column][row]);
      parallel_for(out.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
        for (std::size_t x = begin; x < end; ++x)
          if (index[x].v < column.size()) out[x] = column[index[x].v];
      });
      break;
    }
    default:
      PEDIGREE_REQUIRE(false, "committed tensors and contractions are not derived");
  }
  return out;
}

void TensorValues::drop_all_but_lookups() {
  std::vector<std::vector<F>> kept(cache_.size());
  for (const Lookup& l : s_.program->lookups)
    for (u32 c = 0; c < l.num_columns; ++c)
      if (kept[l.columns[c]].empty()) kept[l.columns[c]] = std::move(cache_[l.columns[c]]);
  cache_ = std::move(kept);
}

void fill_static(const SegmentPublic& s, Witness& w, TensorValues& values) {
  for (TensorId id = 0; id < s.program->tensors.size(); ++id) {
    const Tensor& t = s.program->tensors[id];
    if (t.kind != TensorKind::committed || t.root != Root::segment || t.advice == Advice::input)
      continue;
    // Over samples a model's run has filled them, if there is a model.
    if (t.domain == Domain::samples && !s.program->parameters.empty()) continue;
    const std::span<const F> from = values.get(t.a);
    F* out = w.cells(s.layout->tensors[id]);
    const u64 mask = t.advice == Advice::limb ? (u64{1} << t.p) - 1 : ~u64{0};
    for (std::size_t x = 0; x < from.size(); ++x) out[x] = F(from[x].v & mask);
  }
  for (const Show& show : s.shows)
    if (show.kind == Show::Kind::apart) fill_apart(s, show, w);
}

LookupMiss fill_multiplicities(const SegmentPublic& s, Witness& w, TensorValues& values) {
  const Program& p = *s.program;
  LookupMiss miss;
  std::vector<std::vector<u32>> counts(p.tables.size());
  for (std::size_t t = 0; t < counts.size(); ++t)
    counts[t].resize(std::size_t{1} << p.tables[t].log_size);
  for (u32 i = 0; i < p.lookups.size(); ++i) {
    const Lookup& l = p.lookups[i];
    const Table& table = p.tables[l.table];
    std::vector<u32>& count = counts[l.table];
    std::span<const F> columns[kMaxLookupColumns];
    for (u32 c = 0; c < l.num_columns; ++c) columns[c] = values.get(l.columns[c]);
    for (std::size_t x = 0; x < columns[0].size(); ++x) {
      const u64 row = columns[0][x].v;
      bool hit = row < count.size();
      for (u32 c = 1; hit && c < l.num_columns; ++c)
        hit = columns[c][x] == F::from_int(table.values[c][row]);
      if (hit)
        ++count[row];
      else if (!miss.found)
        miss = {true, l.columns[0], x};
    }
  }
  for (const Pullback& pullback : p.pullbacks) {
    const std::span<const F> index = values.get(pullback.index);
    const u64 rows = u64{1} << p.pullback_tables[pullback.table].log_size;
    for (std::size_t x = 0; x < index.size() && !miss.found; ++x)
      if (index[x].v >= rows) miss = {true, pullback.index, x};
  }
  for (std::size_t t = 0; t < counts.size(); ++t) {
    F* out = w.cells(s.layout->multiplicities[t]);
    for (std::size_t row = 0; row < counts[t].size(); ++row) out[row] = F(counts[t][row]);
  }
  return miss;
}

namespace {

// sums[row] += sum over x with index[x] = row of feature[f] position[x], x in blocks of positions by feature.
void push_forward(std::span<const F> index, std::span<const K> feature, std::span<const K> position,
                  std::vector<K>& sums) {
  std::mutex mutex;
  parallel_for(feature.size(), 1, [&](std::size_t begin, std::size_t end) {
    std::vector<K> own(sums.size());
    for (std::size_t f = begin; f < end; ++f)
      for (std::size_t x = 0; x < position.size(); ++x) {
        const u64 row = index[f * position.size() + x].v;
        if (row < own.size()) own[row] += feature[f] * position[x];
      }
    const std::lock_guard lock(mutex);
    for (std::size_t row = 0; row < own.size(); ++row) sums[row] += own[row];
  });
}

}  // namespace

void fill_pushforwards(const SegmentPublic& s, const K& gamma, std::span<const K> at, Witness& w,
                       TensorValues& values) {
  const Program& p = *s.program;
  std::vector<std::vector<K>> sums;
  for (const Table& t : p.pullback_tables) sums.emplace_back(std::size_t{1} << t.log_size);
  K power(kOne);
  for (const Pullback& x : p.pullbacks) {
    const u32 positions = p.log_positions(p.tensors[x.index]);
    const std::vector<K> feature = eq_of(at.subspan(positions, x.log_size - positions), power);
    push_forward(values.get(x.index), std::span(feature).first(features_there(p.tensors[x.index])),
                 eq_of(at.first(positions)), sums[x.table]);
    power *= gamma;
  }
  w.messages[kPushforwardRoot].assign(message_words(*s.layout, kPushforwardRoot), F());
  for (std::size_t t = 0; t < sums.size(); ++t)
    for (u32 l = 0; l < kDegree; ++l) {
      F* const out = w.cells(s.layout->pushforwards[kDegree * t + l]);
      for (std::size_t row = 0; row < sums[t].size(); ++row) out[row] = sums[t][row].c[l];
    }
}

}  // namespace pedigree
