#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/report.h"

namespace pedigree::report {

namespace {

using nlohmann::json;

// One line of ASCII, whatever is in it: files that are checked may hold anything.
std::string quoted(const json& value) {
  constexpr std::size_t kMost = 160;
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

// The line of the report that a pointer such as /lines/12/value leads into.
std::string name_of(const json& expected, const std::string& pointer) {
  const std::size_t end = pointer.find('/', 7);
  if (!pointer.starts_with("/lines/") || end == std::string::npos) return pointer;
  const json::json_pointer line(pointer.substr(0, end) + "/text");
  return expected.contains(line) ? pointer + " (" + quoted(expected[line]) + ")" : pointer;
}

json value_at(const json& root, const std::string& pointer) {
  const json::json_pointer at(pointer);
  return root.contains(at) ? root[at] : json();
}

}  // namespace

std::vector<std::string> differences(const json& expected, std::string_view found,
                                     std::size_t most) {
  const json other = json::parse(found, nullptr, false);
  if (other.is_discarded()) return {"it is not JSON"};
  std::vector<std::string> out;
  for (const json& change : json::diff(other, expected)) {
    if (out.size() == most) break;
    const std::string path = change["path"].get<std::string>(),
                      op = change["op"].get<std::string>();
    const std::string where = name_of(expected, path);
    if (op == "remove")
      out.push_back(fmt::format("{}: is there and should not be", where));
    else if (op == "add")
      out.push_back(fmt::format("{}: is missing: {}", where, quoted(change["value"])));
    else
      out.push_back(fmt::format("{}: is {}, recomputed {}", where, quoted(value_at(other, path)),
                                quoted(change["value"])));
  }
  if (out.empty() && found != twin_text(expected))
    out.push_back("its values are right and its bytes are not those that are written for them");
  return out;
}

std::vector<std::string> line_differences(std::string_view expected, std::string_view found,
                                          std::size_t most) {
  std::vector<std::string> out;
  const bool same = expected == found;
  for (std::size_t number = 1; out.size() < most && !(expected.empty() && found.empty());
       ++number) {
    const auto next = [](std::string_view& rest) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      return line;
    };
    const std::string_view wanted = next(expected), is = next(found);
    if (wanted != is)
      out.push_back(fmt::format("line {}: is {}, recomputed {}", number, quoted(json(is)),
                                quoted(json(wanted))));
  }
  if (out.empty() && !same) out.push_back("the end of its last line");
  return out;
}

}  // namespace pedigree::report
