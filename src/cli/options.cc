#include "cli/options.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/exit.h"

namespace pedigree::cli {

CommonOptions& common_options() {
  static CommonOptions options;
  return options;
}

CLI::App* add_command(CLI::App& program, const char* name, const char* what, const char* example) {
  CLI::App* command = program.add_subcommand(name, what);
  command->footer(std::string("Example\n  ") + example);
  command->allow_extras();  // main names the nearest option
  return command;
}

void add_json(CLI::App& command) {
  command.add_flag("--json", common_options().json, "print one JSON object on standard output");
}

void add_work_options(CLI::App& command) {
  command
      .add_option("--threads", common_options().threads,
                  "threads to use (default: one per processor)")
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--progress", common_options().progress,
                  "auto: a bar on a terminal; json: JSON lines on standard error; none")
      ->check(CLI::IsMember({"auto", "json", "none"}));
}

u64 parse_size(const std::string& text) {
  u64 number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  int shift = -1;
  if (unit.empty() || unit == "B") shift = 0;
  if (unit == "KiB" || unit == "K") shift = 10;
  if (unit == "MiB" || unit == "M") shift = 20;
  if (unit == "GiB" || unit == "G") shift = 30;
  if (error != std::errc() || shift < 0 || number == 0 || number >> (63 - shift) != 0)
    throw Failure(kUsage, fmt::format("'{}' is not a size: write it as 512MiB or 4GiB", text));
  return number << shift;
}

}  // namespace pedigree::cli
