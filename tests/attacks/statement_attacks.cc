// Bytes and statement: files that break exactly one rule.
#include "attacks/check_attacks.h"
#include "harness/reference_jobs.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"

namespace pedigree::attacks {

namespace {

using harness::Frozen;
using harness::Job;
using Bytes = std::vector<u8>;

constexpr u64 kSeed = 808;

const Job& small_job() { return harness::reference_job("mean_squared_linear"); }

const Bytes& live_file() {
  static const Bytes file = prove(small_job().input(), {.verify_own = false}).bytes;
  return file;
}

Bytes frozen_proof(const ProveInput& input) {
  ProveOptions options;
  options.verify_own = false;
  options.frozen_seed = kSeed;
  return prove(input, options).bytes;
}

const Bytes& frozen_file() {
  static const Bytes file = frozen_proof(small_job().input());
  return file;
}

CheckAttack on_bytes(Check check, const char* what, const std::function<void(Bytes&)>& bend,
                     bool alone = true) {
  return {check,
          what,
          [=] {
            Bytes bent = live_file();
            bend(bent);
            return harness::judge_file(bent);
          },
          {},
          alone};
}

// Another statement over the same proof. Challenges are replayed: the transcript would refuse it as
// well, everywhere.
CheckAttack on_statement(Check check, const char* what,
                         const std::function<void(Statement&)>& bend) {
  return {check,
          what,
          [=] {
            const Frozen frozen(kSeed);
            OwnedArena arena(1 << 22);
            Statement s = harness::statement_of(frozen_file(), arena.get());
            bend(s);
            return harness::judge_file(harness::with_statement(frozen_file(), s));
          },
          {}};
}

CheckAttack second_spelling() {
  return {Check::statement_canonical,
          "a truth value of two",
          [] {
            const Frozen frozen(kSeed);
            OwnedArena arena(1 << 22);
            Bytes statement = encode_statement(harness::statement_of(frozen_file(), arena.get()));
            statement[harness::publish_byte(harness::statement_of(frozen_file(), arena.get()))] = 2;
            return harness::judge_file(harness::with_statement(frozen_file(), statement));
          },
          {}};
}

// The manifest of a custodian with one field altered after it was signed.
CheckAttack other_signature() {
  const Job job = harness::signed_job();
  return {Check::manifest_signature,
          "a licence that its custodian did not grant",
          [=] {
            const Frozen frozen(kSeed);
            static const Bytes file = frozen_proof(job.input());
            OwnedArena arena(1 << 22);
            Statement s = harness::statement_of(file, arena.get());
            s.datasets[0].licence[0] = 'X';
            return harness::judge_file(harness::with_statement(file, s));
          },
          {}};
}

// A statement that a forger without scruples proves anew: order and start follow from it.
CheckAttack made_anew(Check check, const char* what, const Job& job) {
  return {check,
          what,
          [=] {
            const Check killed = killed_check;
            killed_check = check;
            const Bytes file = prove(job.input(), {.verify_own = false}).bytes;
            killed_check = killed;
            return harness::judge_file(file);
          },
          {}};
}

// Each segment forgets the gradients of the one before.
Job momentum_over_segments() {
  harness::JobOptions o;
  o.impulse = {2, 1};
  o.steps = 4;
  o.segments = {2, 2};
  return harness::chain_job(o);
}

Job activation_of_none() {
  Job job = small_job();
  job.statement.model.layers[0].activation = Activation::tanh;
  job.statement.model.range_bits =
      static_cast<u8>(job.statement.model.range_bits + 2);  // another seed
  return job;
}

// A factor so large that the static bound is exceeded, in the last step, where nothing is computed
// from it any more.
CheckAttack wrap() {
  harness::JobOptions o;
  o.hidden = {};
  o.features = 8;
  o.batch = 16;
  o.steps = 1;
  Job job = harness::chain_job(o);
  harness::set_runs(job, {{1, (1u << 20) - 1}});
  job.statement.optimiser.num_impulse = kMaxImpulse;
  for (u16& x : job.statement.optimiser.impulse) x = 65535;
  return {Check::bound,
          "a run whose weights could wrap",
          [=] {
            const Check killed = killed_check;
            killed_check = Check::bound;  // the forger has no such scruples
            const Bytes file = prove(job.input(), {.verify_own = false}).bytes;
            killed_check = killed;
            return harness::judge_file(file);
          },
          {}};
}

CheckAttack nonce() {
  return {Check::grinding,
          "a nonce without the work",
          [] {
            const Frozen frozen(kSeed);
            Bytes bent = frozen_file();
            for (const auto& e : harness::events_of(bent)) {
              if (e.type != 'N') continue;
              const std::size_t at = harness::proof_offset(bent) + e.end - 8;
              harness::store_word(bent, at, harness::load_word(bent, at) + 1);
              break;
            }
            return harness::judge_file(bent);
          },
          {}};
}

Refusal judge_adjusted(void (*adjust)(Compiled&)) {
  verify_hooks.adjust = adjust;
  const Refusal why = harness::judge_file(live_file());
  verify_hooks.adjust = nullptr;
  return why;
}

}  // namespace

std::vector<CheckAttack> statement_attacks() {
  std::vector<CheckAttack> all;
  all.push_back(on_bytes(Check::file_magic, "another magic", [](Bytes& f) { f[0] ^= 1; }));
  all.push_back(
      on_bytes(Check::file_version, "a later minor version", [](Bytes& f) { f[10] += 1; }));
  all.push_back(
      on_bytes(Check::file_version, "a later major version", [](Bytes& f) { f[8] += 1; }));
  all.push_back(on_bytes(
      Check::read_past_end, "the last word cut off", [](Bytes& f) { f.resize(f.size() - 8); },
      false));
  all.push_back(
      on_bytes(Check::trailing_bytes, "a word too many", [](Bytes& f) { f.resize(f.size() + 8); }));
  all.push_back(on_bytes(
      Check::element_canonical, "an element at the modulus",
      [](Bytes& f) { harness::store_word(f, harness::proof_offset(f) + 32, kModulus); }, false));
  all.push_back(second_spelling());
  all.push_back(on_statement(Check::statement_canonical,
                             "a digest of weights that are not published",
                             [](Statement& s) { s.weights.bytes[5] = 1; }));
  all.push_back(on_statement(Check::manifest_fields,
                             "records that begin to be valid after they end",
                             [](Statement& s) { s.datasets[0].valid_from = 40001; }));
  all.push_back(on_statement(Check::manifest_fields, "more distinct records than records",
                             [](Statement& s) { s.datasets[0].distinct += 1; }));
  all.push_back(other_signature());
  all.push_back(
      made_anew(Check::statement_range, "momentum cut by a segment", momentum_over_segments()));
  all.push_back(on_statement(Check::statement_range, "another version of the arithmetic",
                             [](Statement& s) { s.arithmetic += 1; }));
  all.push_back(made_anew(Check::statement_layer, "an activation of a layer that has none",
                          activation_of_none()));
  all.push_back(on_statement(Check::statement_format, "a format that nothing uses",
                             [](Statement& s) { s.model.layers[0].frac_a = 1; }));
  all.push_back(wrap());
  all.push_back(nonce());
  all.push_back({Check::pads_exhausted,
                 "a plan with a pad too many",
                 [] { return judge_adjusted([](Compiled& c) { ++c.segments[0].plan.num_pads; }); },
                 {}});
  all.push_back(
      {Check::security,
       "parameters with one query",
       [] { return judge_adjusted([](Compiled& c) { c.opening.levels[0].queries = 1; }); },
       {},
       false});
  return all;
}

}  // namespace pedigree::attacks
