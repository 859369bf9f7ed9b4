#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <random>

#include "cli/exit.h"
#include "record/read_stream.h"

namespace pedigree::cli {

namespace {

// Temporary paths, kept where a signal handler can read them.
constexpr std::size_t kMostPaths = 16, kLongestPath = 4096;
char temporary[kMostPaths][kLongestPath];
volatile std::sig_atomic_t num_temporary = 0;

void register_temporary(const std::string& path) {
  if (num_temporary >= static_cast<int>(kMostPaths) || path.size() >= kLongestPath) return;
  std::memcpy(temporary[num_temporary], path.c_str(), path.size() + 1);
  num_temporary = num_temporary + 1;
}

// Safe in a signal handler. The newest first: files before their folder.
void remove_temporary() noexcept {
  for (int i = num_temporary; i-- > 0;)
    if (::unlink(temporary[i]) != 0) ::rmdir(temporary[i]);
  num_temporary = 0;
}

void say_last_words(const char* text, int code) noexcept {
  remove_temporary();
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
  ::_exit(code);
}

extern "C" void on_interrupt(int) {
  say_last_words(
      "\npedigree: interrupted; nothing was written, files from before are as they were\n",
      kInterrupted);
}

void on_no_memory() {
  say_last_words(
      "pedigree: out of memory; nothing was written: free some memory, or lower the batch, the "
      "steps or the "
      "widths of the layers\n",
      kUnfinished);
}

[[noreturn]] void cannot_write(const std::string& path, int why) {
  remove_temporary();
  const char* remedy = why == ENOSPC || why == EDQUOT ? "free some space or choose another disk"
                                                      : "choose another place";
  throw Failure(kUnfinished, fmt::format("{} could not be written: {}; nothing was kept of it: {}",
                                         path, std::strerror(why), remedy));
}

// Writes and syncs one new file, which will be called `name`.
void write_new(const std::string& path, const std::string& name, std::span<const u8> bytes,
               mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) cannot_write(name, errno);
  register_temporary(path);
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    const int why = errno;
    if (n <= 0) ::close(fd), cannot_write(name, n < 0 ? why : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  const bool synced = ::fsync(fd) == 0;
  const int why = errno;
  if (::close(fd) != 0 || !synced) cannot_write(name, synced ? errno : why);
}

constexpr std::string_view kPartial = ".partial-";

// Never the name of a leftover: process ids come again, in containers after every start.
std::string temporary_name(const std::string& path) {
  static u32 number = 0;
  return fmt::format("{}{}{}-{:08x}", path, kPartial, ::getpid(),
                     std::random_device{}() + number++);
}

std::string folder_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// A name that is not on the disk is lost with the power. File systems that cannot do it are left in peace.
void sync_folder(const std::string& folder) noexcept {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

void install_last_resorts() {
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is then an error of write
  std::set_new_handler(on_no_memory);
}

std::vector<u8> read_bytes(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw Failure(kUnsupported, path + ": is a folder, a file is needed");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw Failure(kUnsupported,
                  fmt::format("{}: {}", path, std::strerror(errno != 0 ? errno : EIO)));
  std::vector<u8> bytes;
  record::read_stream(in, path, bytes);
  if (in.bad()) throw Failure(kUnsupported, fmt::format("{}: could not be read", path));
  return bytes;
}

std::string read_text(const std::string& path) {
  const std::vector<u8> bytes = read_bytes(path);
  return {bytes.begin(), bytes.end()};
}

void require_free(const std::string& path, const char* what) {
  namespace fs = std::filesystem;
  const fs::path place(without_slash(path));
  std::error_code ignored;
  if (path.empty()) throw Failure(kUsage, fmt::format("the name of the {} is empty", what));
  if (fs::symlink_status(place, ignored).type() != fs::file_type::not_found)
    throw Failure(
        kUsage,
        fmt::format("{} exists already and is never overwritten: remove it or choose another name",
                    path));
  const fs::path parent = place.has_parent_path() ? place.parent_path() : fs::path(".");
  if (!fs::is_directory(parent, ignored))
    throw Failure(kUsage,
                  fmt::format("the folder {} does not exist: make it first", parent.string()));
  if (::access(parent.c_str(), W_OK | X_OK) != 0)
    throw Failure(kUnfinished, fmt::format("the folder {} cannot be written: choose another place",
                                           parent.string()));
}

void remove_leftovers(const std::string& folder, const std::string& of) {
  std::error_code ignored;
  std::vector<std::filesystem::path> gone;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::size_t at = name.rfind(kPartial);
    if (at == std::string::npos || (!of.empty() && name.substr(0, at) != of)) continue;
    pid_t writer = 0;
    const char *digits = name.data() + at + kPartial.size(), *end = name.data() + name.size();
    const auto [rest, code] = std::from_chars(digits, end, writer);
    if (code != std::errc() || writer <= 0 || (rest != end && *rest != '-')) continue;
    if (writer == ::getpid() || (::kill(writer, 0) != 0 && errno == ESRCH))
      gone.push_back(entry.path());
  }
  for (const std::filesystem::path& path : gone) std::filesystem::remove_all(path, ignored);
}

void write_file(const std::string& path, std::span<const u8> bytes) {
  remove_leftovers(folder_of(path), std::filesystem::path(path).filename().string());
  const std::string partial = temporary_name(path);
  write_new(partial, path, bytes, 0666);
  // link() refuses an existing name, rename() would replace it; some file systems have no links.
  if (::link(partial.c_str(), path.c_str()) == 0) {
    remove_temporary();
    return sync_folder(folder_of(path));
  }
  if (errno == EEXIST) {
    remove_temporary();
    throw Failure(
        kUsage,
        fmt::format("{} exists already and is never overwritten: choose another name", path));
  }
  if (::rename(partial.c_str(), path.c_str()) != 0) cannot_write(path, errno);
  num_temporary = 0;
  sync_folder(folder_of(path));
}

void replace_file(const std::string& path, std::span<const u8> bytes, bool is_private) {
  const std::string partial = temporary_name(path);
  write_new(partial, path, bytes, is_private ? 0600 : 0666);
  if (::rename(partial.c_str(), path.c_str()) != 0) cannot_write(path, errno);
  num_temporary = 0;
  sync_folder(folder_of(path));
}

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return sync_folder(folder_of(path));
  if (errno != EEXIST) cannot_write(path, errno);
}

void write_folder(const std::string& path, const std::vector<NamedBytes>& files) {
  const std::string place = without_slash(path), partial = temporary_name(place);
  remove_leftovers(folder_of(place), std::filesystem::path(place).filename().string());
  if (::mkdir(partial.c_str(), 0777) != 0) cannot_write(place, errno);
  register_temporary(partial);
  for (const NamedBytes& file : files)
    write_new(partial + "/" + file.name, place + "/" + file.name, file.bytes,
              file.is_private ? mode_t{0600} : mode_t{0666});
  sync_folder(partial);
  if (::rename(partial.c_str(), place.c_str()) != 0) cannot_write(place, errno);
  num_temporary = 0;
  sync_folder(folder_of(place));
}

}  // namespace pedigree::cli
