#include "cli/policy.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/verify_call.h"
#include "custody/dataset_folder.h"
#include "custody/revocations.h"
#include "record/nearest.h"
#include "train/error.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

class PolicyReader {
 public:
  explicit PolicyReader(const std::string& path) : path_(path) {
    policy_.view.max_memory = kDefaultMaxMemory;
    policy_.view.required_bits = 128;
  }

  Policy read() {
    policy_.text = read_text(path_);
    const json root = json::parse(policy_.text, nullptr, false);
    if (!root.is_object())
      throw Failure(kUsage,
                    path_ + ": a policy is a JSON object, such as {\"version\": 1, \"bits\": 128}");
    if (const json version = root.value("version", json());
        !version.is_number_unsigned() || version != 1)
      problem("\"version\": 1 is needed");
    for (const auto& [key, value] : root.items()) field(key, value);
    if (!problems_.empty()) throw Failure(kUsage, problems_);
    point();
    return std::move(policy_);
  }

 private:
  void problem(const std::string& what) { problems_.push_back(path_ + ": " + what); }

  void field(const std::string& key, const json& value) {
    pedigree_policy& v = policy_.view;
    if (key == "version") return;
    if (key == "bits")
      v.required_bits = static_cast<u32>(number(key, value, 128, 512));
    else if (key == "max_memory")
      v.max_memory = value.is_string() ? parse_size(value.get<std::string>()) : bad_size(key);
    else if (key == "published_weights")
      v.require_published_weights = flag(key, value);
    else if (key == "custodians" && value == "any")
      v.any_custodian = 1;
    else if (key == "custodians")
      digests(key, value, "ed25519:", policy_.custodians);
    else if (key == "licences")
      texts(key, value, licences_);
    else if (key == "purposes")
      texts(key, value, purposes_);
    else if (key == "date")
      v.date = date(key, value);
    else if (key == "revocations")
      revocations(key, value);
    else if (key == "min_records")
      v.min_records = number(key, value, 0, u64{1} << 32);
    else if (key == "min_distinct")
      v.min_distinct = number(key, value, 0, u64{1} << 32);
    else if (key == "max_skipped_steps")
      v.max_skipped_steps = number(key, value, 0, u64{1} << 32);
    else if (key == "max_rate_ratio")
      v.max_rate_ratio = static_cast<u32>(number(key, value, 1, ~u32{0}));
    else if (key == "start")
      start(value);
    else if (key == "beacons")
      beacons(value);
    else if (key == "beacon")
      v.require_beacon = flag(key, value);
    else if (key == "test_keys")
      digests(key, value, "ed25519:", policy_.test_keys);
    else if (key == "test_fixed")
      v.test_fixed = flag(key, value);
    else if (key == "test_apart")
      v.test_apart = flag(key, value);
    else if (key == "min_tests")
      v.min_tests = number(key, value, 0, u64{1} << 32);
    else if (key == "max_ticket")
      v.max_ticket = static_cast<u32>(number(key, value, 1, ~u32{0}));
    else
      problem(fmt::format(
          "unknown key \"{}\"{}", key,
          record::did_you_mean(
              key, {"version",        "bits",        "max_memory",   "published_weights",
                    "custodians",     "licences",    "purposes",     "date",
                    "revocations",    "min_records", "min_distinct", "max_skipped_steps",
                    "max_rate_ratio", "start",       "beacons",      "beacon",
                    "test_keys",      "test_fixed",  "test_apart",   "min_tests",
                    "max_ticket"})));
  }

  u64 number(const std::string& key, const json& value, u64 low, u64 high) {
    if (value.is_number_unsigned() && value >= low && value <= high) return value.get<u64>();
    problem(fmt::format("\"{}\" must be a whole number from {} to {}", key, low, high));
    return low;
  }
  u64 bad_size(const std::string& key) {
    problem(fmt::format("\"{}\" must be a text such as \"4GiB\"", key));
    return 0;
  }
  u32 flag(const std::string& key, const json& value) {
    if (!value.is_boolean()) problem(fmt::format("\"{}\" must be true or false", key));
    return value.is_boolean() && value.get<bool>() ? 1 : 0;
  }

  // The verifier takes texts that end at a zero byte: what stands behind one would be dropped.
  static bool is_c_text(const std::string& text) { return text.find('\0') == std::string::npos; }

  bool texts(const std::string& key, const json& value, std::vector<std::string>& out) {
    bool good = value.is_array() && !value.empty();
    for (const json& x : good ? value : json::array()) {
      good = good && x.is_string() && is_c_text(x.get<std::string>());
      if (good) out.push_back(x.get<std::string>());
    }
    if (!good) problem(fmt::format("\"{}\" must be a list of texts, not empty", key));
    return good;
  }

  void digests(const std::string& key, const json& value, const std::string& prefix,
               std::vector<pedigree_digest>& out) {
    std::vector<std::string> all;
    if (!texts(key, value, all)) return;
    for (const std::string& text : all) {
      Digest digest;
      if (!text.starts_with(prefix) || !custody::parse_hex(text.substr(prefix.size()), digest)) {
        problem(fmt::format("\"{}\": '{}' is not {} and 64 hexadecimal digits", key, text, prefix));
        continue;
      }
      out.push_back(c_digest(digest));
    }
  }

  static pedigree_digest c_digest(const Digest& digest) {
    pedigree_digest out;
    std::memcpy(out.bytes, digest.bytes, sizeof out.bytes);
    return out;
  }

  u64 date(const std::string& key, const json& value) {
    if (!value.is_string()) {
      problem(fmt::format("\"{}\" must be a day such as \"2026-11-25\", or \"today\"", key));
      return 0;
    }
    policy_.is_of_today = value == "today";
    return policy_.is_of_today ? custody::today() : custody::parse_date(value.get<std::string>());
  }

  // A path beside the policy.
  void revocations(const std::string& key, const json& value) {
    if (!value.is_string()) return problem(fmt::format("\"{}\" must name a file", key));
    const std::string file =
        (std::filesystem::path(path_).parent_path() / value.get<std::string>()).string();
    const custody::Revocations list = custody::parse_revocations(read_text(file), file);
    for (const auto* part : {&list.contents, &list.custodians})
      for (const Digest& digest : *part) policy_.revoked.push_back(c_digest(digest));
  }

  void start(const json& value) {
    if (!value.is_object())
      return problem("\"start\" must be an object with \"seeded\" and \"named\"");
    policy_.view.restrict_start = 1;
    for (const auto& [key, inner] : value.items()) {
      if (key == "seeded")
        policy_.view.allow_seeded_start = flag("start.seeded", inner);
      else if (key == "named")
        digests("start.named", inner, "keccak256:", policy_.starts);
      else
        problem(fmt::format("unknown key \"start.{}\"", key));
    }
  }

  void beacons(const json& value) {
    bool good = value.is_array() && !value.empty();
    for (const json& x : good ? value : json::array()) {
      good = good && x.is_object() && x.size() == 2 && x.value("source", json()).is_string() &&
             x.value("key", json()).is_string() && is_c_text(x["source"].get<std::string>());
      if (!good) break;
      std::vector<pedigree_digest> key;
      digests("beacons", json::array({x["key"]}), "ed25519:", key);
      if (key.empty()) continue;
      sources_.push_back(x["source"].get<std::string>());
      policy_.beacons.push_back({nullptr, key[0]});
    }
    if (!good) problem("\"beacons\" must be a list of objects with \"source\" and \"key\"");
  }

  // The view points into the lists, which do not grow any more.
  void point() {
    Policy& p = policy_;
    for (const auto* list : {&licences_, &purposes_, &sources_})
      p.texts.insert(p.texts.end(), list->begin(), list->end());
    for (std::size_t i = 0; i < p.texts.size(); ++i) {
      const char* text = p.texts[i].c_str();
      if (i < licences_.size())
        p.licences.push_back(text);
      else if (i < licences_.size() + purposes_.size())
        p.purposes.push_back(text);
      else
        p.beacons[i - licences_.size() - purposes_.size()].source = text;
    }
    pedigree_policy& v = p.view;
    v.custodians = p.custodians.data(), v.num_custodians = p.custodians.size();
    v.test_keys = p.test_keys.data(), v.num_test_keys = p.test_keys.size();
    v.revoked = p.revoked.data(), v.num_revoked = p.revoked.size();
    v.starts = p.starts.data(), v.num_starts = p.starts.size();
    v.licences = p.licences.data(), v.num_licences = p.licences.size();
    v.purposes = p.purposes.data(), v.num_purposes = p.purposes.size();
    v.beacons = p.beacons.data(), v.num_beacons = p.beacons.size();
  }

  const std::string& path_;
  Policy policy_;
  std::vector<std::string> licences_, purposes_, sources_, problems_;
};

}  // namespace

Policy read_policy(const std::string& path) { return PolicyReader(path).read(); }

}  // namespace pedigree::cli
