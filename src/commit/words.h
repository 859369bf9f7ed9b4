// The words of a root's message as the prover reads them: held in memory, or made from something smaller when they are read.
#pragma once

#include <algorithm>
#include <vector>

#include "base/require.h"
#include "field/f.h"

namespace pedigree {

class WordSource {
 public:
  virtual ~WordSource() = default;
  virtual u64 size() const = 0;
  // out[i] = word begin + i; begin + out.size() <= size(). Several threads read at a time.
  virtual void read(u64 begin, std::span<F> out) const = 0;
  // out[i] = word begin + i step.
  virtual void read_apart(u64 begin, u64 step, std::span<F> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) read(begin + i * step, out.subspan(i, 1));
  }
  // Words at this distance lie together in what they are made from: a power of two, at most size().
  virtual u64 stride() const = 0;
};

// Refers to its words and never owns them.
class Words {
 public:
  Words() = default;
  Words(std::span<const F> held) : held_(held) {}     // NOLINT: words in memory are words
  Words(const std::vector<F>& held) : held_(held) {}  // NOLINT
  explicit Words(const WordSource& source) : source_(&source) {}

  u64 size() const { return source_ ? source_->size() : held_.size(); }
  bool empty() const { return size() == 0; }
  u64 stride() const { return source_ ? source_->stride() : held_.size(); }

  // n words from `begin` on: in place, or made in `scratch`, which has room for n.
  const F* run(u64 begin, std::size_t n, F* scratch) const {
    if (source_ == nullptr) return held_.data() + begin;
    source_->read(begin, {scratch, n});
    return scratch;
  }
  F operator[](u64 index) const {
    F scratch;
    return *run(index, 1, &scratch);
  }
  // out[i] = word begin + i step.
  void apart(u64 begin, u64 step, std::span<F> out) const {
    if (source_ != nullptr) return source_->read_apart(begin, step, out);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = held_[begin + i * step];
  }
  bool is_held() const { return source_ == nullptr; }
  // Of words in memory only.
  std::span<const F> held() const {
    PEDIGREE_REQUIRE(source_ == nullptr, "these words are in memory");
    return held_;
  }
  // All of them, in memory: in place, or made in `storage`.
  std::span<const F> all(std::vector<F>& storage) const {
    if (source_ == nullptr) return held_;
    storage.resize(size());
    source_->read(0, storage);
    return storage;
  }

 private:
  std::span<const F> held_;
  const WordSource* source_ = nullptr;
};

}  // namespace pedigree
