// The opening once more, for tests: dense vectors, Horner encoding, a recursive tree. Written from the header alone;
// its bytes must equal the prover's. It can also lie about the last vector, which the prover cannot.
#pragma once

#include <set>

#include "commit/opening_case.h"
#include "hash/merkle_reference.h"

namespace pedigree::testing {

// rows of F words; the codeword at rate 2^-r, one row a leaf.
inline std::vector<std::vector<F>> naive_encode(const std::vector<std::vector<F>>& rows,
                                                u32 log_inv_rate) {
  const std::size_t n = rows.size() << log_inv_rate;
  std::vector<std::vector<F>> out;
  for (std::size_t j = 0; j < n; ++j) {
    const F x = power(root_of_unity(ceil_log2(n)), j);
    std::vector<F> leaf(rows[0].size());
    for (std::size_t y = rows.size(); y-- > 0;)
      for (std::size_t c = 0; c < leaf.size(); ++c) leaf[c] = leaf[c] * x + rows[y][c];
    out.push_back(leaf);
  }
  return out;
}

struct NaiveTree {
  std::vector<std::vector<F>> leaves;
  u32 depth() const { return ceil_log2(leaves.size()); }
  // level 0: leaves
  Digest node(u32 level, u64 position) const {
    if (level == 0) return merkle_leaf(leaves[position]);
    return merkle_node(node(level - 1, 2 * position), node(level - 1, 2 * position + 1));
  }
  Digest root() const { return node(depth(), 0); }
  void open(std::set<u64> positions, ProverTranscript& t) const {
    for (const u64 position : positions) t.hint_elements(leaves[position]);
    for (u32 level = 0; level < depth(); ++level) {
      std::set<u64> parents;
      for (const u64 position : positions) {
        if (!positions.contains(position ^ 1)) t.hint_digest(node(level, position ^ 1));
        parents.insert(position / 2);
      }
      positions = parents;
    }
  }
};

inline NaiveTree naive_root(const Case& c, std::size_t i) {
  const u32 k = c.p.levels[0].log_columns;
  std::vector<std::vector<F>> rows;
  for (std::size_t y = 0; y < c.messages[i].size() >> k; ++y) {
    rows.emplace_back(c.messages[i].begin() + static_cast<long>(y << k),
                      c.messages[i].begin() + static_cast<long>((y + 1) << k));
    if (i == 0 && !mask_is_apart(c.p))
      rows.back().insert(rows.back().end(), c.mask[y].c, c.mask[y].c + 3);
  }
  return {naive_encode(rows, c.p.levels[0].log_inv_rate)};
}

inline NaiveTree naive_mask(const Case& c) {
  std::vector<std::vector<F>> rows;
  for (const K& m : c.mask) rows.emplace_back(m.c, m.c + 3);
  return {naive_encode(rows, c.p.levels[0].log_inv_rate)};
}

inline NaiveTree naive_level(const std::vector<K>& g, const Level& level) {
  const std::size_t columns = std::size_t{1} << level.log_columns;
  std::vector<std::vector<F>> rows(g.size() / columns);
  for (std::size_t x = 0; x < g.size(); ++x)
    rows[x / columns].insert(rows[x / columns].end(), g[x].c, g[x].c + 3);
  return {naive_encode(rows, level.log_inv_rate)};
}

// Sends h(0) + pad0, h(2) + pad2 for the lowest bit of <h, w>; binds it.
inline K naive_round(std::string_view label, std::vector<K>& h, std::vector<K>& w, K& claim,
                     ProverTranscript& t, const K& pad0 = {}, const K& pad2 = {}) {
  K at0, at2;
  for (std::size_t i = 0; i < h.size(); i += 2) {
    at0 += h[i] * w[i];
    at2 += (h[i + 1] + h[i + 1] - h[i]) * (w[i + 1] + w[i + 1] - w[i]);
  }
  const K sent[2] = {at0 + pad0, at2 + pad2};
  t.send(label, sent);
  const K rho = t.challenge("rho");
  claim = round_value(lagrange3(rho), sent[0], sent[1], claim);
  for (auto* v : {&h, &w}) {
    for (std::size_t i = 0; i < v->size() / 2; ++i)
      (*v)[i] = (*v)[2 * i] + rho * ((*v)[2 * i + 1] - (*v)[2 * i]);
    v->resize(v->size() / 2);
  }
  return rho;
}

enum class Lie {
  none,
  offset,       // tau takes up the difference between the claimed and the true value
  last_vector,  // the last vector is bent until it meets the (false) claim
};

// `named`: the roots of the statement, if they are not those of the trees that are opened.
inline std::vector<u8> reference_proof(const Case& c, Lie lie = Lie::none,
                                       const std::vector<OpenedRoot>& named = {}) {
  const OpeningParameters& p = c.p;
  const u32 k = p.levels[0].log_columns, s = log_roots(p), a = p.log_rows;
  std::vector<NaiveTree> trees;
  std::vector<OpenedRoot> opened;
  // index: column, then root, then row of the tall matrix
  std::vector<K> h(std::size_t{1} << (a + s + k)), w(h.size()), lam(std::size_t{1} << a);
  for (std::size_t i = 0; i < c.messages.size(); ++i) {
    const u32 rows = ceil_log2(c.messages[i].size()) - k;
    trees.push_back(naive_root(c, i));
    opened.push_back({rows, trees.back().root()});
    for (std::size_t x = 0; x < c.messages[i].size(); ++x) {
      const std::size_t column = x % (std::size_t{1} << k), row = (x >> k) << (a - rows);
      h[column + (i << k) + (row << (k + s))] = c.messages[i][x];
      w[column + (i << k) + (row << (k + s))] = c.weights[i][x];
    }
  }
  ProverTranscript t;
  t.bind("opening", opening_statement(named.empty() ? opened : named, c.value, p).bytes);
  if (c.messages[0].size() < std::size_t{1} << (a + k)) {
    trees.push_back(naive_mask(c));
    t.send_digest("mask root", trees.back().root());
  }
  // Random rows of the first root, as rows of the tall matrix.
  const auto row = [&](std::size_t i) {
    return (c.messages[0].size() / (std::size_t{1} << k) - hiding_rows(p) + i)
           << (a - opened[0].log_rows);
  };
  const std::size_t r0 = row(2 * (k + s)), r1 = row(2 * (k + s) + 1);
  K tau = c.mask[r1];
  for (std::size_t column = 0; column < std::size_t{1} << k; ++column)
    tau += h[column + (r0 << (k + s))];
  if (lie == Lie::offset) tau += c.true_value() - c.value;
  t.send("tau", tau);
  const K cc = t.challenge("c");
  for (std::size_t column = 0; column < std::size_t{1} << k; ++column)
    w[column + (r0 << (k + s))] += cc;
  lam[r1] = cc;
  K claim = c.value + cc * tau;  // as the verifier sees it
  for (u32 j = 0; j < k + s; ++j) {
    const K rho =
        naive_round("masked h", h, w, claim, t, c.mask[row(2 * j)], c.mask[row(2 * j + 1)]);
    const Lagrange3 l = lagrange3(rho);
    for (K& x : lam) x *= l.at1;
    lam[row(2 * j)] += l.at0 - l.at1;
    lam[row(2 * j + 1)] += l.at2;
  }
  K xy[2];
  for (std::size_t y = 0; y < h.size(); ++y) {
    xy[0] += c.mask[y] * w[y];
    xy[1] += h[y] * lam[y];
  }
  t.send("xy", xy);
  const K gamma = t.challenge("gamma");
  claim = gamma * claim + gamma * gamma * xy[0] + xy[1];
  for (std::size_t y = 0; y < h.size(); ++y) {
    h[y] += gamma * c.mask[y];
    w[y] = gamma * w[y] + lam[y];
  }
  auto query = [&](u32 l) {
    const u32 domain = ceil_log2(h.size()) + p.levels[l].log_inv_rate;
    t.send_nonce("nonce", p.levels[l].grinding);
    std::vector<u64> drawn(p.levels[l].queries);
    t.challenge_bits("positions", domain, drawn);
    for (const NaiveTree& tree : trees) {
      std::set<u64> own;
      for (const u64 j : drawn) own.insert(j % tree.leaves.size());
      tree.open(own, t);
    }
    std::vector<F> xs;
    for (const u64 j : std::set<u64>(drawn.begin(), drawn.end()))
      xs.push_back(power(root_of_unity(domain), j));
    return xs;
  };
  for (u32 l = 0; l + 1 < p.num_levels; ++l) {
    NaiveTree next = naive_level(h, p.levels[l + 1]);
    t.send_digest("root", next.root());
    const K z = t.challenge("z");
    K answer;
    for (std::size_t y = h.size(); y-- > 0;) answer = answer * z + h[y];
    t.send("answer", answer);
    std::vector<K> points{z};
    for (const F x : query(l)) points.push_back(x);
    const K beta = t.challenge("beta");
    for (std::size_t j = 0; j < points.size(); ++j)
      for (std::size_t y = 0; y < w.size(); ++y) {
        const K term = power(beta, j + 1) * power(points[j], y);
        w[y] += term;
        claim += term * h[y];
      }
    for (u32 j = 0; j < p.levels[l + 1].log_columns; ++j) naive_round("h", h, w, claim, t);
    trees.assign(1, std::move(next));
  }
  if (lie == Lie::last_vector) {
    K sum;
    for (std::size_t y = 0; y < h.size(); ++y) sum += h[y] * w[y];
    h[0] += (claim - sum) * inverse(w[0]);
  }
  t.send("g", h);
  query(p.num_levels - 1);
  while (h.size() > 1) naive_round("h", h, w, claim, t);
  return t.proof();
}

// What the words of an opening's bytes are, from the format alone; positions are known because challenges are frozen.
struct Layout {
  enum Kind : u8 { element, digest, nonce };
  std::vector<Kind> words;

  Layout(OpeningParameters p, std::span<const u32> log_rows, u64 frozen_seed) {
    p.log_first = log_rows[0];
    HashChain chain;
    chain.frozen_seed = frozen_seed;
    const u32 k = p.levels[0].log_columns;
    if (mask_is_apart(p)) add(digest, 4);
    add(element, 3);  // tau
    chain.challenge("c");
    for (u32 j = 0; j < masked_rounds(p); ++j) add_round(chain);
    add(element, 6);  // x, y
    chain.challenge("gamma");
    u32 variables = p.log_rows;
    for (u32 l = 0; l < p.num_levels; ++l) {
      const bool last = l + 1 == p.num_levels;
      if (!last) {
        add(digest, 4);
        chain.challenge("z");
        add(element, 3);  // answer
      } else {
        add(element, std::size_t{3} << variables);  // g
      }
      if (p.levels[l].grinding) add(nonce, 1);
      std::vector<u64> drawn(p.levels[l].queries);
      chain.challenge_bits("positions", variables + p.levels[l].log_inv_rate, drawn);
      if (l > 0)
        add_tree(drawn, variables + p.levels[l].log_inv_rate,
                 std::size_t{3} << p.levels[l].log_columns);
      for (std::size_t i = 0; l == 0 && i < log_rows.size(); ++i)
        add_tree(drawn, log_rows[i] + p.levels[0].log_inv_rate,
                 (std::size_t{1} << k) + (i == 0 && !mask_is_apart(p) ? 3 : 0));
      if (l == 0 && mask_is_apart(p)) add_tree(drawn, p.log_rows + p.levels[0].log_inv_rate, 3);
      if (!last) {
        chain.challenge("beta");
        for (u32 j = 0; j < p.levels[l + 1].log_columns; ++j) add_round(chain);
        variables -= p.levels[l + 1].log_columns;
      }
    }
    add(element, std::size_t{6} * variables);
  }

  // The elements of a proof, in order.
  std::vector<F> view(std::span<const u8> proof) const {
    std::vector<F> out;
    for (std::size_t i = 0; i < words.size(); ++i) {
      u64 word;
      std::memcpy(&word, proof.data() + 8 * i, 8);
      if (words[i] == element) out.push_back(F(word));
    }
    return out;
  }

 private:
  void add(Kind kind, std::size_t n) { words.insert(words.end(), n, kind); }
  void add_round(HashChain& chain) {
    add(element, 6);
    chain.challenge("rho");
  }
  void add_tree(const std::vector<u64>& drawn, u32 depth, std::size_t leaf_words) {
    std::set<u64> known;
    for (const u64 j : drawn) known.insert(j & ((u64{1} << depth) - 1));
    add(element, known.size() * leaf_words);
    for (u32 level = 0; level < depth; ++level) {
      std::set<u64> parents;
      for (const u64 j : known) {
        if (!known.contains(j ^ 1)) add(digest, 4);
        parents.insert(j / 2);
      }
      known = parents;
    }
  }
};

}  // namespace pedigree::testing
