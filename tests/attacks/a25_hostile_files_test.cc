// A24, A25, A26: hostile bytes. One encoding for each proof, bounded memory, a verdict that depends
// on the bytes alone.
#include <gtest/gtest.h>

#include <ctime>

#include "harness/reference_jobs.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"
#include "kernel/parallel.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;

const Bytes& honest_file() {
  static const Bytes file = prove(reference_job("mean_squared_linear").input(), {}).bytes;
  return file;
}

// What no file may do is crash, hang or be accepted.
void expect_refused(const Bytes& file, const std::string& what) {
  if (file == honest_file()) return;
  EXPECT_NE(file_verdict(file), "accepted") << what;
}

// Every word of the proof in several ways: every `stride`-th.
void tamper_words(std::size_t stride) {
  const Bytes& honest = honest_file();
  for (std::size_t at = proof_offset(honest); at + 8 <= honest.size(); at += 8 * stride) {
    const u64 word = load_word(honest, at);
    const u64 next = at + 16 <= honest.size() ? load_word(honest, at + 8) : word;
    for (const u64 changed :
         {word + 1, u64{0}, word + kModulus, kModulus, next, word ^ (u64{1} << (at / 8 % 64))}) {
      Bytes bent = honest;
      store_word(bent, at, changed);
      if (changed == next && at + 16 <= honest.size()) store_word(bent, at + 8, word);
      expect_refused(bent, "word at " + std::to_string(at));
    }
  }
}

TEST(HostileFiles, EveryWordTamperedSample) { tamper_words(61); }
TEST(HostileFiles, EveryWordTamperedSlow) { tamper_words(1); }

TEST(HostileFiles, EveryStatementByteTampered) {
  const Bytes& honest = honest_file();
  for (std::size_t at = 0; at < proof_offset(honest); ++at)
    for (const int by : {0x01, 0x80, 0xff}) {
      Bytes bent = honest;
      bent[at] = static_cast<u8>(bent[at] ^ by);
      expect_refused(bent, "byte " + std::to_string(at));
    }
}

TEST(HostileFiles, CutAtEveryBoundary) {
  const Bytes& honest = honest_file();
  const std::size_t proof = proof_offset(honest);
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; at <= proof; ++at) cuts.push_back(at);
  for (const LoggedEvent& e : events_of(honest))
    if (e.is_message())
      cuts.insert(cuts.end(), {proof + e.end - e.bytes, proof + e.end, proof + e.end - 1});
  for (std::size_t at = proof; at < honest.size(); at += 977) cuts.push_back(at);
  for (const std::size_t cut : cuts) {
    if (cut >= honest.size()) continue;
    const Refusal why = judge_file(std::span<const u8>(honest).first(cut));
    EXPECT_EQ(why.check, cut < 8 ? Check::file_magic : Check::read_past_end) << cut;
  }
}

TEST(HostileFiles, Extended) {
  for (const std::size_t more : {1, 7, 8, 24, 4096}) {
    Bytes longer = honest_file();
    longer.resize(longer.size() + more);
    EXPECT_EQ(judge_file(longer).check, Check::trailing_bytes);
  }
  Bytes twice = honest_file();
  twice.insert(twice.end(), honest_file().begin(), honest_file().end());
  EXPECT_EQ(judge_file(twice).check, Check::trailing_bytes);
}

// A24: decoding and encoding give the same bytes; a second spelling of any value is refused.
TEST(HostileFiles, OneEncodingOfAStatement) {
  for (const ReferenceJob& j : reference_jobs()) {
    const Bytes file = prove(j.job.input(), {.verify_own = false}).bytes;
    OwnedArena arena(1 << 22);
    const Bytes again = with_statement(file, statement_of(file, arena.get()));
    EXPECT_EQ(again, file) << j.name;
  }
  // Elements of the statement plus the modulus: refused even where the sum still fits a word.
  OwnedArena arena(1 << 22);
  const Statement honest = statement_of(honest_file(), arena.get());
  for (u32 limb = 0; limb < 2 * kDegree; ++limb)
    for (const u64 alias : {kModulus, kModulus + 5, ~u64{0}}) {
      Statement s = honest;
      s.datasets = Vec<Manifest>(arena.get(), honest.datasets.span());
      s.segments = Vec<SegmentStatement>(arena.get(), honest.segments.span());
      (limb < kDegree ? s.datasets[0].answer : s.segments[0].end.answer).c[limb % kDegree] =
          F::canonical(alias);
      EXPECT_EQ(file_verdict(with_statement(honest_file(), s)), "statement_canonical");
    }
  // A truth value other than 0 and 1, and a digest of weights that are not published.
  Bytes bent = honest_file();
  const Bytes statement = encode_statement(honest);
  bent[kHeaderBytes + publish_byte(honest)] = 2;
  EXPECT_EQ(file_verdict(bent), "statement_canonical");
  Statement s = honest;
  s.weights.bytes[0] = 1;
  EXPECT_EQ(file_verdict(with_statement(honest_file(), s)), "statement_canonical");
  // A longer and a shorter statement than its fields take.
  for (const int by : {-1, 1}) {
    Bytes other = statement;
    other.resize(static_cast<std::size_t>(static_cast<long>(statement.size()) + by));
    const std::string verdict = file_verdict(with_statement(honest_file(), other));
    EXPECT_EQ(verdict, by > 0 ? "trailing_bytes" : "read_past_end");
  }
}

// A25: every number of the statement set to every size: a refusal, and never more memory than was
// announced for it.
TEST(HostileFiles, HeaderBombs) {
  const Bytes file = prove(reference_job("graph").input(), {}).bytes;
  OwnedArena arena(1 << 22);
  const std::size_t fields = count_fields(statement_of(file, arena.get()));
  for (std::size_t field = 0; field < fields; ++field)
    for (const u64 value :
         {u64{0}, u64{1}, u64{2}, u64{7}, u64{63}, u64{64}, u64{65}, u64{255}, u64{1} << 12,
          u64{1} << 15, u64{1} << 16, u64{1} << 24, (u64{1} << 24) + 1, u64{1} << 31, ~u64{0}}) {
      OwnedArena memory(1 << 22);
      Statement s = statement_of(file, memory.get());
      FieldVisitor bend(field, [&](const std::string&, std::span<u8> bytes) {
        if (bytes.size() <= 8) std::memcpy(bytes.data(), &value, bytes.size());
      });
      visit_statement(bend, s);
      const Bytes bent = with_statement(file, s);
      if (bent != file) EXPECT_NE(file_verdict(bent), "accepted") << field << " " << value;
    }
  // Lengths in the bytes themselves: of the statement, of the runs, of the context.
  for (const u32 length : {0u, 1u, 0x7fffffffu, 0xffffffffu, static_cast<u32>(file.size())}) {
    Bytes bent = file;
    std::memcpy(bent.data() + 12, &length, 4);
    EXPECT_NE(file_verdict(bent), "accepted");
  }
}

// A statement alone must not buy hours: the order of records, most of a verifier's work, waits for the last equation.
TEST(HostileFiles, AnEmptyProofCostsNoSorting) {
  JobOptions o;
  o.records = 1 << 15;
  o.holdout = 0;
  o.batch = 1 << 15;
  o.steps = 1 << 9;
  o.features = 1;
  o.hidden = {};
  o.without_records = true;
  o.runs = {{1 << 9, 1}};
  const Bytes file = encode_file(chain_job(o).statement, {});
  const std::clock_t before = std::clock();
  OwnedArena arena(verify_memory(file));
  const auto verdict = verify_file(file, arena.get());
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(verdict.why().check, Check::read_past_end);
  EXPECT_LT(std::clock() - before, 2 * CLOCKS_PER_SEC);  // sorting: eight seconds and more
}

TEST(HostileFiles, NoiseAndMutatedStatements) {
  std::mt19937_64 random(25);
  const Bytes file = prove(reference_job("graph").input(), {}).bytes;
  const std::size_t proof = proof_offset(file);
  for (u32 i = 0; i < 3000; ++i) {
    // noise, noise behind a valid prefix, and a few changed bytes in the statement
    Bytes noise(random() % 600);
    for (u8& b : noise) b = static_cast<u8>(random());
    EXPECT_NE(file_verdict(noise), "accepted");
    Bytes prefix(file.begin(), file.begin() + static_cast<long>(random() % (proof + 64)));
    prefix.insert(prefix.end(), noise.begin(), noise.end());
    EXPECT_NE(file_verdict(prefix), "accepted");
    Bytes bent = file;
    for (u64 n = 1 + random() % 4; n > 0; --n)
      bent[kHeaderBytes + random() % (proof - kHeaderBytes)] =
          static_cast<u8>(random() % 3 ? random() % 8 : random());
    if (bent != file) EXPECT_NE(file_verdict(bent), "accepted");
  }
}

// An unknown kind of layer behind a shared one: found by reading, it crashed while the formats of
// sharers were compared.
TEST(HostileFiles, AnUnknownLayerBehindASharedOneIsRefused) {
  const Bytes file = prove(reference_job("graph").input(), {}).bytes;
  OwnedArena arena(1 << 22);
  const Statement honest = statement_of(file, arena.get());
  for (u32 layer = 0; layer < honest.model.num_layers; ++layer)
    for (const int kind : {0, 4, 200}) {
      Statement s = honest;
      s.model.layers[layer].kind = static_cast<LayerKind>(kind);
      EXPECT_EQ(file_verdict(with_statement(file, s)), "statement_layer") << layer;
    }
}

// A26: threads, repetition and order of calls do not matter; empty and zero inputs are refused like
// others.
TEST(HostileFiles, VerdictDependsOnTheBytesAlone) {
  Bytes bad = honest_file();
  bad[bad.size() - 1] ^= 1;
  for (const unsigned n : {1u, 2u, 3u}) {
    set_threads(n);
    for (u32 again = 0; again < 2; ++again) {
      EXPECT_EQ(file_verdict(honest_file()), "accepted");
      EXPECT_NE(file_verdict(bad), "accepted");
    }
  }
  set_threads(0);
  EXPECT_EQ(file_verdict({}), "file_magic");
  EXPECT_EQ(file_verdict(Bytes(8)), "file_magic");
  EXPECT_EQ(file_verdict(Bytes(100000)), "file_magic");
  Bytes zero_proof = honest_file();
  std::fill(zero_proof.begin() + static_cast<long>(proof_offset(zero_proof)), zero_proof.end(),
            u8{0});
  EXPECT_NE(file_verdict(zero_proof), "accepted");
  // Announced memory is enough, and what lies beyond it or in it before does not matter.
  std::vector<u8> block(verify_memory(honest_file()), 0xff);
  Arena arena(block.data(), block.size(), nullptr);
  EXPECT_TRUE(verify_file(honest_file(), arena).ok());
  EXPECT_LE(arena.used(), block.size());
}

}  // namespace
}  // namespace pedigree::harness
