#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "custody/checked_file.h"
#include "custody/dataset_folder.h"
#include "custody/leaves_file.h"
#include "record/csv.h"
#include "train/error.h"
#include "wire/codec.h"

namespace pedigree::custody {

namespace {

constexpr std::string_view kManifestMagic = "PEDMANIF", kRowsMagic = "PEDROWS\n",
                           kKeyMagic = "PEDOPKEY";
constexpr u32 kPrivateVersion = 2;

std::vector<u8> copy_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<u8> manifest_file(const Manifest& m) {
  Encoder encoder;
  encoder.bytes = copy_of(kManifestMagic);
  visit_manifest(encoder, m);
  return std::move(encoder.bytes);
}

std::vector<u8> rows_file(const DatasetCells& c) {
  CheckedWriter file(kRowsMagic, kPrivateVersion);
  file.reserve(64 + sizeof(i32) * (c.x.size() + c.y.size()));
  for (const u32 size : {c.records, c.features, c.labels}) file.number(size);
  for (std::size_t n = 0; n < c.records; ++n) {
    file.raw(&c.x[n * c.features], c.features * sizeof(i32));
    file.raw(&c.y[n * c.labels], c.labels * sizeof(i32));
  }
  return file.finish();
}

std::vector<u8> opening_key_file(const DatasetFolder& d) {
  CheckedWriter file(kKeyMagic, kPrivateVersion);
  for (const Digest* part : {&d.seed, &d.salt, &d.manifest.content, &d.manifest.root})
    file.raw(part->bytes, sizeof part->bytes);
  return file.finish();
}

void read_schema(DatasetFolder& d) {
  const std::string path = d.path + "/schema.json";
  d.schema_text = record::read_file(path);
  if (!(keccak256({reinterpret_cast<const u8*>(d.schema_text.data()), d.schema_text.size()}) ==
        d.manifest.schema))
    refuse_file(path, "it is not the schema that the manifest names: it was altered");
  d.data.schema =
      record::schema_from_json(nlohmann::json::parse(d.schema_text, nullptr, false), path);
  const record::Schema& s = d.data.schema;
  if (s.features.size() != d.manifest.features || s.label_columns() != d.manifest.labels ||
      s.input_bits != d.manifest.input_bits)
    refuse_file(path, "its columns are not those of the manifest");
}

void read_rows(DatasetFolder& d) {
  const std::string path = d.path + "/rows.bin", bytes = record::read_file(path);
  CheckedReader file(bytes, kRowsMagic, kPrivateVersion, path);
  const Manifest& m = d.manifest;
  for (const u32 size : {m.records, m.features, m.labels})
    if (file.number() != size) refuse_file(path, "its size is not that of the manifest");
  const u64 cells = u64{m.records} * (u64{m.features} + m.labels);
  if (file.left() != cells * sizeof(i32)) refuse_file(path, "its size is not that of the manifest");
  d.data.records = m.records;
  d.data.features = m.features;
  d.data.x.resize(std::size_t{m.records} * m.features);
  d.labels.resize(std::size_t{m.records} * m.labels);
  for (std::size_t n = 0; n < m.records; ++n) {
    file.raw(&d.data.x[n * m.features], m.features * sizeof(i32));
    file.raw(&d.labels[n * m.labels], m.labels * sizeof(i32));
  }
  if (!(content_digest(d.cells(), d.salt) == m.content))
    refuse_file(path, "these are not the rows that the manifest names");
  const i64 limit = i64{1} << m.input_bits;
  for (const i32 x : d.data.x)
    if (x >= limit || x <= -limit) refuse_file(path, "a cell is out of the range of the manifest");
  d.data.label = record::labels_of_cells(d.labels, d.data.schema);
}

void read_opening_key(DatasetFolder& d) {
  const std::string path = d.path + "/opening.key", bytes = record::read_file(path);
  CheckedReader file(bytes, kKeyMagic, kPrivateVersion, path);
  Digest content, root;
  for (Digest* part : {&d.seed, &d.salt, &content, &root})
    file.raw(part->bytes, sizeof part->bytes);
  file.end();
  if (!(content == d.manifest.content) || !(root == d.manifest.root))
    refuse_file(path, "it is the opening key of another dataset or grant");
}

}  // namespace

std::vector<DatasetFile> dataset_files(const DatasetFolder& d) {
  const std::string log = opening_log_head(d.manifest.root);
  std::vector<DatasetFile> files;
  files.push_back({"manifest.bin", manifest_file(d.manifest)});
  files.push_back({"manifest.json", copy_of(manifest_json(d.manifest))});
  files.push_back({"schema.json", copy_of(d.schema_text)});
  files.push_back({"rows.bin", rows_file(d.cells()), true});
  files.push_back({"opening.key", opening_key_file(d), true});
  files.push_back({"openings.log", copy_of(log), true});
  if (!d.leaves.hashes.empty()) files.push_back({kLeavesName, leaves_file(d.leaves), true});
  return files;
}

ReadManifest read_manifest(const std::string& place) {
  std::error_code ignored;
  const std::string path =
      std::filesystem::is_directory(place, ignored) ? place + "/manifest.bin" : place;
  const std::string bytes = record::read_file(path);
  if (!bytes.starts_with(kManifestMagic))
    throw train::Error(train::Exit::input,
                       fmt::format("{}: not a manifest: give manifest.bin or its folder", path));
  ReadManifest out;
  out.arena = std::make_unique<OwnedArena>(8192);
  const std::span<const u8> body{reinterpret_cast<const u8*>(bytes.data()) + kManifestMagic.size(),
                                 bytes.size() - kManifestMagic.size()};
  Decoder decoder(body, out.arena->get());
  visit_manifest(decoder, out.manifest);
  if (!decoder.is_short() && out.manifest.version != kManifestVersion)
    throw train::Error(train::Exit::input,
                       fmt::format("{}: of version {}, which this program does not know", path,
                                   out.manifest.version));
  if (decoder.is_short() || !decoder.is_canonical() || decoder.at() != body.size())
    refuse_file(path, "it was cut, extended or altered");
  if (const auto verdict = verify_manifest(out.manifest); !verdict.ok())
    refuse_file(path, fmt::format("{} ({} {})", check_text(verdict.why().check),
                                  check_name(verdict.why().check), verdict.why().index));
  return out;
}

KnownLeaves read_leaves(const DatasetFolder& d, const Encoding& e) {
  if (!d.leaves.hashes.empty() || d.path.empty()) return {d.leaves.hashes, {}};
  return read_leaves_file(d.path, e);
}

DatasetFolder open_dataset(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path + "/manifest.bin", ignored))
    throw train::Error(train::Exit::input,
                       fmt::format("{}: not a dataset: `pedigree data commit` makes one", path));
  ReadManifest read = read_manifest(path);
  DatasetFolder d;
  d.path = path;
  d.arena = std::move(read.arena);
  d.manifest = read.manifest;
  read_schema(d);
  read_opening_key(d);  // the salt of the rows
  read_rows(d);
  openings_spent(budget_of(d));
  return d;
}

}  // namespace pedigree::custody
