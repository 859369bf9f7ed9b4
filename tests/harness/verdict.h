// What the shipped verifier says of a file, and switches of the harness that go back by themselves.
#pragma once

#include <string>
#include <vector>

#include "proof/verify.h"

namespace pedigree::harness {

// The verifier's answer, with memory of the size that the file's statement allows. `check` is none
// if accepted. Files that ask for more than the harness spends are `arena_exhausted`, as in a
// caller with that budget.
Refusal judge_file(std::span<const u8> file);
// "accepted", or the name of the check.
std::string file_verdict(std::span<const u8> file);

// One check is switched off as long as this lives.
struct Killed {
  explicit Killed(Check id) { killed_check = id; }
  ~Killed() { killed_check = Check::none; }
  Killed(const Killed&) = delete;
};

// The verifier draws its challenges from a seed as long as this lives.
struct Frozen {
  explicit Frozen(u64 seed) { verify_hooks.frozen_seed = seed; }
  ~Frozen() { verify_hooks.frozen_seed = 0; }
  Frozen(const Frozen&) = delete;
};

// Every transcript event of the verifier on a file.
struct LoggedEvent {
  char type;
  std::string label;
  u64 bytes;
  u64 end;  // how many bytes of the proof were read by then
  bool is_message() const { return type == 'K' || type == 'F' || type == 'D' || type == 'N'; }
};
std::vector<LoggedEvent> events_of(std::span<const u8> file);

// The part of a file before its statement and proof, and where they begin.
std::size_t proof_offset(std::span<const u8> file);

inline u64 load_word(std::span<const u8> bytes, std::size_t at) {
  u64 x;
  std::memcpy(&x, bytes.data() + at, 8);
  return x;
}
inline void store_word(std::vector<u8>& bytes, std::size_t at, u64 x) {
  std::memcpy(bytes.data() + at, &x, 8);
}

}  // namespace pedigree::harness
