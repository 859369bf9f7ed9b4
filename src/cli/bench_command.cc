#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/child.h"
#include "cli/exit.h"
#include "cli/options.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

constexpr double kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;
constexpr int kProofs = 3, kVerifications = 5;  // of which the median counts

struct Job {
  const char* name;
  const char* spec;
  const char* data;
  double cpu_seconds, bytes, milliseconds, peak_bytes;  // targets
};

constexpr Job kJobs[] = {
    {"logistic 64-10, 1 step of 8", "logistic_digits.json", "digits.csv", 0.3, 400 * kKiB, 50,
     200 * kMiB},
    {"digits 64-128-10, 225 steps of 32", "digits.json", "digits.csv", 6, 400 * kKiB, 80, kGiB},
    {"breast cancer 30-32-2, 20 epochs of 32", "breast_cancer.json", "breast_cancer.csv", 3,
     400 * kKiB, 80, kGiB},
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pedigree-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw Failure(kUnfinished, fmt::format("no temporary folder could be made at {}", name));
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown processor";
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Bench {
 public:
  Bench(const std::string& examples, Session& session) : examples_(examples), session_(session) {}

  int run() {
    for (const Job& job : kJobs) measure(job);
    const json machine = {{"processor", processor()},
                          {"processors", ::sysconf(_SC_NPROCESSORS_ONLN)}};
    session_.result({{"machine", machine}, {"jobs", jobs_}}, table(machine));
    return kDone;
  }

 private:
  // One command of this program; its JSON object.
  json call(std::vector<std::string> words, ChildResult& child) const {
    words.push_back("--json");
    if (words[0] != "verify" && session_.threads != 0)
      words.insert(words.end(), {"--threads", std::to_string(session_.threads)});
    child = run_child(words, /*quiet=*/true);
    const json object = json::parse(child.output, nullptr, false);
    if (child.exit_code != 0 || !object.is_object())
      throw Failure(
          kUnfinished,
          fmt::format("`pedigree {}` ended with exit code {}: {}", fmt::join(words, " "),
                      child.exit_code,
                      object.is_object() ? object.value("error", std::string()) : "no result"));
    return object;
  }

  void measure(const Job& job) {
    const double part = static_cast<double>(jobs_.size()) / std::size(kJobs);
    session_.progress(job.name, part);
    const TemporaryFolder folder;
    const std::string run = folder.path() + "/run";
    ChildResult train, prove, verify;
    const json trained = call({"train", examples_ + "/" + job.spec, "--data",
                               examples_ + "/data/" + job.data, "--label", "label", "-o", run},
                              train);
    std::vector<double> seconds, bytes, milliseconds;
    u64 peak = 0;
    std::string proof;
    for (int i = 0; i < kProofs; ++i) {
      proof = fmt::format("{}/proof{}.pedigree", folder.path(), i);
      bytes.push_back(call({"prove", run, "-o", proof}, prove)["bytes"].get<double>());
      seconds.push_back(prove.cpu_seconds);
      peak = std::max(peak, prove.peak_bytes);
    }
    json verified;
    for (int i = 0; i < kVerifications; ++i) {
      verified = call({"verify", proof}, verify);
      milliseconds.push_back(verified["milliseconds"].get<double>());
    }
    jobs_.push_back({{"job", job.name},
                     {"cpu_seconds", median(seconds)},
                     {"proof_bytes", median(bytes)},
                     {"verify_milliseconds", median(milliseconds)},
                     {"peak_bytes", peak},
                     {"bits", verified["bits"]},
                     {"accuracy_exact", trained["accuracy_exact"]},
                     {"accuracy_float", trained["accuracy_float"]},
                     {"train_cpu_seconds", train.cpu_seconds},
                     {"plain_cpu_seconds", trained["plain_cpu_seconds"]},
                     {"verify_peak_bytes", verify.peak_bytes},
                     {"targets",
                      {{"cpu_seconds", job.cpu_seconds},
                       {"proof_bytes", job.bytes},
                       {"verify_milliseconds", job.milliseconds},
                       {"peak_bytes", job.peak_bytes}}}});
  }

  std::string table(const json& machine) const {
    std::string text = fmt::format(
        "{}, {} processors; proving in CPU seconds of all threads, targets in brackets\n\n",
        machine["processor"].get<std::string>(), machine["processors"].get<long>());
    text += fmt::format("| {:<38} | {:<14} | {:<15} | {:<14} | {:<18} | {:>6} |\n", "job",
                        "prove, CPU s", "proof, KiB", "verify, ms", "peak memory, MiB", "bits");
    text += "| --- | --- | --- | --- | --- | --- |\n";
    for (const json& j : jobs_) {
      const json& t = j["targets"];
      const auto cell = [&](const char* key, double unit, int digits) {
        return fmt::format("{:.{}f} ({:g})", j[key].get<double>() / unit, digits,
                           t[key].get<double>() / unit);
      };
      text += fmt::format("| {:<38} | {:<14} | {:<15} | {:<14} | {:<18} | {:>6.1f} |\n",
                          j["job"].get<std::string>(), cell("cpu_seconds", 1, 2),
                          cell("proof_bytes", kKiB, 0), cell("verify_milliseconds", 1, 0),
                          cell("peak_bytes", kMiB, 0), j["bits"].get<double>());
    }
    return text;
  }

  const std::string& examples_;
  Session& session_;
  json jobs_ = json::array();
};

}  // namespace

Command bench_command(CLI::App& program) {
  auto examples = std::make_shared<std::string>("examples");
  CLI::App* app = add_command(program, "bench", "measure three jobs on this machine",
                              "pedigree bench --examples examples");
  app->add_option("--examples", *examples,
                  "folder with the examples of the project (default: examples)")
      ->type_name("DIR");
  add_work_options(*app);
  add_json(*app);
  return {app, [examples](Session& session) { return Bench(*examples, session).run(); }};
}

}  // namespace pedigree::cli
