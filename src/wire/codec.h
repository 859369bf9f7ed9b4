// One encoding per value: fields little endian, in the order in which a visitor names them, lists behind their length.
//
//   decode refuses anything that encode would not write; `DigestEncoder` hashes what
//   encode would write.
#pragma once

#include <string_view>
#include <type_traits>
#ifndef PEDIGREE_VERIFIER_ONLY
#include <vector>
#endif

#include "base/arena.h"
#include "field/k.h"
#include "hash/keccak.h"

namespace pedigree {

class Decoder {
 public:
  Decoder(std::span<const u8> bytes, Arena& arena) noexcept : bytes_(bytes), arena_(arena) {}

  template <class T>
  void operator()(const char*, T& field) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      const u64 x = take(1);
      if (x > 1) canonical_ = false;
      field = x == 1;
    } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      field = static_cast<T>(take(sizeof(T)));
    } else if constexpr (std::is_same_v<T, Digest>) {
      for (u8& b : field.bytes) b = static_cast<u8>(take(1));
    } else {
      static_assert(std::is_same_v<T, K>);
      for (F& word : field.c) {
        const u64 x = take(8);
        if (x >= kModulus) canonical_ = false;
        word = F(x);
      }
    }
  }

  template <class T, class Each>
  void list(const char*, Vec<T>& out, u32 most, Each each) noexcept {
    out = Vec<T>(arena_);
    const u64 n = take(4);
    // An element takes at least a byte: sizes are held against the remaining bytes before anything is allocated.
    if (n > most || n > bytes_.size() - at_) {
      canonical_ = false;
      return;
    }
    out.reserve(n);
    for (u64 i = 0; i < n && !short_; ++i) {
      T element{};
      each(*this, element);
      out.push_back(element);
    }
  }

  bool is_short() const noexcept { return short_; }
  bool is_canonical() const noexcept { return canonical_; }
  std::size_t at() const noexcept { return at_; }

 private:
  u64 take(std::size_t n) noexcept {
    if (bytes_.size() - at_ < n) {
      short_ = true;
      return 0;
    }
    u64 x = 0;
    std::memcpy(&x, bytes_.data() + at_, n);
    at_ += n;
    return x;
  }

  std::span<const u8> bytes_;
  Arena& arena_;
  std::size_t at_ = 0;
  bool short_ = false;
  bool canonical_ = true;
};

// Hashes the encoding instead of keeping it.
class DigestEncoder {
 public:
  explicit DigestEncoder(std::string_view domain) noexcept {
    hash_.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  }
  template <class T>
  void operator()(const char*, const T& field) noexcept {
    if constexpr (std::is_same_v<T, Digest>) {
      hash_.update(field.bytes);
    } else if constexpr (std::is_same_v<T, K>) {
      for (const F word : field.c) hash_.update_u64(word.v);
    } else {
      static_assert(std::is_enum_v<T> || std::is_integral_v<T>);
      u8 bytes[sizeof(T)];
      std::memcpy(bytes, &field, sizeof field);
      hash_.update(bytes);
    }
  }
  template <class T, class Each>
  void list(const char* name, const Vec<T>& values, u32, Each each) noexcept {
    (*this)(name, static_cast<u32>(values.size()));
    for (const T& v : values) each(*this, v);
  }
  Digest finish() noexcept { return hash_.finish(); }

 private:
  Keccak256 hash_;
};

#ifndef PEDIGREE_VERIFIER_ONLY
class Encoder {
 public:
  template <class T>
  void operator()(const char*, const T& field) noexcept {
    if constexpr (std::is_same_v<T, Digest>) {
      bytes.insert(bytes.end(), field.bytes, field.bytes + sizeof field.bytes);
    } else if constexpr (std::is_same_v<T, K>) {
      for (const F w : field.c) put(&w.v, sizeof w.v);
    } else {
      static_assert(std::is_enum_v<T> || std::is_integral_v<T>);
      put(&field, sizeof field);
    }
  }
  template <class T, class Each>
  void list(const char* name, const Vec<T>& values, u32, Each each) noexcept {
    (*this)(name, static_cast<u32>(values.size()));
    for (const T& v : values) each(*this, v);
  }
  std::vector<u8> bytes;

 private:
  void put(const void* p, std::size_t n) {
    const auto* b = static_cast<const u8*>(p);
    bytes.insert(bytes.end(), b, b + n);
  }
};
#endif

}  // namespace pedigree
