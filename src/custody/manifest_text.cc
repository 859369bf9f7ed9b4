#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "custody/dataset_folder.h"
#include "custody/signer.h"
#include "train/error.h"

namespace pedigree::custody {

std::string text_of(const Vec<u8>& bytes) { return {bytes.begin(), bytes.end()}; }

std::string manifest_json(const Manifest& m) {
  const auto digest = [](const Digest& d) { return "keccak256:" + hex_text(d); };
  const auto key = [](const Digest& d) -> nlohmann::json {
    if (d == Digest()) return nullptr;
    return public_key_text(d);
  };
  nlohmann::json answer = nlohmann::json::array();
  for (const F word : m.answer.c) answer.push_back(std::to_string(word.v));
  std::string signature;
  for (const u8 b : m.signature) signature += fmt::format("{:02x}", b);
  nlohmann::json responses = nlohmann::json::array();
  for (const Digest& s : m.responses) responses.push_back(hex_text(s));
  nlohmann::json json = {
      {"version", m.version},
      {"name", text_of(m.name)},
      {"records", m.records},
      {"distinct", m.distinct},
      {"features", m.features},
      {"labels", m.labels},
      {"input_bits", m.input_bits},
      {"content", digest(m.content)},
      {"schema", digest(m.schema)},
      {"licence", text_of(m.licence)},
      {"purpose", text_of(m.purpose)},
      {"valid_from", date_text(m.valid_from)},
      {"valid_until", date_text(m.valid_until)},
      {"profile", name_of(m.profile)},
      {"opening_budget", m.opening_budget},
      {"root", digest(m.root)},
      {"answer", answer},
      {"licensee", key(m.licensee)},
      {"signature", m.is_declared() ? nlohmann::json() : nlohmann::json(signature)},
      {"responses", responses}};
  json.update(signer_json(m));
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

u64 parse_date(const std::string& text) {
  int y = 0, length = 0;
  unsigned m = 0, d = 0;
  // Digits alone: the scan would take signs and spaces for parts of a number.
  const bool read = text.size() == 10 && text.find_first_not_of("0123456789-") == text.npos &&
                    std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &y, &m, &d, &length) == 3 &&
                    length == 10;
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(m),
                                         std::chrono::day(d)};
  if (!read || !date.ok() || y < 1970)
    throw train::Error(train::Exit::usage,
                       fmt::format("'{}' is not a date: write it as 2026-12-31", text));
  return static_cast<u64>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::string date_text(u64 day) {
  if (day > 2932896) return fmt::format("day {}", day);  // after 9999-12-31
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
  return fmt::format("{:04d}-{:02d}-{:02d}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

u64 today() {
  using std::chrono::days;
  return static_cast<u64>(
      std::chrono::floor<days>(std::chrono::system_clock::now()).time_since_epoch().count());
}

}  // namespace pedigree::custody
