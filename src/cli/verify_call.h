// The C interface with memory of its own.
#pragma once

#include <pedigree/verify.h>

#include <vector>

#include "base/types.h"
#include "kernel/lazy_block.h"

namespace pedigree::cli {

inline constexpr u64 kDefaultMaxMemory = u64{4} << 30;

class Verifier {
 public:
  // Where memory for a file within the budget cannot be had: false, and no verdict.
  bool verify(const std::vector<u8>& file, const pedigree_policy& policy) noexcept {
    const std::size_t need = pedigree_verify_memory(file.data(), file.size());
    const bool within = policy.max_memory == 0 || need <= policy.max_memory;
    if (within && !grow(need)) return false;
    pedigree_verify(file.data(), file.size(), &policy, memory_.get(), length_, &result_);
    return true;
  }
  const pedigree_result& verify_weights(const std::vector<u8>& weights) noexcept {
    pedigree_verify_weights(&result_, weights.data(), weights.size(), &weights_result_);
    return weights_result_;
  }
  const pedigree_result& verify_start(const std::vector<u8>& weights) noexcept {
    pedigree_verify_start(&result_, weights.data(), weights.size(), &weights_result_);
    return weights_result_;
  }
  // Whether this verifier's claim is about the weights of that verifier's run; the verdict is in result().
  void link(const Verifier& run) noexcept { pedigree_verify_link(&run.result_, &result_); }
  const pedigree_result& verify_cells(u32 index, const pedigree_salt& salt,
                                      const std::vector<std::int32_t>& cells) noexcept {
    pedigree_verify_cells(&result_, index, &salt, cells.data(), cells.size(), &weights_result_);
    return weights_result_;
  }
  const pedigree_result& read_claim(const std::vector<u8>& file) noexcept {
    grow(16 * file.size() + (std::size_t{1} << 16));
    pedigree_read_claim(file.data(), file.size(), memory_.get(), length_, &result_);
    return result_;
  }
  const pedigree_result& result() const noexcept { return result_; }

 private:
  bool grow(std::size_t n) noexcept {
    memory_.reset();  // before the next is taken
    memory_ = lazy_block(n);
    length_ = memory_ ? n : 0;
    return length_ == n;
  }

  LazyBlock memory_;
  std::size_t length_ = 0;
  pedigree_result result_{}, weights_result_{};
};

}  // namespace pedigree::cli
