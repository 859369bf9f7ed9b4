// Another run than the stated one, honest in itself: other records, labels, order, schedule, start,
// number of steps.
#include "base/require.h"
#include "forger/roles.h"

namespace pedigree::forger {

namespace {

// A list of forgeries that claim one job.
class Claims {
 public:
  explicit Claims(const Job& claim) : claim_(claim) {}

  // `change` makes the truth from a copy of the claim.
  Forgery& add(const std::string& name, const char* attack, const char* check,
               const std::function<void(Job&)>& change = {}) {
    Forgery f{name, attack, check, claim_, claim_};
    if (change) change(f.truth);
    all.push_back(f);
    return all.back();
  }
  std::vector<Forgery> all;

 private:
  Job claim_;
};

u32 slot(const Program& p, u32 step, u32 row) { return (step << p.sizes.log_batch) + row; }

// A record that some step used, and one that none did.
u32 record_with(const Job& job, bool used) {
  const Roles roles(job);
  const auto& selection = roles.compiled().selection;
  for (u32 n = 0; n < job.statement.sampling.records; ++n)
    if ((std::find(selection.begin(), selection.end(), n) != selection.end()) == used) return n;
  throw std::logic_error("no such record");
}

void swap_labels(Job& job, u32 a, u32 b) {
  const std::size_t width = job.y.size() / job.statement.sampling.records;
  for (std::size_t k = 0; k < width; ++k) std::swap(job.y[a * width + k], job.y[b * width + k]);
}

// Two used records of different classes.
std::pair<u32, u32> two_classes(const Job& job) {
  const std::size_t width = job.y.size() / job.statement.sampling.records;
  const Roles roles(job);
  const auto& selection = roles.compiled().selection;
  for (const u32 a : selection)
    for (const u32 b : selection)
      if (a != kDeadSlot && b != kDeadSlot &&
          !std::equal(&job.y[a * width], &job.y[a * width] + width, &job.y[b * width]))
        return {a, b};
  throw std::logic_error("one class only");
}

void add_records(Claims& c, const Job& claim) {
  const u32 used = record_with(claim, true);
  const auto [a, b] = two_classes(claim);
  const u32 features = claim.statement.model.features;
  c.add("a record exchanged for one that is not in the dataset", "A38", "contraction_operand",
        [=](Job& t) {
          for (u32 f = 0; f < features; ++f) t.x[used * features + f] = static_cast<i64>(f) - 2;
        });
  c.add("one input one unit off", "A42", "contraction_operand",
        [=](Job& t) { t.x[used * features + 1] += 1; });
  c.add("another label for one record", "A21", "product", [=](Job& t) { swap_labels(t, a, b); });
  c.add("labels cut from their features", "A21", "product", [=](Job& t) {
    for (u32 n = 0; n + 1 < t.statement.sampling.records; ++n) swap_labels(t, n, n + 1);
  });
}

void add_orders(Claims& c, const Job& claim) {
  const u32 unused = record_with(claim, false);
  c.add("rows swapped between two batches", "A22", "contraction_operand").selection =
      [](const Program& p, Vec<u32>& s) { std::swap(s[slot(p, 0, 0)], s[slot(p, 1, 1)]); };
  c.add("rows swapped inside a batch", "A22", "contraction_operand").selection =
      [](const Program& p, Vec<u32>& s) { std::swap(s[slot(p, 0, 0)], s[slot(p, 0, 1)]); };
  c.add("a record repeated in an epoch", "A22", "contraction_operand").selection =
      [](const Program& p, Vec<u32>& s) { s[slot(p, 1, 0)] = s[slot(p, 0, 0)]; };
  c.add("a record dropped from an epoch", "A22", "contraction_operand").selection =
      [](const Program& p, Vec<u32>& s) { s[slot(p, 1, 1)] = kDeadSlot; };
  c.add("a held-out record used", "A22", "contraction_operand").selection =
      [=](const Program& p, Vec<u32>& s) { s[slot(p, 1, 0)] = unused; };
  c.add("an extra record in a dead row", "A17", "contraction_operand").selection =
      [](const Program& p, Vec<u32>& s) { s[slot(p, 0, p.sizes.batch)] = s[slot(p, 1, 0)]; };
  c.add("one batch used twice", "A41", "contraction_operand").selection = [](const Program& p,
                                                                             Vec<u32>& s) {
    for (u32 b = 0; b < p.sizes.batch; ++b) s[slot(p, 1, b)] = s[slot(p, 0, b)];
  };
  c.add("an empty batch", "A41", "contraction_operand").selection = [](const Program& p,
                                                                       Vec<u32>& s) {
    for (u32 b = 0; b < p.sizes.batch; ++b) s[slot(p, 1, b)] = kDeadSlot;
  };
  c.add("another seed for order and start", "A40", "contraction_operand",
        [](Job& t) { t.statement.sampling.seed += 1; });
}

void add_schedules(Claims& c) {
  c.add("another rate in one step", "A41", "weights",
        [](Job& t) { harness::set_runs(t, {{2, 3}, {1, 2}}); });
  c.add("rate zero from the second step on", "A41", "weights",
        [](Job& t) { harness::set_runs(t, {{1, 3}, {2, 0}}); });
  c.add("no training at all", "A41", "weights", [](Job& t) { harness::set_runs(t, {{3, 0}}); });
  c.add("another momentum", "A40", "weights", [](Job& t) {
    t.statement.optimiser.num_impulse = 2;
    t.statement.optimiser.impulse[1] = 1;
  });
  c.add("an extra step", "A38", "contraction_operand", [](Job& t) {
    harness::set_steps(t, 4);
    harness::set_runs(t, {{4, 3}});
  });
}

void add_starts(Claims& c) {
  c.add("one start weight one unit off", "A38", "weights").lies.start =
      [](ParameterId w, std::vector<i64>& entries) {
        if (w == 0) entries[4] += 1;
      };
  c.add("a start bias that is not zero", "A38", "weights").lies.start =
      [](ParameterId w, std::vector<i64>& entries) {
        if (w == 3) entries[0] = 1;
      };
  c.add("a trained start under a fresh one", "A38", "weights").lies.start =
      [](ParameterId, std::vector<i64>& entries) {
        for (i64& w : entries) w += w >> 3;
      };
}

}  // namespace

std::vector<Forgery> exchange_forgeries() {
  const Job job = padded_job();
  Claims c(job);
  add_records(c, job);
  add_orders(c, job);
  add_schedules(c);
  add_starts(c);
  // Targets of a regression, and a step less than stated.
  const Job regression = padded_job(Loss::mean_squared);
  Claims targets(regression);
  const u32 used = record_with(regression, true);
  targets.add("a target one unit off", "A21", "contraction_operand",
              [=](Job& t) { t.y[used * 3] += 1; });
  Job four = padded_job();
  harness::set_steps(four, 4);
  harness::set_runs(four, {{4, 3}});
  Claims shorter(four);
  shorter.add("a step less than stated", "A41", "contraction_operand", [](Job& t) {
    harness::set_steps(t, 3);
    harness::set_runs(t, {{3, 3}});
  });
  for (Claims* more : {&targets, &shorter})
    c.all.insert(c.all.end(), more->all.begin(), more->all.end());
  return c.all;
}

}  // namespace pedigree::forger
