// Values bent after an honest run: in the committed messages, or in what the prover takes derived
// tensors for.
#include "forger/roles.h"

namespace pedigree::forger {

namespace {

u64 word(const SegmentPublic& s, TensorId t, std::size_t index) {
  return s.layout->tensors[t].offset + index;
}

u64 record_word(const SegmentPublic& s, TensorId t, u32 feature, u32 record) {
  const u32 column = first_column(*s.program, s.program->tensors[t]) + feature;
  return word(s, t, (std::size_t{column} << s.layout->tensors[t].log_positions) + record);
}

// The first record that no step uses, and the first that one does.
u32 record(const SegmentPublic& s, bool used) {
  for (u32 n = 0;; ++n)
    if ((std::find(s.selection.begin(), s.selection.end(), n) != s.selection.end()) == used)
      return n;
}

void set_label(const SegmentPublic& s, Witness& w, u32 n, std::initializer_list<F> row) {
  u32 f = 0;
  for (const F x : row)
    harness::word_of(w, kDataRoot, record_word(s, s.program->records_y, f++, n)) = x;
}

struct List {
  std::vector<Forgery> all;
  Job job;
  void add(const char* name, const char* attack, const char* check, Tamper tamper) {
    all.push_back({name, attack, check, job, job});
    all.back().tamper = std::move(tamper);
  }
};

void add_weights(List& l) {
  l.add("an end weight one unit off", "A42", "weights", [](const SegmentPublic& s, Witness& w) {
    w.messages[kEndRoot][s.layout->end_weights[0].offset + 1] += F(1);
  });
  l.add("an end bias one unit off", "A42", "weights", [](const SegmentPublic& s, Witness& w) {
    w.messages[kEndRoot][s.layout->end_weights[3].offset] -= F(1);
  });
  l.add("an end weight in a padded neuron", "A17", "weights",
        [](const SegmentPublic& s, Witness& w) {
          w.messages[kEndRoot][s.layout->end_weights[0].offset + 3] = F(1);
        });
  l.add("two end weights off that cancel in their sum", "A5", "weights",
        [](const SegmentPublic& s, Witness& w) {
          w.messages[kEndRoot][s.layout->end_weights[0].offset] += F(1);
          w.messages[kEndRoot][s.layout->end_weights[2].offset] -= F(1);
        });
}

void add_data(List& l) {
  const F half = inverse(F(2));
  l.add("a label row with two ones", "A21", "zero_tensor", [](const SegmentPublic& s, Witness& w) {
    set_label(s, w, record(s, false), {F(1), F(1), F(0)});
  });
  l.add("a label row without a one", "A21", "zero_tensor", [](const SegmentPublic& s, Witness& w) {
    set_label(s, w, record(s, false), {F(0), F(0), F(0)});
  });
  l.add("a label row of halves", "A21", "tree_layer", [=](const SegmentPublic& s, Witness& w) {
    set_label(s, w, record(s, false), {half, half, F(0)});
  });
  l.add("a label of two and one of minus one", "A13", "tree_layer",
        [](const SegmentPublic& s, Witness& w) {
          set_label(s, w, record(s, false), {F(2), -F(1), F(0)});
        });
  l.add("a label in a padded record", "A17", "zero_tensor", [](const SegmentPublic& s, Witness& w) {
    set_label(s, w, s.program->sizes.records[0], {F(1), F(0), F(0)});
  });
  l.add("an input outside its range in an unused record", "A18", "tree_layer",
        [](const SegmentPublic& s, Witness& w) {
          harness::word_of(w, kDataRoot,
                           record_word(s, s.program->records_x, 0, record(s, false))) = F(32);
        });
  l.add("an input outside its range in a padded record", "A17", "tree_layer",
        [](const SegmentPublic& s, Witness& w) {
          harness::word_of(w, kDataRoot,
                           record_word(s, s.program->records_x, 0, s.program->sizes.records[0])) =
              -F(33);
        });
}

// Derived tensors: the prover computes on with a false value, which no commitment holds.
void add_derived(List& l, const Roles& r) {
  const auto bend = [](TensorId t, std::size_t index) {
    return [=](const SegmentPublic& s, Witness& w) {
      if (w.false_values[t].empty()) {
        TensorValues values(s, w);
        const auto honest = values.get(t);
        w.false_values[t].assign(honest.begin(), honest.end());
      }
      w.false_values[t][index] += F(1);
    };
  };
  const std::size_t live = r.index({0, 1, 1, 1}), dead = r.index({0, 0, 3, 0});
  l.add("a batch row that is not the record", "A20", "contraction_operand",
        bend(r.nth(TensorKind::gather, 0), live));
  l.add("a batch row in a dead slot", "A17", "contraction_operand",
        bend(r.nth(TensorKind::gather, 0), dead));
  l.add("a false product of probability and sum", "A20", "tree_layer",
        bend(r.nth(TensorKind::product, 0), live));
  l.add("a false product with the mask of live rows", "A17", "contraction",
        bend(r.nth(TensorKind::product, 1), dead));
}

void add_lookups(List& l, const Roles& r) {
  l.add("a multiplicity one too high", "A13", "tree_layer", {});
  l.all.back().tamper_counts = [](const SegmentPublic& s, Witness& w) {
    *w.cells(s.layout->multiplicities[0]) += F(1);
  };
  // A value beyond its own range table, counted in the row of a wider table that has it.
  const auto rows = [](const SegmentPublic& s, u32 wanted) {
    TableId t = 0;
    while (s.program->tables[t].kind != TableKind::range || s.program->tables[t].log_size != wanted)
      ++t;
    return s.layout->multiplicities[t];
  };
  const TensorId probability = r.probability();
  l.add("a value counted in another table", "A14", "tree_layer",
        [=](const SegmentPublic& s, Witness& w) {
          *w.cells(s.layout->tensors[probability]) = F(40);
        });
  l.all.back().tamper_counts = [=](const SegmentPublic& s, Witness& w) {
    w.cells(rows(s, 8))[40] += F(1);
  };
  // Adding 2^-s to a quotient lowers its remainder by one: a fraction that only the quotient's own
  // range excludes.
  const TensorId q = r.quotient(1);
  const F fraction = inverse_pow2(r.program().tensors[q].p);
  l.add("a quotient that is a fraction modulo p", "A18", "tree_layer",
        [=](const SegmentPublic& s, Witness& w) { w.cells(s.layout->tensors[q])[5] += fraction; });
}

}  // namespace

std::vector<Forgery> witness_forgeries() {
  List l;
  l.job = padded_job();
  const Roles roles(l.job);
  add_weights(l);
  add_data(l);
  add_derived(l, roles);
  add_lookups(l, roles);
  l.job = padded_job(Loss::cross_entropy, /*publish=*/true);
  l.add("published weights one unit off, committed as published", "A42", "weights",
        [](const SegmentPublic& s, Witness& w) {
          w.messages[kEndRoot][s.layout->end_weights[2].offset + 1] += F(1);
        });
  return l.all;
}

}  // namespace pedigree::forger
