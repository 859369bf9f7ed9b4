// What a verifier insists on, from a file:
//   {"version": 1, "bits": 128, "max_memory": "4GiB", "published_weights": true}
#pragma once

#include <pedigree/verify.h>

#include <string>

namespace pedigree::cli {

// Throws Failure: usage, with every problem of the file.
pedigree_policy read_policy(const std::string& path);

}  // namespace pedigree::cli
