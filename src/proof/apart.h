// Two sides of rows that have none in common, and rows that equal positions of a tensor (docs/claims.md 2.4).
//
//   sides   tensors over records or samples, f features each; of the rows below the live number all count but those left out
//   hash    h(x) = sum over j < f of eq(u, j) X(j, x), in F; u follows from the roots of the claim's datasets
//   U, V    committed before anything is drawn: U A + V B = 1 with A(z) = product over side 0 of z - h(x), B over side 1
//   V -> P  z;  P -> V  a, b:  U_z a + V_z b = z, U_z = sum over j of z^(j+1) U(j)                     (apart)
//   tree    leaf 2 y + side is z - h(x) for the row at place y, 1 elsewhere; node i of layer j is the product of its children
//           i and i + 2^j, so a and b are the nodes of layer 1
//             V -> P tau;  for layers 1, 2, ...: sumcheck with eq(point, x) of Q_0 Q_1;  P -> V q_0, q_1;  V -> P tau   (apart_layer)
//           at the leaf point: 0 = 1 - q + sum over items of at ((z - 1) M - H)                       (apart_leaf)
//   hits    V -> P a point u' of the features, lambda:  0 = sum over k of lambda^k (X_d(u', x_k) - S(u', i_k))       (hits)
//
//   error   a row on both sides: N_A + N_B (a root of U A + V B - 1 times z) + 1 + sum over 1 <= j < m of (2 j + 1), over |K|;
//           that rows which differ have one hash, phi / p a pair, keeps an honest prover from proving and nothing else
#pragma once

#include "proof/layout.h"

namespace pedigree {

struct ApartItem {
  TensorId tensor = 0;
  u32 live = 0, log_size = 0;  // rows that count unless left out; places
  u64 offset = 0;
  std::span<const u32> left_out;
};
struct ApartSide {
  ApartItem items[kMaxDatasets + 1];
  u32 num_items = 0;
  u64 rows = 0;  // that count
};
struct ApartPlaces {
  ApartSide sides[2];
  u32 depth = 0;  // of the tree, sides included
};
ApartPlaces place_apart(const Program& p, const Show& show) noexcept;

// Rows of a tensor that are no padding.
u32 live_rows(const Program& p, TensorId t) noexcept;

struct SegmentPublic;

// The point of the hash: elements of F. out: the feature bits of the rows.
void row_point(const SegmentPublic& s, std::span<K> out) noexcept;

}  // namespace pedigree
