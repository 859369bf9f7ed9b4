// Each tensor, table and parameter of a job, bent in one cell.
#include <map>

#include "forger/catalogue.h"
#include "forger/roles.h"

namespace pedigree::forger {

namespace {

using harness::CellAt;

const char* layer_name(const Model& m, u32 layer) {
  if (layer == 0) return "record";
  switch (m.layers[layer - 1].kind) {
    case LayerKind::linear:
      return layer == m.num_layers ? "last linear layer" : "linear layer";
    case LayerKind::activation:
      switch (m.layers[layer - 1].activation) {
        case Activation::identity:
          return "identity";
        case Activation::relu:
          return "relu";
        case Activation::tanh:
          return "tanh";
        case Activation::gelu:
          return "gelu";
      }
      return "";
    case LayerKind::add:
      return "addition";
  }
  return "";
}

struct Role {
  const char* name;
  const char* attack;
};

Role role_of(const Program& p, const Tensor& t) {
  switch (t.kind) {
    case TensorKind::contraction:
      if (p.parameters[t.parameter].is_bias) return {"product with a bias", "A42"};
      return t.transposed ? Role{"product of a delta with weights", "A42"}
                          : Role{"product of a value with weights", "A42"};
    case TensorKind::gather:
      return {t.is_label ? "row of labels" : "row of inputs", "A20"};
    case TensorKind::affine:
      return {"sum", "A20"};
    case TensorKind::broadcast:
      return {"repeated row", "A20"};
    case TensorKind::feature_sum:
      return {"sum over features", "A20"};
    case TensorKind::product:
      return {"product of two tensors", "A20"};
    case TensorKind::pullback:
      return {"column of a table that is not committed", "A20"};
    case TensorKind::live:
      return {"constant", "A20"};
    case TensorKind::committed:
      break;
  }
  switch (t.advice) {
    case Advice::rescale:
      return {"rounded quotient", "A42"};
    case Advice::table:
      if (t.column == 0) return {"row of a table", "A18"};
      switch (p.tables[t.p].kind) {
        case TableKind::activation:
          return t.column == 1 ? Role{"value of an activation", "A42"}
                               : Role{"derivative of an activation", "A18"};
        case TableKind::round:
          return {"rounded value", "A42"};
        case TableKind::exponential:
          return t.column == 1 ? Role{"exponential", "A42"} : Role{"mark of the maximum", "A18"};
        case TableKind::sigmoid:
          return {"sigmoid", "A42"};
        case TableKind::range:
          return {"row of a range", "A18"};
      }
      return {"", ""};
    case Advice::maximum:
      return {"maximum", "A18"};
    case Advice::quotient:
      return {"softmax quotient", "A18"};
    case Advice::limb:
      return {"limb", "A18"};
    case Advice::positive:
      return {"derivative of an activation", "A18"};
    case Advice::first_zero:  // of claims alone
    case Advice::copy:
      return {"copy", "A20"};
    case Advice::input:
      return {"start weights", "A38"};
  }
  return {"", ""};
}

const char* table_name(TableKind kind) {
  switch (kind) {
    case TableKind::range:
      return "range";
    case TableKind::activation:
      return "activation";
    case TableKind::round:
      return "rounding";
    case TableKind::exponential:
      return "exponential";
    case TableKind::sigmoid:
      return "sigmoid";
  }
  return "";
}

// What becomes of one cell.
RunLies at_cell(TensorId tensor, std::size_t feature, std::size_t step, std::size_t row, i64 by) {
  RunLies lies;
  lies.cell = [=](const CellAt& at, i64 honest) {
    const bool hit =
        at.tensor == tensor && at.feature == feature && at.step == step && at.row == row;
    return hit ? honest + by : honest;
  };
  return lies;
}

class Cells {
 public:
  explicit Cells(const CatalogueJob& j) : job_(j.job), roles_(j.job), p_(roles_.program()) {}

  Forgeries all() {
    for (TensorId t = 0; t < p_.tensors.size(); ++t) tensor(t);
    for (TableId t = 0; t < p_.tables.size(); ++t) table(t);
    for (ParameterId w = 0; w < p_.parameters.size(); ++w) parameter(w);
    return std::move(all_);
  }

 private:
  // Names differ: those that come up again are numbered.
  Forgery& add(const std::string& name, const char* attack, const char* check) {
    const u32 seen = ++names_[name];
    all_.push_back(
        {seen == 1 ? name : name + ", number " + std::to_string(seen), attack, check, job_, job_});
    return all_.back();
  }

  void tensor(TensorId id) {
    const Tensor& t = p_.tensors[id];
    const Role role = role_of(p_, t);
    const std::string what =
        std::string(role.name) + ", " + layer_name(job_.statement.model, t.layer);
    if (t.kind == TensorKind::committed && t.root != Root::segment) return;  // witness_forgeries
    if (t.domain != Domain::samples) {
      if (t.kind == TensorKind::committed)
        add(what + ", of records or cells", role.attack, "").tamper =
            [id](const SegmentPublic& s, Witness& w) { *w.cells(s.layout->tensors[id]) += F(1); };
      return;
    }
    if (t.kind == TensorKind::committed || t.kind == TensorKind::contraction) {
      const char* check = t.kind == TensorKind::committed ? "tree_layer" : "contraction";
      const std::size_t step = p_.sizes.steps > 1 ? 1 : 0;
      std::size_t row = 0;
      while (!roles_.is_live(step, row)) ++row;
      add(what + " one unit high", role.attack, check).lies =
          at_cell(id, t.features - 1, step, row, 1);
      add(what + " one unit low", role.attack, check).lies = at_cell(id, 0, step, row, -1);
      if (std::size_t{1} << p_.sizes.log_batch > p_.sizes.batch)
        add(what + " in a dead row", "A17", check).lies = at_cell(id, 0, 0, p_.sizes.batch, 1);
    } else if (t.kind != TensorKind::live) {
      add("false " + what, role.attack, "").tamper = [id](const SegmentPublic& s, Witness& w) {
        if (w.false_values[id].empty()) {
          TensorValues values(s, w);
          const auto honest = values.get(id);
          w.false_values[id].assign(honest.begin(), honest.end());
        }
        w.false_values[id][0] += F(1);
      };
    }
  }

  void table(TableId t) {
    add(std::string("a multiplicity too high, table ") + table_name(p_.tables[t].kind), "A13",
        "tree_layer")
        .tamper_counts = [t](const SegmentPublic& s, Witness& w) {
      *w.cells(s.layout->multiplicities[t]) += F(1);
    };
    // One lookup counted in another row: the sum of the counts is right.
    add(std::string("a multiplicity moved by a row, table ") + table_name(p_.tables[t].kind), "A14",
        "tree_layer")
        .tamper_counts = [t](const SegmentPublic& s, Witness& w) {
      F* const counts = w.cells(s.layout->multiplicities[t]);
      counts[0] += F(1);
      counts[1] -= F(1);
    };
  }

  void parameter(ParameterId w) {
    const Parameter& p = p_.parameters[w];
    const std::string what = std::string(p.is_bias ? "bias" : "weight") + ", " +
                             layer_name(job_.statement.model, p.layer);
    // A committed start is read by the contractions first.
    const char* check = job_.statement.has_named_start() ? "contraction" : "weights";
    add("a start " + what, "A38", check).lies.start = [w](ParameterId at,
                                                          std::vector<i64>& entries) {
      if (at == w) entries[0] += 1;
    };
    add("an end " + what, "A42", "weights").committed = [w](u32 boundary, WeightEntries& weights) {
      if (boundary == 1) weights[w].back() -= 1;
    };
  }

  Job job_;
  Roles roles_;
  const Program& p_;
  std::map<std::string, u32> names_;
  Forgeries all_;
};

}  // namespace

Forgeries cell_forgeries(const CatalogueJob& job) { return Cells(job).all(); }

}  // namespace pedigree::forger
