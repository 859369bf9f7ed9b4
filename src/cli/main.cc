// The program: finds the command, sets the threads, turns every failure into one sentence and an
// exit code.
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "kernel/instruction_set.h"
#include "kernel/parallel.h"
#include "proof/statement.h"
#include "record/nearest.h"
#include "train/error.h"

namespace pedigree::cli {

namespace {

std::string version_text() {
  const InstructionSet set = instruction_set();
  constexpr const char* kNames[] = {"plain", "avx2", "avx512", "neon"};
  return fmt::format("pedigree {}\nproof format {}.{}\narithmetic {}\ninstruction set {}",
                     PEDIGREE_VERSION, kMajorVersion, kMinorVersion, kArithmeticVersion,
                     kNames[static_cast<u8>(set)]);
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> command_names(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.app->get_name());
  return names;
}

// Words that no option took; a word behind an unknown option is taken for its value.
void add_unknown(const std::vector<std::string>& words, const std::string& where,
                 const std::vector<std::string>& options, const std::vector<std::string>& commands,
                 std::vector<std::string>& problems) {
  bool after_option = false;
  for (const std::string& word : words) {
    const bool option = word.size() > 1 && word[0] == '-';
    const std::string name = word.substr(0, word.find('='));
    if (option)
      problems.push_back(
          fmt::format("{}unknown option {}{}", where, name, record::did_you_mean(name, options)));
    else if (!commands.empty())
      problems.push_back(
          fmt::format("unknown command '{}'{}", word, record::did_you_mean(word, commands)));
    else if (!after_option)
      problems.push_back(fmt::format("{}one word too many: '{}'", where, word));
    after_option = option && name == word;
  }
}

void refuse_extras(const CLI::App& program, const std::vector<Command>& commands) {
  std::vector<std::string> problems;
  const auto used = program.get_subcommands();
  add_unknown(program.remaining(), "", option_names(program),
              used.empty() ? command_names(commands) : std::vector<std::string>(), problems);
  for (const CLI::App* app : used) {
    add_unknown(app->remaining(), app->get_name() + ": ", option_names(*app), {}, problems);
    for (const CLI::App* verb : app->get_subcommands())
      add_unknown(verb->remaining(), app->get_name() + " " + verb->get_name() + ": ",
                  option_names(*verb), {}, problems);
  }
  if (!problems.empty()) throw Failure(kUsage, problems);
}

// Prints what went wrong; with --json also as the one object.
int report(Session& session, int code, const std::vector<std::string>& problems) {
  session.end_progress();
  for (const std::string& problem : problems) fmt::print(stderr, "pedigree: {}\n", problem);
  if (session.json) {
    const nlohmann::json object = {{"error", problems.empty() ? "" : problems.front()},
                                   {"problems", problems},
                                   {"exit_code", code}};
    fmt::print("{}\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return code;
}

int run_command(const Command& command, Session& session) {
  const CommonOptions& options = common_options();
  session.json = options.json;
  session.threads = options.threads;
  session.progress_mode = options.progress == "json"   ? ProgressMode::json
                          : options.progress == "none" ? ProgressMode::none
                                                       : ProgressMode::automatic;
  set_threads(options.threads);
  return command.run(session);
}

int parse_and_run(int argc, char** argv, Session& session) {
  CLI::App program("Pedigree trains a network in exact integers and proves it in zero knowledge.",
                   "pedigree");
  program.set_version_flag("--version", version_text, "print versions and instruction set");
  program.allow_extras();
  const std::vector<Command> commands = {
      train_command(program),  estimate_command(program), prove_command(program),
      infer_command(program),  score_command(program),    origins_command(program),
      verify_command(program), inspect_command(program),  certify_command(program),
      report_command(program), bench_command(program),    key_command(program),
      data_command(program)};
  try {
    program.parse(argc, argv);
    refuse_extras(program, commands);
  } catch (const CLI::Success& asked) {  // --help, --version
    return program.exit(asked);
  } catch (const CLI::ParseError& error) {
    refuse_extras(program, commands);
    const auto used = program.get_subcommands();
    throw Failure(kUsage, fmt::format("{}; see `pedigree {}--help`", error.what(),
                                      used.empty() ? "" : used[0]->get_name() + " "));
  }
  for (const Command& command : commands)
    if (command.app->parsed()) return run_command(command, session);
  fmt::print(stderr, "{}", program.help());
  return kUsage;
}

int guarded(int argc, char** argv) {
  Session session;
  session.json = std::any_of(argv, argv + argc,
                             [](const char* word) { return std::string_view(word) == "--json"; });
  try {
    return parse_and_run(argc, argv, session);
  } catch (const Failure& failure) {
    return report(session, failure.code(), failure.problems());
  } catch (const train::Error& error) {
    return report(session, error.exit_code(), error.problems());
  } catch (const std::bad_alloc&) {
    return report(session, kUnfinished,
                  {"out of memory; nothing was written: free some memory, or lower the batch, the "
                   "steps or the widths of the layers"});
  } catch (const std::system_error& error) {
    return report(session, kUnfinished,
                  {fmt::format("the system refused: {}; nothing was written", error.what())});
  } catch (const std::exception& error) {
    return report(
        session, kUnfinished,
        {fmt::format("an error of this program: {}; nothing was written: please report it",
                     error.what())});
  }
}

}  // namespace

}  // namespace pedigree::cli

int main(int argc, char** argv) {
  pedigree::cli::install_last_resorts();
  if (sodium_init() < 0) return pedigree::cli::kUnfinished;
  const int code = pedigree::cli::guarded(argc, argv);
  std::fflush(nullptr);
  // Not through exit: OpenBLAS waits there for threads that, short of memory, never end.
  ::_exit(code);
}
