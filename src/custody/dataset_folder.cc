#include "custody/dataset_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "custody/ring_signature.h"
#include "train/error.h"

namespace pedigree::custody {

namespace {

std::span<const u8> bytes_of(const std::string& text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

// Records whose cells, labels included, differ from each other.
u32 count_distinct(const DatasetCells& c) {
  std::vector<u32> order(c.records);
  std::iota(order.begin(), order.end(), 0u);
  const auto compare = [&](u32 a, u32 b) {
    const int x = std::memcmp(&c.x[std::size_t{a} * c.features], &c.x[std::size_t{b} * c.features],
                              c.features * sizeof(i32));
    return x != 0 ? x
                  : std::memcmp(&c.y[std::size_t{a} * c.labels], &c.y[std::size_t{b} * c.labels],
                                c.labels * sizeof(i32));
  };
  std::sort(order.begin(), order.end(), [&](u32 a, u32 b) { return compare(a, b) < 0; });
  const auto end =
      std::unique(order.begin(), order.end(), [&](u32 a, u32 b) { return compare(a, b) == 0; });
  return static_cast<u32>(end - order.begin());
}

[[noreturn]] void refuse_terms(const Manifest& m, const Refusal& why) {
  const DatasetLayout layout =
      dataset_layout(m.records, m.features, m.labels, m.profile, m.opening_budget);
  std::string text = "name, licence (letters of SPDX) and purpose must be there and not too long";
  if (why.index >= 2 && why.index <= 6)
    text = fmt::format(
        "{} records, {} features, {} label columns, integers of {} bits: at most {} records, {} "
        "columns and {} bits; lower the scales of the schema",
        m.records, m.features, m.labels, m.input_bits, kMaxRecords, kMaxWidth, kMaxInputBits);
  if (why.index == 11) text = "the validity ends before it begins";
  if (why.index == 14)
    text = fmt::format("{} openings: 1 to {}{}", m.opening_budget, kMaxOpenings,
                       layout.log_rows == 0 ? ", and the dataset must fit one commitment" : "");
  throw train::Error(train::Exit::usage, text);
}

u32 openings_of(u32 asked, const Manifest& m) {
  return asked != 0 ? asked : usual_openings(m.records, m.features, m.labels, m.profile);
}

// Rising, each once; refuses what is no ring of this custodian.
std::vector<Digest> ring_of(std::vector<Digest> keys, const SigningKey& custodian) {
  std::sort(keys.begin(), keys.end());
  const bool once = std::adjacent_find(keys.begin(), keys.end()) == keys.end();
  const bool own = std::find(keys.begin(), keys.end(), custodian.public_key) != keys.end();
  if (!once || !own || keys.size() < 2 || keys.size() > kMaxRing)
    throw train::Error(train::Exit::usage,
                       fmt::format("one of several signers: 2 to {} different keys, the "
                                   "custodian's among them",
                                   kMaxRing));
  for (const Digest& key : keys)
    if (!is_ring_key(key))
      throw train::Error(train::Exit::usage, public_key_text(key) + ": no Ed25519 key");
  return keys;
}

// Fresh seed, root, answer, signature; everything else of the manifest is set.
void commit(DatasetFolder& d, const SigningKey* custodian) {
  Manifest& m = d.manifest;
  // Fields first: a refusal costs no commitment. The signature is not there yet.
  Manifest terms = m;
  terms.custodian = terms.licensee = Digest();
  terms.among = terms.responses = Vec<Digest>();
  std::memset(terms.signature, 0, sizeof terms.signature);
  if (const auto fields = verify_manifest(terms); !fields.ok()) refuse_terms(m, fields.why());
  d.seed = fresh_digest();
  const DatasetLayout layout = d.layout();
  const DatasetMessage message = d.message();
  d.leaves = leaves_of(root_encoding(Words(message), {}, dataset_parameters(layout, m.profile)));
  m.root = d.leaves.root;
  m.answer = dataset_answer(Words(message), layout, m.root);
  if (custodian != nullptr) sign_manifest(m, custodian->secret);
}

DatasetFolder make(record::Dataset data, const Terms& terms, const SigningKey* custodian) {
  DatasetFolder d;
  d.arena = std::make_unique<OwnedArena>(4096 + terms.name.size() + terms.licence.size() +
                                         terms.purpose.size());
  d.data = std::move(data);
  d.labels = record::label_cells(d.data);
  d.schema_text = record::canonical_text(d.data.schema, terms.name);
  Manifest& m = d.manifest;
  m.name = Vec<u8>(d.arena->get(), bytes_of(terms.name));
  m.licence = Vec<u8>(d.arena->get(), bytes_of(terms.licence));
  m.purpose = Vec<u8>(d.arena->get(), bytes_of(terms.purpose));
  m.records = d.data.records;
  m.features = d.data.features;
  m.labels = d.data.schema.label_columns();
  m.input_bits = static_cast<u8>(d.data.schema.input_bits);
  m.distinct = count_distinct(d.cells());
  d.salt = fresh_digest();
  m.content = content_digest(d.cells(), d.salt);
  m.schema = keccak256(bytes_of(d.schema_text));
  m.valid_from = terms.valid_from;
  m.valid_until = terms.valid_until;
  m.profile = terms.profile;
  m.opening_budget = openings_of(terms.openings, m);
  commit(d, custodian);
  return d;
}

}  // namespace

DatasetCells DatasetFolder::cells() const {
  return {data.records, data.features, data.schema.label_columns(), data.x, labels};
}

DatasetLayout DatasetFolder::layout() const {
  return dataset_layout(manifest.records, manifest.features, manifest.labels, manifest.profile,
                        manifest.opening_budget);
}

DatasetMessage DatasetFolder::message() const {
  return {cells(), layout(), manifest.content, seed};
}

DatasetFolder make_signed(record::Dataset data, const Terms& terms, const SigningKey& custodian) {
  return make(std::move(data), terms, &custodian);
}

DatasetFolder make_declared(record::Dataset data, const Terms& terms) {
  return make(std::move(data), terms, nullptr);
}

DatasetFolder make_grant(const DatasetFolder& from, const Grant& grant,
                         const SigningKey& custodian) {
  const Manifest& m = from.manifest;
  if (!(m.custodian == custodian.public_key))
    throw train::Error(train::Exit::usage,
                       m.is_declared() ? "declared records are granted to nobody: `pedigree data "
                                         "commit` makes a signed dataset"
                                       : "the key is not that of the dataset's custodian");
  if (!grant.among.empty() && (grant.name.empty() || grant.name == text_of(m.name)))
    throw train::Error(train::Exit::usage,
                       "one of several signers: the dataset needs another name (--name), since its "
                       "own would tell which");
  DatasetFolder d;
  d.arena = std::make_unique<OwnedArena>(16384);
  d.data = from.data;
  d.labels = from.labels;
  d.salt = from.salt;
  d.schema_text = from.schema_text;
  d.manifest = m;
  d.manifest.name =
      Vec<u8>(d.arena->get(), grant.name.empty() ? m.name.span() : bytes_of(grant.name));
  d.manifest.licence = Vec<u8>(d.arena->get(), m.licence.span());
  d.manifest.purpose = Vec<u8>(d.arena->get(), m.purpose.span());
  d.manifest.licensee = grant.licensee;
  d.manifest.opening_budget = openings_of(grant.openings, m);
  if (!grant.among.empty()) {
    d.manifest.among = Vec<Digest>(d.arena->get(), ring_of(grant.among, custodian));
    d.salt = fresh_digest();
    d.manifest.content = content_digest(d.cells(), d.salt);
  }
  commit(d, &custodian);
  return d;
}

}  // namespace pedigree::custody
