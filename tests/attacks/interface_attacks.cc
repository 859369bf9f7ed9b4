// The C interface: its policies, the weights that go with a proof, and what it decides before
// reading.
#include <pedigree/verify.h>

#include <cmath>

#include "attacks/check_attacks.h"
#include "forger/roles.h"
#include "harness/reference_jobs.h"
#include "harness/verdict.h"
#include "proof/weights_file_write.h"

namespace pedigree::attacks {

namespace {

using harness::Job;
using Bytes = std::vector<u8>;

const Job& small_job() { return harness::reference_job("mean_squared_linear"); }

const Bytes& live_file() {
  static const Bytes file = prove(small_job().input(), {.verify_own = false}).bytes;
  return file;
}

pedigree_policy asking(u32 bits, u64 memory, u32 weights) {
  pedigree_policy policy{};
  policy.required_bits = bits;
  policy.max_memory = memory;
  policy.require_published_weights = weights;
  return policy;
}

// The C interface, with a policy, and the weights that go with a proof.
struct Api {
  Bytes memory;
  pedigree_result result{}, weights_result{};
  Refusal verdict(const pedigree_result& r) const {
    Refusal why;
    why.code = static_cast<Code>(r.status);
    for (u16 i = 0; i < static_cast<u16>(Check::count); ++i)
      if (r.check != nullptr && std::string(check_name(static_cast<Check>(i))) == r.check)
        why.check = static_cast<Check>(i);
    return why;
  }
  Refusal verify(const Bytes& file, const pedigree_policy& policy = {}) {
    memory.resize(pedigree_verify_memory(file.data(), file.size()) + (1 << 20));
    pedigree_verify(file.data(), file.size(), &policy, memory.data(), memory.size(), &result);
    return verdict(result);
  }
  Refusal weights(const Bytes& file) {
    pedigree_verify_weights(&result, file.data(), file.size(), &weights_result);
    return verdict(weights_result);
  }
};

struct Published {
  Bytes proof, weights;
};

// An honest run that binds `shown` of its weights file: the file itself, or a bent one.
Published publish(bool publishes, const std::function<void(Bytes&)>& shown) {
  Job job = small_job();
  job.statement.publish_weights = publishes;
  Published p;
  ProveInput input = job.input();
  const u32 last = static_cast<u32>(input.statement.segments.size());
  OwnedArena arena(4 * statement_memory(input.statement));
  const auto compiled = compile_statement(input.statement, arena.get());
  p.weights = write_weights_file(compiled.value().segments[0].program.parameters.span(),
                                 input.weights(last));
  if (shown) shown(p.weights);
  if (input.statement.publish_weights) input.statement.weights = keccak256(p.weights);
  p.proof = prove(std::move(input), {.verify_own = false}).bytes;
  return p;
}

CheckAttack on_weights(Check check, const char* what, const std::function<void(Bytes&)>& bound,
                       const std::function<void(Bytes&)>& given, bool alone = true) {
  return {check,
          what,
          [=] {
            Published p = publish(true, bound);
            if (given) given(p.weights);
            Api api;
            const Refusal first = api.verify(p.proof);
            return first.check != Check::none ? first : api.weights(p.weights);
          },
          {},
          alone};
}

// One unit of the last weight of a file.
double unit() {
  OwnedArena arena(2 * statement_memory(small_job().statement));
  const auto c = compile_statement(small_job().statement, arena.get());
  return std::ldexp(1.0, -static_cast<int>(c.value().segments[0].program.parameters.back().frac));
}

double last_value(const Bytes& file) {
  double x;
  std::memcpy(&x, file.data() + file.size() - 8, 8);
  return x;
}
void set_last_value(Bytes& file, double x) { std::memcpy(file.data() + file.size() - 8, &x, 8); }

void add_weights(std::vector<CheckAttack>& all) {
  all.push_back({Check::weights_not_published,
                 "weights shown for a proof that publishes none",
                 [] {
                   const Bytes& file = live_file();
                   OwnedArena arena(verify_memory(file));
                   const auto v = verify_file(file, arena.get());
                   const auto said = verify_weights(v.value(), {}, arena.get());
                   return said.ok() ? Refusal() : said.why();
                 },
                 {}});
  all.push_back(on_weights(
      Check::weights_digest, "the bound digest is of another file",
      [](Bytes& f) { f.push_back(0); }, [](Bytes& f) { f.pop_back(); }));
  all.push_back(on_weights(
      Check::weights_digest, "published weights one unit off in the file", {},
      [](Bytes& f) { set_last_value(f, last_value(f) + unit()); }, false));
  all.push_back(on_weights(Check::weights_shape,
                           "a bound file whose header is not the canonical one",
                           [](Bytes& f) { f[9] ^= 1; }, {}));
  all.push_back(on_weights(Check::weights_grid, "a weight between two units",
                           [](Bytes& f) {
                             const double x = last_value(f);
                             set_last_value(f, x + (x < 0 ? -1 : 1) * unit() /
                                                       2);  // truncates to the same unit
                           },
                           {}));
  all.push_back(on_weights(Check::weights_differ, "published weights one unit off, bound as such",
                           [](Bytes& f) { set_last_value(f, last_value(f) + unit()); }, {}));
}

void add_policies(std::vector<CheckAttack>& all) {
  all.push_back({Check::policy_bits,
                 "fewer bits than the policy asks for",
                 [] {
                   Api api;
                   return api.verify(live_file(), asking(160, 0, 0));
                 },
                 {}});
  all.push_back({Check::policy_weights,
                 "no published weights, which the policy asks for",
                 [] {
                   Api api;
                   return api.verify(live_file(), asking(0, 0, 1));
                 },
                 {}});
}

// Policies that the file of a signed dataset does not meet, each in one point.
void add_attestations(std::vector<CheckAttack>& all) {
  static const Bytes file = prove(harness::signed_job().input(), {.verify_own = false}).bytes;
  const auto add = [&](Check check, const char* what,
                       const std::function<void(pedigree_policy&)>& asks) {
    all.push_back({check,
                   what,
                   [=] {
                     pedigree_policy policy{};
                     policy.any_custodian = 1;
                     asks(policy);
                     Api api;
                     return api.verify(file, policy);
                   },
                   {}});
  };
  static const pedigree_digest other = {{9}};
  static const pedigree_digest content = {{1}};
  static const char* const licences[] = {"MIT"};
  static const char* const purposes[] = {"research"};
  add(Check::policy_custodian, "records that another key has signed", [](pedigree_policy& p) {
    p.custodians = &other;
    p.num_custodians = 1;
  });
  add(Check::policy_any_custodian, "records that somebody signed, and no key named",
      [](pedigree_policy& p) { p.any_custodian = 0; });
  add(Check::policy_licence, "another licence", [](pedigree_policy& p) {
    p.licences = licences;
    p.num_licences = 1;
  });
  add(Check::policy_purpose, "another purpose", [](pedigree_policy& p) {
    p.purposes = purposes;
    p.num_purposes = 1;
  });
  add(Check::policy_date, "a day after the last", [](pedigree_policy& p) { p.date = 40001; });
  add(Check::policy_revoked, "revoked records", [](pedigree_policy& p) {
    p.revoked = &content;
    p.num_revoked = 1;
  });
  // Of twenty records, three held out, three batches of four use twelve.
  add(Check::policy_records, "too few records that steps used",
      [](pedigree_policy& p) { p.min_records = 13; });
  add(Check::policy_records, "too few distinct records among them",
      [](pedigree_policy& p) { p.min_distinct = 13; });
  add(Check::policy_start, "a seeded start", [](pedigree_policy& p) {
    p.restrict_start = 1;
    p.starts = &other;
    p.num_starts = 1;
  });
  add(Check::policy_beacon, "no beacon", [](pedigree_policy& p) { p.require_beacon = 1; });
}

// The digest of a start that the policy names, without the file.
void add_named_start(std::vector<CheckAttack>& all) {
  static const Bytes file =
      prove(harness::named_start(harness::chain_job({}), 20).input(), {.verify_own = false}).bytes;
  all.push_back({Check::policy_start_file,
                 "a named start of which only the digest is known",
                 [] {
                   static const pedigree_digest named = {{1}};
                   pedigree_policy policy{};
                   policy.restrict_start = 1;
                   policy.starts = &named;
                   policy.num_starts = 1;
                   Api api;
                   return api.verify(file, policy);
                 },
                 {}});
}

// A beacon of a known source that its key did not sign.
void add_beacon(std::vector<CheckAttack>& all) {
  Job job = harness::chain_job({});
  const Digest key = harness::set_beacon(job, "source", harness::Seed{3});
  job.statement.beacon.signature[5] ^= 1;
  const Bytes file = prove(job.input(), {.verify_own = false}).bytes;
  all.push_back({Check::policy_beacon,
                 "a beacon with a signature that is not its source's",
                 [=] {
                   pedigree_beacon_key known{"source", {}};
                   std::memcpy(known.key.bytes, key.bytes, sizeof known.key.bytes);
                   pedigree_policy policy{};
                   policy.beacons = &known;
                   policy.num_beacons = 1;
                   Api api;
                   return api.verify(file, policy);
                 },
                 {}});
}

// Runs whose rates a policy does not let pass.
void add_rates(std::vector<CheckAttack>& all) {
  const auto add = [&](const char* what, const std::vector<Optimiser::Run>& runs, u32 ratio) {
    harness::JobOptions o;
    o.runs = runs;
    const Bytes file = prove(harness::chain_job(o).input(), {.verify_own = false}).bytes;
    all.push_back({Check::policy_rates,
                   what,
                   [=] {
                     pedigree_policy policy{};
                     policy.max_rate_ratio = ratio;
                     Api api;
                     return api.verify(file, policy);
                   },
                   {}});
  };
  add("a batch switched off by a rate of zero", {{1, 3}, {1, 0}, {1, 3}}, 0);
  add("a batch that counts a third of the others", {{1, 3}, {1, 1}, {1, 3}}, 2);
}

}  // namespace

std::vector<CheckAttack> interface_attacks() {
  std::vector<CheckAttack> all;
  add_weights(all);
  add_policies(all);
  add_attestations(all);
  add_rates(all);
  add_beacon(all);
  add_named_start(all);
  return all;
}

std::vector<FixedCheck> fixed_checks() {
  std::vector<FixedCheck> all;
  all.push_back(
      {Check::statement_size, "there are no parameters for such a job: nothing to go on with", [] {
         harness::JobOptions o;
         o.hidden = {60000};
         o.records = o.batch = o.steps = 4096;
         o.holdout = 0;
         const Job job = harness::chain_job(o);
         OwnedArena arena(statement_memory(job.statement));
         const auto c = compile_statement(job.statement, arena.get());
         return c.ok() ? Refusal() : c.why();
       }});
  all.push_back({Check::arena_exhausted, "there is no memory to go on with", [] {
                   const Bytes& file = live_file();
                   Bytes memory(1 << 14);
                   pedigree_result result;
                   pedigree_verify(file.data(), file.size(), nullptr, memory.data(), memory.size(),
                                   &result);
                   return Api().verdict(result);
                 }});
  all.push_back({Check::memory_budget, "decided before the file is read", [] {
                   const Bytes& file = live_file();
                   const pedigree_policy policy = asking(0, 1000, 0);
                   pedigree_result result;
                   pedigree_verify(file.data(), file.size(), &policy, nullptr, 0, &result);
                   return Api().verdict(result);
                 }});
  return all;
}

}  // namespace pedigree::attacks
