#include "base/require.h"
#include "iop/cubic.h"
#include "proof/witness.h"

namespace pedigree {

FormClaim prove_gates(MaskedChannel& replay, VerifierTranscript& replayed, MaskedSender& sender,
                      std::span<const K> pads,
                      const std::function<K(const FormKey&)>& value_of_key) {
  // The replay draws the challenge that the prover draws.
  const K eta = sender.challenge("eta");
  MaskedChannel ahead = replay;
  const GateTable table = join_equations(ahead, eta);
  const auto value_of = [&](const Affine& a) {
    K sum = a.constant;
    for (const FormTerm& t : a.terms)
      sum += t.coef * (t.key < pads.size() ? pads[t.key] : value_of_key(replay.keys()[t.key]));
    return sum;
  };
  sender.next_pad();  // the free gate's own
  sender.next_pad();
  std::vector<CubicTerm> terms(1);
  for (std::size_t i = 0; i < table.weight.size(); ++i) {
    terms[0].e.push_back(table.weight[i]);
    terms[0].x.push_back(value_of(table.a[i]));
    terms[0].y.push_back(value_of(table.b[i]));
  }
  prove_cubic(terms, table.rounds, sender);
  sender.send_clear("gate_a", terms[0].x[0]);
  sender.send_clear("gate_b", terms[0].y[0]);
  sender.challenge("mu");
  replayed.extend(sender.transcript().proof());
  auto claim = verify_gates(replay);
  PEDIGREE_REQUIRE(claim.ok(), "the prover reads its own messages");
  return claim.value();
}

}  // namespace pedigree
