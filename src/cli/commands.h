// The table of commands. Each has one file; a new one is a file and a line in main.cc.
#pragma once

#include <functional>

#include "cli/session.h"

namespace CLI {
class App;
}

namespace pedigree::cli {

struct Command {
  CLI::App* app = nullptr;
  std::function<int(Session&)> run;  // the exit code
};

Command train_command(CLI::App& program);
Command prove_command(CLI::App& program);
Command infer_command(CLI::App& program);
Command score_command(CLI::App& program);
Command origins_command(CLI::App& program);
Command verify_command(CLI::App& program);
Command inspect_command(CLI::App& program);
Command certify_command(CLI::App& program);
Command report_command(CLI::App& program);
Command key_command(CLI::App& program);
Command data_command(CLI::App& program);
Command estimate_command(CLI::App& program);
Command bench_command(CLI::App& program);

}  // namespace pedigree::cli
