#include "cli/run_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "custody/checked_file.h"
#include "train/spec.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

constexpr u32 kRunVersion = 3;
constexpr const char* kFormat = "pedigree run";
constexpr const char* kNames[] = {"spec.json", "schema.json", "statement.bin",
                                  "weights.safetensors", "metrics.json"};
constexpr const char* kStart = "start.safetensors";

Failure altered(const std::string& path, const std::string& what) {
  return Failure(
      kRefused, fmt::format("{}: {}: the run was altered after training; train again", path, what));
}

// Of weights the checksum of their pieces (custody/checked_file.h): they can be many.
std::string digest_of(const std::string& name, std::span<const u8> bytes) {
  if (name.ends_with(".safetensors"))
    return "keccak256-pieces:" + custody::hex_text(custody::checksum_of(bytes));
  return digest_text(keccak256(bytes).bytes);
}

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

void write_run(const std::string& path, const NewRun& run) {
  std::vector<NamedBytes> files = {{kNames[0], copy_of(run.spec)},
                                   {kNames[1], copy_of(run.schema)},
                                   {kNames[2], run.statement},
                                   {kNames[3], run.weights},
                                   {kNames[4], copy_of(run.metrics)}};
  if (!run.start.empty()) files.push_back({kStart, run.start});
  json manifest = {{"format", kFormat}, {"version", kRunVersion}, {"datasets", run.datasets}};
  for (const NamedBytes& file : files) {
    manifest["files"][file.name] = digest_of(file.name, file.bytes);
    replace_file(path + "/" + file.name, file.bytes, false);
  }
  replace_file(path + "/run.json", bytes_of(manifest.dump(2) + "\n"), false);
}

Digest run_digest(const Statement& statement) {
  Statement bare = statement;
  bare.segments.clear();
  bare.start = {};
  bare.publish_weights = false;
  bare.weights = Digest();
  bare.context = Context();
  return keccak256(encode_statement(bare));
}

namespace {

// The digests of run.json are those of the files.
std::vector<u8> read_file(const std::string& path, const json& manifest, const std::string& name) {
  const std::string place = path + "/" + name;
  std::error_code ignored;
  if (!std::filesystem::exists(place, ignored)) throw altered(place, "the file is missing");
  std::vector<u8> bytes = read_bytes(place);
  if (manifest["files"].value(name, json()) != digest_of(name, bytes))
    throw altered(place, "its digest is not that of run.json");
  return bytes;
}

std::map<std::string, std::vector<u8>> read_files(const std::string& path, const json& manifest) {
  std::map<std::string, std::vector<u8>> files;
  std::vector<std::string> names(std::begin(kNames), std::end(kNames));
  if (manifest["files"].contains(kStart)) names.push_back(kStart);
  for (const std::string& name : names) files[name] = read_file(path, manifest, name);
  return files;
}

void read_datasets(Run& run, const std::string& path, const json& manifest) {
  std::vector<std::string> folders;
  for (const json& folder : manifest.value("datasets", json::array()))
    if (folder.is_string()) {
      const std::filesystem::path place(folder.get<std::string>());
      folders.push_back(place.is_absolute() ? place.string()
                                            : (std::filesystem::path(path) / place).string());
    }
  if (folders.size() != run.statement.datasets.size())
    throw altered(path + "/run.json", "it has other datasets than the statement");
  run.data = open_training_data(folders);
  for (std::size_t d = 0; d < folders.size(); ++d)
    if (!(run.data.datasets[d].manifest.root == run.statement.datasets[d].root))
      throw altered(folders[d], "it is another commitment than the one of the training");
}

}  // namespace

std::vector<u8> read_run_file(const std::string& path, const std::string& name) {
  return read_file(path, read_manifest(path), name);
}

Run read_run(const std::string& path, RunParts parts) {
  const json manifest = read_manifest(path);
  std::map<std::string, std::vector<u8>> files = read_files(path, manifest);
  Run run;
  const std::vector<u8>& statement = files["statement.bin"];
  run.arena = std::make_unique<OwnedArena>(64 * statement.size() + (std::size_t{1} << 18));
  const auto parsed = parse_file(statement, run.arena->get());
  if (!parsed.ok()) throw altered(path + "/statement.bin", check_text(parsed.why().check));
  run.statement = parsed.value().statement;
  if (parts == RunParts::all) read_datasets(run, path, manifest);
  const std::vector<u8>& schema = files["schema.json"];
  run.schema = record::schema_from_json(json::parse(schema.begin(), schema.end(), nullptr, false),
                                        path + "/schema.json");
  const std::vector<u8>& spec = files["spec.json"];
  for (const train::LayerSpec& layer :
       train::parse_spec({reinterpret_cast<const char*>(spec.data()), spec.size()},
                         path + "/spec.json")
           .layers)
    run.layer_names.push_back(layer.name);
  if (run.layer_names.size() != run.statement.model.num_layers)
    throw altered(path + "/spec.json", "the layers are not those of the statement");
  run.weights = std::move(files["weights.safetensors"]);
  run.start = std::move(files[kStart]);
  run.digest = run_digest(run.statement);
  const std::vector<u8>& metrics = files["metrics.json"];
  const json numbers = json::parse(metrics.begin(), metrics.end(), nullptr, false);
  if (numbers.is_object()) run.plain_cpu_seconds = numbers.value("plain_cpu_seconds", 0.0);
  return run;
}

std::vector<std::vector<double>> read_start(const std::vector<u8>& file, const std::string& path,
                                            const std::vector<std::pair<u32, u32>>& shapes) {
  const auto no = [&](const std::string& why) {
    return Failure(kUnsupported, fmt::format("{}: {}", path, why));
  };
  u64 length = 0;
  if (file.size() < 8) throw no("not a safetensors file");
  std::memcpy(&length, file.data(), 8);
  if (length > file.size() - 8) throw no("not a safetensors file: it is cut");
  const json header =
      json::parse(file.begin() + 8, file.begin() + 8 + static_cast<i64>(length), nullptr, false);
  if (!header.is_object()) throw no("not a safetensors file: its header is no JSON object");
  std::vector<const json*> tensors;
  for (const auto& [name, value] : header.items())
    if (name != "__metadata__") tensors.push_back(&value);
  if (tensors.size() != shapes.size())
    throw no(fmt::format("it has {} tensors, the model {}", tensors.size(), shapes.size()));
  // In the order in which they lie in the file: weight, bias, layer by layer.
  const auto offset = [](const json* t) {
    const json offsets = t->value("data_offsets", json::array());
    return offsets.size() == 2 && offsets[0].is_number_unsigned() ? offsets[0].get<u64>() : ~u64{0};
  };
  std::sort(tensors.begin(), tensors.end(),
            [&](const json* a, const json* b) { return offset(a) < offset(b); });
  std::vector<std::vector<double>> all;
  for (std::size_t p = 0; p < shapes.size(); ++p) {
    const auto [in, out] = shapes[p];
    const std::string type = tensors[p]->value("dtype", "");
    const std::size_t width = type == "F64" ? 8 : type == "F32" ? 4 : 0;
    const json shape = tensors[p]->value("shape", json::array());
    const json wanted = p % 2 == 1 ? json{out} : json{out, in};
    const u64 from = 8 + length + offset(tensors[p]), entries = u64{in} * out;
    if (width == 0 || shape != wanted || offset(tensors[p]) > file.size() ||
        entries * width > file.size() || from > file.size() - entries * width)
      throw no(fmt::format("tensor {} is not F64 or F32 of shape {}", p, wanted.dump()));
    std::vector<double>& values = all.emplace_back(entries);
    for (u64 i = 0; i < in; ++i)
      for (u64 o = 0; o < out; ++o) {
        const u8* at = file.data() + from + width * (o * in + i);
        float single = 0;
        double value = 0;
        if (width == 4)
          std::memcpy(&single, at, 4), value = single;
        else
          std::memcpy(&value, at, 8);
        values[i * out + o] = value;
      }
  }
  return all;
}

}  // namespace pedigree::cli
