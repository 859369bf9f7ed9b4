#include "cli/proof_facts.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/claim_text.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/run_directory.h"
#include "custody/dataset_folder.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

json file_json(std::span<const u8> bytes) {
  Digest sha256;
  crypto_hash_sha256(sha256.bytes, bytes.data(), bytes.size());
  return {{"bytes", bytes.size()},
          {"keccak256", custody::hex_text(keccak256(bytes))},
          {"sha256", custody::hex_text(sha256)}};
}

json key_list(const std::vector<pedigree_digest>& keys) {
  json out = json::array();
  for (const pedigree_digest& key : keys) {
    Digest digest;
    std::memcpy(digest.bytes, key.bytes, sizeof digest.bytes);
    out.push_back(custody::public_key_text(digest));
  }
  return out;
}

json text_list(const std::vector<const char*>& texts) {
  json out = json::array();
  for (const char* text : texts) out.push_back(text);
  return out;
}

// Null: any start.
json start_json(const Policy& p) {
  if (p.view.restrict_start == 0) return nullptr;
  json named = json::array();
  for (const pedigree_digest& start : p.starts) named.push_back(digest_text(start.bytes));
  return {{"seeded", p.view.allow_seeded_start != 0}, {"named", named}};
}

json beacons_json(const Policy& p) {
  json out = json::array();
  for (const pedigree_beacon_key& b : p.beacons)
    out.push_back({{"source", b.source}, {"key", key_list({b.key})[0]}});
  return out;
}

json policy_json(const CheckedProof& proof) {
  const Policy& p = proof.policy();
  if (p.is_of_today)
    throw Failure(kUsage, proof.files().policy +
                              ": \"date\": \"today\" is another day tomorrow, and what is written "
                              "now could not be checked then: write the day itself");
  Keccak256 revoked;
  for (const pedigree_digest& entry : p.revoked) revoked.update(entry.bytes);
  const bool some = !p.revoked.empty();
  return {{"custodians", p.view.any_custodian != 0 ? json("any") : key_list(p.custodians)},
          {"licences", text_list(p.licences)},
          {"purposes", text_list(p.purposes)},
          {"date", p.view.date != 0 ? json(custody::date_text(p.view.date)) : json(nullptr)},
          {"revoked", p.revoked.size()},
          {"revoked_digest", some ? json(digest_text(revoked.finish().bytes)) : json(nullptr)},
          {"min_records", p.view.min_records},
          {"min_distinct", p.view.min_distinct},
          {"max_skipped_steps", p.view.max_skipped_steps},
          {"max_rate_ratio", p.view.max_rate_ratio},
          {"start", start_json(p)},
          {"beacons", beacons_json(p)},
          {"beacon", p.view.require_beacon != 0},
          {"bits", p.view.required_bits},
          {"published_weights", p.view.require_published_weights != 0}};
}

bool same(const pedigree_digest& a, const Digest& b) {
  return std::memcmp(a.bytes, b.bytes, sizeof b.bytes) == 0;
}
bool same(const pedigree_text& a, const Vec<u8>& b) {
  return a.length == b.size() && std::equal(b.begin(), b.end(), a.bytes);
}

bool same_signer(const Manifest& m, const pedigree_dataset& d) {
  if (d.num_among != m.among.size()) return false;
  for (u32 i = 0; i < d.num_among; ++i)
    if (!same(d.among[i], m.among[i])) return false;
  return d.num_among > 0 || same(d.custodian, m.custodian);
}

bool is_manifest_of(const Manifest& m, const pedigree_dataset& d) {
  return same_signer(m, d) && same(d.root, m.root) && same(d.content, m.content) &&
         same(d.schema, m.schema) && same(d.licensee, m.licensee) && same(d.name, m.name) &&
         same(d.licence, m.licence) && same(d.purpose, m.purpose) && d.records == m.records &&
         d.distinct == m.distinct && d.valid_from == m.valid_from && d.valid_until == m.valid_until;
}

// Statements of a run have no segments yet; what the seed, the records and the steps are tells runs apart.
bool is_run_of(const pedigree_claim& run, const pedigree_claim& proof) {
  if (run.run_seed != proof.run_seed || run.records != proof.records || run.steps != proof.steps ||
      run.rate_bits != proof.rate_bits || run.num_datasets != proof.num_datasets)
    return false;
  for (u32 d = 0; d < run.num_datasets; ++d)
    if (std::memcmp(run.datasets[d].root.bytes, proof.datasets[d].root.bytes, 32) != 0)
      return false;
  return true;
}

json number_or_null(const json& object, const char* key) {
  const json value = object.is_object() ? object.value(key, json()) : json();
  return value.is_number() ? value : json(nullptr);
}

json text_or_empty(const json& object, const char* key) {
  const json value = object.value(key, json());
  return value.is_string() ? value : json("");
}

}  // namespace

json facts_json(const CheckedProof& proof) {
  const ProofFiles& given = proof.files();
  json files = {{"proof", file_json(proof.proof())}};
  if (!given.weights.empty()) files["weights"] = file_json(proof.weights());
  if (!given.start.empty()) files["init"] = file_json(proof.start());
  if (!given.policy.empty()) files["policy"] = file_json(bytes_of(proof.policy().text));
  json soundness = soundness_json(proof.result());
  return {{"verdict", proof.is_accepted() ? "accepted" : "refused"},
          {"files", files},
          {"policy", given.policy.empty() ? json(nullptr) : policy_json(proof)},
          {"any_custodian", given.any_custodian},
          {"trusts", trusts_json(proof.claim())},
          {"weights_checked", proof.weights_checked()},
          {"start_checked", proof.start_checked()},
          {"claim", claim_json(proof.claim())},
          {"soundness", soundness}};
}

json manifests_json(const std::vector<std::string>& paths, const pedigree_claim& claim) {
  json roots = json::array();
  for (const std::string& path : paths) {
    const custody::ReadManifest read = custody::read_manifest(path);
    bool found = false;
    for (u32 d = 0; d < claim.num_datasets; ++d)
      found = found || is_manifest_of(read.manifest, claim.datasets[d]);
    if (!found) throw Failure(kRefused, path + ": no dataset of the proof has this manifest");
    roots.push_back(digest_text(read.manifest.root.bytes));
  }
  return roots;
}

json metrics_json(const std::string& run, const pedigree_claim& claim) {
  const std::vector<u8> statement = read_run_file(run, "statement.bin");
  Verifier reader;
  const pedigree_result& stated = reader.read_claim(statement);
  if (stated.status != PEDIGREE_OK || !is_run_of(stated.claim, claim))
    throw Failure(kUsage, run + ": the run of another proof");
  const std::vector<u8> bytes = read_run_file(run, "metrics.json");
  const json m = json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!m.is_object()) throw Failure(kRefused, run + "/metrics.json: not a JSON object");
  json epochs = json::array();
  for (const json& e : m.value("epochs", json::array())) {
    json point;
    for (const char* key : {"step", "training_loss", "loss", "accuracy"})
      point[key] = number_or_null(e, key);
    epochs.push_back(point);
  }
  return {{"digest", digest_text(keccak256(bytes).bytes)},
          {"metric", text_or_empty(m, "metric")},
          {"scored_on", text_or_empty(m, "scored_on")},
          {"scored_records", number_or_null(m, "scored_records")},
          {"accuracy_exact", number_or_null(m, "accuracy_exact")},
          {"accuracy_float", number_or_null(m, "accuracy_float")},
          {"epochs", epochs}};
}

}  // namespace pedigree::cli
