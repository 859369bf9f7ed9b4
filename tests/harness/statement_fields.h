// The fields of a statement by number, generated from visit_statement: whoever adds a field there
// is in every test here.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "proof/prove.h"

namespace pedigree::harness {

// Walks all fields and gives one of them to `change`, as its bytes.
class FieldVisitor {
 public:
  using Change = std::function<void(const std::string& name, std::span<u8> bytes)>;
  FieldVisitor(std::size_t wanted, Change change) : wanted_(wanted), change_(std::move(change)) {}

  template <class T>
  void operator()(const char* name, T& field) noexcept {
    if (count_++ == wanted_) change_(name, {reinterpret_cast<u8*>(&field), sizeof field});
  }
  template <class T, class Each>
  void list(const char*, Vec<T>& values, u32, Each each) noexcept {
    for (T& v : values) each(*this, v);
  }
  std::size_t count() const { return count_; }

 private:
  std::size_t wanted_, count_ = 0;
  Change change_;
};

inline std::size_t count_fields(Statement s) {
  FieldVisitor v(~std::size_t{0}, {});
  visit_statement(v, s);
  return v.count();
}

// Where the statement says whether weights are published: before their digest and the context.
std::size_t publish_byte(const Statement& s);

// A file of the same proof with another statement.
std::vector<u8> with_statement(std::span<const u8> file, std::span<const u8> statement);
inline std::vector<u8> with_statement(std::span<const u8> file, const Statement& s) {
  return with_statement(file, encode_statement(s));
}

// The statement of a file, its lists in the arena.
Statement statement_of(std::span<const u8> file, Arena& arena);

}  // namespace pedigree::harness
