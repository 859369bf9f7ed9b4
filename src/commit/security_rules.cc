#include <cmath>

#include "commit/security.h"
#include "field/k.h"

namespace pedigree {

namespace {

// log2 |K|, rounded down a little.
double field_bits() noexcept { return kDegree * std::log2(static_cast<double>(kModulus)) - 1e-9; }

struct Code {
  double sqrt_rate, rate, m;  // m with the half added
  explicit Code(const Level& level) noexcept
      : sqrt_rate(std::exp2(-0.5 * level.log_inv_rate)),
        rate(std::exp2(-1.0 * level.log_inv_rate)),
        m(level.multiplicity + 0.5) {}
  double one_minus_theta() const noexcept { return sqrt_rate * (1 + 1 / (2 * (m - 0.5))); }
  double list() const noexcept { return m / sqrt_rate; }
  // The numerators over |K|.
  double mca(double rows) const noexcept {
    const double theta = 1 - one_minus_theta();
    return (2 * std::pow(m, 5) + 3 * m * theta * rate) * rows / (3 * rate * sqrt_rate) +
           m / sqrt_rate;
  }
  double fold(u32 log_domain) const noexcept { return mca(std::exp2(log_domain)) + 2 * list(); }
};

struct Table {
  std::span<SecurityTerm> out;
  u32 size = 0;
  void add(const char* name, u32 level, double bits, u32 grinding = 0) noexcept {
    if (size < out.size()) out[size++] = {name, level, bits, grinding};
  }
  void add_over_field(const char* name, u32 level, double numerator) noexcept {
    add(name, level, field_bits() - std::log2(numerator));
  }
};

}  // namespace

u32 opening_security(const OpeningParameters& p, std::span<SecurityTerm> out) noexcept {
  Table table{out};
  const Code first(p.levels[0]);
  table.add_over_field("offset", 0, first.list());
  for (u32 j = 0; j < masked_rounds(p); ++j)
    table.add_over_field("fold", 0, first.fold(p.log_rows + p.levels[0].log_inv_rate));
  table.add_over_field("mask", 0, first.fold(p.log_rows + p.levels[0].log_inv_rate));
  u32 variables = p.log_rows;
  for (u32 l = 0; l < p.num_levels; ++l) {
    const Level& level = p.levels[l];
    const double missed = level.queries * std::log2(Code(level).one_minus_theta());
    if (l + 1 == p.num_levels) {
      table.add("queries", l, -missed, level.grinding);
      break;
    }
    const Level& next_level = p.levels[l + 1];
    const Code next(next_level);
    table.add_over_field("out of domain", l + 1,
                         next.list() * next.list() / 2 * std::exp2(variables));
    const double batching = std::log2(next.list() * (level.queries + 1)) - field_bits();
    table.add("queries", l, -std::log2(std::exp2(missed) + std::exp2(batching)), level.grinding);
    variables -= next_level.log_columns;
    for (u32 j = 0; j < next_level.log_columns; ++j)
      table.add_over_field("fold", l + 1, next.fold(variables + next_level.log_inv_rate));
  }
  for (u32 j = 0; j < variables; ++j) table.add_over_field("last rounds", p.num_levels, 2);
  return table.size;
}

double root_list_bits(const OpeningParameters& p) noexcept {
  return std::log2(Code(p.levels[0]).list());
}

double worst_bits(std::span<const SecurityTerm> terms, bool with_grinding) noexcept {
  double worst = 1e9;
  for (const SecurityTerm& t : terms)
    worst = std::fmin(worst, t.bits + (with_grinding ? t.grinding : 0));
  return worst;
}

double total_bits(std::span<const SecurityTerm> terms, bool with_grinding) noexcept {
  const double worst = worst_bits(terms, with_grinding);
  double sum = 0;  // in units of the worst term
  for (const SecurityTerm& t : terms)
    sum += std::exp2(worst - t.bits - (with_grinding ? t.grinding : 0));
  return worst - std::log2(sum);
}

bool parameters_secure(const OpeningParameters& p, double bits) noexcept {
  if (!parameters_well_formed(p)) return false;
  SecurityTerm terms[kMaxSecurityTerms];
  const std::span<const SecurityTerm> table(terms, opening_security(p, terms));
  return worst_bits(table, true) >= bits + kBitsMargin &&
         total_bits(table, true) >= bits + kBitsMargin;
}

}  // namespace pedigree
