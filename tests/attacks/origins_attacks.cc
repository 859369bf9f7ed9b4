// Claims of origins: rows that are left out, rows that are made up, datasets of another run.
#include <pedigree/verify.h>

#include "attacks/check_attacks.h"
#include "harness/origins_case.h"
#include "harness/verdict.h"
#include "proof/apart.h"

namespace pedigree::attacks {

namespace {

using harness::cells_of;
using harness::List;
using harness::origins_case;
using harness::OriginsCase;
using Bytes = std::vector<u8>;

const OriginsCase& several() { return origins_case("several"); }

Refusal verdict_of(const pedigree_result& r) {
  Refusal why;
  why.code = static_cast<Code>(r.status);
  if (why.code == Code::relation_unsatisfied) why.check = Check::opening_claim;
  for (u16 i = 0; i < static_cast<u16>(Check::count); ++i)
    if (std::string(check_name(static_cast<Check>(i))) == r.check && *r.check != 0)
      why.check = static_cast<Check>(i);
  return why;
}

// The verdict on a claim beside a run.
Refusal judged(const Bytes& file, const Bytes& run_file) {
  pedigree_policy policy{};
  Bytes run_memory(pedigree_verify_memory(run_file.data(), run_file.size()));
  pedigree_result run{}, claim{};
  pedigree_verify(run_file.data(), run_file.size(), &policy, run_memory.data(), run_memory.size(),
                  &run);
  policy.claims = 1;
  Bytes memory(pedigree_verify_memory(file.data(), file.size()));
  pedigree_verify(file.data(), file.size(), &policy, memory.data(), memory.size(), &claim);
  pedigree_verify_link(&run, &claim);
  return verdict_of(claim);
}

ProveOptions unchecked() {
  ProveOptions options;
  options.verify_own = options.check_lookups = false;
  return options;
}

// A claim on one row of the run and one that it does not have, as `change` states it.
Refusal forged(const std::function<void(OriginsStatement&)>& change,
               const ProveOptions& options = unchecked()) {
  const OriginsCase& c = several();
  const std::vector<i32> cells = cells_of({c.absent(1), c.row(12)});
  OwnedArena arena(1 << 20);
  OriginsStatement s = c.statement(cells, Visibility::shown, arena.get());
  change(s);
  const OriginsInput in = c.claim(cells, Visibility::shown);
  return judged(prove_origins_statement(in.roots, s, in.records, {}, options).bytes, c.run);
}

void leave_out_hits(OriginsStatement& s) { s.hits.clear(); }

// The equations between hidden values that alone refuse it: those without which it is accepted.
std::string refused_by(const std::function<Refusal()>& shipped) {
  std::string names;
  for (u16 i = 1; i < static_cast<u16>(Check::count); ++i) {
    const Check check = static_cast<Check>(i);
    if (check_code(check) != Code::relation_unsatisfied || check == Check::opening_claim) continue;
    const harness::Killed killed(check);
    if (shipped().check == Check::none) names += check_name(check);
  }
  return names;
}

CheckAttack on_equation(Check check, const char* what, const std::function<Refusal()>& shipped) {
  return {check, what, shipped, [=] { return refused_by(shipped); }};
}

// A hit is left out, the cofactors are those of the other rows, and for the product over side A stands that over the others.
struct ProductLiar final : MaskedSender::Liar {
  K z, hash;
  bool sent = false;
  K challenge(std::string_view label, const K& drawn) override {
    if (label == "apart") z = drawn;
    return drawn;
  }
  K send(std::string_view label, const K& value) override {
    if (label != "apart" || sent) return value;
    sent = true;
    return value * inverse(z - hash);
  }
};

Refusal false_product() {
  const OriginsCase& c = several();
  ProductLiar liar;
  ProveOptions options = unchecked();
  options.liar = &liar;
  // The hash of the row that is left out.
  options.believe = [&](SegmentPublic& s) {
    std::vector<K> u(s.program->tensors[0].log_features);
    row_point(s, u);
    const std::vector<i32> row = c.row(12);
    for (std::size_t f = 0; f < row.size(); ++f) {
      K weight(F::from_int(row[f]));
      for (std::size_t i = 0; i < u.size(); ++i) weight *= f >> i & 1 ? u[i] : K(kOne) - u[i];
      liar.hash += weight;
    }
  };
  return forged(leave_out_hits, options);
}

// A hit is left out of the statement, and its row out of the leaves.
Refusal false_leaf() {
  static const u32 kRow[] = {3};  // of dataset 1: row 12 of all
  std::vector<RowsOf> side;
  std::vector<Show> shows;
  ProveOptions options = unchecked();
  options.believe = [&](SegmentPublic& s) {
    shows.assign(s.shows.begin(), s.shows.end());
    for (Show& show : shows) {
      if (show.kind != Show::Kind::apart) continue;
      side.assign(show.sides[0].begin(), show.sides[0].end());
      side[1].left_out = kRow;
      show.sides[0] = side;
    }
    s.shows = shows;
  };
  return forged(leave_out_hits, options);
}

}  // namespace

std::vector<CheckAttack> origins_attacks() {
  return {
      on_equation(Check::apart, "a row of the run that is left out of the hits",
                  [] { return forged(leave_out_hits); }),
      on_equation(Check::apart_layer, "its factor is divided out of the product", false_product),
      on_equation(Check::apart_leaf, "its leaf is 1, as that of padding", false_leaf),
      on_equation(Check::hits, "a row that is said to equal another record",
                  [] { return forged([](OriginsStatement& s) { s.hits[0].position = 0; }); }),
      on_equation(Check::hits, "a row that no record is equal to",
                  [] { return forged([](OriginsStatement& s) { s.hits.push_back({13, 0}); }); }),
      on_equation(Check::stated_cells, "another record than that of the claim",
                  [] { return forged([](OriginsStatement& s) { ++s.records.cells[1]; }); }),
      {Check::claim_data,
       "origins in the datasets of another run",
       [] {
         const OriginsCase& c = several();
         const std::vector<i32> cells = cells_of({c.absent(1)});
         return judged(prove_origins(c.claim(cells, Visibility::shown), {}).proof.bytes,
                       origins_case("one").run);
       },
       {}},
  };
}

}  // namespace pedigree::attacks
