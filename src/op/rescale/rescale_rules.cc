#include "op/rescale/rescale.h"

namespace pedigree::op {

TensorId rescale(Builder& b, TensorId z, u32 s, u32 bound_bits) noexcept {
  const Tensor from = b.tensor(z);
  const TensorId q =
      b.committed(Advice::rescale, from.domain, from.features, z, 0, s, 0, u128{1} << bound_bits);
  b.range_check(b.affine({{1, z}, {-(i64{1} << s), q}}, i64{1} << (s - 1)), s);
  return q;
}

}  // namespace pedigree::op
