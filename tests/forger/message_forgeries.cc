// Messages: the first and the last of each label one off, what follows being computed from the honest values; and messages bent
// so that all equations but one hold.
#include <map>

#include "forger/catalogue.h"

namespace pedigree::forger {

namespace {

const char* attack_of(const std::string& label) {
  static const std::map<std::string, const char*> attacks = {
      {"tree_root", "A14"}, {"round", "A11"},  {"children", "A11"}, {"leaf", "A12"},
      {"operand", "A12"},   {"weight", "A12"}, {"factor", "A12"},   {"named start", "A38"},
      {"published", "A42"}, {"gate_a", "A12"}, {"gate_b", "A12"}};
  return attacks.at(label);
}

// What an honest prover sends.
Script script_of(const Job& job) {
  MessageLiar listener;
  ProveOptions options;
  const Digest attempt;
  options.attempt = &attempt;
  options.verify_own = false;
  options.liar = &listener;
  prove(job.input(), options);
  return Script(listener);
}

class Messages {
 public:
  explicit Messages(const CatalogueJob& j) : job_(j.job) {
    if (job_.statement.segments.size() > 1) return;  // numbers go on in later segments
    for (const bool last : {false, true}) single(last);
    if (j.name == "mean_squared_relu_rounding") lookups_and_products();
    if (j.name == "mean_squared_identity_rounding")
      add("two inputs of contractions", "A5", "contraction_operand", bend_operands);
    if (j.name == "mean_squared_linear")
      add("a factor of an update doubled, the other halved", "A5", "weight_operand",
          [](const Script& s, MessageLiar& liar) {
            double_and_halve(s, liar, s.message("factor", 0), s.message("factor", 1));
          });
  }
  Forgeries all;

 private:
  void add(const std::string& name, const char* attack, const char* check, Bend bend) {
    all.push_back({name, attack, check, job_, job_});
    all.back().bend = std::move(bend);
  }

  void single(bool last) {
    const Script script = script_of(job_);
    const std::string which = std::string("the ") + (last ? "last" : "first") + " message ";
    for (const auto& [label, n] : counted(script.sent))
      if (n > 1 || !last)
        add(which + label, attack_of(label), "",
            [wanted = label, last](const Script& s, MessageLiar& liar) {
              liar.message[s.message(wanted, last ? -1 : 0)] = K(kOne);
            });
    for (const auto& [label, n] : counted(script.gates))
      if (n > 1 || !last) {
        add(which + label + " of the gates", attack_of(label), "opening_claim",
            [wanted = label, last](const Script& s, MessageLiar& liar) {
              liar.message[s.gate(wanted, last ? -1 : 0)] = K(kOne);
            });
        all.back().bends_gates = true;
      }
  }

  static std::map<std::string, u32> counted(const std::vector<MessageLiar::Said>& log) {
    std::map<std::string, u32> count;
    for (const auto& said : log) ++count[said.label];
    return count;
  }

  void lookups_and_products() {
    add("a round of the last layer of the tree", "A11", "tree_layer",
        [](const Script& s, MessageLiar& liar) {
          liar.message[s.message("children", -4) - 1] = K(kOne);
        });
    add("numerators of the last layer, their sum kept", "A14", "leaf_numerator", bend_numerators);
    add("denominators of the last layer, their sum kept", "A14", "leaf_denominator",
        bend_denominators);
    add("second children of the last layer, their sum kept", "A4", "leaf_numerator",
        bend_second_children);
    add("a round of the contractions", "A11", "contraction",
        [](const Script& s, MessageLiar& liar) {
          liar.message[s.message("leaf", -1) + 2] = basis(1);
        });
    add("a round of the products", "A11", "product", [](const Script& s, MessageLiar& liar) {
      liar.message[s.message("factor", -1) + 1] = basis(2);
    });
    add("a factor of a product doubled, the other halved", "A5", "product_operand",
        [](const Script& s, MessageLiar& liar) {
          double_and_halve(s, liar, s.message("operand", -2), s.message("operand", -1));
        });
  }

  Job job_;
};

}  // namespace

Forgeries message_forgeries(const CatalogueJob& job) { return Messages(job).all; }

}  // namespace pedigree::forger
