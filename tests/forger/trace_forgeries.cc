// A step computed wrongly: one cell is bent, and everything after it is computed honestly from
// there.
#include "forger/roles.h"
#include "harness/reference_jobs.h"
#include "tensor/tables.h"

namespace pedigree::forger {

namespace {

using harness::CellAt;

struct At {
  std::size_t feature = 1, step = 1, row = 1;
};

// `bent` of the honest value at one cell.
RunLies at_cell(TensorId tensor, At at, std::function<i64(i64)> bent) {
  RunLies lies;
  lies.cell = [=](const CellAt& here, i64 honest) {
    const bool hit = here.tensor == tensor && here.feature == at.feature && here.step == at.step &&
                     here.row == at.row;
    return hit ? bent(honest) : honest;
  };
  return lies;
}

std::function<i64(i64)> plus(i64 by) {
  return [by](i64 honest) { return honest + by; };
}
std::function<i64(i64)> becomes(i64 value) {
  return [value](i64) { return value; };
}

// The first live cell of a tensor whose honest value satisfies `wanted`.
At find(const Roles& roles, TensorId tensor, const std::function<bool(i64)>& wanted) {
  const std::vector<i64> cells = roles.cells(tensor);
  const ProgramSizes& s = roles.program().sizes;
  for (std::size_t f = 0; f < roles.program().tensors[tensor].features; ++f)
    for (std::size_t t = 0; t < s.steps; ++t)
      for (std::size_t b = 0; b < s.batch; ++b)
        if (roles.is_live(t, b) && wanted(cells[roles.index({tensor, f, t, b})])) return {f, t, b};
  throw std::logic_error("no cell to bend");
}

class Catalogue {
 public:
  explicit Catalogue(Job job) : job_(std::move(job)), roles_(job_) {}

  void add(const char* name, const char* attack, const char* check, RunLies lies) {
    all.push_back({name, attack, check, job_, job_, std::move(lies)});
  }
  const Roles& roles() const { return roles_; }
  std::vector<Forgery> all;

 private:
  Job job_;
  Roles roles_;
};

// Rounding everywhere down instead of to the nearest, limbs and tables recomputed from it: another
// quantiser.
RunLies rounding_down(const Roles& roles) {
  RunLies lies;
  const auto shared = std::make_shared<Roles>(roles);
  lies.cell = [shared](const CellAt& at, i64 honest) {
    const Tensor& t = shared->program().tensors[at.tensor];
    return t.kind == TensorKind::committed && t.advice == Advice::rescale &&
                   shared->is_live(at.step, at.row)
               ? honest - (honest & 1)
               : honest;
  };
  return lies;
}

// The activation is the identity wherever it was ReLU.
RunLies other_operator(const Roles& roles) {
  const auto shared = std::make_shared<Roles>(roles);
  const TensorId quotient = roles.quotient(1), value = roles.value(),
                 derivative = roles.derivative();
  auto last = std::make_shared<std::vector<i64>>(shared->cells(quotient).size());
  RunLies lies;
  lies.cell = [=](const CellAt& at, i64 honest) {
    if (at.tensor == quotient) (*last)[shared->index(at)] = honest;
    if (at.tensor == derivative) return i64{1};
    if (at.tensor == value)
      return rescale((*last)[shared->index({quotient, at.feature, at.step, at.row})], 1);
    return honest;
  };
  return lies;
}

// In features that are there without being live: the last of a chunk of two.
std::vector<Forgery> work_in_padding() {
  Catalogue c(harness::chunked_job());
  const Roles& r = c.roles();
  const Model& m = harness::chunked_job().statement.model;
  const At neuron{m.layers[0].out, 0, 0}, score{m.outputs, 0, 0};
  c.add("work in a padded neuron", "A17", "tree_layer", at_cell(r.quotient(1), neuron, becomes(4)));
  c.add("an activation in a padded neuron", "A17", "tree_layer",
        at_cell(r.value(), neuron, becomes(1)));
  c.add("a delta in a padded neuron", "A17", "tree_layer",
        at_cell(r.delta_quotient(), neuron, becomes(1)));
  c.add("a score in a padded class", "A17", "tree_layer",
        at_cell(r.quotient(3), score, becomes(2)));
  c.add("an accumulator in a padded neuron", "A17", "contraction",
        at_cell(r.contraction(1, false, false), neuron, plus(1)));
  return c.all;
}

}  // namespace

std::vector<Forgery> trace_forgeries() {
  Catalogue c(padded_job());
  const Roles& r = c.roles();
  const TensorId q = r.quotient(1), value = r.value(), derivative = r.derivative(),
                 delta = r.delta_quotient();
  const ProgramSizes& s = r.program().sizes;
  const At dead_row{0, 0, s.batch}, dead_step{0, s.steps, 0};
  const At off = find(r, q, [](i64 x) { return x < -2; }),
           on = find(r, q, [](i64 x) { return x > 2; });

  c.add("a rounding one unit off", "A42", "tree_layer", at_cell(q, {}, plus(1)));
  c.add("a rounding one unit low in the last layer", "A42", "tree_layer",
        at_cell(r.quotient(3), {}, plus(-1)));
  c.add("a delta one unit off", "A42", "tree_layer", at_cell(delta, {}, plus(-1)));
  c.add("ReLU skipped at a negative value", "A40", "tree_layer", at_cell(value, off, becomes(-1)));
  c.add("a mask set at a negative value", "A18", "tree_layer",
        at_cell(derivative, off, becomes(1)));
  c.add("a mask cleared at a positive value", "A18", "tree_layer",
        at_cell(derivative, on, becomes(0)));
  c.add("an activation one unit off", "A42", "tree_layer", at_cell(value, on, plus(1)));
  c.add("another operator: identity for ReLU", "A40", "tree_layer", other_operator(r));
  c.add("another quantiser: rounding down", "A40", "tree_layer", rounding_down(r));
  c.add("work in a dead row", "A17", "tree_layer", at_cell(q, dead_row, becomes(3)));
  c.add("work in a dead step", "A17", "tree_layer", at_cell(q, dead_step, becomes(5)));
  c.add("an activation in a dead row", "A17", "tree_layer", at_cell(value, dead_row, becomes(1)));
  c.add("a delta in a dead step", "A17", "tree_layer", at_cell(delta, dead_step, becomes(1)));
  c.add("a probability in a dead row", "A17", "tree_layer",
        at_cell(r.probability(), dead_row, plus(1)));
  c.add("a limb one unit off", "A18", "tree_layer", at_cell(r.limb(3), {0, 1, 1}, plus(1)));
  c.add("a limb one carry off", "A18", "tree_layer", at_cell(r.limb(3), {0, 1, 1}, plus(256)));
  c.add("a softmax quotient one unit off", "A18", "tree_layer",
        at_cell(r.probability(), {}, plus(1)));
  c.add("a softmax quotient one unit low", "A18", "tree_layer",
        at_cell(r.probability(), on, plus(-1)));
  c.add("a maximum that is not attained", "A18", "tree_layer",
        at_cell(r.maximum(), {0, 1, 1}, plus(1)));
  c.add("a maximum below a score", "A18", "tree_layer", at_cell(r.maximum(), {0, 1, 1}, plus(-1)));
  c.add("an exponential one unit off", "A42", "tree_layer", at_cell(r.exponential(), {}, plus(1)));
  c.add("a maximum attained once too often", "A18", "tree_layer",
        at_cell(r.attained(), find(r, r.attained(), [](i64 x) { return x == 0; }), becomes(1)));
  // Accumulators: what follows is honest, so only the product with the weights is false.
  c.add("a forward accumulator one unit off", "A42", "contraction",
        at_cell(r.contraction(1, false, false), {}, plus(1)));
  c.add("a backward accumulator one unit off", "A42", "contraction",
        at_cell(r.contraction(3, false, true), {}, plus(-1)));
  c.add("a bias one unit off", "A42", "contraction",
        at_cell(r.contraction(3, true, false), {}, plus(1)));
  c.add("an accumulator a whole quotient off", "A42", "contraction",
        at_cell(r.contraction(1, false, false), {}, plus(1 << 10)));
  c.add("an accumulator in a dead step", "A17", "contraction",
        at_cell(r.contraction(1, true, false), dead_step, plus(1)));
  for (Forgery& f : work_in_padding()) c.all.push_back(std::move(f));
  return c.all;
}

}  // namespace pedigree::forger
