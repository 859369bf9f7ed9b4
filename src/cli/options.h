// Options that commands share. Includes CLI11: for .cc files of commands only.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/commands.h"

namespace pedigree::cli {

// Values of the options below, one set for the whole program.
struct CommonOptions {
  bool json = false;
  std::string progress = "auto";
  u32 threads = 0;
};
CommonOptions& common_options();

CLI::App* add_command(CLI::App& program, const char* name, const char* what, const char* example);
void add_json(CLI::App& command);
void add_work_options(CLI::App& command);  // --threads, --progress

// "268435456", "256MiB", "1 GiB". Throws Failure: usage.
u64 parse_size(const std::string& text);

}  // namespace pedigree::cli
