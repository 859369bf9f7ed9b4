#include <algorithm>
#include <cstring>

#include "claim/describe.h"
#include "claim/origins/origins.h"

namespace pedigree {

namespace {

// The statement with what its link compares.
struct Own {
  OriginsStatement statement;
  Vec<Digest> datasets;  // identities
};

Result<void> check_datasets(const OriginsStatement& s) noexcept {
  PEDIGREE_CHECK(statement_range, !s.datasets.empty(), 72);
  u64 records = 0;
  for (std::size_t d = 0; d < s.datasets.size(); ++d) {
    const Manifest& m = s.datasets[d];
    PEDIGREE_TRY(verify_manifest(m));
    const Manifest& first = s.datasets[0];
    const bool fits = m.features == first.features && m.labels == first.labels &&
                      m.schema == first.schema && m.profile == s.profile;
    PEDIGREE_CHECK(manifest_fields, fits, d);
    for (std::size_t e = 0; e < d; ++e)
      PEDIGREE_CHECK(manifest_fields,
                     !(s.datasets[e].content == m.content) && !(s.datasets[e].root == m.root), d);
    records += m.records;
  }
  PEDIGREE_CHECK(statement_range, records <= kMaxRecords, 73);
  return {};
}

Result<void> check_hits(const OriginsStatement& s) noexcept {
  u64 rows = 0;
  for (const Manifest& m : s.datasets) rows += m.records;
  for (std::size_t k = 0; k < s.hits.size(); ++k) {
    const RowHit& hit = s.hits[k];
    PEDIGREE_CHECK(statement_range, hit.row < rows && hit.position < s.samples, 76);
    if (k == 0) continue;
    const RowHit& before = s.hits[k - 1];
    const bool ascends =
        before.row != hit.row ? before.row < hit.row : before.position < hit.position;
    PEDIGREE_CHECK(statement_range, ascends, 77);
  }
  return {};
}

// Records that are equal have the same rows: a record without any would otherwise be one that a row equals.
bool equal_records_share_rows(const OriginsStatement& s, std::span<const i32> cells,
                              Arena& arena) noexcept {
  const std::size_t mark = arena.mark(), n = s.samples, features = s.features();
  // Rows of record i: rows[first[i]] to rows[first[i + 1]], ascending as hits are.
  u32* const first = arena.allocate<u32>(n + 2);
  for (std::size_t i = 0; i < n + 2; ++i) first[i] = 0;
  for (const RowHit& hit : s.hits) ++first[hit.position + 2];
  for (std::size_t i = 2; i < n + 2; ++i) first[i] += first[i - 1];
  u32* const rows = arena.allocate<u32>(s.hits.size());
  for (const RowHit& hit : s.hits) rows[first[hit.position + 1]++] = hit.row;
  u32* const order = arena.allocate<u32>(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<u32>(i);
  const auto compare = [&](u32 a, u32 b) noexcept {
    return std::memcmp(cells.data() + a * features, cells.data() + b * features,
                       features * sizeof(i32));
  };
  std::sort(order, order + n, [&](u32 a, u32 b) { return compare(a, b) < 0; });
  bool same = true;
  for (std::size_t k = 1; k < n; ++k) {
    const u32 a = order[k - 1], b = order[k];
    if (compare(a, b) != 0) continue;
    same = same &&
           std::equal(rows + first[a], rows + first[a + 1], rows + first[b], rows + first[b + 1]);
  }
  arena.release(mark);
  return same;
}

Result<void> check_statement(const OriginsStatement& s, Arena& arena) noexcept {
  PEDIGREE_CHECK(statement_range, s.arithmetic == kArithmeticVersion, 70);
  PEDIGREE_CHECK(statement_range, is_known(s.profile), 71);
  PEDIGREE_TRY(check_datasets(s));
  PEDIGREE_CHECK(statement_range, s.samples >= 1 && s.samples <= kMaxClaimSamples, 74);
  PEDIGREE_CHECK(statement_range, s.records.visibility != Visibility::hidden, 75);
  PEDIGREE_TRY(check_cells(s.records, u64{s.samples} * s.features(), u64{1} << s.input_bits(), 75));
  PEDIGREE_TRY(check_hits(s));
  const bool shown = s.records.visibility == Visibility::shown;
  PEDIGREE_CHECK(statement_range,
                 !shown || equal_records_share_rows(s, s.records.cells.span(), arena), 78);
  return {};
}

ProgramSizes sizes_of(const OriginsStatement& s) noexcept {
  ProgramSizes sizes;
  sizes.steps = 1;
  sizes.batch = s.samples;
  sizes.log_batch = ceil_log2(s.samples);
  for (const Manifest& m : s.datasets) sizes.records[sizes.num_datasets++] = m.records;
  const u32 log_cells = ceil_log2(s.features()) + sizes.log_batch;
  sizes.limb_bits = log_cells < kMinLimbBits   ? kMinLimbBits
                    : log_cells > kMaxLimbBits ? kMaxLimbBits
                                               : log_cells;
  return sizes;
}

// The rows of dataset d, the first of which is row `first` of all, that are hits; each once.
std::span<const u32> hit_rows(const OriginsStatement& s, u64 first, u32 d, Arena& arena) noexcept {
  Vec<u32> rows(arena);
  for (const RowHit& hit : s.hits) {
    const u64 row = u64{hit.row} - first;
    if (hit.row < first || row >= s.datasets[d].records) continue;
    if (rows.empty() || rows.back() != row) rows.push_back(static_cast<u32>(row));
  }
  return rows.span();
}

Show apart_show(const OriginsStatement& s, TensorId records, Builder& b) noexcept {
  Arena& arena = b.arena();
  Vec<RowsOf> data(arena), list(arena);
  u64 first = 0, rows = 0;
  for (u32 d = 0; d < s.datasets.size(); first += s.datasets[d].records, ++d) {
    data.push_back({2 * d, hit_rows(s, first, d, arena)});
    rows += s.datasets[d].records - data.back().left_out.size();
  }
  list.push_back({records, {}});
  Show show;
  show.kind = Show::Kind::apart;
  show.sides[0] = data.span();
  show.sides[1] = list.span();
  show.u = b.cells(s.samples);
  show.v = b.cells(rows == 0 ? 1 : static_cast<u32>(rows));
  return show;
}

VerifiedClaim facts(const OriginsStatement& s, Arena& arena) noexcept {
  VerifiedClaim v;
  v.kind = s.kind;
  v.has_weights = false;
  v.rests_on_run = true;
  v.weights.arithmetic = s.arithmetic;
  v.weights.profile = s.profile;
  v.context = s.context;
  Own* own = new (arena.allocate<std::aligned_storage_t<sizeof(Own), alignof(Own)>>(1)) Own{s, {}};
  own->datasets = Vec<Digest>(arena);
  v.own = own;
  return v;
}

Result<OriginsStatement> parse(std::span<const u8> bytes, Arena& arena) noexcept {
  return decode_statement<OriginsStatement>(
      bytes, arena, [](auto& io, auto& s) noexcept { visit_origins(io, s); });
}

std::size_t memory(std::span<const u8> statement) noexcept {
  OriginsStatement s;
  Peek<ManifestSizes> io(statement);
  visit_origins(io, s);
  constexpr std::size_t kDataset = std::size_t{1} << 18, kHits = std::size_t{4} << 20;
  Model m;
  m.features = kMaxWidth;
  const u32 samples = s.samples < kMaxClaimSamples ? s.samples : kMaxClaimSamples;
  const std::size_t datasets = io.sizes.datasets < kMaxDatasets ? io.sizes.datasets : kMaxDatasets;
  return io.is_short()
             ? 0
             : forward_memory(m, samples) + datasets * kDataset + kHits + 16 * statement.size();
}

Result<VerifiedClaim> read(std::span<const u8> statement, Arena& arena) noexcept {
  PEDIGREE_LET(s, parse(statement, arena));
  return facts(s, arena);
}

Result<VerifiedClaim> verify(const FileParts& file, Arena& arena) noexcept {
  PEDIGREE_LET(s, parse(file.statement, arena));
  VerifiedClaim v = facts(s, arena);
  PEDIGREE_LET(compiled, compile_origins(s, arena));
  Own& own = *static_cast<Own*>(const_cast<void*>(v.own));
  for (u32 d = 0; d < s.datasets.size(); ++d)
    own.datasets.push_back(dataset_identity(s.datasets[d], compiled.file.data[d]));
  const std::span<const Digest> digests(&s.records.digest, 1);
  PEDIGREE_TRY(verify_compiled(compiled.file, file, digests, v, arena));
  return v;
}

// The datasets are those of the run, all of them and in its order. An identity does not name the schema.
Result<void> link(const Verified& run, const VerifiedClaim& claim) noexcept {
  const Own& own = *static_cast<const Own*>(claim.own);
  PEDIGREE_CHECK(claim_data, own.datasets.size() == run.identities.datasets.size(), 0);
  for (std::size_t d = 0; d < own.datasets.size(); ++d)
    PEDIGREE_CHECK(claim_data,
                   own.datasets[d] == run.identities.datasets[d] &&
                       own.statement.datasets[d].schema == run.statement.datasets[d].schema,
                   d);
  return {};
}

Result<void> judge_cells(const VerifiedClaim& claim, std::span<const i32> cells,
                         Arena& arena) noexcept {
  const OriginsStatement& s = static_cast<const Own*>(claim.own)->statement;
  PEDIGREE_CHECK(claim_cells, equal_records_share_rows(s, cells, arena), 3);
  return {};
}

void describe_origins(const VerifiedClaim& claim, pedigree_claim& out, Arena& arena) noexcept {
  const Own& own = *static_cast<const Own*>(claim.own);
  const OriginsStatement& s = own.statement;
  describe(s.datasets.span(), own.datasets.span(), out, arena);
  auto* origins = arena.allocate<pedigree_origins>(1);
  *origins = {};
  origins->records = describe(s.records, s.samples, s.features(), 0);
  origins->num_hits = static_cast<u32>(s.hits.size());
  auto* hits = arena.allocate<pedigree_hit>(s.hits.size());
  for (std::size_t k = 0; k < s.hits.size(); ++k) hits[k] = {s.hits[k].row, s.hits[k].position};
  origins->hits = hits;
  out.origins = origins;
}

}  // namespace

const ClaimRules kOrigins{ClaimKind::origins, "origins",  memory, read, verify, link, nullptr,
                          describe_origins,   judge_cells};

Result<CompiledOrigins> compile_origins(const OriginsStatement& s, Arena& arena) noexcept {
  PEDIGREE_TRY(check_statement(s, arena));
  Builder b(arena, sizes_of(s));
  const u32 bits = s.input_bits();
  for (u32 d = 0; d < s.datasets.size(); ++d) {
    b.data(d, false, s.features(), u128{1} << bits);
    b.data(d, true, s.datasets[0].labels, 1);
  }
  CompiledOrigins c;
  c.records = b.input(s.features(), u128{1} << bits);
  b.range_check(b.affine({{1, c.records}}, i64{1} << bits), bits + 1);
  Vec<Show> shows(arena);
  shows.push_back(show_cells(s.records, c.records, b));
  c.salt = shows[0].salt;
  shows.push_back(apart_show(s, c.records, b));
  if (!s.hits.empty()) {
    Show hits;
    hits.kind = Show::Kind::hits;
    hits.tensor = c.records;
    hits.hits = Vec<RowHit>(arena, s.hits.span()).span();
    shows.push_back(hits);
  }
  Program& program = b.program();
  program.records_x = 0;
  program.records_y = 1;
  PEDIGREE_TRY(check_bounds(program, Optimiser()));
  PEDIGREE_LET(file, compile_claim({s.profile, nullptr, s.datasets.span(), shows.span(), nullptr},
                                   program, arena));
  c.file = file;
  return c;
}

}  // namespace pedigree
