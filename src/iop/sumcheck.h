// Sumcheck over averages: a weighted mean over the cube becomes one evaluation.
//
//   takes   sum over x in {0,1}^n of eq(z, x) G(x) = s        G of degree <= d in each variable
//           z = (1/2, ..., 1/2) gives the mean of G: a plain sum divided by 2^n
//   for i = n, ..., 1 (the highest index bit first), h(X) = h_0 + h_1 X + ... + h_d X^d the weighted mean over the
//   variables below i with those above bound:
//   (1) P -> V   h_1, ..., h_d                                h_0 := s - z_i (h_1 + ... + h_d): derived, no check to forget
//   (2) V -> P   r_i in K                                     s := h(r_i) = s + sum over j of h_j (r_i^j - z_i)
//   leaves  G(r_1, ..., r_n) = s                              settled by whoever holds G
//
// A summand that does not depend on the highest variables "joins late": it adds nothing to h_1, ..., h_d until its own
// highest variable is reached. Means instead of sums make that exact without factors.
//
//   error   n d / |K|        cost  verifier O(n d), proof n d elements
//   source  [Thaler22] section 4.1; eq taken out of the round as in [Gruen24] eprint 2024/108 section 3
#pragma once

#include "base/arena.h"
#include "base/refusal.h"
#include "field/k.h"

namespace pedigree {

inline constexpr u32 kMaxRoundDegree = 3;

// Binds variables num_vars - 1, ..., 0; point[i] receives the challenge of variable i. `z` empty stands for 1/2 everywhere.
// Channel: receive(label) -> Result<Value>, challenge(label) -> K.
template <class Channel>
Result<typename Channel::Value> verify_sumcheck(Channel& channel, typename Channel::Value sum,
                                                u32 num_vars, u32 degree, std::span<const K> z,
                                                std::span<K> point) noexcept {
  const K half(inverse(F(2)));
  for (u32 i = num_vars; i-- > 0;) {
    typename Channel::Value h[kMaxRoundDegree];
    for (u32 j = 0; j < degree; ++j) {
      PEDIGREE_LET(sent,
                   channel.receive("round"));  // (1) degree from the caller, not from the proof
      h[j] = sent;
    }
    const K r = channel.challenge("bind");  // (2)
    point[i] = r;
    K r_power = r;
    for (u32 j = 0; j < degree; ++j, r_power *= r)
      sum = sum + h[j] * (r_power - (z.empty() ? half : z[i]));
  }
  return sum;
}

}  // namespace pedigree
