#include "base/require.h"
#include "iop/masked_send.h"

namespace pedigree {

K MaskedSender::next_pad() {
  PEDIGREE_REQUIRE(used_ < pads_.size(), "more messages than pads");
  return pads_[used_++];
}

}  // namespace pedigree
