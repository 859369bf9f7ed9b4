#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include "base/give_back.h"
#include "base/require.h"
#include "commit/known_leaves.h"
#include "commit/opening.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "poly/eq.h"

namespace pedigree {

namespace {

constexpr std::size_t kGrain = 1 << 12;

// h(0) and h(2) of the round that binds the lowest bit of <f, w>.
struct Round {
  K at0, at2;
};

template <class Value>  // F or K
Round round_of(const Value* f, const K* w, std::size_t pairs) {
  std::mutex mutex;
  Round total;
  parallel_for(pairs, kGrain, [&](std::size_t begin, std::size_t end) {
    KSum at0, at2;
    for (std::size_t i = begin; i < end; ++i) {
      const Value f0 = f[2 * i], f1 = f[2 * i + 1];
      const K w0 = w[2 * i], w1 = w[2 * i + 1];
      at0.add_product(f0, w0);
      at2.add_product(f1 + f1 - f0, w1 + w1 - w0);
    }
    const std::lock_guard lock(mutex);
    total.at0 += at0.value();
    total.at2 += at2.value();
  });
  return total;
}

// The same from the diagonal of a gram matrix of n by n: of f and w in pairs (2i, 2i + 1).
Round round_of_gram(std::span<const K> gram, std::size_t n) {
  Round total;
  for (std::size_t i = 0; i + 1 < n; i += 2) {
    const K &low = gram[i * n + i], &high = gram[(i + 1) * n + i + 1],
            &mixed = gram[i * n + i + 1] + gram[(i + 1) * n + i];
    total.at0 += low;
    total.at2 += F(4) * high - F(2) * mixed + low;
  }
  return total;
}

// Binds the lowest bit of both indices.
void bind_gram(std::vector<K>& gram, std::size_t n, const K& r) {
  std::vector<K> bound;
  for (std::size_t i = 0; i < n; i += 2)
    for (std::size_t j = 0; j < n; j += 2) {
      const K *low = &gram[i * n + j], *high = low + n;
      const K at0 = low[0] + r * (low[1] - low[0]), at1 = high[0] + r * (high[1] - high[0]);
      bound.push_back(at0 + r * (at1 - at0));
    }
  gram = std::move(bound);
}

void bind(std::vector<K>& values, const K& r) {
  fold_adjacent(values.data(), values.size() / 2, r);
  values.resize(values.size() / 2);
}

// One root, its columns bound as far as the rounds have come. An absent root (beyond the last) is empty.
struct Folded {
  std::vector<K> h, w;

  // Rows y -> rows y * stride.
  void stretch_to(std::size_t rows) {
    if (h.empty() || h.size() == rows) return;
    const std::size_t stride = rows / h.size();
    std::vector<K> wide_h(rows), wide_w(rows);
    for (std::size_t y = 0; y < h.size(); ++y) {
      wide_h[y * stride] = h[y];
      wide_w[y * stride] = w[y];
    }
    h = std::move(wide_h);
    w = std::move(wide_w);
  }
};

Round round_between(const Folded& a, const Folded& b) {
  KSum at0, at2;
  const K zero;
  for (std::size_t y = 0; y < a.h.size(); ++y) {
    const K& bh = b.h.empty() ? zero : b.h[y];
    const K& bw = b.w.empty() ? zero : b.w[y];
    at0.add_product(a.h[y], a.w[y]);
    at2.add_product(bh + bh - a.h[y], bw + bw - a.w[y]);
  }
  return {at0.value(), at2.value()};
}

void bind_between(Folded& a, const Folded& b, const K& r) {
  for (std::size_t y = 0; y < a.h.size(); ++y) {
    a.h[y] += r * ((b.h.empty() ? K() : b.h[y]) - a.h[y]);
    a.w[y] += r * ((b.w.empty() ? K() : b.w[y]) - a.w[y]);
  }
}

std::vector<u64> distinct(std::vector<u64> positions) {
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

// A level above the roots: its tree, and its codeword or, where that is large, the vector to make opened rows from.
class CommittedLevel {
 public:
  CommittedLevel(std::span<const K> g, u32 variables, const Level& level)
      : g_(reinterpret_cast<const F*>(g.data()), reinterpret_cast<const F*>(g.data() + g.size())) {
    encoding_ = {
        g_, kDegree << level.log_columns, {}, variables - level.log_columns, level.log_inv_rate};
    if (!fits_whole(encoding_)) {
      tree_ = MerkleTree(leaf_digests(encoding_));
      return;
    }
    codeword_ = encode(encoding_);
    tree_ = MerkleTree(codeword_, encoding_.width());
  }
  CommittedLevel(const CommittedLevel&) = delete;
  CommittedLevel& operator=(const CommittedLevel&) = delete;

  const Digest& root() const { return tree_.root(); }
  void open(std::span<const u64> positions, ProverTranscript& t) const {
    const std::size_t width = encoding_.width();
    std::vector<F> rows(positions.size() * width);
    parallel_for(positions.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::vector<F> made =
            codeword_.empty() ? codeword_row(encoding_, positions[i]) : std::vector<F>();
        std::copy_n(made.empty() ? codeword_.data() + positions[i] * width : made.data(), width,
                    rows.data() + i * width);
      }
    });
    t.hint_elements(rows);
    tree_.open(positions, t);
  }

 private:
  std::vector<F> g_;
  Buffer<F> codeword_;
  Encoding encoding_;
  MerkleTree tree_;
};

// h[y] = sum over x of eq[x] message[y, x]. Rows that lie together in what the message is made from are read together.
void fold_rows(const Words& message, std::span<const K> eq, std::span<K> h) {
  const std::size_t columns = eq.size(), near = std::max<u64>(1, message.stride() / columns);
  parallel_for(near, std::clamp<std::size_t>(near / 16, 1, 64),
               [&](std::size_t begin, std::size_t end) {
                 std::vector<F> scratch(columns);
                 for (std::size_t first = begin; first < end; ++first)
                   for (std::size_t y = first; y < h.size(); y += near) {
                     const F* row = message.run(y * columns, columns, scratch.data());
                     h[y] = inner_product_base(row, eq.data(), columns);
                   }
               });
}

// <g, (1, z, z^2, ...)>
K evaluate_at(std::span<const K> g, const K& z) {
  std::mutex mutex;
  K total;
  parallel_for(g.size(), kGrain, [&](std::size_t begin, std::size_t end) {
    K sum;
    for (std::size_t y = end; y-- > begin;) sum = sum * z + g[y];
    sum *= power(z, begin);
    const std::lock_guard lock(mutex);
    total += sum;
  });
  return total;
}

// w[y] += weight * z^y
void add_powers(std::span<K> w, const K& z, const K& weight) {
  parallel_for(w.size(), kGrain, [&](std::size_t begin, std::size_t end) {
    K term = weight * power(z, begin);
    for (std::size_t y = begin; y < end; ++y, term *= z) w[y] += term;
  });
}

// w[y] += sum over j of weights[j] xs[j]^y, in blocks of rows: the powers within a block are shared by all blocks.
void add_powers(std::span<K> w, std::span<const F> xs, std::span<const K> weights) {
  const std::size_t block = std::min<std::size_t>(w.size(), 256);
  std::vector<F> powers(block * xs.size());
  for (std::size_t j = 0; j < xs.size(); ++j) {
    F x = kOne;
    for (std::size_t y = 0; y < block; ++y, x *= xs[j]) powers[y * xs.size() + j] = x;
  }
  parallel_for(w.size() / block, 1, [&](std::size_t begin, std::size_t end) {
    std::vector<K> scaled(xs.size());
    for (std::size_t b = begin; b < end; ++b) {
      for (std::size_t j = 0; j < xs.size(); ++j) scaled[j] = weights[j] * power(xs[j], b * block);
      for (std::size_t y = 0; y < block; ++y)
        w[b * block + y] += inner_product_base(&powers[y * xs.size()], scaled.data(), xs.size());
    }
  });
}

// The prover's state, in the notation of opening.h; the steps have the names of the verifier's.
struct Prover {
  std::span<OpenableRoot* const> roots;
  std::span<const K> mask;
  const OpeningParameters& p;
  ProverTranscript& t;
  std::vector<K> lam;  // dense, 2^log_rows
  std::vector<K> g, w;
  std::vector<std::unique_ptr<CommittedLevel>> levels;  // [0] is not used
  bool keep_mask_leaves = true;
  std::vector<Digest> mask_leaves;         // where the mask has a tree of its own and they are kept
  std::optional<CommittedRoot> mask_root;  // instead, where it is small

  u32 log2_size() const { return ceil_log2(g.size()); }

  // Where the mask has a tree of its own.
  Encoding mask_encoding() const {
    const std::span<const F> words(reinterpret_cast<const F*>(mask.data()), kDegree * mask.size());
    return {words, kDegree, {}, p.log_rows, p.levels[0].log_inv_rate};
  }

  // The weights of row r0 of the first root: c in every column.
  WeightGroup offset_group(const K& c) const {
    const std::size_t columns = std::size_t{1} << p.levels[0].log_columns;
    WeightGroup group;
    group.s.assign(columns, c);
    group.pieces.push_back({offset_row_r0(p) * columns, K(kOne)});
    return group;
  }

  void masked_fold(std::vector<WeightGroup> groups) {
    const u32 k = p.levels[0].log_columns;
    const u64 r1 = tall_row(p, offset_row_r1(p));
    WeightGroup offset = offset_group(K(kOne));
    contract_message(offset, roots[0]->message(), k);
    K tau = mask[r1];
    for (const K& x : offset.t) tau += x;
    t.send("tau", tau);
    const K c = t.challenge("c");
    offset.s.assign(offset.s.size(), c);
    groups.push_back(std::move(offset));
    lam[r1] = c;

    std::vector<K> columns;
    std::vector<K> gram = joined_gram(groups);
    for (u32 round = 0; round < k; ++round) {
      Round h = round_of_gram(gram, std::size_t{1} << (k - round));
      for (const WeightGroup& group : groups) {
        if (group.s.empty()) continue;
        const Round part = round_of(group.t.data(), group.s.data(), group.s.size() / 2);
        h.at0 += part.at0;
        h.at2 += part.at2;
      }
      const K rho = masked_round(round, h);
      columns.push_back(rho);
      bind_gram(gram, std::size_t{1} << (k - round), rho);
      for (WeightGroup& group : groups) {
        if (group.s.empty()) continue;
        bind(group.t, rho);
        bind(group.s, rho);
      }
    }
    std::vector<Folded> stack = folded_rows(groups, columns);
    for (u32 round = k; round < masked_rounds(p); ++round) {
      if (stack.size() % 2) stack.emplace_back();
      Round h;
      for (std::size_t i = 0; i < stack.size(); i += 2) {
        const std::size_t rows = std::max(stack[i].h.size(), stack[i + 1].h.size());
        stack[i].stretch_to(rows);
        stack[i + 1].stretch_to(rows);
        const Round part = round_between(stack[i], stack[i + 1]);
        h.at0 += part.at0;
        h.at2 += part.at2;
      }
      const K rho = masked_round(round, h);
      for (std::size_t i = 0; i < stack.size(); i += 2) {
        bind_between(stack[i], stack[i + 1], rho);
        if (i > 0) stack[i / 2] = std::move(stack[i]);
      }
      stack.resize(stack.size() / 2);
    }
    g = std::move(stack[0].h);
    w = std::move(stack[0].w);
  }

  // The gram matrices of all groups that have one, which are used up.
  std::vector<K> joined_gram(std::vector<WeightGroup>& groups) const {
    std::vector<K> sum(std::size_t{1} << (2 * p.levels[0].log_columns));
    for (WeightGroup& group : groups) {
      for (std::size_t i = 0; i < group.gram.size(); ++i) sum[i] += group.gram[i];
      give_back(group.gram);
    }
    return sum;
  }

  // Every root with its columns bound: rows of H and W.
  std::vector<Folded> folded_rows(const std::vector<WeightGroup>& groups,
                                  const std::vector<K>& columns) {
    const u32 k = p.levels[0].log_columns;
    std::vector<K> eq(std::size_t{1} << k);
    eq_table(columns, K(kOne), eq.data());
    std::vector<Folded> stack(roots.size());
    for (std::size_t i = 0; i < stack.size(); ++i) {
      const Words message = roots[i]->message();
      const std::size_t rows = message.size() >> k;
      stack[i].h.resize(rows);
      stack[i].w.resize(rows);
      fold_rows(message, eq, stack[i].h);
      roots[i]->release();
    }
    for (const WeightGroup& group : groups) {
      std::vector<WeightGroup::Entry> rows;  // of s, its columns bound
      for (std::size_t y = 0; y < group.s.size(); ++y) rows.push_back({y, group.s[y]});
      for (const WeightGroup::Entry& entry : group.entries) {
        const u64 y = entry.x >> k;
        if (rows.empty() || rows.back().x != y) rows.push_back({y, K()});
        rows.back().s += eq[entry.x & (eq.size() - 1)] * entry.s;
      }
      for (const WeightGroup::Piece& piece : group.pieces) {
        K* const out = stack[group.root].w.data() + (piece.offset >> k);
        for (const WeightGroup::Entry& row : rows) out[row.x] += piece.weight * row.s;
      }
    }
    return stack;
  }

  K masked_round(u32 round, const Round& h) {
    const u64 e0 = tall_row(p, round_mask_row(p, 2 * round)),
              e2 = tall_row(p, round_mask_row(p, 2 * round + 1));
    const K sent[2] = {h.at0 + mask[e0], h.at2 + mask[e2]};
    t.send("masked h", sent);
    const K rho = t.challenge("rho");
    const Lagrange3 l = lagrange3(rho);
    for (u64 row = first_hiding_row(p); row < u64{1} << p.log_first; ++row)
      lam[tall_row(p, row)] *= l.at1;
    lam[e0] = l.at0 - l.at1;
    lam[e2] = l.at2;
    return rho;
  }

  void join_mask() {
    const K xy[2] = {inner_product(mask.data(), w.data(), w.size()),
                     inner_product(g.data(), lam.data(), g.size())};
    t.send("xy", xy);
    const K gamma = t.challenge("gamma");
    parallel_for(g.size(), kGrain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t y = begin; y < end; ++y) {
        g[y] += gamma * mask[y];
        w[y] = gamma * w[y] + lam[y];
      }
    });
    lam = {};
  }

  // Returns the distinct positions in the big domain, having sent what they open.
  std::vector<u64> query(u32 l) {
    const Level& level = p.levels[l];
    const u32 log_domain = log2_size() + level.log_inv_rate;
    t.send_nonce("nonce", level.grinding);
    std::vector<u64> positions(level.queries);
    t.challenge_bits("positions", log_domain, positions);
    positions = distinct(std::move(positions));
    if (l > 0) {
      levels[l]->open(positions, t);
      levels[l].reset();
      return positions;
    }
    for (OpenableRoot* const root : roots) {
      std::vector<u64> own = positions;
      for (u64& position : own)
        position &= (u64{1} << (root->opened().log_rows + level.log_inv_rate)) - 1;
      root->open(distinct(std::move(own)), t);
      root->release();
    }
    if (mask_root)
      mask_root->open(positions, t);
    else if (mask_is_apart(p))
      open_leaves_or_codeword(mask_encoding(), {std::move(mask_leaves), {}}, positions, t);
    return positions;
  }

  void send_mask_root() {
    constexpr u32 kSmallMask = 16;  // logarithm of its rows
    if (p.log_rows <= kSmallMask) {
      const Encoding e = mask_encoding();
      mask_root = CommittedRoot{e.log_rows, kDegree, encode(e), {}};
      mask_root->tree = MerkleTree(mask_root->codeword, mask_root->width);
      t.send_digest("mask root", mask_root->root());
      return;
    }
    std::vector<Digest> leaves = leaf_digests(mask_encoding());
    t.send_digest("mask root", add_subtree_roots(leaves));
    if (keep_mask_leaves) mask_leaves = std::move(leaves);
  }

  void clear_round() {
    const Round h = round_of(g.data(), w.data(), g.size() / 2);
    const K sent[2] = {h.at0, h.at2};
    t.send("h", sent);
    const K rho = t.challenge("rho");
    bind(g, rho);
    bind(w, rho);
  }

  void reduce(u32 l) {
    const Level& next = p.levels[l + 1];
    levels.push_back(std::make_unique<CommittedLevel>(g, log2_size(), next));
    t.send_digest("root", levels.back()->root());
    const K z = t.challenge("z");
    t.send("answer", evaluate_at(g, z));
    const std::vector<u64> positions = query(l);
    const K beta = t.challenge("beta");
    const F omega = root_of_unity(log2_size() + p.levels[l].log_inv_rate);
    std::vector<F> xs;
    std::vector<K> weights;
    add_powers(w, z, beta);
    for (K weight = beta * beta; const u64 position : positions) {
      xs.push_back(power(omega, position));
      weights.push_back(weight);
      weight *= beta;
    }
    add_powers(w, xs, weights);
    for (u32 j = 0; j < next.log_columns; ++j) clear_round();
  }

  void finish() {
    t.send("g", g);
    query(p.num_levels - 1);
    while (g.size() > 1) clear_round();
  }
};

}  // namespace

void prove_opening(std::span<OpenableRoot* const> roots, std::span<const K> mask,
                   std::vector<WeightGroup> groups, const K& value, const OpeningParameters& p,
                   ProverTranscript& t, bool keep_mask_leaves) {
  PEDIGREE_REQUIRE(parameters_well_formed(p), "sizes fit together");
  PEDIGREE_REQUIRE(roots.size() == p.num_roots, "as many roots as the parameters say");
  PEDIGREE_REQUIRE(mask.size() == std::size_t{1} << p.log_rows, "the mask has a row a tall row");
  std::vector<OpenedRoot> opened;
  for (OpenableRoot* root : roots) opened.push_back(root->opened());
  PEDIGREE_REQUIRE(opened[0].log_rows == p.log_first, "the first root has its height");
  roots[0]->use_masks();
  t.bind("opening", opening_statement(opened, value, p).bytes);
  Prover prover{roots, mask, p, t, std::vector<K>(mask.size()), {}, {}, {}, keep_mask_leaves,
                {},    {}};
  prover.levels.resize(1);
  if (mask_is_apart(p)) prover.send_mask_root();
  prover.masked_fold(std::move(groups));
  prover.join_mask();
  for (u32 l = 0; l + 1 < p.num_levels; ++l) prover.reduce(l);
  prover.finish();
}

}  // namespace pedigree
