#include "proof/apart.h"

namespace pedigree {

u32 live_rows(const Program& p, TensorId t) noexcept {
  const Tensor& x = p.tensors[t];
  return x.domain == Domain::records ? p.sizes.records[x.dataset] : p.sizes.batch;
}

ApartPlaces place_apart(const Program& p, const Show& show) noexcept {
  ApartPlaces places;
  u64 most = 1;
  for (u32 i = 0; i < 2; ++i) {
    ApartSide& side = places.sides[i];
    for (const RowsOf& rows : show.sides[i]) {
      ApartItem& item = side.items[side.num_items++];
      item.tensor = rows.tensor;
      item.live = live_rows(p, rows.tensor);
      item.log_size = p.log_positions(p.tensors[rows.tensor]);
      item.left_out = rows.left_out;
      side.rows += item.live - rows.left_out.size();
    }
    // Largest first, equal ones in their order.
    u64 at = 0;
    for (u32 log_size = 64; log_size-- > 0;)
      for (u32 k = 0; k < side.num_items; ++k) {
        if (side.items[k].log_size != log_size) continue;
        side.items[k].offset = at;
        at += u64{1} << log_size;
      }
    most = at > most ? at : most;
  }
  places.depth = 1 + ceil_log2(most);
  return places;
}

}  // namespace pedigree
