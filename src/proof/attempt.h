// The root of a segment between its proof and the opening of the file: the message in memory or in the attempt's store, the
// codeword and its tree made again when they are asked for.
#pragma once

#include <optional>

#include "base/require.h"
#include "proof/prove.h"

namespace pedigree {

class SegmentRoot : public OpenableRoot {
 public:
  static std::string message_name(u32 segment) {
    return "segment-" + std::to_string(segment) + ".message";
  }
  // `store`: where the message goes, too; `hold`: it stays in memory all the same, and so does the codeword.
  SegmentRoot(std::vector<F> message, std::span<const K> mask, const OpeningParameters& p,
              AttemptStore* store, bool hold, u32 segment)
      : message_(std::move(message)),
        mask_(mask),
        p_(p),
        store_(store),
        hold_(hold),
        name_(message_name(segment)) {
    tree_ = commit_root(message_, mask_, p_);
    opened_ = tree_->opened();
    if (!hold_) tree_.reset();
    if (store_ != nullptr)
      store_->save(name_, {reinterpret_cast<const u8*>(message_.data()), 8 * message_.size()});
  }

  // A segment of an earlier process: its message lies in the store.
  SegmentRoot(const OpenedRoot& opened, std::span<const K> mask, const OpeningParameters& p,
              AttemptStore& store, u32 segment)
      : mask_(mask), p_(p), store_(&store), name_(message_name(segment)), opened_(opened) {}

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
    if (hold_) return;
    message_ = std::vector<F>();
    tree_.reset();
  }

 private:
  std::vector<F> message_;
  std::span<const K> mask_;
  OpeningParameters p_;
  AttemptStore* store_;
  bool hold_ = false;
  std::string name_;
  std::optional<CommittedRoot> tree_;
  OpenedRoot opened_;
};

}  // namespace pedigree
