#include "record/csv.h"

#include <fmt/format.h>

#include "record/read_stream.h"
#include "train/error.h"

namespace pedigree::record {

namespace {

class Reader {
 public:
  Reader(std::string_view text, const std::string& file, std::vector<std::string>& problems)
      : text_(text), file_(file), problems_(problems) {}

  bool at_end() const noexcept { return at_ >= text_.size(); }

  // One row, its line end consumed. Empty for a blank line.
  std::vector<std::string> row(u64 number) {
    std::vector<std::string> fields;
    if (line_end()) return fields;
    while (true) {
      fields.push_back(!at_end() && text_[at_] == '"' ? quoted(number) : plain());
      if (!at_end() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      line_end();
      return fields;
    }
  }

 private:
  bool line_end() noexcept {
    if (at_end()) return true;
    if (text_[at_] == '\n') return ++at_, true;
    if (text_[at_] != '\r') return false;
    ++at_;
    if (!at_end() && text_[at_] == '\n') ++at_;
    return true;
  }

  std::string plain() {
    const std::size_t from = at_;
    while (!at_end() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  std::string quoted(u64 number) {
    std::string field;
    for (++at_;;) {
      if (at_end()) {
        problems_.push_back(
            fmt::format("{}, row {}: a quote is opened and never closed", file_, number));
        return field;
      }
      const char c = text_[at_++];
      if (c != '"') {
        field += c;
      } else if (!at_end() && text_[at_] == '"') {
        field += '"';
        ++at_;
      } else {
        break;
      }
    }
    if (!plain().empty())
      problems_.push_back(fmt::format("{}, row {}: text after a closing quote", file_, number));
    return field;
  }

  std::string_view text_;
  const std::string& file_;
  std::vector<std::string>& problems_;
  std::size_t at_ = 0;
};

}  // namespace

CsvTable parse_csv(std::string_view text, const std::string& file,
                   std::vector<std::string>& problems) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Reader reader(text, file, problems);
  CsvTable table;
  u64 number = 1;
  if (!reader.at_end()) table.header = reader.row(number);
  while (!reader.at_end()) {
    std::vector<std::string> fields = reader.row(++number);
    if (!fields.empty()) table.rows.push_back({number, std::move(fields)});
  }
  return table;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes;
  read_stream(in, path, bytes);
  if (!in.is_open() || in.bad())
    throw train::Error(train::Exit::input, fmt::format("{}: cannot be read", path));
  return bytes;
}

}  // namespace pedigree::record
