#include "harness/statement_fields.h"

#include "base/require.h"
#include "harness/verdict.h"

namespace pedigree::harness {

std::vector<u8> with_statement(std::span<const u8> file, std::span<const u8> statement) {
  std::vector<u8> out(file.begin(), file.begin() + 12);
  const u32 length = static_cast<u32>(statement.size());
  const auto* p = reinterpret_cast<const u8*>(&length);
  out.insert(out.end(), p, p + 4);
  out.insert(out.end(), statement.begin(), statement.end());
  const auto proof = file.subspan(proof_offset(file));
  out.insert(out.end(), proof.begin(), proof.end());
  return out;
}

std::size_t publish_byte(const Statement& s) {
  Statement other = s;
  other.publish_weights = !s.publish_weights;
  const std::vector<u8> a = encode_statement(s), b = encode_statement(other);
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
}

Statement statement_of(std::span<const u8> file, Arena& arena) {
  const auto parsed = parse_file(file, arena);
  PEDIGREE_REQUIRE(parsed.ok(), "a readable file");
  return parsed.value().statement;
}

}  // namespace pedigree::harness
