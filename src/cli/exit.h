// Exit codes of the program and the exception that carries one to main.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pedigree::cli {

enum ExitCode : int {
  kDone = 0,           // accepted, or done
  kRefused = 1,        // something is wrong inside a file of ours
  kUsage = 2,          // the command line or the specification
  kUnsupported = 3,    // not a file of ours, a newer version, or unusable input
  kOverBudget = 4,     // over a stated budget
  kOutsidePolicy = 5,  // valid, but outside the policy
  kUnfinished = 6,     // disk or memory ran out
  kDiverged = 7,       // training left its formats
  kInterrupted = 130,
};

// One clear sentence for each problem.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, std::string problem)
      : Failure(code, std::vector<std::string>{std::move(problem)}) {}
  Failure(ExitCode code, std::vector<std::string> problems)
      : std::runtime_error(problems.empty() ? "" : problems.front()),
        code_(code),
        problems_(std::move(problems)) {}
  ExitCode code() const noexcept { return code_; }
  const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  ExitCode code_;
  std::vector<std::string> problems_;
};

}  // namespace pedigree::cli
