// A chain with a gap, a repetition or a false link; answers and starts that are not those of what was committed.
#include "base/require.h"
#include "forger/catalogue.h"

namespace pedigree::forger {

void weigh_dead_input(const SegmentPublic& s, Witness& w) {
  const Parameter& p = s.program->parameters[0];
  const Block& block = s.layout->end_weights[0];
  PEDIGREE_REQUIRE(p.in < block.features_there(), "a dead input has its place");
  const u64 at = block.offset + (u64{p.in} << p.log_out);
  w.messages[kStartRoot][at] += F(1);
  w.messages[kEndRoot][at] += F(1);
  TensorValues values(s, w);
  fill_static(s, w, values);  // the range check of the cell is right
}

namespace {

class Links {
 public:
  explicit Links(const Job& job)
      : job_(job), arena_(4 * statement_memory(job.statement)), data_(job) {
    compiled_ = compile_statement(job.statement, arena_.get()).value();
  }

  Forgeries all() {
    const u32 segments = static_cast<u32>(compiled_.segments.size());
    for (u32 k = 0; k < segments; ++k) {
      answer(k);
      if (segments > 1) end(k);
      if (k > 0) start(k);
    }
    dataset_answers();
    if (job_.statement.has_named_start()) named_start();
    return std::move(all_);
  }

 private:
  Forgery& add(const std::string& name, const char* attack, const char* check, u32 segment = 0) {
    all_.push_back({name, attack, check, job_, job_});
    all_.back().segment = segment;
    return all_.back();
  }

  void answer(u32 k) {
    add("the answer of the weights after segment " + std::to_string(k), "A15", "out_of_domain", k)
        .answers = [k](Statement& s) { s.segments[k].end.answer += K(kOne); };
  }

  void dataset_answers() {
    for (u32 d = 0; d < job_.statement.datasets.size() && !job_.signed_by; ++d)
      add("the answer of dataset " + std::to_string(d), "A15", "out_of_domain").answers =
          [d](Statement& s) { s.datasets[d].answer += basis(2); };
  }

  // What segment k leaves is not what is committed; the next one goes on from the commitment.
  void end(u32 k) {
    const std::string at = " after segment " + std::to_string(k);
    add("a weight one unit off" + at, "A23", "weights", k).committed = [k](u32 boundary,
                                                                           WeightEntries& w) {
      if (boundary == k + 1) w[0][1] += 1;
    };
    add("the weights of before instead of those" + at, "A23", "weights", k).committed =
        [k, before = data_.weights(k)](u32 boundary, WeightEntries& w) {
          if (boundary == k + 1) w = before;
        };
    if (k + 1 < compiled_.segments.size())
      add("the weights of one segment later" + at, "A23", "weights", k).committed =
          [k, later = data_.weights(k + 2)](u32 boundary, WeightEntries& w) {
            if (boundary == k + 1) w = later;
          };
  }

  // Segment k does not begin where the one before ended.
  void start(u32 k) {
    const std::string at = "segment " + std::to_string(k);
    add(at + " begins one unit off", "A23", "contraction", k).lies.start =
        [](ParameterId w, std::vector<i64>& entries) {
          if (w == 0) entries[1] += 1;
        };
    const auto from = [&](u32 boundary, const std::string& name) {
      add(name, "A23", "contraction", k).lies.start =
          [weights = data_.weights(boundary)](ParameterId w, std::vector<i64>& entries) {
            entries = weights[w];
          };
    };
    from(0, at + " begins at the start of the run");
    if (k > 1) from(k - 1, at + " begins where the one before began");
    add(at + " uses the records of the one before", "A23", "contraction_operand", k).selection =
        [before = records_of(k - 1)](const Program&, Vec<u32>& s) {
          for (u32 i = 0; i < s.size() && i < before.size(); ++i) s[i] = before[i];
        };
  }

  std::vector<u32> records_of(u32 k) const {
    const Vec<u32>& s = compiled_.segments[k].selection;
    return {s.begin(), s.end()};
  }

  void named_start() {
    add("the answer of the named start", "A15", "out_of_domain").answers = [](Statement& s) {
      s.start.answer += K(kOne);
    };
    add("a named start with a weight beyond its shape", "A17", "start_padding").tamper =
        weigh_dead_input;
    add("another named start shown than committed", "A38", "published_start").bend =
        [](const Script& s, MessageLiar& liar) {
          liar.message[s.message("named start", 0)] = K(kOne);
        };
    add("a named start beyond its range", "A19", "tree_layer").committed = [](u32 boundary,
                                                                              WeightEntries& w) {
      if (boundary == 0) w[0][0] += i64{1} << 21;
    };
  }

  Job job_;
  OwnedArena arena_;
  harness::JobData data_;
  Compiled compiled_;
  Forgeries all_;
};

}  // namespace

Forgeries chain_forgeries(const CatalogueJob& job) { return Links(job.job).all(); }

}  // namespace pedigree::forger
