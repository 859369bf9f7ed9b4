// A38: a named start is the one of its file and of its root; each part of it is bound.
#include <gtest/gtest.h>
#include <pedigree/verify.h>

#include "harness/clear.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"
#include "proof/weights_file.h"
#include "proof/weights_file_write.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;
constexpr u64 kSeed = 3838;

TEST(Starts, EachPartIsBound) {
  const Job job = named_start(chain_job({}), 20);
  // Starts of other runs of the same shape: real roots with their answers.
  JobOptions o;
  o.seed = 8;
  const Bytes other = prove(named_start(chain_job(o), 20).input(), {}).bytes;
  for (const bool frozen : {false, true}) {
    ProveOptions options;
    options.verify_own = !frozen;
    options.frozen_seed = frozen ? kSeed : 0;
    const Bytes file = prove(job.input(), options).bytes;
    std::optional<Frozen> challenges;
    if (frozen) challenges.emplace(kSeed);
    ASSERT_EQ(file_verdict(file), "accepted");
    OwnedArena arena(1 << 22);
    const Statement honest = statement_of(file, arena.get()),
                    foreign = statement_of(other, arena.get());
    const auto verdict = [&](const std::function<void(Statement&)>& change) {
      Statement s = honest;
      s.segments = Vec<SegmentStatement>(arena.get(), honest.segments.span());
      change(s);
      return file_verdict(with_statement(file, s));
    };
    EXPECT_NE(verdict([&](Statement& s) { s.start = foreign.start; }), "accepted");
    EXPECT_NE(verdict([&](Statement& s) { s.start.root = foreign.start.root; }), "accepted");
    EXPECT_NE(verdict([&](Statement& s) { s.start.answer = foreign.start.answer; }), "accepted");
    EXPECT_NE(verdict([&](Statement& s) { s.start = s.segments[0].end; }), "accepted");
    EXPECT_NE(verdict([&](Statement& s) { std::swap(s.start, s.segments[0].end); }), "accepted");
    // The name alone: order and start of the seed follow from it.
    EXPECT_NE(verdict([&](Statement& s) { s.start_weights.bytes[9] ^= 1; }), "accepted");
    // Weights that nothing bounds.
    EXPECT_EQ(verdict([](Statement& s) { s.segments[0].check_bits = 0; }), "statement_range");
    EXPECT_NE(verdict([](Statement& s) { s.segments[0].check_bits = 21; }), "accepted");
    // Taken for a fresh one, with and without what belongs to a named one.
    EXPECT_EQ(verdict([](Statement& s) { s.start_kind = StartKind::seeded; }),
              "statement_canonical");
    EXPECT_NE(verdict([](Statement& s) {
                s.start_kind = StartKind::seeded;
                s.start = RootStatement();
                s.start_weights = Digest();
                s.segments[0].check_bits = 0;
              }),
              "accepted");
  }
}

struct Started {
  Bytes proof, file;
};

// A run from the weights of `job.start`, whose statement names `shown`, the file of them with one entry moved.
Started started(i64 moved) {
  Job job = named_start(chain_job({}), 20);
  OwnedArena arena(4 * statement_memory(job.statement));
  const auto c = compile_statement(job.statement, arena.get());
  WeightEntries shown = job.start;
  shown[0][0] += moved;
  Started out;
  out.file = write_weights_file(c.value().segments[0].program.parameters.span(), shown);
  job.statement.start_weights = keccak256(out.file);
  out.proof = prove(job.input(), {}).bytes;
  return out;
}

// A digest that names other weights than those the run began from: the statement holds, the file does not.
TEST(Starts, TheFileOfAnotherStartIsRefused) {
  for (const i64 moved : {i64{0}, i64{1}, i64{-3}}) {
    const Started run = started(moved);
    Bytes memory(pedigree_verify_memory(run.proof.data(), run.proof.size()));
    pedigree_result result{}, verdict{};
    ASSERT_EQ(pedigree_verify(run.proof.data(), run.proof.size(), nullptr, memory.data(),
                              memory.size(), &result),
              PEDIGREE_OK);
    pedigree_verify_start(&result, run.file.data(), run.file.size(), &verdict);
    EXPECT_STREQ(verdict.check, moved == 0 ? "" : "weights_differ");
  }
}

}  // namespace
}  // namespace pedigree::harness
