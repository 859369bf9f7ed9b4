#include "harness/reference_jobs.h"

#include "base/require.h"
#include "harness/clear.h"

namespace pedigree::harness {

namespace {

JobOptions tiny(Loss loss, Activation f) {
  JobOptions o;
  o.loss = loss;
  o.activation = f;
  o.features = 3;
  o.outputs = loss == Loss::logistic ? 1 : 3;
  o.hidden = {3};
  o.records = 7;
  o.holdout = 1;
  o.batch = 3;
  o.steps = 3;
  o.runs = {{2, 2}, {1, 1}};
  o.seed = 11;
  return o;
}

// Tables as short as the run allows.
Job fitted(Job job) {
  for (i64& x : job.x) x /= 2;
  for (u8 range = 4; range <= 12; ++range) {
    job.statement.model.range_bits = range;
    try {
      if (judge_clear(job) == "accepted") return job;
    } catch (const std::exception&) {  // a value outside its table
    }
  }
  throw std::logic_error("a job that runs");
}

// Rounding in every place that can round: the activation, the deltas, the loss.
Job rounding_job(Activation f) {
  JobOptions o = tiny(Loss::mean_squared, f);
  Job job = chain_job(o);
  job.statement.model.layers[2].frac_d = 3;
  return job;
}

// No rounding there: the quotients pass as they are.
Job plain_job() {
  Job job = chain_job(tiny(Loss::mean_squared, Activation::identity));
  job.statement.model.layers[1].frac_a = 4;
  job.statement.model.layers[0].frac_d = 4;
  return job;
}

// Skips, a shared layer, mixed activations, momentum.
Job graph_job() {
  JobOptions o = tiny(Loss::cross_entropy, Activation::relu);
  o.hidden = {};
  o.impulse = {2, 1};
  Job job = chain_job(o);
  Model& m = job.statement.model;
  m.num_layers = 0;
  const auto next = [&]() -> Layer& { return m.layers[m.num_layers++]; };
  set_linear(next(), 0, 3, false);
  set_activation(next(), 1, Activation::relu);
  set_linear(next(), 2, 3, false);
  set_activation(next(), 3, Activation::tanh);
  set_add(next(), 4, 2);
  set_linear(next(), 5, 3, false);
  m.layers[5].share = 3;
  set_activation(next(), 6, Activation::identity);
  set_add(next(), 7, 5);
  set_linear(next(), 8, 3, true);
  return job;
}

Job linear_job() {
  JobOptions o = tiny(Loss::mean_squared, Activation::identity);
  o.hidden = {};
  o.impulse = {1, 1, 1};
  return chain_job(o);
}

// Weights so fine that quotients need several limbs.
Job fine_job() {
  Job job = chain_job(tiny(Loss::logistic, Activation::tanh));
  job.statement.model.rate_bits = 12;
  return job;
}

}  // namespace

const std::vector<ReferenceJob>& reference_jobs() {
  static const std::vector<ReferenceJob> jobs = [] {
    std::vector<ReferenceJob> all;
    all.push_back(
        {"cross_entropy_relu", fitted(chain_job(tiny(Loss::cross_entropy, Activation::relu)))});
    all.push_back(
        {"cross_entropy_gelu", fitted(chain_job(tiny(Loss::cross_entropy, Activation::gelu)))});
    all.push_back({"logistic_tanh_fine", fitted(fine_job())});
    all.push_back({"logistic_relu", fitted(chain_job(tiny(Loss::logistic, Activation::relu)))});
    all.push_back({"mean_squared_relu_rounding", fitted(rounding_job(Activation::relu))});
    all.push_back({"mean_squared_identity_rounding", fitted(rounding_job(Activation::identity))});
    all.push_back({"mean_squared_identity_plain", fitted(plain_job())});
    all.push_back({"mean_squared_linear", fitted(linear_job())});
    all.push_back({"graph", fitted(graph_job())});
    return all;
  }();
  return jobs;
}

const Job& chunked_job() {
  static const Job job = [] {
    JobOptions o;
    o.features = 17;
    o.hidden = {21};
    o.outputs = 19;
    o.batch = 2;
    o.steps = 2;
    return fitted(chain_job(o));
  }();
  return job;
}

const Job& deep_job() {
  static const Job job = [] {
    JobOptions o = tiny(Loss::mean_squared, Activation::relu);
    o.hidden = {8};
    o.records = 24;
    o.batch = 16;
    o.steps = 32;
    o.runs = {{32, 1}};
    o.range_bits = 12;
    o.seed = 3;
    Job made = chain_job(o);
    made.statement.model.rate_bits = 8;
    return made;
  }();
  return job;
}

const Job& reference_job(std::string_view name) {
  for (const ReferenceJob& j : reference_jobs())
    if (j.name == name) return j.job;
  PEDIGREE_REQUIRE(false, "a reference job of this name");
  return reference_jobs()[0].job;
}

}  // namespace pedigree::harness
