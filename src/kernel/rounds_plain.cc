#include "kernel/rounds_twins.h"
#include "poly/eq.h"

namespace pedigree::rounds {

namespace {

// Adds eq g at X = 0 and its coefficient of X^2, from values at 0 and 1.
struct Lines {
  KSum at0, square;
  void add(const K& eq, const K p0[2], const K w[2], const K q0[2], const K q1[2]) noexcept {
    KSum low, high;
    low.add_product(p0[0], q1[0]);
    low.add_product(q0[0], w[0]);
    high.add_product(p0[1] - p0[0], q1[1] - q1[0]);
    high.add_product(q0[1] - q0[0], w[1] - w[0]);
    at0.add_product(eq, low.value());
    square.add_product(eq, high.value());
  }
  void add_to(FractionRound& sum) const noexcept {
    sum.at0 += at0.value();
    sum.square += square.value();
  }
};

void first_fraction(const FractionTables& t, const K& lambda, std::size_t stride, const K* eq,
                    std::size_t begin, std::size_t end, FractionRound& sum) {
  Lines lines;
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t j = i + stride;
    for (const std::size_t x : {i, j}) t.w[x] += lambda * t.q1[x];
    const K p0[2] = {t.p0[i], t.p0[j]}, w[2] = {t.w[i], t.w[j]}, q0[2] = {t.q0[i], t.q0[j]},
            q1[2] = {t.q1[i], t.q1[j]};
    lines.add(eq[i - begin], p0, w, q0, q1);
  }
  lines.add_to(sum);
}

void next_fraction(const FractionTables& t, const K& r, std::size_t stride, const K* eq,
                   std::size_t begin, std::size_t end, FractionRound& sum) {
  Lines lines;
  K* const tables[] = {t.p0, t.w, t.q0, t.q1};
  for (std::size_t i = begin; i < end; ++i) {
    K bound[4][2];
    for (u32 c = 0; c < 4; ++c)
      for (u32 x = 0; x < 2; ++x) {
        K* const at = tables[c] + i + x * stride;
        *at += r * (at[2 * stride] - *at);
        bound[c][x] = *at;
      }
    lines.add(eq[i - begin], bound[0], bound[1], bound[2], bound[3]);
  }
  lines.add_to(sum);
}

void layer(const K* p_below, const K* q_below, std::size_t stride, std::size_t begin,
           std::size_t end, K* p, K* q) {
  for (std::size_t i = begin; i < end; ++i) {
    KSum sum;
    sum.add_product(p_below[i], q_below[i + stride]);
    sum.add_product(p_below[i + stride], q_below[i]);
    p[i] = sum.value();
    q[i] = q_below[i] * q_below[i + stride];
  }
}

void denominators(const K& base, const K* factors, const F* const* columns, u32 num_columns,
                  std::size_t begin, std::size_t end, K* q) {
  for (std::size_t i = begin; i < end; ++i) {
    K value = base;
    value.c[0] -= columns[0][i];
    for (u32 c = 1; c < num_columns; ++c) value -= factors[c] * columns[c][i];
    q[i] = value;
  }
}

void leaf_layer(const F* p_below, const K* q_below, std::size_t stride, std::size_t begin,
                std::size_t end, K* p, K* q) {
  for (std::size_t i = begin; i < end; ++i) {
    KSum sum;
    sum.add_product(p_below[i], q_below[i + stride]);
    sum.add_product(p_below[i + stride], q_below[i]);
    p[i] = sum.value();
    q[i] = q_below[i] * q_below[i + stride];
  }
}

void leaf_round(const F* p, const K* q, const K& lambda, const K* eq, std::size_t stride,
                std::size_t begin, std::size_t end, FractionRound& sum) {
  Lines lines;
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t at[4] = {i, i + stride, i + 2 * stride, i + 3 * stride};
    const K p0[2] = {p[at[0]], p[at[1]]}, q0[2] = {q[at[0]], q[at[1]]},
            q1[2] = {q[at[2]], q[at[3]]},
            w[2] = {lambda * q1[0] + p[at[2]], lambda * q1[1] + p[at[3]]};
    lines.add(eq[i], p0, w, q0, q1);
  }
  lines.add_to(sum);
}

void leaf_bind(const F* low, const F* high, const K& r, std::size_t n, K* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = r * (high[i] - low[i]) + low[i];
}

// Adds eq q_0 q_1 at X = 0 and its coefficient of X^2.
void add_pair(KSum& at0, KSum& square, const K& eq, const K q0[2], const K q1[2]) {
  at0.add_product(eq, q0[0] * q1[0]);
  square.add_product(eq, (q0[1] - q0[0]) * (q1[1] - q1[0]));
}

void first_product(const PairTables& t, std::size_t stride, const K* eq, std::size_t begin,
                   std::size_t end, FractionRound& sum) {
  KSum at0, square;
  for (std::size_t i = begin; i < end; ++i) {
    const K q0[2] = {t.q0[i], t.q0[i + stride]}, q1[2] = {t.q1[i], t.q1[i + stride]};
    add_pair(at0, square, eq[i - begin], q0, q1);
  }
  sum.at0 += at0.value();
  sum.square += square.value();
}

void next_product(const PairTables& t, const K& r, std::size_t stride, const K* eq,
                  std::size_t begin, std::size_t end, FractionRound& sum) {
  KSum at0, square;
  for (std::size_t i = begin; i < end; ++i) {
    K bound[2][2];
    for (u32 c = 0; c < 2; ++c)
      for (u32 x = 0; x < 2; ++x) {
        K* const at = (c == 0 ? t.q0 : t.q1) + i + x * stride;
        *at += r * (at[2 * stride] - *at);
        bound[c][x] = *at;
      }
    add_pair(at0, square, eq[i - begin], bound[0], bound[1]);
  }
  sum.at0 += at0.value();
  sum.square += square.value();
}

void unit_layer(const K* q_below, std::size_t stride, std::size_t begin, std::size_t end, K* p,
                K* q) {
  for (std::size_t i = begin; i < end; ++i) {
    p[i] = q_below[i] + q_below[i + stride];
    q[i] = q_below[i] * q_below[i + stride];
  }
}

void column_bind(const K& base, const F* low, const F* high, const K& r, std::size_t begin,
                 std::size_t end, K* out) {
  for (std::size_t i = begin; i < end; ++i) out[i] = base - (r * (high[i] - low[i]) + low[i]);
}

void pair_terms(const F* const v[4], std::size_t begin, std::size_t end, F* const out[3]) {
  for (std::size_t i = begin; i < end; ++i) {
    out[0][i] = v[0][i] + v[2][i];
    out[1][i] = v[0][i] * v[2][i];
    out[2][i] = (v[1][i] - v[0][i]) * (v[3][i] - v[2][i]);
  }
}

void line_terms(const F* const v[4], std::size_t begin, std::size_t end, F* const out[3]) {
  for (std::size_t i = begin; i < end; ++i) {
    const F dx = v[1][i] - v[0][i], dy = v[3][i] - v[2][i];
    out[0][i] = v[0][i] * v[2][i];
    out[1][i] = v[0][i] * dy + dx * v[2][i];
    out[2][i] = dx * dy;
  }
}

void quad_terms(const F* const v[8], std::size_t begin, std::size_t end, F* const out[7]) {
  for (std::size_t i = begin; i < end; ++i) {
    F s[4], m[4];  // of the first node at X = 0 and 1, then of the second
    for (u32 node = 0; node < 4; ++node) {
      s[node] = v[2 * node][i] + v[2 * node + 1][i];
      m[node] = v[2 * node][i] * v[2 * node + 1][i];
    }
    out[0][i] = s[0] + s[2];
    out[1][i] = m[0] + m[2] + s[0] * s[2];
    out[2][i] = s[0] * m[2] + s[2] * m[0];
    out[3][i] = m[0] * m[2];
    const F ds[2] = {s[1] - s[0], s[3] - s[2]}, dm[2] = {m[1] - m[0], m[3] - m[2]};
    out[4][i] = ds[0] * ds[1];
    out[5][i] = ds[0] * dm[1] + ds[1] * dm[0];
    out[6][i] = dm[0] * dm[1];
  }
}

void pair_bind(const PairConstants& k, const F* const v[4], std::size_t begin, std::size_t end,
               K* p, K* q) {
  for (std::size_t i = begin; i < end; ++i) {
    const F s = v[0][i] + v[1][i], m = v[0][i] * v[1][i];
    const F ds = v[2][i] + v[3][i] - s, dm = v[2][i] * v[3][i] - m;
    p[i] = k.p - (k.r * ds + s);
    q[i] = k.q + m + k.by_s * s + k.by_ds * ds + k.r * dm;
  }
}

void quad_layer(const QuadConstants& k, const F* const v[4], std::size_t begin, std::size_t end,
                K* p, K* q) {
  for (std::size_t i = begin; i < end; ++i) {
    const F s0 = v[0][i] + v[1][i], m0 = v[0][i] * v[1][i];
    const F s1 = v[2][i] + v[3][i], m1 = v[2][i] * v[3][i];
    const F e1 = s0 + s1, e2 = m0 + m1 + s0 * s1, e3 = s0 * m1 + s1 * m0, e4 = m0 * m1;
    p[i] = k.p + k.by_p[0] * e1 + k.by_p[1] * e2 - K(e3);
    q[i] = k.q + k.by_q[0] * e1 + k.by_q[1] * e2 + k.by_q[2] * e3 + K(e4);
  }
}

void cubic(const K* e, const K* x, const K* y, std::size_t stride, std::size_t begin,
           std::size_t end, K sum[3]) {
  KSum h[3];
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t j = i + stride;
    const K de = e[j] - e[i], dx = x[j] - x[i], dy = y[j] - y[i];
    KSum cross;
    cross.add_product(x[i], dy);
    cross.add_product(y[i], dx);
    const K u0 = x[i] * y[i], u1 = cross.value(), u2 = dx * dy;
    h[0].add_product(de, u0);
    h[0].add_product(e[i], u1);
    h[1].add_product(de, u1);
    h[1].add_product(e[i], u2);
    h[2].add_product(de, u2);
  }
  for (u32 c = 0; c < 3; ++c) sum[c] += h[c].value();
}

void multiply(const K* a, const K* b, std::size_t begin, std::size_t end, K* out) {
  for (std::size_t i = begin; i < end; ++i) out[i] = a[i] * b[i];
}

void add_scaled(K* out, const K* in, const K& r, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += r * in[i];
}

#include "kernel/rounds_twin.inc"

}  // namespace

const Twin& plain() { return kTwin; }

}  // namespace pedigree::rounds
