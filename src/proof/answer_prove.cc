// The out-of-domain answers of long-lived roots.
#include <algorithm>
#include <mutex>

#include "kernel/parallel.h"
#include "poly/eq.h"
#include "proof/prove.h"

namespace pedigree {

K masked_answer(const Words& message, u64 answer_pad, const Digest& digest) {
  constexpr std::size_t kRow = std::size_t{1} << kLogRootColumns;
  const K z = out_of_domain_point(digest);
  std::vector<K> powers;  // z^(x + 1) for the places of a row
  for (K power = z; powers.size() < kRow; power *= z) powers.push_back(power);
  // Rows that lie together in what the message is made from are read together.
  const u64 rows = answer_pad / kRow, near = std::max<u64>(1, message.stride() / kRow);
  const K to_near = power(powers.back(), near);
  K sum;
  std::mutex mutex;
  parallel_for(std::min(rows, near), 1, [&](std::size_t begin, std::size_t end) {
    std::vector<F> scratch(kRow);
    K own, at_first = power(powers.back(), begin);
    for (u64 first = begin; first < end; ++first, at_first *= powers.back()) {
      K at = at_first;
      for (u64 y = first; y < rows; y += near, at *= to_near) {
        const F* const row = message.run(y * kRow, kRow, scratch.data());
        KSum inner;
        for (std::size_t x = 0; x < kRow; ++x) inner.add_product(row[x], powers[x]);
        own += at * inner.value();
      }
    }
    const std::lock_guard lock(mutex);
    sum += own;
  });
  const K at = power(powers.back(), rows);
  for (u64 x = rows * kRow; x < answer_pad; ++x) sum += at * powers[x - rows * kRow] * message[x];
  return sum + K(message[answer_pad], message[answer_pad + 1], message[answer_pad + 2]);
}

}  // namespace pedigree
