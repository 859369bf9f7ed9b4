// A30 for origins: the exact zero-knowledge test of a claim whose datasets are hidden. Challenges are replayed and uniform messages
// drawn first; for other rows under the same statement there are pads for which the prover sends exactly these messages, and the
// form that the opening proves has the claimed value. So for other rows of a hashed list, whose digest is the same for both: an output
// of a random oracle at a nonce that nobody sees.
#include <gtest/gtest.h>

#include "harness/origins_case.h"
#include "harness/salts.h"
#include "harness/upper_part.h"

namespace pedigree::harness {
namespace {

constexpr u64 kSeed = 5050;

std::vector<K> uniform(std::size_t n, u64 seed) {
  Digest d;
  std::memcpy(d.bytes, &seed, 8);
  std::vector<K> out(n);
  Randomness(d, Digest()).fill("test", out);
  return out;
}

// What a prover with these rows has, and what it would send without masks.
struct Side {
  std::vector<std::vector<F>> data;
  Witness w;
  std::function<std::vector<K>()> send;
  std::vector<K> values;

  Side(const Side&) = delete;
  // Rows that are no hits differ from each other and from the list by `shift`.
  Side(const OriginsCase& c, const CompiledOrigins& claim, const SegmentPublic& known,
       std::span<const i32> list, const OriginsStatement& s, std::span<const u8> settings,
       u64 shift) {
    const CompiledSegment& segment = claim.file.segments[0];
    const u32 features = c.features();
    u32 first = 0;
    for (std::size_t d = 0; d < c.input.datasets.size(); ++d) {
      const std::span<const F> honest = c.input.datasets[d]->message().held();
      data.emplace_back(honest.begin(), honest.end());
      const DatasetLayout& layout = claim.file.data[d];
      for (u32 n = 0; n < s.datasets[d].records; ++n) {
        bool is_hit = false;
        for (const RowHit& hit : s.hits) is_hit = is_hit || hit.row == first + n;
        for (u32 f = 0; f < features && !is_hit; ++f)
          data[d][(u64{f} << layout.log_records) + n] += F(shift + 7 * f);
      }
      first += s.datasets[d].records;
    }
    for (const std::vector<F>& message : data) w.data.push_back(message);
    w.messages[kSegmentRoot].resize(message_words(segment.layout, kSegmentRoot));
    F* const records =
        w.messages[kSegmentRoot].data() + segment.layout.tensors[claim.records].offset;
    for (std::size_t n = 0; n < s.samples; ++n)
      for (std::size_t f = 0; f < features; ++f)
        records[(f << segment.program.sizes.log_batch) + n] = F::from_int(list[n * features + f]);
    send = [this, &segment, &known, settings] {
      TensorValues tensors(known, w);
      fill_static(known, w, tensors);
      EXPECT_EQ(w.refusal, "");
      EXPECT_FALSE(fill_multiplicities(known, w, tensors).found);
      ProverTranscript t;
      t.chain().frozen_seed = kSeed;
      bind_segment(t, settings, 0);
      t.send_digest("segment", Digest());
      const std::vector<K> none(segment.plan.num_pads);
      MaskedSender sender(t, none);
      prove_segment(known, w, tensors, sender);
      std::vector<K> sent((t.proof().size() - sizeof(Digest)) / sizeof(K));
      std::memcpy(sent.data(), t.proof().data() + sizeof(Digest), sent.size() * sizeof(K));
      return sent;
    };
    values = send();
  }
};

TEST(OriginsZeroKnowledge, AnyMessagesAreThoseOfAnyRows) {
  const OriginsCase& c = origins_case("several");
  struct Case {
    List list, other;  // the second side's
    Visibility visibility;
  };
  const List some{c.absent(1), c.row(2), c.absent(2)};
  for (const auto& [list, other, visibility] :
       {Case{some, some, Visibility::shown}, Case{{c.absent(1)}, {c.absent(1)}, Visibility::shown},
        Case{some, {c.absent(3), c.row(2), c.absent(4)}, Visibility::hashed}}) {
    const std::vector<i32> cells = cells_of(list);
    OwnedArena arena(std::size_t{1} << 27);
    const OriginsStatement s = c.statement(cells, visibility, arena.get());
    const auto compiled = compile_origins(s, arena.get());
    ASSERT_TRUE(compiled.ok());
    const CompiledSegment& segment = compiled.value().file.segments[0];
    SegmentPublic known = public_of(compiled.value().file, 0);
    for (u32 root = kDataRoot; root < segment.layout.num_roots; ++root)
      known.answers[root] = uniform(1, root)[0];
    const std::vector<u8> settings = encode_statement(c.job.statement);
    Side a(c, compiled.value(), known, cells, s, settings, 1000),
        b(c, compiled.value(), known, cells_of(other), s, settings, 5000);
    EXPECT_NE(a.data, b.data);
    EXPECT_NE(a.values, b.values);
    Salts salts_a(segment, a.w, a.send), salts_b(segment, b.w, b.send);
    ASSERT_EQ(salts_a.places(), salts_b.places());
    ASSERT_EQ(salts_a.places().size(), visibility == Visibility::hashed ? 1u : 0u);
    const UpperPart upper(segment, known, c.job.statement, kSeed, 0, 0, salts_a.places());
    ASSERT_EQ(upper.num_early(), a.values.size());
    const std::vector<K> messages = uniform(upper.num_messages(), 1);
    salts_a.place(messages);
    salts_b.place(messages);
    a.values = a.send();
    b.values = b.send();
    const UpperPart::Claim claim = upper.claim(messages);
    for (Side* side : {&a, &b}) {
      place_pads(segment, upper.pads_for(messages, side->values, &side->w), known, side->w);
      EXPECT_EQ(upper.value_of(claim, side->w), claim.value);
    }
    a.w.messages[kSegmentRoot][0] += F(1);  // the twin: a witness with one cell bent
    EXPECT_NE(upper.value_of(claim, a.w), claim.value);
  }
}

}  // namespace
}  // namespace pedigree::harness
