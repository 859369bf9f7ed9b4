// A2, A4, A11: every message of the prover is absorbed, and forced by an equation.
//
//   absorbed   a changed message changes every later challenge and no earlier one
//   FC         under replayed challenges each changed word is refused, in the clear and masked
//   A4         a prover that computes on with another challenge than the one drawn is refused
#include <gtest/gtest.h>

#include "forger/message_liar.h"
#include "harness/clear.h"
#include "harness/reference_jobs.h"
#include "harness/switches.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

constexpr u64 kSeed = 20251;

std::vector<u8> frozen_file(const Job& job) {
  ProveOptions options;
  options.verify_own = false;
  options.frozen_seed = kSeed;
  return prove(job.input(), options).bytes;
}

Job published(Job job) {
  job.statement.publish_weights = true;
  return job;
}

std::vector<Job> masked_jobs() {
  return {reference_job("cross_entropy_relu"), published(reference_job("logistic_relu")),
          reference_job("mean_squared_linear"), deep_job()};
}

// The clear channel with all equations ignored: it hears every challenge and how many messages came
// before it.
class Listener : public ClearChannel {
 public:
  using ClearChannel::ClearChannel;
  struct Heard {
    std::size_t messages;
    K challenge;
  };
  std::vector<Heard> heard;

  Result<ClearValue> receive(std::string_view label) noexcept {
    ++messages_;
    return ClearChannel::receive(label);
  }
  Result<ClearValue> receive_clear(std::string_view label) noexcept { return receive(label); }
  K challenge(std::string_view label) noexcept {
    heard.push_back({messages_, ClearChannel::challenge(label)});
    return heard.back().challenge;
  }
  Result<void> require(Check, u32, const ClearValue&, std::span<const Gate<ClearValue>>) noexcept {
    return {};
  }

 private:
  std::size_t messages_ = 0;
};

std::vector<Listener::Heard> challenges_of(const ClearCase& c, std::span<const u8> messages) {
  OwnedArena arena(4 * statement_memory(c.statement()));
  VerifierTranscript read(messages);
  bind_segment(read, encode_statement(c.statement()), 0);
  Listener listener(read, c.segment(), c.honest());
  EXPECT_TRUE(SegmentVerifier<Listener>(listener, c.segment(), arena.get()).run().ok());
  return listener.heard;
}

TEST(Messages, EachIsAbsorbedBeforeTheNextChallenge) {
  ClearCase c(published(reference_job("mean_squared_relu_rounding")));
  Witness w = c.honest();
  const std::vector<u8> honest = c.prove(w);
  const auto before = challenges_of(c, honest);
  for (std::size_t message = 0; message < honest.size() / 24; ++message)
    for (u32 limb = 0; limb < kDegree; ++limb) {
      std::vector<u8> bent = honest;
      const std::size_t at = 24 * message + 8 * limb;
      store_word(bent, at, (F(load_word(bent, at)) + F(1)).v);
      const auto after = challenges_of(c, bent);
      ASSERT_EQ(after.size(), before.size());
      for (std::size_t i = 0; i < after.size(); ++i)
        ASSERT_EQ(after[i].challenge == before[i].challenge, before[i].messages <= message)
            << message << " " << i;
    }
}

TEST(Messages, EachWordIsForcedInTheClear) {
  for (const ReferenceJob& j : reference_jobs()) {
    ClearCase c(published(j.job));
    Witness w = c.honest();
    ClearOptions frozen;
    frozen.frozen_seed = kSeed;
    const std::vector<u8> honest = c.prove(w, frozen);
    ASSERT_EQ(c.judge(honest, w, kSeed), "accepted");
    for (std::size_t at = 0; at < honest.size(); at += 8) {
      std::vector<u8> bent = honest;
      store_word(bent, at, (F(load_word(bent, at)) + F(1)).v);
      EXPECT_NE(c.judge(bent, w, kSeed), "accepted")
          << j.name << " message " << at / 24 << " word " << at / 8 % 3;
    }
  }
}

// Of maps that are pullbacks too, but for their root: no equation of the clear build reads it.
TEST(Messages, EachWordOfPullbacksIsForcedInTheClear) {
  const PullAnyMap pull;
  for (const char* name : {"mean_squared_relu_rounding", "logistic_relu"}) {
    ClearCase c(reference_job(name));
    Witness w = c.honest();
    ClearOptions frozen;
    frozen.frozen_seed = kSeed;
    const std::vector<u8> honest = c.prove(w, frozen);
    ASSERT_EQ(c.judge(honest, w, kSeed), "accepted");
    const std::size_t root = sizeof(K) * c.compiled().plan.pads_before_pushforward;
    for (std::size_t at = 0; at < honest.size(); at += 8) {
      if (at >= root && at < root + sizeof(Digest)) continue;
      std::vector<u8> bent = honest;
      store_word(bent, at, (F(load_word(bent, at)) + F(1)).v);
      EXPECT_NE(c.judge(bent, w, kSeed), "accepted") << name << " at " << at;
    }
  }
}

// No message is free: the list of exceptions is empty. Steps 1 to 7 and the messages of the
// opening; its hints below. `stride` 3 takes one word of each message.
void bend_masked_words(u64 stride) {
  for (const Job& job : masked_jobs()) {
    const std::vector<u8> honest = frozen_file(job);
    const Frozen frozen(kSeed);
    const Killed work(Check::grinding);  // a forger would do the work again
    ASSERT_EQ(file_verdict(honest), "accepted");
    const std::size_t proof = proof_offset(honest);
    for (const LoggedEvent& e : events_of(honest)) {
      if (e.type == 'N' || !e.is_message()) continue;  // a nonce is no part of an equation
      for (u64 at = proof + e.end - e.bytes; at < proof + e.end; at += 8) {
        if (at / 8 % stride != 0) continue;
        std::vector<u8> bent = honest;
        store_word(bent, at,
                   e.type == 'K' ? (F(load_word(bent, at)) + F(1)).v : load_word(bent, at) ^ 1);
        const Check check = judge_file(bent).check;
        if (e.type == 'D')
          EXPECT_EQ(check, Check::merkle_path) << e.label;
        else
          EXPECT_TRUE(check == Check::opening_claim || check == Check::opening_query)
              << e.label << " at " << at << " " << check_name(check);
      }
    }
  }
}

TEST(Messages, EachWordIsForcedMaskedSample) { bend_masked_words(3); }
TEST(Messages, EachWordOfPullbacksIsForcedMaskedSample) {
  const PullAnyMap pull;
  bend_masked_words(3);
}
TEST(Messages, EachWordIsForcedMaskedSlow) { bend_masked_words(1); }

// What is not absorbed is authenticated: leaves and siblings under replayed challenges.
TEST(Messages, EachHintIsAuthenticated) {
  const std::vector<u8> honest = frozen_file(reference_job("mean_squared_linear"));
  const Frozen frozen(kSeed);
  const Killed work(Check::grinding);
  const std::size_t proof = proof_offset(honest);
  std::vector<bool> absorbed(honest.size());
  for (const LoggedEvent& e : events_of(honest))
    if (e.is_message())
      std::fill(absorbed.begin() + static_cast<long>(proof + e.end - e.bytes),
                absorbed.begin() + static_cast<long>(proof + e.end), true);
  u32 hints = 0;
  for (std::size_t at = proof; at < honest.size(); at += 8) {
    if (absorbed[at] || hints++ % 11 != 0) continue;
    std::vector<u8> bent = honest;
    store_word(bent, at, load_word(bent, at) ^ 1);
    EXPECT_EQ(judge_file(bent).check, Check::merkle_path) << at;
  }
  EXPECT_GT(hints, 1000u);
}

// Both sides use every challenge. Reviewed exceptions: the first lambda joins two equations of
// single values, and a prover does not compute with tau (the next layer takes eq out of its first
// round).
TEST(Messages, AnotherChallengeThanTheOneDrawnIsRefused) {
  ClearCase c(reference_job("mean_squared_relu_rounding"));
  forger::MessageLiar count;
  ClearOptions options;
  options.liar = &count;
  Witness w = c.honest();
  const std::vector<u8> honest = c.prove(w, options);
  ASSERT_EQ(c.judge(honest, w), "accepted");
  for (std::size_t i = 0; i < count.drawn.size(); ++i) {
    forger::MessageLiar liar;
    liar.challenge_[i] = basis(i % kDegree);
    options.liar = &liar;
    const std::vector<u8> bent = c.prove(w, options);
    const std::string& label = count.drawn[i].label;
    if (bent == honest)
      EXPECT_TRUE(label == "tau" || (label == "lambda" && i == 2)) << i << " " << label;
    else
      EXPECT_NE(c.judge(bent, w), "accepted") << i << " " << label;
  }
}

// The clear channel, one challenge of which is another than drawn.
class Deaf : public ClearChannel {
 public:
  using ClearChannel::ClearChannel;
  std::size_t wrong = ~std::size_t{0}, drawn = 0;
  u32 layers = 0;  // of the lookup tree that end before or with the changed one
  std::string changed;
  K challenge(std::string_view label) noexcept {
    const K c = ClearChannel::challenge(label);
    if (drawn <= wrong && label == "tau") ++layers;
    if (drawn++ != wrong) return c;
    changed = label;
    return c + K(kOne);
  }
};

// The same exceptions: an honest layer satisfies its equation for every tau, but for the last, which is a coordinate of
// the columns. That a false one does not is shown by the forgeries of the children in checks_test.cc.
TEST(Messages, TheVerifierUsesEveryChallenge) {
  ClearCase c(published(reference_job("mean_squared_relu_rounding")));
  Witness w = c.honest();
  const std::vector<u8> honest = c.prove(w);
  std::size_t wrong = 0;
  for (bool more = true; more; ++wrong) {
    OwnedArena arena(4 * statement_memory(c.statement()));
    VerifierTranscript read(honest);
    bind_segment(read, encode_statement(c.statement()), 0);
    Deaf channel(read, c.segment(), w);
    channel.wrong = wrong;
    const bool ok = SegmentVerifier<Deaf>(channel, c.segment(), arena.get()).run().ok();
    more = channel.drawn > wrong;
    const bool is_above = channel.layers < c.compiled().plan.log_lookups;
    EXPECT_EQ(ok, !more || wrong == 2 || (channel.changed == "tau" && is_above))
        << wrong << " " << channel.changed;
  }
  EXPECT_GT(wrong, 100u);
}

// A11: rounds and degrees come from the program. A message more or less, wherever, is refused under
// replayed challenges.
TEST(Messages, OneMessageMoreOrLessIsRefused) {
  ClearCase c(reference_job("mean_squared_relu_rounding"));
  Witness w = c.honest();
  ClearOptions frozen;
  frozen.frozen_seed = kSeed;
  const std::vector<u8> honest = c.prove(w, frozen);
  for (std::size_t at = 0; at < honest.size(); at += 24) {
    std::vector<u8> less = honest, more = honest;
    less.erase(less.begin() + static_cast<long>(at), less.begin() + static_cast<long>(at + 24));
    more.insert(more.begin() + static_cast<long>(at), 24, 0);
    EXPECT_NE(c.judge(less, w, kSeed), "accepted") << at / 24;
    EXPECT_NE(c.judge(more, w, kSeed), "accepted") << at / 24;
  }
}

}  // namespace
}  // namespace pedigree::harness
