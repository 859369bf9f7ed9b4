// What an attempt at a proof keeps on disk until the proof is written: its secret seed, and the segments that are proven.
//
//   attempt.key          "PEDATTEM" | version | statement digest 32 bytes | seed 32 bytes | Keccak256; private
//   segment-K.message    private; segment-K.proof and others; each its bytes, then Keccak256 of
//                        "PEDPART5" | statement digest | name | sums of the bytes
//
// The seed belongs to one statement: another one (other records, settings, context) begins an attempt with a seed of its own, so
// no mask serves two. A part that was cut or altered, or stored under another name, counts as not there.
#pragma once

#include <string>

#include "proof/prove.h"

namespace pedigree::cli {

class AttemptFolder : public AttemptStore {
 public:
  // Goes on with the attempt in `folder` if it is one at this statement; else begins anew and forgets what lies there.
  AttemptFolder(std::string folder, const Digest& statement);

  const Digest& seed() const { return seed_; }
  // Names the attempt in public: what openings are counted by.
  Digest id() const;
  bool resumed() const { return resumed_; }

  bool load(const std::string& name, std::vector<u8>& bytes) override;
  void save(const std::string& name, std::span<const u8> bytes) override;
  // After the proof is written.
  void remove() const;

 private:
  std::vector<u8> end_of_part(const std::string& name, std::span<const u8> bytes) const;

  std::string folder_;
  Digest statement_, seed_;
  bool resumed_ = false;
};

}  // namespace pedigree::cli
