#include <sodium.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/require.h"
#include "commit/opening.h"
#include "kernel/fold.h"
#include "kernel/ntt_rows.h"
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

// The codeword and tree of a level above the roots.
struct CommittedLevel {
  std::vector<F> codeword;
  std::size_t width = 0;
  MerkleTree tree;

  CommittedLevel(std::span<const K> g, u32 variables, const Level& level)
      : width(std::size_t{kDegree} << level.log_columns) {
    const u32 log_rows = variables - level.log_columns;
    codeword.resize(width << (log_rows + level.log_inv_rate));
    encode_rows(reinterpret_cast<const F*>(g.data()), log_rows, width, level.log_inv_rate,
                codeword.data());
    tree = MerkleTree(codeword, width);
  }
};

void send_leaves(std::span<const F> codeword, std::size_t width, const MerkleTree& tree,
                 const std::vector<u64>& positions, ProverTranscript& t) {
  for (const u64 position : positions) t.hint_elements(codeword.subspan(position * width, width));
  tree.open(positions, t);
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
      for (std::size_t y = 0; y < block; ++y) {
        KSum sum;
        for (std::size_t j = 0; j < xs.size(); ++j)
          sum.add_product(powers[y * xs.size() + j], scaled[j]);
        w[b * block + y] += sum.value();
      }
    }
  });
}

// The prover's state, in the notation of opening.h; the steps have the names of the verifier's.
struct Prover {
  std::span<CommittedRoot* const> roots;
  std::span<const K> mask;
  const OpeningParameters& p;
  ProverTranscript& t;
  std::vector<K> lam;  // dense, 2^log_rows
  std::vector<K> g, w;
  std::vector<std::unique_ptr<CommittedLevel>> levels;  // [0] is not used

  u32 log2_size() const { return ceil_log2(g.size()); }

  void masked_fold(std::span<const std::span<const F>> messages,
                   std::vector<std::vector<K>> weights) {
    const u32 k = p.levels[0].log_columns;
    const u64 r0 = offset_row_r0(p), r1 = offset_row_r1(p);
    K offset = mask[r1];
    for (u64 column = 0; column < u64{1} << k; ++column) offset += messages[0][(r0 << k) + column];
    t.send("tau", offset);
    const K c = t.challenge("c");
    for (u64 column = 0; column < u64{1} << k; ++column) weights[0][(r0 << k) + column] += c;
    lam[r1] = c;

    std::vector<Folded> stack(roots.size());
    for (std::size_t i = 0; i < stack.size(); ++i) stack[i].w = std::move(weights[i]);
    for (u32 round = 0; round < k; ++round) {
      Round h;
      for (std::size_t i = 0; i < stack.size(); ++i) {
        const std::size_t pairs = stack[i].w.size() / 2;
        const Round part = round == 0 ? round_of(messages[i].data(), stack[i].w.data(), pairs)
                                      : round_of(stack[i].h.data(), stack[i].w.data(), pairs);
        h.at0 += part.at0;
        h.at2 += part.at2;
      }
      const K rho = masked_round(round, h);
      for (std::size_t i = 0; i < stack.size(); ++i) {
        if (round == 0) {
          stack[i].h.resize(messages[i].size() / 2);
          fold_adjacent_base(messages[i].data(), stack[i].h.size(), rho, stack[i].h.data());
        } else {
          bind(stack[i].h, rho);
        }
        bind(stack[i].w, rho);
      }
    }
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

  K masked_round(u32 round, const Round& h) {
    const u64 e0 = round_mask_row(p, 2 * round), e2 = round_mask_row(p, 2 * round + 1);
    const K sent[2] = {h.at0 + mask[e0], h.at2 + mask[e2]};
    t.send("masked h", sent);
    const K rho = t.challenge("rho");
    const Lagrange3 l = lagrange3(rho);
    for (u64 row = first_hiding_row(p); row < lam.size(); ++row) lam[row] *= l.at1;
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
      send_leaves(levels[l]->codeword, levels[l]->width, levels[l]->tree, positions, t);
      levels[l].reset();
      return positions;
    }
    for (const CommittedRoot* root : roots) {
      std::vector<u64> own = positions;
      for (u64& position : own) position &= (u64{1} << (root->log_rows + level.log_inv_rate)) - 1;
      send_leaves(root->codeword, root->width, root->tree, distinct(std::move(own)), t);
    }
    return positions;
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
    t.send_digest("root", levels.back()->tree.root());
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

void fill_hiding_rows(std::span<F> message, const OpeningParameters& p) {
  const std::size_t words = std::size_t{hiding_rows(p)} << p.levels[0].log_columns;
  PEDIGREE_REQUIRE(words <= message.size(), "a root has room for its random rows");
  PEDIGREE_REQUIRE(sodium_init() >= 0, "the system's random source works");
  std::span<F> rows = message.last(words);
  randombytes_buf(rows.data(), rows.size_bytes());
  for (F& x : rows)
    while (x.v >= kModulus) randombytes_buf(&x, sizeof x);
}

std::vector<K> fresh_mask(const OpeningParameters& p) {
  PEDIGREE_REQUIRE(sodium_init() >= 0, "the system's random source works");
  std::vector<K> mask(std::size_t{1} << p.log_rows);
  randombytes_buf(mask.data(), mask.size() * sizeof(K));
  for (K& m : mask)
    for (F& x : m.c)
      while (x.v >= kModulus) randombytes_buf(&x, sizeof x);
  return mask;
}

CommittedRoot commit_root(std::span<const F> message, std::span<const K> mask,
                          const OpeningParameters& p) {
  const u32 k = p.levels[0].log_columns;
  CommittedRoot root;
  root.log_rows = ceil_log2(message.size()) - k;
  const std::size_t rows = std::size_t{1} << root.log_rows, columns = std::size_t{1} << k;
  PEDIGREE_REQUIRE(message.size() == rows << k, "a message has a power of two of whole rows");
  PEDIGREE_REQUIRE(mask.empty() || mask.size() == rows, "the mask has one element a row");
  root.width = static_cast<u32>(columns + (mask.empty() ? 0 : kDegree));
  root.codeword.resize(root.width * (rows << p.levels[0].log_inv_rate));
  if (mask.empty()) {
    encode_rows(message.data(), root.log_rows, root.width, p.levels[0].log_inv_rate,
                root.codeword.data());
  } else {
    std::vector<F> joined(rows * root.width);
    parallel_for(rows, 64, [&](std::size_t begin, std::size_t end) {
      for (std::size_t y = begin; y < end; ++y) {
        F* row = joined.data() + y * root.width;
        std::copy_n(message.data() + (y << k), columns, row);
        std::copy_n(mask[y].c, std::size_t{kDegree}, row + columns);
      }
    });
    encode_rows(joined.data(), root.log_rows, root.width, p.levels[0].log_inv_rate,
                root.codeword.data());
  }
  root.tree = MerkleTree(root.codeword, root.width);
  return root;
}

void prove_opening(std::span<CommittedRoot* const> roots,
                   std::span<const std::span<const F>> messages, std::span<const K> mask,
                   std::vector<std::vector<K>> weights, const K& value, const OpeningParameters& p,
                   ProverTranscript& t) {
  const u32 k = p.levels[0].log_columns;
  PEDIGREE_REQUIRE(parameters_well_formed(p), "sizes fit together");
  PEDIGREE_REQUIRE(roots.size() == p.num_roots && messages.size() == roots.size() &&
                       weights.size() == roots.size(),
                   "one message and one weight a root");
  PEDIGREE_REQUIRE(roots[0]->log_rows == p.log_rows &&
                       mask.size() == std::size_t{1} << p.log_rows &&
                       roots[0]->width == (1u << k) + kDegree,
                   "the first root is the tallest and carries the mask");
  PEDIGREE_REQUIRE(roots[0]->openings == 0, "a mask is used once");
  std::vector<OpenedRoot> opened;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const std::size_t size = std::size_t{1} << (roots[i]->log_rows + k),
                      hidden = std::size_t{hiding_rows(p)} << k;
    PEDIGREE_REQUIRE(
        roots[i]->log_rows <= p.log_rows && messages[i].size() == size && weights[i].size() == size,
        "messages and weights have the size of their root");
    PEDIGREE_REQUIRE(i == 0 || roots[i]->width == 1u << k, "only the first root carries a mask");
    PEDIGREE_REQUIRE(hidden <= size, "a root has room for its random rows");
    for (std::size_t x = size - hidden; x < size; ++x)
      PEDIGREE_REQUIRE(weights[i][x].is_zero(), "random rows have weight zero");
    opened.push_back(roots[i]->opened());
    ++roots[i]->openings;
  }
  t.bind("opening", opening_statement(opened, value, p).bytes);
  Prover prover{roots, mask, p, t, std::vector<K>(mask.size()), {}, {}, {}};
  prover.levels.resize(1);
  prover.masked_fold(messages, std::move(weights));
  prover.join_mask();
  for (u32 l = 0; l + 1 < p.num_levels; ++l) prover.reduce(l);
  prover.finish();
}

}  // namespace pedigree
