#include "cli/session.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/exit.h"

namespace pedigree::cli {

void Session::result(const nlohmann::json& object, std::string_view text) {
  end_progress();
  const std::string out = json ? object.dump(2) + "\n" : std::string(text);
  const bool written =
      std::fwrite(out.data(), 1, out.size(), stdout) == out.size() && std::fflush(stdout) == 0;
  if (!written)
    throw Failure(
        kUnfinished,
        "the result could not be written to standard output: is its disk full or its reader gone?");
}

void Session::say(std::string_view sentence) {
  end_progress();
  fmt::print(stderr, "{}\n", sentence);
}

void Session::progress(std::string_view stage, double share) {
  const bool json_lines = progress_mode == ProgressMode::json;
  if (!json_lines && (progress_mode == ProgressMode::none || ::isatty(STDERR_FILENO) == 0)) return;
  const Clock::time_point now = Clock::now();
  if (stage == stage_ && share < 1 && now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  stage_ = stage;
  const double elapsed = std::chrono::duration<double>(now - started_).count();
  const double left = share > 0.01 ? elapsed * (1 - share) / share : 0;
  if (json_lines) {
    nlohmann::json line = {{"stage", stage}, {"share", share}, {"elapsed_seconds", elapsed}};
    if (share > 0.01) line["left_seconds"] = left;
    fmt::print(stderr, "{}\n", line.dump());
    return;
  }
  constexpr int kWidth = 24;
  const int full = std::clamp(static_cast<int>(share * kWidth), 0, kWidth);
  fmt::print(stderr, "\r[{:#>{}}{:.>{}}] {:3.0f} %  {}", "", full, "", kWidth - full, 100 * share,
             stage);
  if (share > 0.01 && share < 1) fmt::print(stderr, ", {:.0f} s left", left);
  fmt::print(stderr, "\033[K");
  bar_shown_ = true;
}

void Session::end_progress() {
  if (bar_shown_) fmt::print(stderr, "\r\033[K");
  bar_shown_ = false;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

u64 peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<u64>(usage.ru_maxrss) * 1024;
}

std::string size_text(u64 bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  double size = static_cast<double>(bytes) / 1024;
  const char* unit = "KiB";
  if (size >= 1024) size /= 1024, unit = "MiB";
  if (size >= 1024) size /= 1024, unit = "GiB";
  return fmt::format("{:.{}f} {}", size, size < 10 ? 2 : size < 100 ? 1 : 0, unit);
}

}  // namespace pedigree::cli
