// What a verifier insists on, from a file:
//   {"version": 1, "bits": 128, "max_memory": "4GiB", "published_weights": true,
//    "custodians": ["ed25519:..."], "licences": ["CC-BY-4.0"], "purposes": ["research"], "date": "2026-11-25",
//    "revocations": "revoked.json", "min_records": 1000, "min_distinct": 900,
//    "max_skipped_steps": 0, "max_rate_ratio": 100,
//    "start": {"seeded": true, "named": ["keccak256:..."]},
//    "beacons": [{"source": "drand", "key": "ed25519:..."}], "beacon": true,
//    "test_keys": ["ed25519:..."], "test_fixed": true, "test_apart": true, "min_tests": 100, "max_ticket": 3}
// "custodians": "any" takes the word of whoever signed; "date" is a day or "today"; the policy says when, the verifier has no clock.
#pragma once

#include <pedigree/verify.h>

#include <string>
#include <vector>

namespace pedigree::cli {

// The lists that `view` points into.
struct Policy {
  pedigree_policy view{};
  std::string text;          // what was read
  bool is_of_today = false;  // the day of the view is that of the reading
  std::vector<pedigree_digest> custodians, revoked, starts, test_keys;
  std::vector<std::string> texts;
  std::vector<const char*> licences, purposes;
  std::vector<pedigree_beacon_key> beacons;
};

// Throws Failure: usage, with every problem of the file.
Policy read_policy(const std::string& path);

}  // namespace pedigree::cli
