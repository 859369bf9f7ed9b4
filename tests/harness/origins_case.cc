#include "harness/origins_case.h"

#include <map>

namespace pedigree::harness {

namespace {

OriginsCase make(const std::string& name) {
  JobOptions o;
  o.loss = Loss::logistic;
  o.outputs = 1;
  if (name == "several") o.datasets = {9, 4, 7};
  if (name == "tiny") o.records = o.batch = 1, o.holdout = 0;
  OriginsCase c;
  c.job = chain_job(o);
  if (name == "wide") {  // three limbs
    c.job.statement.model.input_bits = 17;
    for (Manifest& m : c.job.statement.datasets) m.input_bits = 17;
  }
  const u32 f = c.features();
  if (name == "several")
    for (const u32 to : {5u, 16u})
      std::copy_n(c.job.x.begin() + 2 * f, f, c.job.x.begin() + to * f);
  c.all.assign(c.job.x.begin(), c.job.x.end());
  c.input = c.job.input();
  c.run = prove(c.job.input()).bytes;
  return c;
}

}  // namespace

std::vector<i32> OriginsCase::row(u32 n) const {
  const auto from = all.begin() + static_cast<std::ptrdiff_t>(n * features());
  return {from, from + features()};
}

std::vector<i32> OriginsCase::absent(i32 k) const {
  std::vector<i32> cells(features(), 20);
  cells[0] = k;
  return cells;
}

OriginsInput OriginsCase::claim(const std::vector<i32>& cells, Visibility show) const {
  OriginsInput in;
  in.datasets = input.statement.datasets.span();
  in.roots = input.datasets;
  in.records = {static_cast<u32>(cells.size() / features()), cells};
  in.show = show;
  in.context = job.statement.context;
  std::vector<Rows> rows;
  std::size_t at = 0;
  for (const Manifest& m : in.datasets) {
    rows.push_back({m.records, std::span<const i32>(all).subspan(at, m.records * features())});
    at += rows.back().x.size();
  }
  in.hits = find_hits(rows, in.records);
  return in;
}

OriginsStatement OriginsCase::statement(const std::vector<i32>& cells, Visibility show,
                                        Arena& arena) const {
  const OriginsInput in = claim(cells, show);
  OriginsStatement s;
  s.profile = job.statement.profile;
  s.datasets = Vec<Manifest>(arena, in.datasets);
  s.samples = in.records.records;
  s.records = state_cells(show, cells, arena);
  if (show == Visibility::hashed)
    s.records.digest = cells_digest(fixed_salt(), s.samples, features(), cells);
  s.hits = Vec<RowHit>(arena, std::span<const RowHit>(in.hits));
  s.context = job.statement.context;
  return s;
}

Salt fixed_salt() {
  Salt salt;
  salt.nonce.bytes[0] = 9;
  salt.pad = K(F(1), F(2), F(3));
  return salt;
}

const OriginsCase& origins_case(const std::string& name) {
  static std::map<std::string, OriginsCase> cases;
  const auto known = cases.find(name);
  return known != cases.end() ? known->second : cases.emplace(name, make(name)).first->second;
}

std::vector<i32> cells_of(const List& list) {
  std::vector<i32> cells;
  for (const std::vector<i32>& record : list)
    cells.insert(cells.end(), record.begin(), record.end());
  return cells;
}

}  // namespace pedigree::harness
