#include <algorithm>

#include "iop/product_tree.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "kernel/profile.h"
#include "poly/cofactors.h"
#include "proof/apart.h"
#include "proof/values_protocol.h"
#include "proof/witness.h"

namespace pedigree {

namespace {

// A row that counts, and its hash.
struct HashedRow {
  u64 place = 0;
  F hash;
  TensorId tensor = 0;
  u32 row = 0;
};

// Hashes of the live rows of a tensor.
std::vector<F> row_hashes(const SegmentPublic& s, const Witness& w, TensorId id) {
  const Program& p = *s.program;
  const Tensor& t = p.tensors[id];
  const Block& block = s.layout->tensors[id];
  const Words words = w.message(block.root);
  const u32 first = t.root == Root::data ? first_column(p, t) : 0;
  std::vector<K> u(t.log_features);
  row_point(s, u);
  std::vector<F> weights(std::size_t{1} << t.log_features, kOne);
  for (std::size_t j = 0; j < weights.size(); ++j)
    for (std::size_t i = 0; i < u.size(); ++i)
      weights[j] *= (j >> i & 1) != 0 ? u[i].c[0] : kOne - u[i].c[0];
  std::vector<F> out(live_rows(p, id));
  constexpr std::size_t kRows = 512;  // of one part of each column: they lie together in a dataset
  parallel_for((out.size() + kRows - 1) / kRows, 1, [&](std::size_t begin, std::size_t end) {
    std::vector<F> scratch(kRows);
    for (std::size_t part = begin; part < end; ++part) {
      const std::size_t at = part * kRows, n = std::min(kRows, out.size() - at);
      for (std::size_t f = 0; f < t.features; ++f)
        add_multiple(
            out.data() + at,
            words.run(block.offset + ((first + f) << block.log_positions) + at, n, scratch.data()),
            weights[f], n);
    }
  });
  return out;
}

std::vector<HashedRow> counted_rows(const SegmentPublic& s, const Witness& w,
                                    const ApartSide& side) {
  std::vector<HashedRow> out;
  out.reserve(side.rows);
  for (u32 k = 0; k < side.num_items; ++k) {
    const ApartItem& item = side.items[k];
    const std::vector<F> hashes = row_hashes(s, w, item.tensor);
    std::vector<bool> left_out(item.live);
    for (const u32 row : item.left_out) left_out[row] = true;
    for (u32 x = 0; x < item.live; ++x)
      if (!left_out[x]) out.push_back({item.offset + x, hashes[x], item.tensor, x});
  }
  return out;
}

std::vector<F> hashes_of(const std::vector<HashedRow>& rows) {
  std::vector<F> out;
  for (const HashedRow& row : rows) out.push_back(row.hash);
  return out;
}

std::string name_of(const Program& p, const HashedRow& row) {
  const Tensor& t = p.tensors[row.tensor];
  return t.domain == Domain::records
             ? "row " + std::to_string(row.row) + " of dataset " + std::to_string(t.dataset)
             : "record " + std::to_string(row.row);
}

// What is wrong with sides that have rows in common.
std::string shared_text(const Program& p, const SharedMembers& shared,
                        const std::vector<HashedRow>& a, const std::vector<HashedRow>& b) {
  constexpr std::size_t kMostNamed = 8;
  std::string text = "both sides have the same rows: ";
  for (std::size_t i = 0; i < std::min(kMostNamed, shared.pairs.size()); ++i)
    text += (i > 0 ? "; " : "") + name_of(p, a[shared.pairs[i].first]) + " equals " +
            name_of(p, b[shared.pairs[i].second]);
  return text + (shared.pairs.size() > kMostNamed ? "; and others" : "");
}

}  // namespace

void fill_apart(const SegmentPublic& s, const Show& show, Witness& w) {
  const ApartPlaces places = place_apart(*s.program, show);
  const Stage stage("cofactors", places.sides[0].rows + places.sides[1].rows);
  const std::vector<HashedRow> rows[2] = {counted_rows(s, w, places.sides[0]),
                                          counted_rows(s, w, places.sides[1])};
  std::vector<F> a = hashes_of(rows[0]);
  const std::vector<F> b = hashes_of(rows[1]);
  Cofactors found;
  try {
    found = cofactors(a, b);
  } catch (const SharedMembers& shared) {
    // No honest prover goes on from here. One that does has at least the others apart.
    w.refusal = shared_text(*s.program, shared, rows[0], rows[1]);
    std::vector<F> sorted = b;
    const auto less = [](F x, F y) { return x.v < y.v; };
    std::sort(sorted.begin(), sorted.end(), less);
    std::erase_if(a,
                  [&](F x) { return std::binary_search(sorted.begin(), sorted.end(), x, less); });
    found = cofactors(a, b);
  }
  const auto place = [&](TensorId t, const Polynomial& coefficients) {
    std::copy(coefficients.begin(), coefficients.end(), w.cells(s.layout->tensors[t]));
  };
  place(show.u, found.u);
  place(show.v, found.v);
}

void prove_apart(const SegmentPublic& s, const Show& show, const Witness& w, MaskedSender& sender) {
  const ApartPlaces places = place_apart(*s.program, show);
  const Stage stage("rows apart", u64{1} << places.depth);
  const K z = sender.challenge("apart");
  TreeTable leaves(std::size_t{1} << places.depth);
  std::fill(leaves.begin(), leaves.end(), K(kOne));
  for (u32 side = 0; side < 2; ++side)
    for (const HashedRow& row : counted_rows(s, w, places.sides[side]))
      leaves[2 * row.place + side] = z - K(row.hash);
  ProductTree tree(std::move(leaves), places.depth);
  sender.send("apart", tree.left());
  sender.send("apart", tree.right());
  tree.prove(sender.challenge("tau"), sender);
}

void prove_hits(const SegmentPublic& s, const Show& show, MaskedSender& sender) {
  for (u32 k = 0; k < s.program->tensors[show.tensor].log_features; ++k) sender.challenge("hit");
  sender.challenge("lambda");
}

}  // namespace pedigree
