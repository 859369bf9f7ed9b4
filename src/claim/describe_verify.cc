#include "claim/describe.h"

namespace pedigree {

pedigree_text describe(const Vec<u8>& text) noexcept {
  return {text.data(), static_cast<u32>(text.size())};
}

pedigree_digest describe(const Digest& digest) noexcept {
  pedigree_digest out;
  std::memcpy(out.bytes, digest.bytes, sizeof out.bytes);
  return out;
}

pedigree_dataset describe(const Manifest& m, Arena& arena) noexcept {
  auto* among = arena.allocate<pedigree_digest>(m.among.size());
  for (std::size_t i = 0; i < m.among.size(); ++i) among[i] = describe(m.among[i]);
  return {.is_signed = !m.is_declared(),
          .custodian = describe(m.among.empty() ? m.custodian : Digest()),
          .among = among,
          .num_among = static_cast<u32>(m.among.size()),
          .licensee = describe(m.licensee),
          .name = describe(m.name),
          .licence = describe(m.licence),
          .purpose = describe(m.purpose),
          .records = m.records,
          .distinct = m.distinct,
          .features = m.features,
          .labels = m.labels,
          .input_bits = m.input_bits,
          .opening_budget = m.opening_budget,
          .valid_from = m.valid_from,
          .valid_until = m.valid_until,
          .content = describe(m.content),
          .used = 0,
          .schema = describe(m.schema),
          .root = describe(m.root),
          .identity = {}};
}

void describe(const Beacon& beacon, pedigree_claim& claim) noexcept {
  claim.beacon_source = describe(beacon.source);
  claim.beacon_round = beacon.round;
  claim.beacon_value = describe(beacon.value);
}

pedigree_cells describe(const CellsStatement& m, u32 samples, u32 columns, u32 frac) noexcept {
  return {.visibility = static_cast<u32>(m.visibility),
          .samples = samples,
          .columns = columns,
          .frac = frac,
          .digest = describe(m.digest),
          // Of a claim that was only read, the list may have any length.
          .cells = m.visibility == Visibility::shown && m.cells.size() == u64{samples} * columns
                       ? m.cells.data()
                       : nullptr};
}

pedigree_dataset* describe(std::span<const Manifest> manifests, std::span<const Digest> identities,
                           pedigree_claim& claim, Arena& arena) noexcept {
  auto* datasets = arena.allocate<pedigree_dataset>(manifests.size());
  for (std::size_t d = 0; d < manifests.size(); ++d) {
    datasets[d] = describe(manifests[d], arena);
    if (d < identities.size()) datasets[d].identity = describe(identities[d]);
  }
  claim.datasets = datasets;
  claim.num_datasets = static_cast<u32>(manifests.size());
  return datasets;
}

}  // namespace pedigree
