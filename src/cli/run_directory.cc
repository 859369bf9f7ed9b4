#include "cli/run_directory.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "train/spec.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

constexpr char kCellsMagic[8] = {'P', 'E', 'D', 'C', 'E', 'L', 'L', 'S'};
constexpr u32 kCellsVersion = 1, kRunVersion = 1;
constexpr const char* kFormat = "pedigree run";
constexpr const char* kNames[] = {"spec.json", "schema.json",         "statement.bin",
                                  "cells.bin", "weights.safetensors", "metrics.json"};

void put_u32(std::vector<u8>& out, u32 x) {
  for (u32 i = 0; i < 4; ++i, x >>= 8) out.push_back(static_cast<u8>(x));
}

std::vector<u8> encode_cells(const record::Dataset& data) {
  std::vector<u8> out(kCellsMagic, kCellsMagic + sizeof kCellsMagic);
  put_u32(out, kCellsVersion);
  put_u32(out, data.records);
  put_u32(out, data.features);
  for (const i32 x : data.x) put_u32(out, static_cast<u32>(x));
  for (const i32 y : data.label) put_u32(out, static_cast<u32>(y));
  return out;
}

Failure altered(const std::string& path, const std::string& what) {
  return Failure(
      kRefused, fmt::format("{}: {}: the run was altered after training; train again", path, what));
}

record::Dataset decode_cells(const std::vector<u8>& bytes, const std::string& path) {
  constexpr std::size_t kHeader = sizeof kCellsMagic + 12;
  std::size_t at = sizeof kCellsMagic;
  const auto take = [&] {
    u32 x = 0;
    for (u32 i = 0; i < 4; ++i) x |= static_cast<u32>(bytes[at++]) << (8 * i);
    return x;
  };
  if (bytes.size() < kHeader || std::memcmp(bytes.data(), kCellsMagic, sizeof kCellsMagic) != 0 ||
      take() != kCellsVersion)
    throw altered(path, "these are no records of a run");
  record::Dataset data;
  data.records = take();
  data.features = take();
  const u64 words = u64{data.records} * (u64{data.features} + 1);
  if (bytes.size() != kHeader + 4 * words) throw altered(path, "the records are cut");
  for (u64 i = 0; i < u64{data.records} * data.features; ++i)
    data.x.push_back(static_cast<i32>(take()));
  for (u32 i = 0; i < data.records; ++i) data.label.push_back(static_cast<i32>(take()));
  return data;
}

std::string digest_of(std::span<const u8> bytes) { return digest_text(keccak256(bytes).bytes); }

json read_manifest(const std::string& path) {
  const std::string name = path + "/run.json";
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored))
    throw Failure(
        kUnsupported,
        fmt::format("{}: no such run: name the folder that `pedigree train -o` made", path));
  if (!std::filesystem::exists(name, ignored))
    throw Failure(kUnsupported,
                  fmt::format("{}: not a run of `pedigree train`: it has no run.json", path));
  const json manifest = json::parse(read_text(name), nullptr, false);
  if (manifest.is_discarded() || !manifest.is_object() ||
      manifest.value("format", json()) != kFormat || !manifest.contains("version") ||
      !manifest.contains("files") || !manifest["files"].is_object())
    throw altered(name, "this is no description of a run");
  if (manifest["version"] != kRunVersion)
    throw Failure(kUnsupported,
                  fmt::format("{}: a run of version {}: this program knows version {}", name,
                              manifest["version"].dump(), kRunVersion));
  return manifest;
}

}  // namespace

std::vector<u8> statement_file(const Statement& statement) {
  const std::vector<u8> encoded = encode_statement(statement);
  std::vector<u8> file(kMagic, kMagic + sizeof kMagic);
  put_u32(file, kMajorVersion | static_cast<u32>(kMinorVersion) << 16);
  put_u32(file, static_cast<u32>(encoded.size()));
  file.insert(file.end(), encoded.begin(), encoded.end());
  return file;
}

void write_run(const std::string& path, const NewRun& run) {
  std::vector<NamedBytes> files = {
      {kNames[0], copy_of(run.spec)}, {kNames[1], copy_of(run.schema)},
      {kNames[2], run.statement},     {kNames[3], encode_cells(*run.data), /*is_private=*/true},
      {kNames[4], run.weights},       {kNames[5], copy_of(run.metrics)}};
  json manifest = {{"format", kFormat}, {"version", kRunVersion}};
  for (const NamedBytes& file : files) manifest["files"][file.name] = digest_of(file.bytes);
  manifest["data"] = {{"file", run.source},
                      {"label", run.label},
                      {"digest", digest_text(run.source_digest.bytes)},
                      {"records", run.data->records},
                      {"features", run.data->features}};
  files.push_back({"run.json", copy_of(manifest.dump(2) + "\n")});
  write_folder(path, files);
}

Run read_run(const std::string& path) {
  const json manifest = read_manifest(path);
  std::map<std::string, std::vector<u8>> files;
  for (const char* name : kNames) {
    const std::string place = path + "/" + name;
    std::error_code ignored;
    if (!std::filesystem::exists(place, ignored)) throw altered(place, "the file is missing");
    files[name] = read_bytes(place);
    if (manifest["files"].value(name, json()) != digest_of(files[name]))
      throw altered(place, "its digest is not that of run.json");
  }
  Run run;
  const std::vector<u8>& statement = files["statement.bin"];
  run.arena = std::make_unique<OwnedArena>(16 * statement.size() + (std::size_t{1} << 16));
  const auto parsed = parse_file(statement, run.arena->get());
  if (!parsed.ok()) throw altered(path + "/statement.bin", check_text(parsed.why().check));
  run.statement = parsed.value().statement;
  run.data = decode_cells(files["cells.bin"], path + "/cells.bin");
  if (run.data.records != run.statement.sampling.records ||
      run.data.features != run.statement.model.features)
    throw altered(path + "/cells.bin", "the records have another shape than the statement");
  const std::vector<u8>& spec = files["spec.json"];
  for (const train::LayerSpec& layer :
       train::parse_spec({reinterpret_cast<const char*>(spec.data()), spec.size()},
                         path + "/spec.json")
           .layers)
    run.layer_names.push_back(layer.name);
  if (run.layer_names.size() != run.statement.model.num_layers)
    throw altered(path + "/spec.json", "the layers are not those of the statement");
  run.weights = std::move(files["weights.safetensors"]);
  const std::vector<u8>& metrics = files["metrics.json"];
  const json numbers = json::parse(metrics.begin(), metrics.end(), nullptr, false);
  if (numbers.is_object()) run.plain_cpu_seconds = numbers.value("plain_cpu_seconds", 0.0);
  return run;
}

}  // namespace pedigree::cli
