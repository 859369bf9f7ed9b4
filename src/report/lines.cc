#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/types.h"
#include "custody/signer.h"
#include "report/report.h"
#include "report/tables.h"

namespace pedigree::report {

namespace {

using nlohmann::json;

constexpr const char *kProved = "proved", *kAttested = "attested", *kDeclared = "declared",
                     *kNone = "not applicable";

// The lines, and the commands that check them. Files have fixed names in commands, so a report does not depend on theirs.
class Lines {
 public:
  Lines(const json& facts, const json& metrics)
      : facts_(facts), claim_(facts["claim"]), metrics_(metrics) {}

  json all() {
    general();
    sources();
    processing();
    scores();
    data_protection();
    soundness();
    limits();
    return std::move(lines_);
  }

 private:
  struct At {
    std::string digest, command;
  };
  void add(const char* section, std::string text, std::string value, const char* mark, At at) {
    lines_.push_back({{"section", section},
                      {"text", std::move(text)},
                      {"value", std::move(value)},
                      {"mark", mark},
                      {"digest", std::move(at.digest)},
                      {"command", std::move(at.command)}});
  }
  void proved(const char* section, std::string text, std::string value, std::string digest = "") {
    add(section, std::move(text), std::move(value), kProved, {std::move(digest), verify()});
  }
  void none(const char* section, std::string text, std::string value) {
    add(section, std::move(text), std::move(value), kNone, {});
  }

  // `more` is the option of a file that was not shown.
  std::string verify(const char* more = "") const {
    return "pedigree verify model.pedigree" + options_of(facts_) + more + " --explain";
  }

  static std::string text(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
  static std::string count(std::size_t n, const char* what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
  }
  static std::string joined(const json& list) {
    std::string out;
    for (const json& x : list) out += (out.empty() ? "" : ", ") + text(x);
    return out;
  }
  static std::string score(const json& value) {
    return value.is_number() ? fmt::format("{:.4f}", value.get<double>()) : "not measured";
  }

  u64 signed_datasets() const {
    u64 n = 0;
    for (const json& d : claim_["datasets"]) n += d["attested"] == true ? 1 : 0;
    return n;
  }
  bool all_signed() const { return signed_datasets() == claim_["datasets"].size(); }
  // Of what every dataset says of itself: the weakest word counts.
  const char* data_mark() const { return all_signed() ? kAttested : kDeclared; }
  std::string of_all(const char* key) const {
    json seen = json::array();
    for (const json& d : claim_["datasets"])
      if (std::find(seen.begin(), seen.end(), d[key]) == seen.end()) seen.push_back(d[key]);
    return joined(seen);
  }

  std::string model() const {
    std::string out = fmt::format("{} inputs", text(claim_["features"]));
    for (const json& layer : claim_["layers"]) {
      out += " > " + text(layer["op"]);
      if (layer.contains("out")) out += " " + text(layer["out"]);
    }
    return out;
  }

  void general() {
    none("1.1", "Provider name and contact, authorised representative",
         "the provider adds them; a proof names nobody");
    proved("1.2", "Model", model());
    proved("1.2", "Trained weights", "identity of the weights after the last step",
           text(claim_["trained_weights"]));
    published();
    start();
    none("1.2", "Date of placement on the Union market",
         "the provider adds it; a proof bears no date");
    context();
    add("1.3", "Modality",
        fmt::format("rows of {} whole numbers; what the columns mean is in the schema, by digest",
                    text(claim_["features"])),
        data_mark(), {text(claim_["datasets"][0]["schema"]), verify()});
    proved("1.3", "Size of the training data",
           fmt::format("{} records, {} of them held out of every step", text(claim_["records"]),
                       text(claim_["holdout"])));
    proved("1.3", "Records that steps used",
           fmt::format("{}; a step at rate zero uses none", text(claim_["use"]["records"])));
    none("1.3", "Latest date of data acquisition",
         "neither a proof nor a manifest has it; dates of manifests are those of the licence");
  }

  void published() {
    const json& digest = claim_["published_weights"];
    if (digest.is_null()) return none("1.2", "Published weights", "the proof publishes none");
    if (facts_["weights_checked"] == true)
      return proved("1.2", "Published weights", "the file that was shown holds the trained weights",
                    text(digest));
    add("1.2", "Published weights",
        "a file of this digest is named; none was shown, so its content was not checked", kDeclared,
        {text(digest), verify(" --weights weights.safetensors")});
  }

  void start() {
    const json& s = claim_["start"];
    if (s["kind"] == "seeded")
      return proved("1.2", "Model dependencies", "none: the run starts from its seed");
    const bool shown = facts_["start_checked"] == true;
    add("1.2", "Model dependencies",
        shown ? "the run starts from the weights of the file that was shown; this report does not "
                "cover how that file came about"
              : "the run starts from a file of this digest; it was not shown, so its content was "
                "not checked",
        shown ? kProved : kDeclared,
        {text(s["weights"]), verify(shown ? "" : " --init init.safetensors")});
  }

  void context() {
    const json& c = claim_["context"];
    const auto bound = [&](const char* name, const json& value) {
      add("1.2", name, text(value), kDeclared, {"", verify()});
    };
    if (c["purpose"] != "") bound("Purpose that the prover tied the proof to", c["purpose"]);
    if (c["text"] != "") bound("Text that the prover tied the proof to", c["text"]);
    if (c["round"] != 0) bound("Round that the prover tied the proof to", c["round"]);
    if (c["chain_id"] != 0) bound("Chain that the prover tied the proof to", c["chain_id"]);
  }

  void sources() {
    proved("2", "Completeness of this list",
           fmt::format("{}, {} of them signed by a custodian; no other record entered a step of "
                       "this run",
                       count(claim_["datasets"].size(), "dataset"), signed_datasets()));
    none("2.1", "Publicly available datasets",
         "manifests do not say whether records are public; the provider does");
    none("2.2", "Commercial licences or other third parties (2.2.1, 2.2.2)",
         "manifests have a licence and no price; the provider says which case it is");
    for (const json& d : claim_["datasets"])
      if (d["attested"] == true) dataset("2.2", d);
    none("2.3", "Data crawled and scraped from online sources",
         "how records were collected is not shown");
    none("2.4", "User data", "whether records stem from users is not shown");
    none("2.5", "Synthetic data", "whether records are synthetic is not shown");
    for (const json& d : claim_["datasets"])
      if (d["attested"] != true) dataset("2.6", d);
    if (all_signed()) none("2.6", "Other sources of data", "none: every dataset is signed");
  }

  void dataset(const char* section, const json& d) {
    const std::string name = "\"" + text(d["name"]) + "\": ";
    const bool is_signed = d["attested"] == true;
    const char* mark = is_signed ? kAttested : kDeclared;
    const auto said = [&](const char* what, std::string value, const char* digest = nullptr) {
      add(section, name + what, std::move(value), mark,
          {digest != nullptr ? text(d[digest]) : "", verify()});
    };
    proved(section, name + "records",
           fmt::format("{}, of which steps used {}", text(d["records"]), text(d["used"])),
           text(d["root"]));
    if (is_signed)
      said("custodian", custody::signer_text(d));
    else
      said("custodian", "none: the trainer's own records, attested by nobody");
    said("content",
         d["among"].empty() ? "the rows, under a digest that is the same for every grant of them"
                            : "the rows, under a digest of this grant alone",
         "content");
    said("distinct records", text(d["distinct"]));
    said("licence", text(d["licence"]));
    said("purpose", text(d["purpose"]));
    said("valid", text(d["valid_from"]) + " to " + text(d["valid_until"]));
    if (shown(d["root"]))
      add(section, name + "manifest", "the one that was shown is the one in the proof", mark,
          {text(d["root"]), "pedigree data verify manifest.bin"});
    if (is_signed) {
      said("ranges and meaning of the cells", "as the schema says", "schema");
      said("licensee", d["licensee"].is_null() ? "anyone" : text(d["licensee"]));
    } else {
      proved(section, name + "ranges of the cells", "every cell lies in its stated range");
    }
  }

  bool shown(const json& root) const {
    const json& roots = facts_["manifests"];
    return std::find(roots.begin(), roots.end(), root) != roots.end();
  }

  void processing() {
    add("3.1", "Reservations of rights (text and data mining)",
        "licences stated: " + of_all("licence"), data_mark(), {"", verify()});
    policy();
    none("3.2", "Removal of illegal content", "the content of records is not shown");
    training();
  }

  void policy() {
    const json& p = facts_["policy"];
    if (p.is_null()) {
      none("3.1", "Policy", "none: no licence, purpose, date or signer was insisted on");
      return none("3.2", "Revoked records", "no list of revocations was given");
    }
    const std::string digest = "keccak256:" + text(facts_["files"]["policy"]["keccak256"]);
    const auto judged = [&](const char* what, std::string value) {
      proved("3.1", what, std::move(value), digest);
    };
    if (!p["licences"].empty()) judged("Policy: licences", "among " + joined(p["licences"]));
    if (!p["purposes"].empty()) judged("Policy: purposes", "among " + joined(p["purposes"]));
    judged("Policy: day on which datasets are valid",
           p["date"].is_null() ? "not asked" : text(p["date"]));
    judged("Policy: signers", p["custodians"] == "any"  ? "any, named or not"
                              : p["custodians"].empty() ? "not asked: declared records pass"
                                                        : joined(p["custodians"]));
    judged("Policy: least records, least distinct",
           text(p["min_records"]) + ", " + text(p["min_distinct"]));
    judged("Policy: most steps at rate zero, largest ratio of rates",
           text(p["max_skipped_steps"]) + ", " +
               (p["max_rate_ratio"] == 0 ? "not asked" : text(p["max_rate_ratio"])));
    if (p["revoked"] == 0)
      none("3.2", "Revoked records", "the policy has no list of revocations, or an empty one");
    else
      proved("3.2", "Revoked records",
             fmt::format("no dataset is among the {} contents and keys of the policy's list",
                         text(p["revoked"])),
             text(p["revoked_digest"]));
  }

  void training() {
    proved("3.3", "Loss", text(claim_["loss"]));
    proved("3.3", "Steps",
           fmt::format("{} in batches of {}", text(claim_["steps"]), text(claim_["batch"])));
    proved("3.3", "Steps that count nothing",
           fmt::format("{} at rate zero, {} without a record", text(claim_["use"]["skipped_steps"]),
                       text(claim_["use"]["empty_steps"])));
    proved(
        "3.3", "Learning rate",
        fmt::format("{} pieces; the largest factor is {}, the least {}", claim_["schedule"].size(),
                    text(claim_["use"]["most_factor"]), text(claim_["use"]["least_factor"])));
    proved("3.3", "Momentum",
           claim_["impulse"].size() > 1
               ? fmt::format("a response of {} terms", claim_["impulse"].size())
               : "none");
    proved("3.3", "Order of the records",
           fmt::format("drawn from the run's seed {}, which follows from the trainer's seed {}, "
                       "model, sampling and signed datasets",
                       text(claim_["run_seed"]), text(claim_["seed"])));
    const json& beacon = claim_["beacon"];
    if (beacon.is_null())
      none("3.3", "Public randomness", "none: the trainer chose its seed freely");
    else
      add("3.3", "Public randomness",
          text(beacon["source"]) + ", round " + text(beacon["round"]) +
              "; that the round came after the signatures is not shown",
          kDeclared, {text(beacon["value"]), verify()});
    proved("3.3", "Arithmetic",
           fmt::format("exact integers, version {}; format {}, {}", text(claim_["arithmetic"]),
                       text(claim_["format_version"]), count(claim_["segments"].size(), "segment")),
           text(claim_["weights_root"]));
  }

  void scores() {
    if (metrics_.is_null())
      return none("4", "Loss and accuracy", "no run was given; a proof shows no score");
    const auto declared = [&](const std::string& what, std::string value) {
      add("4", what, std::move(value), kDeclared,
          {text(metrics_["digest"]), check_command(facts_, metrics_, "report.json")});
    };
    const std::string metric = text(metrics_["metric"]);
    declared("Scored on", text(metrics_["scored_records"]) + " " + text(metrics_["scored_on"]));
    declared(metric + " of the exact model", score(metrics_["accuracy_exact"]));
    declared(metric + " of the floating-point twin", score(metrics_["accuracy_float"]));
    declared("Epochs with a score", fmt::format("{}", metrics_["epochs"].size()));
  }

  void data_protection() {
    const std::string used = text(claim_["use"]["records"]);
    for (const Article& a : articles()) {
      const std::string name = a.name;
      if (a.shown != nullptr) {
        const std::string shown = fmt::format(
            fmt::runtime(a.shown), fmt::arg("purpose", of_all("purpose")), fmt::arg("used", used),
            fmt::arg("inputs", text(claim_["features"])), fmt::arg("licence", of_all("licence")),
            fmt::arg("content", of_all("content")));
        add("5", name + ": shown", shown, mark_of(a.rests_on), {"", verify()});
      }
      none("5", name + ": not shown", a.not_shown);
    }
  }
  const char* mark_of(Article::RestsOn word) const {
    if (word == Article::proof) return kProved;
    return word == Article::prover ? kDeclared : data_mark();
  }

  void soundness() {
    const json& s = facts_["soundness"];
    const auto bits = [&](const char* key) {
      return fmt::format("{:.2f} bits", s[key].get<double>());
    };
    proved("6", "Worst round, proof of work included", bits("worst_bits"));
    proved("6", "Worst round without proof of work", bits("worst_bits_without_grinding"));
    proved("6", "All rounds together", bits("total_bits"));
    add("6", "Model", "random oracle; from theorems, without a conjecture", kNone, {});
    add("6", "Whose word is taken",
        facts_["trusts"].empty()
            ? "nobody's: the proof shows the ranges of all cells"
            : joined(facts_["trusts"]) +
                  ": a false signature on ranges can make a false run provable",
        facts_["trusts"].empty() ? kProved : kAttested, {"", verify()});
    none("6", "Outside audit", "none exists, of the protocol or of the code");
  }

  void limits() {
    for (const Limit& l : report::limits()) none("7", l.what, l.why);
  }

  const json &facts_, &claim_, &metrics_;
  json lines_ = json::array();
};

}  // namespace

json lines_of(const json& facts, const json& metrics) { return Lines(facts, metrics).all(); }

}  // namespace pedigree::report
