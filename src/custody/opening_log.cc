#include "custody/opening_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "custody/checked_file.h"
#include "custody/dataset_folder.h"
#include "train/error.h"

namespace pedigree::custody {

namespace {

constexpr std::size_t kLine = 64 + 1 + 64 + 1;

// Bound to its place in the log and to the root: lines cannot be moved.
std::string line_of(const Digest& root, u32 index, const Digest& attempt) {
  Keccak256 h;
  h.update(root.bytes);
  h.update_u64(index);
  h.update(attempt.bytes);
  return hex_text(attempt) + " " + hex_text(h.finish()) + "\n";
}

[[noreturn]] void cannot(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

std::string ticket_log_head(const Digest& content) {
  return fmt::format("pedigree tickets 1 {}\n", hex_text(content));
}

// A log, locked against other processes while it is open.
class Log {
 public:
  explicit Log(const OpeningBudget& b)
      : path_(b.folder + "/openings.log"),
        root_(b.root),
        head_(opening_log_head(b.root)),
        remedy_(b.remedy) {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ < 0 && errno == ENOENT)
      refuse_file(path_, "it is missing, so nobody knows which masks were used: " + remedy_);
    begin();
  }
  // Of tickets; made if it is not there.
  Log(const std::string& folder, const Digest& content)
      : path_(folder + "/tickets.log"),
        root_(content),
        head_(ticket_log_head(content)),
        remedy_("nobody knows how many tickets were given: restore the newest copy") {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    is_new_ = true;
    begin();
    if (whole_ != 0) return;
    write(head_, 0);
    whole_ = head_.size();
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) cannot(folder);
    const bool synced = ::fsync(directory) == 0;
    ::close(directory);
    if (!synced) cannot(folder);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { ::close(fd_); }

  u32 spent() const { return static_cast<u32>(attempts_.size()); }
  bool knows(const Digest& attempt) const {
    for (const Digest& a : attempts_)
      if (a == attempt) return true;
    return false;
  }

  void append(const Digest& attempt) {
    // A line that a crash cut is overwritten: its opening was never reported as spent.
    if (::ftruncate(fd_, static_cast<off_t>(whole_)) != 0) cannot(path_);
    write(line_of(root_, spent(), attempt), whole_);
  }

 private:
  void begin() {
    if (fd_ < 0) cannot(path_);
    try {
      if (::flock(fd_, LOCK_EX) != 0) cannot(path_);
      read();
    } catch (...) {
      ::close(fd_);
      throw;
    }
  }
  void write(const std::string& text, std::size_t at) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n =
          ::pwrite(fd_, text.data() + done, text.size() - done, static_cast<off_t>(at + done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) cannot(path_);
      done += static_cast<std::size_t>(n);
    }
    if (::fsync(fd_) != 0) cannot(path_);
  }
  void read() {
    std::string text;
    char block[4096];
    for (ssize_t n; (n = ::read(fd_, block, sizeof block)) != 0;) {
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) cannot(path_);
      text.append(block, static_cast<std::size_t>(n));
    }
    // A first line that a crash cut: no ticket has left.
    if (is_new_ && text.size() < head_.size() && head_.starts_with(text)) return;
    if (!text.starts_with(head_))
      refuse_file(path_, "it is the log of another dataset, or altered");
    whole_ = head_.size();
    for (; text.size() - whole_ >= kLine; whole_ += kLine) {
      Digest attempt;
      const std::string_view line = std::string_view(text).substr(whole_, kLine);
      if (!parse_hex(line.substr(0, 64), attempt) || line != line_of(root_, spent(), attempt))
        refuse_file(path_, fmt::format("line {} was altered: {}", spent() + 2, remedy_));
      attempts_.push_back(attempt);
    }
  }

  std::string path_;
  Digest root_;
  std::string head_, remedy_;
  bool is_new_ = false;  // it may not have a whole first line
  int fd_ = -1;
  std::vector<Digest> attempts_;
  std::size_t whole_ = 0;  // bytes up to the end of the last whole line
};

void require_left(const Log& log, const OpeningBudget& b, const Digest& attempt) {
  if (log.knows(attempt) || log.spent() < b.openings) return;
  throw train::Error(train::Exit::budget,
                     fmt::format("{}: its budget of {} openings is used up: one more would show "
                                 "what it hides; {}",
                                 b.folder, b.openings, b.remedy));
}

}  // namespace

std::string opening_log_head(const Digest& root) {
  return fmt::format("pedigree openings 1 {}\n", hex_text(root));
}

u32 openings_spent(const OpeningBudget& b) { return Log(b).spent(); }

void spend_opening(const OpeningBudget& b, const Digest& attempt) {
  Log log(b);
  require_left(log, b, attempt);
  if (!log.knows(attempt)) log.append(attempt);
}

void spend_openings(std::span<const OpeningBudget> budgets, const Digest& attempt) {
  for (const OpeningBudget& b : budgets) require_left(Log(b), b, attempt);
  for (const OpeningBudget& b : budgets) spend_opening(b, attempt);
}

u32 next_ticket(const std::string& folder, const Digest& content, const Digest& weights) {
  Log log(folder, content);
  log.append(weights);
  return log.spent() + 1;
}

OpeningBudget budget_of(const DatasetFolder& d) {
  return {d.path, d.manifest.root, d.manifest.opening_budget,
          "the custodian makes a fresh one with `pedigree data grant`"};
}

}  // namespace pedigree::custody
