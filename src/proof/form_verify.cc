#include "poly/eq.h"
#include "proof/form.h"

namespace pedigree {

namespace {

// Merges two term lists: a + scale * b.
Vec<FormTerm> merged(const Vec<FormTerm>& a, const Vec<FormTerm>& b, const K& scale) noexcept {
  if (b.empty()) return a;
  Vec<FormTerm> out(b.arena());
  out.reserve(a.size() + b.size());
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (j == b.size() || (i < a.size() && a[i].key < b[j].key)) {
      out.push_back(a[i++]);
    } else if (i == a.size() || b[j].key < a[i].key) {
      out.push_back({b[j].key, b[j].coef * scale});
      ++j;
    } else {
      out.push_back({a[i].key, a[i].coef + b[j].coef * scale});
      ++i;
      ++j;
    }
  }
  return out;
}

K eq_both(const K& a, const K& b) noexcept { return K(kOne) - a - b + (a * b + a * b); }

// sum over x < length of weight(x) = sum over the set bits of `length`, each an aligned block of indices.
//   low(i)    sum of the weights of the low i bits
//   high(i, v)  weight of the bits from i on being v
template <class Low, class High>
K prefix_blocks(u32 num_vars, u64 length, Low low, High high) noexcept {
  if (length == u64{1} << num_vars) return low(num_vars);
  K sum;
  for (u32 i = 0; i < num_vars; ++i)
    if (length >> i & 1) sum += low(i) * high(i, (length >> i) - 1);
  return sum;
}

}  // namespace

Affine operator+(const Affine& a, const Affine& b) noexcept {
  Affine r(a.constant + b.constant);
  r.terms = merged(a.terms, b.terms, K(kOne));
  return r;
}

Affine operator-(const Affine& a, const Affine& b) noexcept {
  Affine r(a.constant - b.constant);
  r.terms = merged(a.terms, b.terms, -K(kOne));
  return r;
}

Affine operator*(const Affine& a, const K& c) noexcept {
  Affine r(a.constant * c);
  if (!a.terms.empty()) {
    r.terms = Vec<FormTerm>(a.terms.arena(), a.terms.span());
    for (FormTerm& t : r.terms) t.coef *= c;
  }
  return r;
}

K prefix_sum_at(std::span<const K> point, u64 length) noexcept {
  return prefix_blocks(
      static_cast<u32>(point.size()), length, [](u32) noexcept { return K(kOne); },
      [&](u32 i, u64 v) noexcept { return eq_at(point.subspan(i), v); });
}

K prefix_eq_at(std::span<const K> a, std::span<const K> b, u64 length) noexcept {
  return prefix_blocks(
      static_cast<u32>(a.size()), length,
      [&](u32 i) noexcept {
        K r(kOne);
        for (u32 j = 0; j < i; ++j) r *= eq_both(a[j], b[j]);
        return r;
      },
      [&](u32 i, u64 v) noexcept { return eq_at(a.subspan(i), v) * eq_at(b.subspan(i), v); });
}

K prefix_power_at(const K& z, std::span<const K> point, u64 length) noexcept {
  return prefix_blocks(
      static_cast<u32>(point.size()), length,
      [&](u32 i) noexcept { return power_at(z, point.subspan(0, i)); },
      [&](u32 i, u64 v) noexcept {
        return eq_at(point.subspan(i), v) * power(z, static_cast<u128>(v) << i);
      });
}

// eq(point, .) is a product of one of the low bits and one of the high bits: neither table is large.
K column_at(std::span<const i64> values, std::span<const K> point, Arena& arena) noexcept {
  const std::size_t mark = arena.mark(), low_bits = point.size() / 2,
                    low_size = std::size_t{1} << low_bits, high_size = values.size() >> low_bits;
  K *low = arena.allocate<K>(low_size), *high = arena.allocate<K>(high_size);
  eq_fill(point.first(low_bits), K(kOne), {low, low_size});
  eq_fill(point.subspan(low_bits), K(kOne), {high, high_size});
  KSum sum;
  for (std::size_t j = 0; j < high_size; ++j) {
    const i64* const row = values.data() + j * low_size;
    KSum part;
    for (std::size_t i = 0; i < low_size; ++i) part.add_product(F::from_int(row[i]), low[i]);
    sum.add_product(part.value(), high[j]);
  }
  arena.release(mark);
  return sum.value();
}

K FormWeights::selection_at(const FormKey& key, std::span<const K> record_point) noexcept {
  const std::size_t mark = arena_.mark();
  const std::size_t samples = std::size_t{1} << key.position_point.size(),
                    records = std::size_t{1} << record_point.size();
  K* at_sample = arena_.allocate<K>(samples);
  K* at_record = arena_.allocate<K>(records);
  eq_fill(key.position_point, K(kOne), {at_sample, samples});
  eq_fill(record_point, K(kOne), {at_record, records});
  KSum sum;
  for (std::size_t i = 0; i < samples; ++i) {
    const u32 row = selection_[i] - key.first_row;  // a dead slot or an earlier dataset: far beyond
    if (selection_[i] != kDeadSlot && row < key.positions)
      sum.add_product(at_sample[i], at_record[row]);
  }
  arena_.release(mark);
  return sum.value();
}

// Of a slice.
K FormWeights::feature_at(const FormKey& key, std::span<const K> f) noexcept {
  const u64 all = u64{1} << f.size();
  const std::size_t mark = arena_.mark();
  K* at = arena_.allocate<K>(all);
  eq_fill(f, K(kOne), {at, all});
  K sum;
  if (key.feature_part == FeaturePart::ones) {
    for (u32 i = 0; i < key.features; ++i) sum += at[key.first_feature + i];
  } else {
    const std::size_t slice = std::size_t{1} << key.feature_point.size();
    K* own = arena_.allocate<K>(slice);
    eq_fill(key.feature_point, K(kOne), {own, slice});
    for (u32 i = 0; i < key.features; ++i) sum += own[i] * at[key.first_feature + i];
  }
  arena_.release(mark);
  return sum;
}

// sum over the features f that are there and count of their weight (eq(feature point, f), or 1) times
// eq(point, offset / 2^log_positions + f), for a key that is no slice; `point` begins with the feature bits.
K FormWeights::chunks_at(const FormKey& key, std::span<const K> point) noexcept {
  const Block& b = key.block;
  const u32 low = b.log_chunk_features();
  const u64 first = b.offset >> (b.log_positions + low), all = u64{1} << low,
            live = key.feature_part == FeaturePart::eq ? b.features_there() : key.features;
  const bool ones = key.feature_part == FeaturePart::ones;
  const auto f = point.subspan(0, low),
             u = ones ? std::span<const K>() : key.feature_point.subspan(0, low),
             chunk = ones ? std::span<const K>() : key.feature_point.subspan(low);
  const auto first_of_chunk = [&](u64 n) noexcept {
    return ones ? prefix_sum_at(f, n) : prefix_eq_at(u, f, n);
  };
  const K whole = first_of_chunk(all);
  K sum;
  for (u64 c = 0; c < b.chunks.there && c << low < live; ++c) {
    const u64 left = live - (c << low);
    const K at = eq_at(point.subspan(low), first + c);
    sum += (ones ? at : eq_at(chunk, c) * at) * (left >= all ? whole : first_of_chunk(left));
  }
  return sum;
}

K FormWeights::key_at(const FormKey& key, std::span<const K> point) noexcept {
  if (key.kind == KeyKind::power) {
    const u32 n = key.block.log_features + key.block.log_positions;
    return key.z * eq_at(point.subspan(n), key.block.offset >> n) *
           prefix_power_at(key.z, point.subspan(0, n), key.length);
  }
  if (key.kind == KeyKind::element) {
    K sum;
    for (u32 l = 0; l < kDegree; ++l) sum += basis(l) * eq_at(point, key.block.offset + l);
    return sum;
  }
  const u32 positions = key.block.log_positions, features = key.block.log_features;
  const auto p = point.subspan(0, positions), f = point.subspan(positions, features);
  // Columns of a dataset, whose block is not cut.
  const bool is_slice = key.feature_part != FeaturePart::eq && key.block.chunks.log_count == 0;
  const K r = is_slice ? eq_at(point.subspan(positions + features),
                               key.block.offset >> (positions + features)) *
                             feature_at(key, f)
                       : chunks_at(key, point.subspan(positions));
  switch (key.position_part) {
    case PositionPart::eq:
      return r * prefix_eq_at(key.position_point, p, u64{1} << positions);
    case PositionPart::eq_live:
      return r * prefix_eq_at(key.position_point, p, key.positions);
    case PositionPart::selection:
      return r * selection_at(key, p);
    case PositionPart::column:
      if (key.column != column_) {  // of the three words of an element the last one is asked again
        column_ = key.column;
        at_column_ = column_at({column_, std::size_t{1} << positions}, p, arena_);
      }
      return r * at_column_;
    case PositionPart::rows:
      break;
  }
  K sum;
  for (std::size_t k = 0; k < key.rows.size(); ++k)
    sum += key.position_point[k] * eq_at(p, key.rows[k]);
  return r * sum;
}

K FormWeights::weight_at(u32 root, std::span<const K> point) noexcept {
  const std::size_t mark = arena_.mark();
  column_ = nullptr;
  // Runs of elements (pads) share one table over an aligned block.
  constexpr u32 kRun = 12;
  const u32 run_vars = point.size() < kRun ? static_cast<u32>(point.size()) : kRun;
  const std::size_t run = std::size_t{1} << run_vars;
  K* in_run = arena_.allocate<K>(run);
  eq_fill(point.subspan(0, run_vars), K(kOne), {in_run, run});
  u64 current = ~u64{0};
  K of_run;
  const auto word = [&](u64 index) noexcept {
    if (index >> run_vars != current) {
      current = index >> run_vars;
      of_run = eq_at(point.subspan(run_vars), current);
    }
    return in_run[index & (run - 1)] * of_run;
  };
  K sum;
  for (const FormTerm& term : terms_) {
    const FormKey& key = keys_[term.key];
    if (key.block.root != root) continue;
    if (key.kind == KeyKind::element) {
      for (u32 l = 0; l < kDegree; ++l) sum += term.coef * basis(l) * word(key.block.offset + l);
    } else {
      sum += term.coef * key_at(key, point);
    }
  }
  arena_.release(mark);
  return sum;
}

}  // namespace pedigree
