#include <cmath>

#include "proof/compiled.h"

namespace pedigree {

namespace {

constexpr double kMaxPointVariables =
    34;  // coordinates of the point at which end weights are claimed

}  // namespace

RootOrder root_order(const Compiled& c) noexcept {
  RootOrder o;
  for (u32 root = 0; root < kOwnRoots; ++root) {
    o.own[root] = o.end;
    for (const CompiledSegment& s : c.segments) o.end += s.layout.has(root);
  }
  o.start = o.end + static_cast<u32>(c.ends.size());
  o.data = o.start + (c.committed_start ? 1 : 0);
  o.count = o.data + static_cast<u32>(c.data.size());
  return o;
}

u32 file_root(const Compiled& c, u32 segment, u32 local) noexcept {
  const RootOrder o = root_order(c);
  if (local < kOwnRoots) {
    u32 root = o.own[local];
    for (u32 k = 0; k < segment; ++k) root += c.segments[k].layout.has(local);
    return root;
  }
  if (local == kEndRoot) return o.end + segment;
  if (local == kStartRoot) return segment == 0 ? o.start : o.end + segment - 1;
  return o.data + local - kDataRoot;
}

u32 num_file_roots(const Compiled& c) noexcept { return root_order(c).count; }

u32 log_rows_of(const Compiled& c, u32 root) noexcept {
  const RootOrder o = root_order(c);
  if (root < o.end) {
    u32 left = root;
    for (u32 local = 0; local < kOwnRoots; ++local)
      for (const CompiledSegment& s : c.segments)
        if (s.layout.has(local) && left-- == 0) return s.layout.log_rows[local];
  }
  if (root < o.start) return c.segments[root - o.end].layout.log_rows[kEndRoot];
  return root < o.data ? c.segments[0].layout.log_rows[kStartRoot] : c.data[root - o.data].log_rows;
}

Digest root_digest(const Compiled& c, std::span<const Digest> own, u32 root) noexcept {
  const RootOrder o = root_order(c);
  if (root < o.end) return own[root];
  if (root < o.start) return c.ends[root - o.end].root;
  return root < o.data ? c.start.root : c.datasets[root - o.data].root;
}

Result<void> settle_opening(Compiled& c) noexcept {
  u32 tallest = min_file_log_rows(c.profile);
  for (u32 root = 0; root < num_file_roots(c); ++root)
    tallest = log_rows_of(c, root) > tallest ? log_rows_of(c, root) : tallest;
  // A small file's first root is made as tall as the parameters ask.
  Layout& l = c.segments[0].layout;
  u32& first = l.log_rows[kSegmentRoot];
  if (first < min_file_log_rows(c.profile)) {
    first = min_file_log_rows(c.profile);
    l.live_words[kSegmentRoot] =
        message_words(l, kSegmentRoot) - (u64{fresh_rows(c.profile)} << kLogRootColumns);
  }
  c.opening = opening_parameters(c.profile, tallest, num_file_roots(c));
  if (c.opening.num_levels == 0) return refuse(Check::statement_size, 0);
  c.opening.log_first = first;
  return {};
}

namespace {

// Columns of all tables of pullbacks, beside the row numbers.
u32 pullback_columns(const Program& p) noexcept {
  u32 columns = 0;
  for (const Table& t : p.pullback_tables) columns += t.num_columns - 1;
  return columns;
}

double pullback_equations(const CompiledSegment& s) noexcept {
  if (s.program.pullbacks.empty()) return 0;
  return s.plan.log_pullbacks + 2.0 + pullback_columns(s.program);
}

// docs/protocol.md 9.3
double pullback_numerator(const CompiledSegment& s) noexcept {
  if (s.program.pullbacks.empty()) return 0;
  return std::ldexp(1.0, static_cast<int>(s.plan.log_pullbacks)) + s.plan.product_rounds +
         static_cast<double>(s.program.pullbacks.size()) * (1 + pullback_columns(s.program));
}

}  // namespace

u32 proof_security(const Compiled& c, std::span<SecurityTerm> out) noexcept {
  const double field_bits = kDegree * std::log2(static_cast<double>(kModulus));
  // Claims about the segments' roots rest on a list of codewords until the opening settles them.
  const double list = root_list_bits(c.opening);
  u32 n = 0;
  const auto add = [&](const char* name, u32 index, double numerator) noexcept {
    if (numerator > 0)  // a claim may have no such message
      out[n++] = {name, index, field_bits - list - std::log2(numerator), 0};
  };
  const auto count = [](std::size_t x) noexcept { return static_cast<double>(x); };
  // Numerators summed over the segments: their union.
  double lookups = 0, layers = 0, zeros = 0, contractions = 0, weights = 0, products = 0,
         pullbacks = 0, gates = 0, shows = 0;
  for (const CompiledSegment& s : c.segments) {
    const Plan& plan = s.plan;
    lookups += 3 * (std::ldexp(1.0, static_cast<int>(plan.log_lookups)) + 1);
    for (const u32 depth : {plan.log_lookups, plan.log_pullbacks})
      for (u32 k = 0; k < depth; ++k) layers += 2.0 * k + 2;
    zeros += plan.log_lookups;
    const double claims = count(plan.weight_claims.size()),
                 operands = 2 * claims * count(s.program.updates.size());
    const double equations =
        plan.log_lookups + 6.0 + pullback_equations(s) + count(s.program.zeros.size()) +
        count(plan.contractions.size()) + count(plan.operands.size()) + operands +
        (s.layout.num_roots - kEndRoot + 1) + 3 * count(s.program.parameters.size());
    for (const Show& show : s.shows) {
      const ShowCost cost = cost_of(s.program, show);
      shows += cost.numerator;
      gates += cost.equations;
    }
    contractions += 3.0 * plan.contraction_rounds + count(plan.contractions.size());
    weights += 3.0 * plan.weight_rounds + claims + 2 * kMaxPointVariables;
    products += 3.0 * plan.product_rounds + count(plan.leaf_virtuals.size()) +
                count(plan.contractions.size()) + operands;
    pullbacks += pullback_numerator(s);
    gates += equations + 3.0 * plan.gate_rounds + 2;
  }
  add("lookups", 0, lookups);
  add("lookup tree", 0, layers);
  add("zero tensors", 0, zeros);
  add("contractions", 0, contractions);
  if (c.committed_start || !c.ends.empty()) add("weights", 0, weights);
  add("products", 0, products);
  add("pullbacks", 0, pullbacks);
  add("gates", 0, gates);
  add("shows", 0, shows);
  add("chain", 0, count(c.segments.size()));
  double words = 0;
  for (u32 root = root_order(c).end; root < num_file_roots(c); ++root)
    words += std::ldexp(1.0, static_cast<int>(log_rows_of(c, root) + kLogRootColumns));
  out[n++] = {"out-of-domain answers", 0, field_bits - 2 * list + 1 - std::log2(words), 0};
  return n + opening_security(c.opening, out.subspan(n));
}

Result<void> check_security(std::span<const SecurityTerm> terms) noexcept {
  PEDIGREE_CHECK(security, worst_bits(terms, true) >= kRequiredBits + kBitsMargin, 0);
  PEDIGREE_CHECK(security, total_bits(terms, true) >= kRequiredBits + kBitsMargin, 1);
  return {};
}

SegmentPublic public_of(const Compiled& c, u32 k) noexcept {
  const CompiledSegment& segment = c.segments[k];
  SegmentPublic p;
  p.program = &segment.program;
  p.plan = &segment.plan;
  p.layout = &segment.layout;
  p.optimiser = &segment.optimiser;
  p.seed = c.seed;
  p.selection = segment.selection.span();
  p.shows = segment.shows.span();
  p.first = segment.first;
  p.committed_start = !segment.first || c.committed_start;
  p.show_start = segment.first && c.show_start;
  p.publish_weights = segment.last && c.publish_weights;
  const auto set = [&](u32 root, const RootStatement& of) noexcept {
    p.roots[root] = of.root;
    p.answers[root] = of.answer;
  };
  if (!c.ends.empty()) set(kEndRoot, c.ends[k]);
  set(kStartRoot, k == 0 ? c.start : c.ends[k - 1]);
  for (u32 d = 0; d < c.datasets.size(); ++d) set(kDataRoot + d, c.datasets[d]);
  return p;
}

}  // namespace pedigree
