// The root of a segment between its proof and the opening of the file: the message in memory or in the attempt's store, the
// codeword and its tree made again when they are asked for.
#pragma once

#include <optional>

#include "base/require.h"
#include "proof/prove.h"

namespace pedigree {

class SegmentRoot : public OpenableRoot {
 public:
  // `store`: where the message goes; null: it stays in memory, and so does the codeword.
  SegmentRoot(std::vector<F> message, std::span<const K> mask, const OpeningParameters& p,
              AttemptStore* store, u32 segment)
      : message_(std::move(message)),
        mask_(mask),
        p_(p),
        store_(store),
        name_("segment-" + std::to_string(segment) + ".message") {
    tree_ = commit_root(message_, mask_, p_);
    opened_ = tree_->opened();
    if (store_ == nullptr) return;
    tree_.reset();
    store_->save(name_, {reinterpret_cast<const u8*>(message_.data()), 8 * message_.size()});
  }

  // The message while the segment is proven, and back.
  std::vector<F> lend() { return std::move(message_); }
  void take_back(std::vector<F> message) {
    message_ = std::move(message);
    release();
  }

  OpenedRoot opened() const override { return opened_; }
  std::span<const F> message() override {
    if (message_.empty()) {
      std::vector<u8> bytes;
      PEDIGREE_REQUIRE(store_ != nullptr && store_->load(name_, bytes), "the store keeps messages");
      message_.resize(bytes.size() / 8);
      std::memcpy(message_.data(), bytes.data(), bytes.size());
    }
    return message_;
  }
  CommittedRoot& committed() override {
    if (!tree_) {
      tree_ = commit_root(message(), mask_, p_);
      PEDIGREE_REQUIRE(tree_->root() == opened_.root, "a stored message is as it was");
    }
    return *tree_;
  }
  void release() override {
    if (store_ == nullptr) return;
    message_ = std::vector<F>();
    tree_.reset();
  }

 private:
  std::vector<F> message_;
  std::span<const K> mask_;
  OpeningParameters p_;
  AttemptStore* store_;
  std::string name_;
  std::optional<CommittedRoot> tree_;
  OpenedRoot opened_;
};

}  // namespace pedigree
