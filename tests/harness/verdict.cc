#include "harness/verdict.h"

#include <csetjmp>
#include <memory>

#include "claim/claim.h"

namespace pedigree::harness {

namespace {

constexpr std::size_t kBudget = std::size_t{1} << 28;

Refusal judge_in(std::span<const u8> file, u8* block, std::size_t size) {
  std::jmp_buf exhausted;
  if (setjmp(exhausted) != 0) return refuse(Check::arena_exhausted, 0);
  Arena arena(block, size, &exhausted);
  if (const auto parts = split_file(file); parts.ok())
    if (const ClaimRules* rules = claim_rules(parts.value().statement); rules != nullptr) {
      const auto claim = rules->verify(parts.value(), arena);
      return claim.ok() ? Refusal() : claim.why();
    }
  const auto verdict = verify_file(file, arena);
  return verdict.ok() ? Refusal() : verdict.why();
}

}  // namespace

Refusal judge_file(std::span<const u8> file) {
  static std::unique_ptr<u8[]> block;
  static std::size_t size = 0;
  const std::size_t of_claim = claim_memory(file),
                    need = of_claim != 0 ? of_claim : verify_memory(file);
  if (need > kBudget) return refuse(Check::arena_exhausted, need);
  // A file without a readable statement is refused before anything is allocated; with that check
  // switched off it is not.
  constexpr std::size_t least = std::size_t{1} << 25;
  const std::size_t wanted = need > 0 ? need : least;
  if (wanted > size) {
    block.reset(new u8[wanted]);
    size = wanted;
  }
  return judge_in(file, block.get(), wanted);
}

std::string file_verdict(std::span<const u8> file) {
  const Refusal why = judge_file(file);
  return why.check == Check::none ? "accepted" : check_name(why.check);
}

std::vector<LoggedEvent> events_of(std::span<const u8> file) {
  std::vector<LoggedEvent> events;
  verify_hooks.observer = &events;
  verify_hooks.observe = [](void* to, const HashChain::Event& e) {
    static_cast<std::vector<LoggedEvent>*>(to)->push_back(
        {e.type, std::string(e.label), e.bytes, verify_hooks.transcript->position()});
  };
  judge_file(file);
  verify_hooks.observe = nullptr;
  verify_hooks.observer = nullptr;
  return events;
}

std::size_t proof_offset(std::span<const u8> file) {
  u32 length;
  std::memcpy(&length, file.data() + 12, 4);
  return kHeaderBytes + length;
}

}  // namespace pedigree::harness
