// Equations between hidden values: provers that break exactly one of them.
//
// Some bend the witness and are honest otherwise (forger/). Others bend messages so that every
// other equation still holds; they know the honest messages of the same run, because challenges are
// replayed from a seed.
#include "attacks/check_attacks.h"
#include "base/require.h"
#include "forger/forger.h"
#include "forger/message_liar.h"
#include "harness/reference_jobs.h"
#include "harness/switches.h"
#include "harness/verdict.h"

namespace pedigree::attacks {

namespace {

using forger::Bend;
using forger::Forger;
using forger::Forgery;
using forger::MessageLiar;
using forger::Script;
using harness::ClearCase;
using harness::ClearOptions;
using harness::Frozen;
using harness::Job;

constexpr u64 kSeed = 4711;

std::string first_word(const std::string& s) { return s.substr(0, s.find(' ')); }

CheckAttack from_forgery(Check check, const std::string& name) {
  for (const Forgery& f : forger::all_forgeries()) {
    if (f.name != name) continue;
    return {check, name, [f] { return harness::judge_file(Forger(f).file()); },
            [f] { return Forger(f).clear_verdict(); }};
  }
  PEDIGREE_REQUIRE(false, "a forgery of this name");
  return {};
}

// The honest run of a job under replayed challenges.
Script script_of(const Job& job) {
  MessageLiar listener;
  ClearOptions options;
  options.frozen_seed = kSeed;
  options.liar = &listener;
  ClearCase c(job);
  PEDIGREE_REQUIRE(c.verdict({}, options) == "accepted", "an honest run");
  return Script(listener);
}

CheckAttack from_messages(Check check, const std::string& what, const Job& job, const Bend& bend) {
  const auto liar = [=] {
    MessageLiar out;
    bend(script_of(job), out);
    return out;
  };
  const auto shipped = [=] {
    MessageLiar lies = liar();
    ProveOptions options;
    options.verify_own = false;
    options.frozen_seed = kSeed;
    options.liar = &lies;
    const std::vector<u8> file = prove(job.input(), options).bytes;
    const Frozen frozen(kSeed);
    return harness::judge_file(file);
  };
  const auto clear = [=] {
    MessageLiar lies = liar();
    ClearOptions options;
    options.frozen_seed = kSeed;
    options.liar = &lies;
    ClearCase c(job);
    return first_word(c.verdict({}, options));
  };
  return {check, what, shipped, clear};
}

Job published(Job job) {
  job.statement.publish_weights = true;
  return job;
}

CheckAttack false_answer() {
  const Job job = harness::reference_job("mean_squared_linear");
  const auto shipped = [=] {
    ProveOptions options;
    options.verify_own = false;
    options.tamper_statement = [](Statement& s) { s.segments[0].end.answer += K(kOne); };
    return harness::judge_file(prove(job.input(), options).bytes);
  };
  const auto clear = [=] {
    ClearCase c(job);
    ClearOptions options;
    options.old_answers = true;
    return first_word(
        c.verdict([](const SegmentPublic& s,
                     Witness& w) { w.messages[kEndRoot][s.layout->answer_pad[kEndRoot]] += F(1); },
                  options));
  };
  return {Check::out_of_domain, "an out-of-domain answer of another message", shipped, clear};
}

// A named start that is not the named one, or has weights beyond its shape, in a run that is honest otherwise.
CheckAttack false_start(Check check, const std::string& what, const harness::Tamper& tamper,
                        const Bend& bend) {
  harness::JobOptions uneven;
  uneven.features = 17;  // the last chunk of inputs has one that is dead
  const Job job = harness::named_start(harness::chain_job(uneven), 20);
  const auto shipped = [=] {
    MessageLiar lies;
    if (bend) bend(script_of(job), lies);
    ProveOptions options;
    options.verify_own = false;
    options.check_lookups = false;
    options.frozen_seed = kSeed;
    options.tamper = tamper;
    options.liar = &lies;
    const std::vector<u8> file = prove(job.input(), options).bytes;
    const Frozen frozen(kSeed);
    return harness::judge_file(file);
  };
  const auto clear = [=] {
    MessageLiar lies;
    if (bend) bend(script_of(job), lies);
    ClearOptions options;
    options.frozen_seed = kSeed;
    options.liar = &lies;
    ClearCase c(job);
    return first_word(c.verdict(tamper, options));
  };
  return {check, what, shipped, clear};
}

// The same where every map is a pullback.
CheckAttack pulled(CheckAttack attack) {
  attack.what += ", of pullbacks";
  attack.shipped = [shipped = attack.shipped] {
    const harness::PullAnyMap pull;
    return shipped();
  };
  attack.clear = [clear = attack.clear] {
    const harness::PullAnyMap pull;
    return clear();
  };
  return attack;
}

std::vector<CheckAttack> pullback_attacks() {
  const Job rounding = harness::reference_job("mean_squared_relu_rounding");
  std::vector<CheckAttack> all;
  all.push_back(pulled(from_messages(
      Check::pullback_value, "a factor of a product doubled, the other halved", rounding,
      [](const Script& s, MessageLiar& liar) {
        forger::double_and_halve(s, liar, s.message("operand", -2), s.message("operand", -1));
      })));
  all.push_back(pulled(from_messages(Check::pullback_layer, "a round of the last layer bent",
                                     rounding, [](const Script& s, MessageLiar& liar) {
                                       liar.message[s.message("children", -4) - 1] = K(kOne);
                                     })));
  all.push_back(pulled(from_messages(Check::pullback_numerator,
                                     "numerators of the last layer bent, their sum kept", rounding,
                                     forger::bend_numerators)));
  all.push_back(pulled(from_messages(Check::pullback_denominator,
                                     "denominators of the last layer bent, their sum kept",
                                     rounding, forger::bend_denominators_of_pullbacks)));
  return all;
}

}  // namespace

std::vector<CheckAttack> relation_attacks() {
  const Job rounding = harness::reference_job("mean_squared_relu_rounding");
  const Job linear = harness::reference_job("mean_squared_linear");
  const Job identity = harness::reference_job("mean_squared_identity_rounding");
  std::vector<CheckAttack> all;
  all.push_back(false_answer());
  all.push_back(from_forgery(Check::tree_layer, "an input outside its range in an unused record"));
  all.push_back(from_forgery(Check::tree_layer, "a multiplicity one too high"));
  all.push_back(from_messages(Check::tree_layer, "a round of the last layer bent", rounding,
                              [](const Script& s, MessageLiar& liar) {
                                liar.message[s.message("children", -4) - 1] = K(kOne);
                              }));
  all.push_back(from_messages(Check::leaf_numerator,
                              "numerators of the last layer bent, their sum kept", rounding,
                              forger::bend_numerators));
  all.push_back(from_messages(Check::leaf_denominator,
                              "denominators of the last layer bent, their sum kept", rounding,
                              forger::bend_denominators));
  all.push_back(from_messages(Check::leaf_numerator,
                              "second children of the last layer bent, their sum kept", rounding,
                              forger::bend_second_children));
  all.back().alone = false;
  all.push_back(from_forgery(Check::zero_tensor, "a label row with two ones"));
  all.push_back(from_forgery(Check::contraction, "a forward accumulator one unit off"));
  all.push_back(from_messages(Check::contraction, "a round of the contractions bent", rounding,
                              [](const Script& s, MessageLiar& liar) {
                                liar.message[s.message("leaf", -1) + 2] = basis(1);
                              }));
  all.push_back(from_messages(Check::contraction_operand,
                              "two inputs bent, their joined claim kept", identity,
                              forger::bend_operands));
  all.push_back(from_forgery(Check::weights, "one start weight one unit off"));
  all.push_back(from_forgery(Check::weights, "an end weight one unit off"));
  all.push_back(from_messages(
      Check::weight_operand, "a factor of an update doubled, the other halved", linear,
      [](const Script& s, MessageLiar& liar) {
        forger::double_and_halve(s, liar, s.message("factor", 0), s.message("factor", 1));
      }));
  all.push_back(from_messages(Check::published_weights, "another value published than committed",
                              published(linear), [](const Script& s, MessageLiar& liar) {
                                liar.message[s.message("published", 0)] = K(kOne);
                              }));
  all.push_back(false_start(Check::start_padding, "a start with a weight beyond its shape",
                            forger::weigh_dead_input, {}));
  all.push_back(false_start(Check::published_start, "another start shown than committed", {},
                            [](const Script& s, MessageLiar& liar) {
                              liar.message[s.message("named start", 0)] = K(kOne);
                            }));
  all.push_back(from_messages(Check::product, "a round of the products bent", rounding,
                              [](const Script& s, MessageLiar& liar) {
                                liar.message[s.message("factor", -1) + 1] = basis(2);
                              }));
  all.push_back(from_messages(
      Check::product_operand, "a factor of a product doubled, the other halved", rounding,
      [](const Script& s, MessageLiar& liar) {
        forger::double_and_halve(s, liar, s.message("operand", -2), s.message("operand", -1));
      }));
  for (const CheckAttack& attack : pullback_attacks()) all.push_back(attack);
  return all;
}

}  // namespace pedigree::attacks
