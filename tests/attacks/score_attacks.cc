// Evaluations of weights: what they state, and what it rests on.
#include <pedigree/verify.h>

#include "attacks/check_attacks.h"
#include "attacks/claim_api.h"
#include "base/require.h"
#include "harness/score_case.h"
#include "poly/eq.h"

namespace pedigree::attacks {

namespace {

using harness::claim_case;
using harness::ClaimCase;
using harness::ScoreCase;
using harness::ScoreOptions;
using harness::Seed;

constexpr Seed kOwner{3};

const ClaimCase& small() { return claim_case("small"); }
const CommittedWeights& shown() {
  static const CommittedWeights weights = harness::showing_range(small());
  return weights;
}

ScoreCase& declared() {
  static ScoreCase c(small());
  return c;
}
ScoreCase& owned() {
  static ScoreCase c(small(), {.records = 11, .signed_by = kOwner});
  return c;
}

u64 truth() {
  static const u64 value = [] {
    const ScoreInput input = declared().input(shown());
    return measure_score(declared().statement(input, shown()), input).value;
  }();
  return value;
}

// The exact number, one too high, of a prover that is honest but for what `liar` says.
Bytes one_too_many(MaskedSender::Liar* liar) {
  const ScoreInput input = declared().input(shown());
  ScoreStatement s = declared().statement(input, shown());
  s.value = truth() + 1;
  ProveOptions options = unchecked();
  options.liar = liar;
  return prove_score_statement(shown(), s, 0, input, options).bytes;
}

// Bends the second factor of the sum so that it gives what is stated.
struct FactorLiar final : MaskedSender::Liar {
  u32 rounds, batch_bits, samples, columns;
  std::vector<K> bound;  // the latest challenges of a sumcheck, the highest variable first
  K first;
  u32 said = 0;
  K challenge(std::string_view label, const K& drawn) override {
    if (label == "bind") bound.push_back(drawn);
    return drawn;
  }
  K send(std::string_view label, const K& value) override {
    if (label != "tally") return value;
    if (said++ == 0) return first = value;
    std::vector<K> point(bound.end() - rounds, bound.end());
    std::reverse(point.begin(), point.end());
    const std::span<const K> all(point);
    const K live = prefix_sum_at(all.subspan(0, batch_bits), samples) *
                   prefix_sum_at(all.subspan(batch_bits), columns);
    return value + inverse_pow2(rounds) * inverse(live * first);
  }
};

Refusal false_factor() {
  FactorLiar liar;
  liar.batch_bits = 4, liar.samples = 11, liar.columns = 3, liar.rounds = 6;
  return Api().verify(one_too_many(&liar));
}

// What the prover compiles refuses it already, unless that check is switched off.
Refusal with_ticket(const std::function<void(ScoreInput&)>& change, bool drawn = false) {
  ScoreInput input = owned().input(shown());
  if (drawn) owned().draw(input, 4);
  change(input);
  try {
    return Api().verify(prove_score(shown(), input, unchecked()).proof.bytes);
  } catch (const ScoreRefused& refused) {
    return refuse(refused.check, 0);
  }
}

// Every claim is valid; what is asked of it, or of its run, is not met.
Refusal under(pedigree_policy policy, const Bytes& run = {}) {
  const ScoreInput input = owned().input(shown());
  policy.claims = 1;
  Api api;
  const Refusal first = api.verify(prove_score(shown(), input, {}).proof.bytes, policy);
  return run.empty() ? first : api.link(run);
}

Refusal linked_with(const std::function<void(ScoreCase&)>& change) {
  ScoreCase c(small());
  change(c);
  c.settle();
  Api api;
  api.verify(prove_score(shown(), c.input(shown()), {}).proof.bytes);
  return api.link(small().run);
}

}  // namespace

std::vector<CheckAttack> score_attacks() {
  return {
      on_equation(Check::tally, "a count that is stated one higher",
                  [] { return Api().verify(one_too_many(nullptr)); }),
      on_equation(Check::tally_operand, "a count one higher, and a factor that would give it",
                  false_factor),
      {Check::claim_weights,
       "a score of other weights than those of the run",  // A27
       [] {
         const ClaimCase& other = claim_case("other");
         ScoreCase c(other);
         Api api;
         api.verify(prove_score(other.weights, c.input(), {}).proof.bytes);
         return api.link(small().run);
       },
       {}},
      {Check::claim_data,
       "a test set whose columns mean something else than the run's",  // A29
       [] { return linked_with([](ScoreCase& c) { c.test().schema.bytes[0] = 1; }); },
       {}},
      {Check::score_ticket,
       "a ticket with another number",  // A36
       [] { return with_ticket([](ScoreInput& in) { ++in.ticket_number; }); },
       {}},
      {Check::score_ticket,
       "a ticket for other weights",
       [] {
         return with_ticket(
             [](ScoreInput& in) { owned().give_ticket(in, claim_case("other").weights, 1); });
       },
       {}},
      {Check::score_ticket,
       "a ticket for other records",
       [] {
         return with_ticket([](ScoreInput& in) {
           Digest content = in.test.content;
           content.bytes[0] ^= 1;
           harness::sign_ticket(kOwner, content, harness::identity_of(shown()), 1, in.ticket);
         });
       },
       {}},
      {Check::score_ticket,
       "a ticket that the prover signed",
       [] {
         return with_ticket([](ScoreInput& in) {
           harness::sign_ticket(Seed{4}, in.test.content, harness::identity_of(shown()), 1,
                                in.ticket);
         });
       },
       {}},
      {Check::policy_test,
       "a test set of an owner that the policy does not list",
       [] {
         static const pedigree_digest stranger{{1}};
         pedigree_policy policy{};
         policy.test_keys = &stranger, policy.num_test_keys = 1;
         return under(policy);
       },
       {}},
      {Check::policy_test,
       "a test set that nobody fixed beforehand",  // A43
       [] {
         pedigree_policy policy{};
         policy.test_fixed = 1;
         return under(policy, small().run);
       },
       {}},
  };
}

}  // namespace pedigree::attacks
