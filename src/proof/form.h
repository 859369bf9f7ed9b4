// Linear forms on the committed roots, and values that are affine in what is committed.
//
// A key is one linear form on one block of one root; every claim about committed data is a key, never a message. A
// hidden value is `constant + sum of coef * key`. All keys of a proof end in the one claim of the opening.
//
//   weight of a block cell (feature f, position x) = feature part(f) * position part(x)
//     feature part    eq(point, f)   |  1 for f in the slice  |  eq(point, f - first) for f in the slice
//                     slice: first_feature <= f < first_feature + features
//     position part   eq(point, x)   |  eq(point, x) for x < positions
//                     |  sum over live slots (t, b) with selection(t, b) = first_row + x, x < positions, of eq(point, (t, b))
//                     |  sum over k with rows[k] = x of point[k]: single rows with weights of their own
//                     |  column[x]: a column of a table
//   element           basis: three words at an offset are one element of K (pads)
//   power             z^(x+1) for word x < length of the block. Of all of a root: its content, up to the pad of its
//                     out-of-domain answer. From z^1 on: the pad's first word has weight 1, and no word of the content may
//                     share it
#pragma once

#include "base/arena.h"
#include "commit/opening.h"
#include "tensor/order.h"
#include "tensor/program.h"

namespace pedigree {

// The roots that one segment speaks of: its own, of which a long one has two, and one that holds the pushforwards of its
// pullbacks; the parameters after and before its steps; the datasets from kDataRoot on.
inline constexpr u32 kSegmentRoot = 0, kSecondRoot = 1, kPushforwardRoot = 2, kEndRoot = 3,
                     kStartRoot = 4, kDataRoot = 5;
inline constexpr u32 kOwnRoots = kEndRoot;
inline constexpr u32 kMaxSegmentRoots = kDataRoot + kMaxDatasets;

// A piece of a root's message: 2^(log_features + log_positions) words, feature bits above position bits, of which the chunks that are
// there lie in the root and the others count as zero; it is aligned to a chunk.
struct Block {
  u32 root = 0;
  u64 offset = 0;
  u32 log_features = 0;
  u32 log_positions = 0;
  Chunks chunks = {};

  u32 log_chunk_features() const noexcept { return log_features - chunks.log_count; }
  u64 features_there() const noexcept { return chunks.features_there(log_features); }
  u64 words() const noexcept { return features_there() << log_positions; }
};

enum class FeaturePart : u8 { eq, ones, eq_live };
enum class PositionPart : u8 { eq, eq_live, selection, rows, column };
enum class KeyKind : u8 { block, element, power };

struct FormKey {
  KeyKind kind = KeyKind::block;
  Block block;
  FeaturePart feature_part = FeaturePart::eq;
  PositionPart position_part = PositionPart::eq;
  u32 first_feature = 0, features = 0;  // ones, eq_live
  u32 first_row = 0, positions = 0;     // eq_live (positions), selection
  std::span<const K>
      feature_point;  // log_features coordinates (none for `ones`; eq_live: those of the slice)
  // log_positions coordinates, or those of (t, b) for a selection; a weight for each of `rows`.
  std::span<const K> position_point;
  std::span<const u32> rows;
  const i64* column = nullptr;  // 2^log_positions values
  K z;                          // power
  u64 length = 0;               // power
};

struct FormTerm {
  u32 key = 0;
  K coef;
};

// constant + sum of coef * key, terms ascending by key.
struct Affine {
  K constant;
  Vec<FormTerm> terms;

  Affine() noexcept = default;
  Affine(const K& c) noexcept : constant(c) {}  // NOLINT: a public value is one without terms
  bool is_public() const noexcept { return terms.empty(); }
};

Affine operator+(const Affine& a, const Affine& b) noexcept;
Affine operator-(const Affine& a, const Affine& b) noexcept;
Affine operator*(const Affine& a, const K& c) noexcept;
inline Affine operator*(const K& c, const Affine& a) noexcept { return a * c; }

// The weights of sum over i of terms[i].coef * keys[terms[i].key], evaluated for the opening.
class FormWeights {
 public:
  // `selection`: [step * 2^log_batch + b] = row or kDeadSlot.
  FormWeights(std::span<const FormKey> keys, std::span<const FormTerm> terms,
              std::span<const u32> selection, Arena& arena) noexcept
      : keys_(keys), terms_(terms), selection_(selection), arena_(arena) {}

  // At a point of the index bits of a root's message, the lowest first.
  K weight_at(u32 root, std::span<const K> point) noexcept;

 private:
  K key_at(const FormKey& key, std::span<const K> point) noexcept;
  K feature_at(const FormKey& key, std::span<const K> point) noexcept;
  K chunks_at(const FormKey& key, std::span<const K> point) noexcept;
  K selection_at(const FormKey& key, std::span<const K> record_point) noexcept;

  std::span<const FormKey> keys_;
  std::span<const FormTerm> terms_;
  std::span<const u32> selection_;
  Arena& arena_;
  const i64* column_ = nullptr;  // the last one that was evaluated at the point, and its value
  K at_column_;
};

// Multilinear extensions over a prefix, at a point of n variables; length <= 2^n.
K prefix_sum_at(std::span<const K> point, u64 length) noexcept;  // sum_{x < length} eq(point, x)
K prefix_eq_at(std::span<const K> a, std::span<const K> b,
               u64 length) noexcept;  // sum_{x < length} eq(a, x) eq(b, x)
K prefix_power_at(const K& z, std::span<const K> point,
                  u64 length) noexcept;  // sum_{x < length} z^x eq(point, x)
// sum over x of values[x] eq(point, x); 2^n values.
K column_at(std::span<const i64> values, std::span<const K> point, Arena& arena) noexcept;

}  // namespace pedigree
