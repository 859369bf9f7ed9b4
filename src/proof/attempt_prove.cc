#include "base/require.h"
#include "commit/known_leaves.h"
#include "commit/packed_words.h"
#include "proof/attempt.h"

namespace pedigree {

namespace {

constexpr char kLeaves[] = ".leaves";  // behind the name of a root

template <class T>
std::span<const u8> bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const u8*>(values.data()), values.size() * sizeof(T)};
}

// A vector: its length, u64, then its elements as they lie in memory.
template <class T>
void put(std::vector<u8>& out, const std::vector<T>& values) {
  const u64 size = values.size();
  const u8* const length = reinterpret_cast<const u8*>(&size);
  out.insert(out.end(), length, length + sizeof size);
  const std::span<const u8> bytes = bytes_of(values);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <class T>
void take(std::span<const u8>& in, std::vector<T>& values) {
  u64 size = 0;
  PEDIGREE_REQUIRE(in.size() >= sizeof size, "the store keeps forms whole");
  std::memcpy(&size, in.data(), sizeof size);
  in = in.subspan(sizeof size);
  PEDIGREE_REQUIRE(size <= in.size() / sizeof(T), "the store keeps forms whole");
  values.resize(size);
  if (size != 0) std::memcpy(static_cast<void*>(values.data()), in.data(), size * sizeof(T));
  in = in.subspan(size * sizeof(T));
}

void put(std::vector<u8>& out, u32 value) { put(out, std::vector<u32>{value}); }

void take(std::span<const u8>& in, u32& value) {
  std::vector<u32> one;
  take(in, one);
  PEDIGREE_REQUIRE(one.size() == 1, "the store keeps forms whole");
  value = one[0];
}

// The fields of a group in their order in the store.
template <class Group, class Visitor>
void visit_fields(Group& group, const Visitor& visit) {
  visit(group.root);
  visit(group.s);
  visit(group.t);
  visit(group.pieces);
  visit(group.entries);
  visit(group.gram);
}

}  // namespace

AttemptRoot::AttemptRoot(std::vector<F> message, std::span<const K> mask,
                         const OpeningParameters& p, AttemptStore* store, std::string name,
                         u64 coset_words)
    : message_(std::move(message)),
      mask_(mask),
      p_(p),
      store_(store),
      name_(std::move(name)),
      coset_words_(coset_words) {
  const Encoding e = root_encoding(message_, mask_, p_);
  if (!fits_whole(e)) {
    std::vector<Digest> leaves = leaf_digests(e, coset_words_);
    opened_ = {e.log_rows, add_subtree_roots(leaves)};
    if (store_ == nullptr)
      leaves_ = std::move(leaves);
    else
      store_->save(name_ + kLeaves, bytes_of(leaves));
  } else if (store_ == nullptr) {
    held_ = commit_root(message_, mask_, p_);
    opened_ = held_->opened();
  } else {
    opened_ = {e.log_rows, codeword_root(e)};
  }
  if (store_ != nullptr) store_->save(name_, pack_words(message_));
}

AttemptRoot::AttemptRoot(const OpenedRoot& opened, std::span<const K> mask,
                         const OpeningParameters& p, AttemptStore& store, std::string name,
                         u64 coset_words)
    : mask_(mask),
      p_(p),
      store_(&store),
      name_(std::move(name)),
      coset_words_(coset_words),
      opened_(opened) {}

std::vector<F> AttemptRoot::lend() { return std::move(message_); }

void AttemptRoot::take_back(std::vector<F> message) {
  message_ = std::move(message);
  release();
}

Words AttemptRoot::message() {
  if (message_.empty()) {
    std::vector<u8> bytes;
    PEDIGREE_REQUIRE(
        store_ != nullptr && store_->load(name_, bytes) && unpack_words(bytes, message_),
        "the store keeps messages");
  }
  return message_;
}

void AttemptRoot::use_masks() {
  PEDIGREE_REQUIRE(!masks_used_, "masks are used once");
  masks_used_ = true;
}

void AttemptRoot::open(std::span<const u64> positions, ProverTranscript& t) {
  if (held_) {
    held_->open(positions, t);
    return;
  }
  const Encoding e = root_encoding(message(), mask_, p_);
  const Digest root = open_leaves_or_codeword(e, {take_leaves(e), {}}, positions, t, coset_words_);
  PEDIGREE_REQUIRE(root == opened_.root, "a stored message is as it was");
}

// Leaves of a codeword that is not made whole: to hash it again takes longer than to read them.
std::vector<Digest> AttemptRoot::take_leaves(const Encoding& e) {
  if (store_ == nullptr) return std::move(leaves_);
  std::vector<u8> bytes;
  if (fits_whole(e) || !store_->load(name_ + kLeaves, bytes)) return {};
  std::vector<Digest> leaves(bytes.size() / sizeof(Digest));
  std::memcpy(static_cast<void*>(leaves.data()), bytes.data(), leaves.size() * sizeof(Digest));
  return leaves;
}

void AttemptRoot::release() {
  if (store_ != nullptr) message_ = std::vector<F>();
}

std::vector<u8> encode_groups(std::span<const WeightGroup> groups) {
  std::vector<u8> out;
  for (const WeightGroup& group : groups)
    visit_fields(group, [&](const auto& values) { put(out, values); });
  return out;
}

std::vector<WeightGroup> decode_groups(std::span<const u8> bytes) {
  std::vector<WeightGroup> groups;
  while (!bytes.empty())
    visit_fields(groups.emplace_back(), [&](auto& values) { take(bytes, values); });
  return groups;
}

}  // namespace pedigree
