// Statements from their bytes: the same of a run and of every claim.
#pragma once

#include "proof/statement.h"
#include "wire/codec.h"

namespace pedigree {

// Reads with a visitor, whole. Refuses read_past_end, statement_canonical, trailing_bytes.
template <class S, class Visit>
Result<S> decode_statement(std::span<const u8> bytes, Arena& arena, Visit visit) noexcept {
  S s;
  Decoder decoder(bytes, arena);
  visit(decoder, s);
  if (decoder.is_short()) return refuse(Check::read_past_end, kHeaderBytes + decoder.at());
  PEDIGREE_CHECK(statement_canonical, decoder.is_canonical(), kHeaderBytes + decoder.at());
  PEDIGREE_CHECK(trailing_bytes, decoder.at() == bytes.size(), kHeaderBytes + decoder.at());
  return s;
}

// Reads a statement without memory: elements of lists are passed over, and each is added to `sizes`.
template <class Sizes>
class Peek {
 public:
  explicit Peek(std::span<const u8> bytes) noexcept
      : none_(nullptr, 0, nullptr), decoder_(bytes, none_) {}
  template <class T>
  void operator()(const char* name, T& field) noexcept {
    decoder_(name, field);
  }
  template <class T, class Each>
  void list(const char* name, Vec<T>&, u32 most, Each each) noexcept {
    u32 n = 0;
    decoder_(name, n);
    for (u32 i = 0; i < n && i < most && !decoder_.is_short(); ++i) {
      T element{};
      each(*this, element);
      sizes.add(element);
    }
  }
  bool is_short() const noexcept { return decoder_.is_short(); }
  Sizes sizes;

 private:
  Arena none_;
  Decoder decoder_;
};

// What the memory of datasets depends on.
struct ManifestSizes {
  u64 datasets = 0, records = 0;
  void add(const Manifest& m) noexcept { ++datasets, records += m.records; }
  template <class T>
  void add(const T&) noexcept {}
};

}  // namespace pedigree
