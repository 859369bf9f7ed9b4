#include "cli/claim_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "claim/claims_text.h"
#include "cli/hex.h"
#include "custody/signer.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

const char* name_at(std::initializer_list<const char*> names, std::size_t i) {
  return i < names.size() ? names.begin()[i] : "unknown";
}
const char* loss_name(u8 loss) {
  return name_at({"unknown", "cross_entropy", "logistic", "mean_squared"}, loss);
}
const char* activation_name(u8 a) { return name_at({"identity", "relu", "tanh", "gelu"}, a); }
std::string profile_name(u32 profile) {
  return std::string(name_of(static_cast<Profile>(profile)));
}

std::string digest(const pedigree_digest& d) { return digest_text(d.bytes); }

// Identities are worked out from a whole accepted proof; a claim that was only read has none.
bool is_known(const pedigree_digest& d) {
  return std::any_of(d.bytes, d.bytes + sizeof d.bytes, [](u8 b) { return b != 0; });
}
json identity_json(const pedigree_digest& d) {
  return is_known(d) ? json(digest(d)) : json(nullptr);
}

// A claim that was only read may have no segment.
json weights_root(const pedigree_claim& c) {
  if (c.num_segments == 0) return nullptr;
  return digest(c.segments[c.num_segments - 1].end_root);
}

// Days since 1970-01-01 as a date; the last day there is as "forever".
std::string day_text(u64 day) {
  constexpr u64 kLastDay = 2932896;  // 9999-12-31
  if (day > kLastDay) return "forever";
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

double rate_of(const pedigree_claim& c, u32 factor) {
  const double first = c.num_impulse > 0 ? c.impulse[0] : 1;
  return std::ldexp(static_cast<double>(factor) * c.batch * first, -c.rate_bits);
}

json layer_json(const pedigree_claim& c, u32 i) {
  const pedigree_layer& l = c.layers[i];
  json out = {{"input", l.input}};
  if (l.kind == PEDIGREE_LINEAR) {
    out.update({{"op", "linear"},
                {"out", l.out},
                {"frac_q", l.frac_q},
                {"frac_d", l.frac_d},
                {"frac_e", l.frac_e}});
    if (l.share != 0) out["share"] = l.share;
  } else if (l.kind == PEDIGREE_ACTIVATION) {
    out.update({{"op", activation_name(l.activation)}, {"frac_a", l.frac_a}});
  } else {
    out.update({{"op", "add"}, {"second", l.second}, {"frac_a", l.frac_a}});
  }
  return out;
}

std::string layer_text(const pedigree_claim& c, u32 i) {
  const pedigree_layer& l = c.layers[i];
  const std::string from = l.input == i ? "" : fmt::format(" of {}", l.input);
  if (l.kind == PEDIGREE_LINEAR)
    return fmt::format("linear {}{}{}", l.out,
                       l.share != 0 ? fmt::format(" shared with {}", l.share) : "", from);
  if (l.kind == PEDIGREE_ACTIVATION) return activation_name(l.activation) + from;
  return fmt::format("add {} and {}", l.input, l.second);
}

std::string printable(const pedigree_text& t) {
  std::string text;
  for (u32 i = 0; i < t.length; ++i) {
    const u8 b = t.bytes[i];
    if (b >= 0x20 && b < 0x7f && b != '\\')
      text += static_cast<char>(b);
    else
      text += fmt::format("\\x{:02x}", b);
  }
  return text;
}

std::string key_text(const pedigree_digest& d) {
  return "ed25519:" + digest(d).substr(sizeof "keccak256:" - 1);
}

// What the steps use is worked out of a whole accepted proof, as identities are.
json use_json(const pedigree_claim& c) {
  if (!is_known(c.trained)) return nullptr;
  u64 records = 0;
  for (u32 d = 0; d < c.num_datasets; ++d) records += c.datasets[d].used;
  return {{"records", records},
          {"skipped_steps", c.skipped_steps},
          {"empty_steps", c.empty_steps},
          {"least_factor", c.least_factor},
          {"most_factor", c.most_factor}};
}

std::string use_text(const pedigree_claim& c) {
  const json use = use_json(c);
  std::string text = fmt::format("{} records; {} steps skipped, as their rate is zero",
                                 use["records"].get<u64>(), c.skipped_steps);
  if (c.empty_steps > 0) text += fmt::format(", {} without a record", c.empty_steps);
  if (c.least_factor > 0)
    text += fmt::format("; the largest rate is {:.4g} times the least",
                        static_cast<double>(c.most_factor) / static_cast<double>(c.least_factor));
  return text;
}

json start_json(const pedigree_claim& c) {
  if (c.start_kind == 0) return {{"kind", "seeded"}};
  return {{"kind", "named"},
          {"weights", digest(c.start_weights)},
          {"identity", identity_json(c.start)}};
}

json formats_json(const pedigree_claim& c) {
  return {{"frac_x", c.frac_x},
          {"input_bits", c.input_bits},
          {"range_bits", c.range_bits},
          {"exp_bits", c.exp_bits},
          {"rate_bits", c.rate_bits}};
}

json context_object(const pedigree_claim& c) {
  std::string contract;
  for (const u8 b : c.contract) contract += fmt::format("{:02x}", b);
  return {{"purpose", printable(c.purpose)},
          {"round", c.round},
          {"chain_id", c.chain_id},
          {"contract", "0x" + contract},
          {"text", printable(c.context)}};
}

std::string schedule_text(const pedigree_claim& c) {
  u32 low = ~u32{0}, high = 0;
  for (u32 i = 0; i < c.num_runs; ++i)
    low = std::min(low, c.runs[i].factor), high = std::max(high, c.runs[i].factor);
  if (c.num_runs == 0) return "none";
  if (low == high) return fmt::format("{:g}", rate_of(c, high));
  return fmt::format("{:g} to {:g} in {} pieces", rate_of(c, low), rate_of(c, high), c.num_runs);
}

// The keys that signed or may have, each once.
std::vector<std::string> signers_of(const pedigree_claim& c) {
  std::vector<std::string> keys;
  const auto add = [&](const pedigree_dataset& d) {
    if (d.is_signed == 0) return;
    const auto add_key = [&](const pedigree_digest& digest) {
      const std::string key = key_text(digest);
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    };
    if (d.num_among == 0) add_key(d.custodian);
    std::for_each(d.among, d.among + d.num_among, add_key);
  };
  for (u32 d = 0; d < c.num_datasets; ++d) add(c.datasets[d]);
  if (c.score != nullptr) add(c.score->test);
  return keys;
}

}  // namespace

json signer_json(const pedigree_dataset& d) {
  json among = json::array();
  for (u32 i = 0; i < d.num_among; ++i) among.push_back(key_text(d.among[i]));
  return {{"custodian", is_known(d.custodian) ? json(key_text(d.custodian)) : json(nullptr)},
          {"among", among}};
}

json dataset_json(const pedigree_dataset& d) {
  json out = {{"attested", d.is_signed != 0},
              {"name", printable(d.name)},
              {"records", d.records},
              {"distinct", d.distinct},
              {"used", is_known(d.identity) ? json(d.used) : json(nullptr)},
              {"licence", printable(d.licence)},
              {"purpose", printable(d.purpose)},
              {"valid_from", day_text(d.valid_from)},
              {"valid_until", day_text(d.valid_until)},
              {"licensee", is_known(d.licensee) ? json(key_text(d.licensee)) : json(nullptr)},
              {"content", digest(d.content)},
              {"schema", digest(d.schema)},
              {"root", digest(d.root)},
              {"identity", identity_json(d.identity)}};
  out.update(signer_json(d));
  return out;
}

json beacon_json(const pedigree_claim& c) {
  if (c.beacon_source.length == 0) return nullptr;
  return {{"source", printable(c.beacon_source)},
          {"round", c.beacon_round},
          {"value", digest(c.beacon_value)}};
}

std::string dataset_text(const pedigree_dataset& d) {
  const std::string by = d.is_signed != 0 ? "signed by " + custody::signer_text(signer_json(d))
                                          : "declared by the trainer, attested by nobody";
  return fmt::format("\"{}\", {} records, {}, for \"{}\", {} to {}, {}\n{:>15}content {}",
                     printable(d.name), d.records, printable(d.licence), printable(d.purpose),
                     day_text(d.valid_from), day_text(d.valid_until), by, "", digest(d.content));
}

std::string text_of(const pedigree_text& t) { return printable(t); }

json context_json(const pedigree_claim& c) { return context_object(c); }

json trusts_json(const pedigree_claim& c) { return signers_of(c); }

std::string trusts_text(const pedigree_claim& c, const pedigree_policy& policy) {
  const std::vector<std::string> keys = signers_of(c);
  if (keys.empty()) return "  nobody: the proof shows the ranges of all cells\n";
  std::string text;
  const auto is_named = [&](const std::string& key) {
    for (const auto& [list, n] : {std::pair(policy.custodians, policy.num_custodians),
                                  std::pair(policy.test_keys, policy.num_test_keys)})
      for (std::size_t i = 0; i < n; ++i)
        if (key_text(list[i]) == key) return true;
    return false;
  };
  for (const std::string& key : keys)
    text += fmt::format("  {} {}\n", key,
                        is_named(key) ? "(named by the policy)" : "(not named by the policy)");
  return text +
         "  for everything in their manifests, and that no input leaves its stated range: a false\n"
         "  signature on that can make a false run provable\n";
}

std::string format_text(const pedigree_claim& c) {
  return fmt::format("{}.{}", c.major_version, c.minor_version);
}

std::string profile_text(const pedigree_claim& c) { return profile_name(c.profile); }

json identity_text(const pedigree_digest& d) { return identity_json(d); }

json model_json(const pedigree_claim& c) {
  json layers = json::array();
  for (u32 i = 0; i < c.num_layers; ++i) layers.push_back(layer_json(c, i));
  return {{"features", c.features},
          {"outputs", c.outputs},
          {"loss", loss_name(c.loss)},
          {"layers", layers},
          {"formats", formats_json(c)}};
}

std::string model_text(const pedigree_claim& c) {
  std::string model = fmt::format("{} features", c.features);
  for (u32 i = 0; i < c.num_layers; ++i) model += " > " + layer_text(c, i);
  return model;
}

std::string context_lines(const pedigree_claim& c) {
  std::string text;
  if (c.purpose.length > 0)
    text += fmt::format("  {:<12} \"{}\"\n", "purpose", printable(c.purpose));
  if (c.context.length > 0)
    text += fmt::format("  {:<12} \"{}\"\n", "context", printable(c.context));
  return text;
}

json claim_json(const pedigree_claim& c) {
  if (c.kind >= kFirstClaim) return model_claim_json(c);
  json layers = json::array(), schedule = json::array(), impulse = json::array();
  for (u32 i = 0; i < c.num_layers; ++i) layers.push_back(layer_json(c, i));
  for (u32 i = 0; i < c.num_runs; ++i) schedule.push_back({c.runs[i].count, c.runs[i].factor});
  for (u32 i = 0; i < c.num_impulse; ++i) impulse.push_back(c.impulse[i]);
  json datasets = json::array(), segments = json::array();
  for (u32 d = 0; d < c.num_datasets; ++d) datasets.push_back(dataset_json(c.datasets[d]));
  for (u32 k = 0; k < c.num_segments; ++k)
    segments.push_back({{"steps", c.segments[k].steps},
                        {"check_bits", c.segments[k].check_bits},
                        {"end_root", digest(c.segments[k].end_root)}});
  json out = {
      {"kind", c.kind == 1   ? "training_run"
               : c.kind == 2 ? "reusable_run"
                             : "unknown"},
      {"format_version", format_text(c)},
      {"arithmetic", c.arithmetic},
      {"profile", profile_name(c.profile)},
      {"datasets", datasets},
      {"start", start_json(c)},
      {"segments", segments},
      {"trained_weights", identity_json(c.trained)},
      {"weights_root", weights_root(c)},
      {"records", c.records},
      {"holdout", c.holdout},
      {"features", c.features},
      {"outputs", c.outputs},
      {"batch", c.batch},
      {"steps", c.steps},
      {"shards", c.shards},
      {"period", c.period},
      {"seed", std::to_string(c.seed)},
      {"run_seed", std::to_string(c.run_seed)},
      {"beacon", beacon_json(c)},
      {"loss", loss_name(c.loss)},
      {"layers", layers},
      {"schedule", schedule},
      {"impulse", impulse},
      {"formats", formats_json(c)},
      {"use", use_json(c)},
      {"context", context_json(c)},
  };
  if (c.kind == 2) out["openings"] = c.openings;
  out["published_weights"] = c.publishes_weights != 0 ? json(digest(c.weights)) : json(nullptr);
  return out;
}

std::string claim_text(const pedigree_claim& c) {
  if (c.kind >= kFirstClaim) return model_claim_text(c);
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<12} {}\n", name, value);
  };
  line("model", model_text(c));
  line("loss", loss_name(c.loss));
  line("records", fmt::format("{}, of which {} held out", c.records, c.holdout));
  line("steps", fmt::format("{} with batches of {}", c.steps, c.batch));
  line("rate", schedule_text(c) +
                   (c.num_impulse > 1 ? fmt::format(", momentum of {} terms", c.num_impulse) : ""));
  if (is_known(c.trained)) line("used", use_text(c));
  line("seed", fmt::format("{}; start and order follow from {}", c.seed, c.run_seed));
  if (c.beacon_source.length > 0)
    line("beacon", fmt::format("{}, round {}", printable(c.beacon_source), c.beacon_round));
  for (u32 d = 0; d < c.num_datasets; ++d) line("dataset", dataset_text(c.datasets[d]));
  line("start", c.start_kind == 0 ? "from the seed" : "weights " + digest(c.start_weights));
  line("segments", fmt::format("{}", c.num_segments));
  if (is_known(c.trained)) line("trained", digest(c.trained));
  if (c.num_segments > 0) line("weights root", digest(c.segments[c.num_segments - 1].end_root));
  line("published", c.publishes_weights != 0 ? "weights " + digest(c.weights) : "no weights");
  if (c.openings > 0)
    line("openings", fmt::format("{} of the weights, by later claims", c.openings));
  text += context_lines(c);
  line("version", fmt::format("format {}.{}, arithmetic {}, profile {}", c.major_version,
                              c.minor_version, c.arithmetic, profile_name(c.profile)));
  return text;
}

std::string meaning_text(const pedigree_claim& c) {
  if (c.kind >= kFirstClaim) return model_claim_meaning(c);
  u32 attested = 0;
  for (u32 d = 0; d < c.num_datasets; ++d) attested += c.datasets[d].is_signed;
  return fmt::format(
      "This proves: whoever made the file knows {} records under the roots of {} datasets such "
      "that exactly {} steps of\n"
      "  exact integer SGD, from the stated start and in the order that the statement gives, end "
      "in the weights under the\n"
      "  weights root. {} of the datasets {} signed by a custodian, which attests licence, "
      "purpose, ranges and counts.\n"
      "It does not prove: whose keys those are (a policy lists the ones to trust); that the "
      "records are true, lawful or "
      "good;\n  that no other run was tried; "
      "that the result equals a\n"
      "  floating-point run; any accuracy. Shapes, counts and settings above are public. Published "
      "weights may tell about\n"
      "  records. Soundness holds in the random-oracle model. There has been no outside audit.\n",
      c.records, c.num_datasets, c.steps, attested, attested == 1 ? "is" : "are");
}

json soundness_json(const pedigree_result& r) {
  json terms = json::array();
  for (u32 i = 0; i < r.num_terms; ++i)
    terms.push_back({{"name", r.terms[i].name},
                     {"index", r.terms[i].index},
                     {"bits", r.terms[i].bits},
                     {"grinding", r.terms[i].grinding}});
  return {{"worst_bits", r.bits},
          {"worst_bits_without_grinding", r.bits_without_grinding},
          {"total_bits", r.total_bits},
          {"terms", terms}};
}

std::string soundness_text(const pedigree_result& r) {
  std::string text = fmt::format("  {:<26} {:>5} {:>9} {:>9} {:>9}\n", "term", "level", "bits",
                                 "grinding", "together");
  for (u32 i = 0; i < r.num_terms; ++i) {
    const pedigree_term& t = r.terms[i];
    // Equal terms of one message type are shown once.
    u32 repeated = 1;
    while (i + 1 < r.num_terms && std::string_view(r.terms[i + 1].name) == t.name &&
           r.terms[i + 1].index == t.index && r.terms[i + 1].bits == t.bits)
      ++i, ++repeated;
    const std::string name = repeated > 1 ? fmt::format("{} ({} times)", t.name, repeated) : t.name;
    text += fmt::format("  {:<26} {:>5} {:>9.2f} {:>9} {:>9.2f}\n", name, t.index, t.bits,
                        t.grinding, t.bits + t.grinding);
  }
  text += fmt::format(
      "  worst round {:.2f} bits ({:.2f} without proof of work), all rounds together {:.2f} bits\n",
      r.bits, r.bits_without_grinding, r.total_bits);
  return text;
}

}  // namespace pedigree::cli
