// A1: every field of the statement is bound. Generated from visit_statement, so a new field is
// tested as it is added.
#include <gtest/gtest.h>

#include <set>

#include "harness/reference_jobs.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

constexpr u64 kSeed = 101;

Job job_with_everything() {
  Job job = reference_job("graph");
  job.statement.publish_weights = true;
  job.statement.weights = keccak256(std::vector<u8>{1});
  Statement& s = job.statement;
  s.datasets = Vec<Manifest>(job.arena->get(), s.datasets.span());
  s.datasets[0].schema = keccak256(std::vector<u8>{2});
  // A run without a beacon has no field of one; nobody attests declared records.
  for (Vec<u8>* text : {&s.context.purpose, &s.context.text}) {
    *text = Vec<u8>(job.arena->get());
    for (const char c : {'a', 'b', 'c'}) text->push_back(static_cast<u8>(c));
  }
  return job;
}

// Each field changed in several ways: names of those accepted, which should be none.
std::set<std::string> accepted_changes(const std::vector<u8>& file) {
  std::set<std::string> accepted;
  OwnedArena arena(1 << 22);
  const std::size_t fields = count_fields(statement_of(file, arena.get()));
  for (std::size_t field = 0; field < fields; ++field)
    for (u32 way = 0; way < 4; ++way) {
      OwnedArena memory(1 << 22);
      Statement s = statement_of(file, memory.get());
      std::string changed;
      FieldVisitor bend(field, [&](const std::string& name, std::span<u8> bytes) {
        changed = name;
        if (way == 0) ++bytes[0];
        if (way == 1) --bytes[0];
        if (way == 2) bytes[bytes.size() - 1] ^= 0x40;
        if (way == 3) std::fill(bytes.begin(), bytes.end(), u8{0});
      });
      visit_statement(bend, s);
      const std::vector<u8> bent = with_statement(file, s);
      if (bent != file && file_verdict(bent) == "accepted") accepted.insert(changed);
    }
  return accepted;
}

TEST(StatementFields, EachIsBound) {
  ProveOptions options;
  options.frozen_seed = kSeed;
  const Job job = job_with_everything();
  EXPECT_TRUE(accepted_changes(prove(job.input(), {}).bytes).empty());

  // Under replayed challenges the same proof stands for any value of the fields that are bound and
  // nothing else: that the changes above are refused is the transcript's doing. All other fields
  // change an equation as well.
  options.verify_own = false;
  const std::vector<u8> frozen = prove(job.input(), options).bytes;
  const Frozen seed(kSeed);
  ASSERT_EQ(file_verdict(frozen), "accepted");
  EXPECT_EQ(accepted_changes(frozen),
            (std::set<std::string>{"byte", "context.chain_id", "context.contract", "context.round",
                                   "manifest.content", "manifest.distinct", "manifest.input_bits",
                                   "manifest.schema", "manifest.valid_from", "manifest.valid_until",
                                   "weights"}));
}

TEST(StatementFields, ListsAreBound) {
  const Job job = job_with_everything();
  const std::vector<u8> file = prove(job.input(), {}).bytes;
  OwnedArena arena(1 << 22);
  const Statement honest = statement_of(file, arena.get());
  std::vector<Statement> bent(4, honest);
  bent[0].context.text = Vec<u8>(arena.get());
  bent[1].context.text = Vec<u8>(arena.get(), honest.context.text.span());
  bent[1].context.text.push_back(0);
  bent[2].runs = Vec<Optimiser::Run>(arena.get(), honest.runs.span().first(1));
  bent[3].runs = Vec<Optimiser::Run>(arena.get(), honest.runs.span());
  bent[3].runs.push_back({0, 5});
  for (const Statement& s : bent) EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
}

// A9: there is no field by which a proof could choose rates, queries or degrees; the profile is
// bound and decides them.
TEST(StatementFields, ParametersFollowFromTheProfile) {
  const Job job = reference_job("mean_squared_linear");
  const std::vector<u8> file = prove(job.input(), {}).bytes;
  OwnedArena arena(1 << 22);
  Statement s = statement_of(file, arena.get());
  s.profile = Profile::small;
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
  s.profile = Profile::bulk;
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
  s.profile = static_cast<Profile>(std::size(kProfiles));
  EXPECT_EQ(file_verdict(with_statement(file, s)), "statement_range");
  const Frozen seed(kSeed);
  s.profile = Profile::small;
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
}

// A16: equal sizes, another shape: the same words are read as another tensor.
TEST(StatementFields, AnotherShapeOfTheSameSizeIsRefused) {
  JobOptions o;
  o.features = 4;
  o.hidden = {2};
  o.outputs = 4;
  o.records = 8;
  o.holdout = 0;
  o.batch = 2;
  o.steps = 4;
  const Job job = chain_job(o);
  ProveOptions options;
  options.frozen_seed = kSeed;
  options.verify_own = false;
  const std::vector<u8> file = prove(job.input(), options).bytes;
  const Frozen seed(kSeed);
  ASSERT_EQ(file_verdict(file), "accepted");
  std::vector<std::function<void(Statement&)>> shapes = {
      [](Statement& s) {
        s.sampling.batch = 4, s.sampling.steps = s.segments[0].steps = 2, s.runs[0].count = 2;
      },
      [](Statement& s) { s.model.features = s.datasets[0].features = 3; },  // the same padded words
      [](Statement& s) { s.datasets[0].records = s.datasets[0].distinct = 7; },
      [](Statement& s) { s.sampling.steps = s.segments[0].steps = s.runs[0].count = 3; },
      [](Statement& s) {
        s.model.features = s.datasets[0].features = 8;
        s.datasets[0].records = s.datasets[0].distinct = 4;
      },
      [](Statement& s) { s.model.outputs = s.model.layers[2].out = s.datasets[0].labels = 3; },
      [](Statement& s) {
        s.model.features = s.datasets[0].features = 2, s.model.layers[0].out = 4;
      },
  };
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    OwnedArena arena(1 << 22);
    Statement s = statement_of(file, arena.get());
    shapes[i](s);
    EXPECT_NE(file_verdict(with_statement(file, s)), "accepted") << i;
  }
}

}  // namespace
}  // namespace pedigree::harness
