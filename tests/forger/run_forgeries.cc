// Other runs than the stated one, of any job: records, labels, order, schedule, momentum, formats, activations.
#include "base/require.h"
#include "forger/catalogue.h"
#include "forger/roles.h"

namespace pedigree::forger {

namespace {

bool same_blocks(std::span<const Block> a, std::span<const Block> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Block& x, const Block& y) {
    return x.root == y.root && x.offset == y.offset && x.log_features == y.log_features &&
           x.log_positions == y.log_positions;
  });
}

// Whether a forger can prove one statement by a run of the other.
bool same_shape(const Statement& a, const Statement& b) {
  OwnedArena arena(4 * (statement_memory(a) + statement_memory(b)));
  const auto x = compile_statement(a, arena.get()), y = compile_statement(b, arena.get());
  if (!x.ok() || !y.ok() || x.value().segments.size() != y.value().segments.size()) return false;
  for (u32 k = 0; k < x.value().segments.size(); ++k) {
    const CompiledSegment &c = x.value().segments[k], &d = y.value().segments[k];
    const bool same =
        std::equal(c.program.tensors.begin(), c.program.tensors.end(), d.program.tensors.begin(),
                   d.program.tensors.end(),
                   [](const Tensor& s, const Tensor& t) {
                     return s.kind == t.kind && s.advice == t.advice && s.features == t.features;
                   }) &&
        std::equal(c.program.tables.begin(), c.program.tables.end(), d.program.tables.begin(),
                   d.program.tables.end(),
                   [](const Table& s, const Table& t) { return s.log_size == t.log_size; }) &&
        same_blocks(c.layout.tensors.span(), d.layout.tensors.span()) &&
        same_blocks(c.layout.multiplicities.span(), d.layout.multiplicities.span()) &&
        same_blocks({&c.layout.pads, 1}, {&d.layout.pads, 1}) &&
        c.plan.num_pads == d.plan.num_pads && c.plan.num_gates == d.plan.num_gates;
    if (!same) return false;
  }
  return true;
}

// The change changed nothing.
bool is_true(const Forgery& f) {
  return f.claim.x == f.truth.x && f.claim.y == f.truth.y &&
         encode_statement(f.claim.statement) == encode_statement(f.truth.statement);
}

class Runs {
 public:
  explicit Runs(const Job& job) : job_(job), roles_(job) {}

  Forgeries all() {
    records();
    orders();
    settings();
    for (u32 i = 0; i < job_.statement.model.num_layers; ++i) layer(i);
    return std::move(all_);
  }

 private:
  const Statement& statement() const { return job_.statement; }

  // `change` makes the truth from a copy of the claim.
  Forgery* add(const std::string& name, const char* attack, const char* check,
               const std::function<void(Job&)>& change = {}) {
    Forgery f{name, attack, check, job_, job_};
    if (change) {
      const std::vector<Optimiser::Run> runs(job_.statement.runs.begin(),
                                             job_.statement.runs.end());
      f.truth.statement.segments =
          Vec<SegmentStatement>(f.truth.arena->get(), job_.statement.segments.span());
      harness::set_runs(f.truth, runs);
      change(f.truth);
      if (is_true(f) || !same_shape(f.claim.statement, f.truth.statement)) return nullptr;
    }
    all_.push_back(f);
    return &all_.back();
  }

  void order(const std::string& name, const char* attack,
             const std::function<void(const Program&, Vec<u32>&)>& change) {
    // Labels of a regression whose errors are rescaled are read by the lookups already.
    const Model& m = statement().model;
    const Layer& last = m.layers[m.num_layers - 1];
    const bool looked_up = m.loss == Loss::mean_squared && last.frac_q != last.frac_d;
    add(name, attack, looked_up ? "leaf_denominator" : "contraction_operand")->selection = change;
  }

  void records() {
    const Model& m = statement().model;
    const u32 used = roles_.compiled().selection[0];
    add("an input one unit off", "A42", "contraction_operand",
        [=](Job& t) { t.x[used * m.features] += 1; });
    add("a record of no dataset", "A38", "contraction_operand", [=](Job& t) {
      for (u32 f = 0; f < m.features; ++f)
        t.x[used * m.features + f] = -1 - t.x[used * m.features + f];
    });
    const std::size_t width = job_.y.size() / statement().sampling.records;
    const u32 other = different_label(used, width);
    add("the label of another record", "A21", "", [=, this](Job& t) {
      for (std::size_t k = 0; k < width; ++k) t.y[used * width + k] = job_.y[other * width + k];
    });
    add("labels cut from their features", "A21", "", [=](Job& t) {
      std::rotate(t.y.begin(), t.y.begin() + static_cast<std::ptrdiff_t>(width), t.y.end());
    });
  }

  u32 different_label(u32 record, std::size_t width) const {
    for (u32 n = 0; n < statement().sampling.records; ++n)
      if (!std::equal(&job_.y[n * width], &job_.y[n * width] + width, &job_.y[record * width]))
        return n;
    PEDIGREE_REQUIRE(false, "labels differ");
    return 0;
  }

  void orders() {
    const auto slot = [](const Program& p, u32 step, u32 row) {
      return (step << p.sizes.log_batch) + row;
    };
    order("rows swapped between two batches", "A22",
          [=](const Program& p, Vec<u32>& s) { std::swap(s[slot(p, 0, 0)], s[slot(p, 1, 0)]); });
    order("a record repeated", "A22",
          [=](const Program& p, Vec<u32>& s) { s[slot(p, 1, 0)] = s[slot(p, 0, 0)]; });
    order("a record dropped", "A22",
          [=](const Program& p, Vec<u32>& s) { s[slot(p, 1, 0)] = kDeadSlot; });
    order("one batch used twice", "A41", [=](const Program& p, Vec<u32>& s) {
      for (u32 b = 0; b < p.sizes.batch; ++b) s[slot(p, 1, b)] = s[slot(p, 0, b)];
    });
    order("an empty batch", "A41", [=](const Program& p, Vec<u32>& s) {
      for (u32 b = 0; b < p.sizes.batch; ++b) s[slot(p, 1, b)] = kDeadSlot;
    });
    order("batches in another order", "A37", [=](const Program& p, Vec<u32>& s) {
      for (u32 b = 0; b < p.sizes.batch; ++b) std::swap(s[slot(p, 0, b)], s[slot(p, 1, b)]);
    });
    add("another seed", "A37", "", [](Job& t) { t.statement.sampling.seed += 1; });
    add("another holdout", "A22", "", [](Job& t) { t.statement.sampling.holdout += 1; });
    add("no holdout", "A22", "", [](Job& t) { t.statement.sampling.holdout = 0; });
    add("another number of shards", "A22", "",
        [](Job& t) { t.statement.sampling.shards = t.statement.sampling.shards == 1 ? 2 : 1; });
  }

  void settings() {
    const u32 steps = statement().sampling.steps, c = statement().runs[0].c;
    add("another rate throughout", "A41", "",
        [=](Job& t) { harness::set_runs(t, {{steps, c + 1}}); });
    add("another rate in the last step", "A41", "",
        [=](Job& t) { harness::set_runs(t, {{steps - 1, c}, {1, c + 5}}); });
    add("rate zero after the first step", "A41", "",
        [=](Job& t) { harness::set_runs(t, {{1, c}, {steps - 1, 0}}); });
    add("no training", "A41", "", [=](Job& t) { harness::set_runs(t, {{steps, 0}}); });
    add("another momentum", "A40", "", [](Job& t) {
      Optimiser& o = t.statement.optimiser;
      if (o.num_impulse < 2) o.impulse[o.num_impulse++] = 0;
      o.impulse[1] = static_cast<u16>(o.impulse[1] + 1);
    });
    add("a gradient that counts twice", "A40", "",
        [](Job& t) { t.statement.optimiser.impulse[0] *= 2; });
    add("another period", "A40", "",
        [](Job& t) { t.statement.optimiser.period = t.statement.optimiser.period == 0 ? 2 : 0; });
    add("inputs in another format", "A40", "", [](Job& t) { t.statement.model.frac_x += 1; });
    add("exponentials in another format", "A40", "",
        [](Job& t) { t.statement.model.exp_bits += 1; });
    add("rates in another format", "A40", "", [](Job& t) { t.statement.model.rate_bits += 1; });
  }

  void layer(u32 i) {
    const std::string at = ", layer " + std::to_string(i + 1);
    const auto change = [i](auto field, int by) {
      return [=](Job& t) {
        auto& x = t.statement.model.layers[i].*field;
        x = static_cast<u8>(x + by);
      };
    };
    const struct {
      const char* name;
      u8 Layer::* field;
    } formats[] = {{"values", &Layer::frac_a},
                   {"quotients", &Layer::frac_q},
                   {"quotients of deltas", &Layer::frac_e},
                   {"deltas", &Layer::frac_d}};
    for (const auto& [name, field] : formats)
      for (const int by : {1, -1})
        add(std::string("a format ") + (by > 0 ? "finer" : "coarser") + " of " + name + at, "A40",
            "", change(field, by));
    const Layer& l = statement().model.layers[i];
    if (l.kind != LayerKind::activation) return;
    for (const auto& [name, f] :
         {std::pair{"identity", Activation::identity}, std::pair{"relu", Activation::relu},
          std::pair{"tanh", Activation::tanh}, std::pair{"gelu", Activation::gelu}})
      if (f != l.activation)
        add(std::string(name) + " for another activation" + at, "A40", "",
            [=](Job& t) { t.statement.model.layers[i].activation = f; });
  }

  Job job_;
  Roles roles_;
  Forgeries all_;
};

}  // namespace

Forgeries run_forgeries(const CatalogueJob& job) { return Runs(job.job).all(); }

}  // namespace pedigree::forger
