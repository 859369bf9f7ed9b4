#include "cli/checkpoints.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "cli/files.h"
#include "custody/checked_file.h"
#include "train/error.h"

namespace pedigree::cli {

namespace {

constexpr std::string_view kMagic8 = "PEDCKPT\n";
constexpr u32 kVersion = 2;

void put(custody::CheckedWriter& out, const train::Entries& entries) {
  out.number(static_cast<u32>(entries.size()));
  for (const std::vector<i64>& part : entries) {
    out.number(static_cast<u32>(part.size()));
    out.raw(part.data(), part.size() * sizeof(i64));
  }
}

train::Entries take(custody::CheckedReader& in) {
  train::Entries entries(in.number());
  for (std::vector<i64>& part : entries) {
    part.resize(in.number());
    in.raw(part.data(), part.size() * sizeof(i64));
  }
  return entries;
}

std::string name_of(u32 step) { return fmt::format("checkpoint-{:08}.bin", step); }

}  // namespace

void Checkpoints::write(u32 step, const train::WeightState& state) const {
  custody::CheckedWriter out(kMagic8, kVersion);
  out.raw(run_.bytes, sizeof run_.bytes);
  out.number(step);
  put(out, state.entries);
  out.number(static_cast<u32>(state.history.size()));
  for (const train::Entries& ages : state.history) put(out, ages);
  make_folder(folder_);
  replace_file(folder_ + "/" + name_of(step), out.finish(), /*is_private=*/true);
}

Checkpoints::Found Checkpoints::newest(u32 most, std::vector<std::string>* skipped) const {
  std::map<u32, std::string, std::greater<>> by_step;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    u32 step = 0;
    if (name.size() < 20 || !name.starts_with("checkpoint-")) continue;
    std::from_chars(name.data() + 11, name.data() + 19, step);
    if (name == name_of(step) && step <= most) by_step[step] = entry.path().string();
  }
  for (const auto& [step, path] : by_step) {
    try {
      const std::string bytes = read_text(path);
      custody::CheckedReader in(bytes, kMagic8, kVersion, path);
      Digest run;
      in.raw(run.bytes, sizeof run.bytes);
      if (!(run == run_)) throw std::runtime_error(path + ": a state of another run");
      if (in.number() != step) throw std::runtime_error(path + ": a state of another step");
      Found found{step, {take(in), {}}};
      found.state.history.resize(in.number());
      for (train::Entries& ages : found.state.history) ages = take(in);
      in.end();
      return found;
    } catch (const std::runtime_error& e) {
      if (skipped != nullptr) skipped->push_back(std::string(e.what()) + "; passed over");
    }
  }
  return {};
}

}  // namespace pedigree::cli
