// What the training side throws at its users: clear sentences with place and remedy, and the exit
// code of the program.
//
// An Error carries every problem of its input at once; what() joins them by newlines.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pedigree::train {

// Exit codes of the command line: usage, not a supported input, formats left or
// diverged.
enum class Exit : int { usage = 2, input = 3, budget = 4, diverged = 7 };

class Error : public std::runtime_error {
 public:
  Error(Exit exit, std::string problem)
      : Error(exit, std::vector<std::string>{std::move(problem)}) {}
  Error(Exit exit, std::vector<std::string> problems)
      : std::runtime_error(joined(problems)), exit_(exit), problems_(std::move(problems)) {}

  int exit_code() const noexcept { return static_cast<int>(exit_); }
  const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  static std::string joined(const std::vector<std::string>& problems) {
    std::string text;
    for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
    return text;
  }

  Exit exit_;
  std::vector<std::string> problems_;
};

}  // namespace pedigree::train
