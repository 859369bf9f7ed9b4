#include "kernel/rounds_twins.h"
#include "poly/eq.h"

namespace pedigree::rounds {

namespace {

void fraction(const FractionTables& t, std::size_t stride, const K* eq, std::size_t begin,
              std::size_t end, K sum[2]) {
  KSum linear, square;
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t j = i + stride;
    const K dp0 = t.p0[j] - t.p0[i], dw = t.w[j] - t.w[i], dq0 = t.q0[j] - t.q0[i],
            dq1 = t.q1[j] - t.q1[i];
    KSum first, second;
    first.add_product(t.p0[i], dq1);
    first.add_product(t.q1[i], dp0);
    first.add_product(t.q0[i], dw);
    first.add_product(t.w[i], dq0);
    second.add_product(dp0, dq1);
    second.add_product(dq0, dw);
    linear.add_product(eq[i], first.value());
    square.add_product(eq[i], second.value());
  }
  sum[0] += linear.value();
  sum[1] += square.value();
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

void add_scaled(K* out, const K* in, const K& r, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += r * in[i];
}

}  // namespace

const Twin& plain() {
  static constexpr Twin twin{fraction, layer, cubic, add_scaled};
  return twin;
}

}  // namespace pedigree::rounds
