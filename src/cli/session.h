// How commands talk: one JSON object or plain text on stdout, everything else on stderr.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace pedigree::cli {

enum class ProgressMode : u8 { automatic, json, none };  // automatic: a bar, on a terminal only

class Session {
 public:
  bool json = false;
  ProgressMode progress_mode = ProgressMode::automatic;
  u32 threads = 0;  // 0: one per processor

  // The result of a command: one object with --json, else the text. Throws Failure where stdout
  // cannot take it.
  void result(const nlohmann::json& object, std::string_view text);

  // A sentence for people.
  void say(std::string_view sentence);

  // Share of the command's work that is done, 0..1. Cheap to call often.
  void progress(std::string_view stage, double share);
  void end_progress();

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point started_ = Clock::now(), shown_{};
  std::string stage_;
  bool bar_shown_ = false;
};

// CPU seconds of all threads of this process so far, and its largest resident memory.
double cpu_seconds();
u64 peak_bytes();

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// "12.3 KiB"
std::string size_text(u64 bytes);

}  // namespace pedigree::cli
