#include "proof/prove.h"

#include <map>

#include "base/require.h"
#include "commit/packed_words.h"
#include "kernel/fold.h"
#include "kernel/profile.h"
#include "proof/attempt.h"
#include "proof/eq_vector.h"

namespace pedigree {

namespace {

void refuse_miss(const LookupMiss& miss, const CompiledSegment& c) {
  if (!miss.found) return;
  const Program& p = c.program;
  const Tensor& t = p.tensors[miss.tensor];
  std::string place = "layer " + std::to_string(t.layer);
  if (t.domain == Domain::samples) {
    const u64 position = miss.cell & ((u64{1} << p.log_positions(t)) - 1);
    place += ", step " + std::to_string(c.first_step + (position >> p.sizes.log_batch));
  }
  throw std::runtime_error(place + ": a value is outside its table");
}

// What the witness has of a seeded start.
class WitnessStart final : public KnownStart {
 public:
  WitnessStart(const Program& program, const std::vector<std::vector<F>>& entries)
      : program_(program), entries_(entries) {}
  K at(ParameterId w, std::span<const K> in, std::span<const K> out) const override {
    const Parameter& p = program_.parameters[w];
    const std::vector<K> at_in = eq_of(in), at_out = eq_of(out);
    std::vector<K> sums(p.out);
    weighted_rows(entries_[w].data(), std::span(at_in).first(p.in), p.out, sums.data());
    return inner_product(sums.data(), at_out.data(), p.out);
  }

 private:
  const Program& program_;
  const std::vector<std::vector<F>>& entries_;
};

// One proof in the making.
class Prover {
 public:
  Prover(ProveInput input, const ProveOptions& options)
      : input_(std::move(input)),
        s_(input_.statement),
        o_(options),
        memory_(2 * arena_bytes() + 64 * encode().size()) {
    auto compiled = input_.claim != nullptr ? input_.claim->compile(memory_.get())
                                            : compile_statement(s_, memory_.get());
    if (!compiled.ok()) throw std::runtime_error(check_text(compiled.why().check));
    c_ = compiled.value();
  }

  Proof run() {
    settings_ = keccak256(encode());
    randomness_.emplace(o_.attempt != nullptr ? Randomness(*o_.attempt, settings_)
                                              : Randomness(settings_));
    begin("exact training", 0);
    const bool resumed = stored(0);
    if (!resumed) prepare(0);
#ifdef PEDIGREE_HARNESS
    if (o_.tamper && o_.tampered == 0) o_.tamper(public_of(c_, 0), witness_);
    if (input_.settle_datasets) input_.settle_datasets(s_);
#endif
    if (input_.claim == nullptr) commit_boundaries();
    statement_ = encode();
    for (u32 k = 0; k < c_.segments.size(); ++k) {
      if (stored(k)) {
        take_up(k);
        continue;
      }
      if (k > 0 || resumed) prepare(k);
      prove_one(k);
    }
    open();
    Proof proof{encode_file(statement_, transcript_.proof()), {}};
    if (o_.verify_own) verify(proof);
    if (s_.openings > 0) proof.end_message = weights_at(num_segments() - 1);
    return proof;
  }

 private:
  void begin(const char* stage, double share) const {
    const double n = static_cast<double>(c_.segments.size());
    if (o_.progress) o_.progress(stage, share < 0.75 ? share * (done_ + 1) / n : share);
  }

  std::span<F> random_rows(std::vector<F>& message, const Layout& l, u32 root) const {
    return std::span<F>(message).subspan(l.live_words[root]);
  }

  std::vector<u8> encode() const {
    return input_.claim != nullptr ? input_.claim->encode() : encode_statement(s_);
  }
  std::size_t arena_bytes() const {
    return input_.claim != nullptr ? input_.claim->memory() : statement_memory(s_);
  }

  u32 num_segments() const { return static_cast<u32>(c_.segments.size()); }
  // Boundary k is the end of segment k; behind the last one comes a named start.
  u32 num_boundaries() const { return num_segments() + (c_.committed_start ? 1 : 0); }
  u32 boundary_before(u32 k) const { return k > 0 ? k - 1 : num_segments(); }

  // The weights at a boundary as a message.
  std::vector<F> boundary_message(u32 boundary) const {
    const bool is_end = boundary < num_segments();
    const CompiledSegment& segment = c_.segments[is_end ? boundary : 0];
    const u32 root = is_end ? kEndRoot : kStartRoot;
    std::vector<F> message(message_words(segment.layout, root));
    place_weights(segment, input_.weights(is_end ? boundary + 1 : 0), message);
    const std::string name = "weights " + std::to_string(boundary);
    randomness_->fill(name + " rows", random_rows(message, segment.layout, root));
    randomness_->fill(name + " answer pad",
                      std::span<F>(message).subspan(segment.layout.answer_pad[root], kDegree));
    return message;
  }

  // As it was committed, or, for the first segment, will be.
  std::vector<F> weights_at(u32 boundary) {
    if (boundaries_.empty()) return boundary_message(boundary);
    const std::span<const F> held = boundaries_[boundary]->message().held();
    std::vector<F> message(held.begin(), held.end());
    boundaries_[boundary]->release();
    return message;
  }

  void prepare(u32 k) {
    const Stage stage("trace", c_.segments[k].selection.size());
    witness_ = Witness();
    for (OpenableRoot* dataset : input_.datasets) witness_.data.push_back(dataset->message());
    if (input_.start != nullptr) {
      const std::span<const F> words = input_.start->message().held();
      witness_.messages[kStartRoot].assign(words.begin(), words.end());
    } else if (k > 0 || c_.committed_start) {
      witness_.messages[kStartRoot] = weights_at(boundary_before(k));
    }
    if (!take_trace(k)) trace_witness(input_, c_, k, witness_);
    finish_witness(c_, k, witness_);
    if (!c_.ends.empty()) witness_.messages[kEndRoot] = weights_at(k);  // the trace knows them
#ifdef PEDIGREE_HARNESS
    if (k > 0 && o_.tamper && o_.tampered == k) o_.tamper(public_of(c_, k), witness_);
#endif
  }

  // Runs a segment for the weights after it, and keeps what its proof needs of that.
  void keep_trace(u32 k) {
    const Stage stage("trace", c_.segments[k].selection.size());
    Witness w;
    for (OpenableRoot* dataset : input_.datasets) w.data.push_back(dataset->message());
    trace_witness(input_, c_, k, w);
    KeptTrace& kept = traces_[k];
    for (const u32 root : traced_roots(k)) kept.own.push_back(pack_words(w.messages[root]));
    for (const std::vector<F>& values : w.contractions)
      kept.contractions.push_back(pack_words(values));
  }

  bool take_trace(u32 k) {
    auto node = traces_.extract(k);
    if (node.empty()) return false;
    bool whole = true;
    for (const u32 root : traced_roots(k))
      whole = whole && unpack_words(node.mapped().own[root], witness_.messages[root]);
    witness_.contractions.resize(node.mapped().contractions.size());
    for (std::size_t t = 0; t < witness_.contractions.size(); ++t)
      whole = whole && unpack_words(node.mapped().contractions[t], witness_.contractions[t]);
    PEDIGREE_REQUIRE(whole, "packed words are read as they were");
    return true;
  }

  void commit_boundaries() {
    begin("committing", 0.1);
    const Stage stage("commit", num_boundaries());
    const u64 pad = c_.segments[0].layout.answer_pad[kEndRoot];
    std::vector<std::unique_ptr<AttemptRoot>> roots;
    for (u32 i = 0; i < num_boundaries(); ++i) {
      // The first segment is traced already, and who asks knows the last weights.
      if (o_.keep_traces && i > 0 && i + 1 < num_segments() && !stored(i)) keep_trace(i);
      std::vector<F>* const prepared = i == 0                ? &witness_.messages[kEndRoot]
                                       : i == num_segments() ? &witness_.messages[kStartRoot]
                                                             : nullptr;
      const bool lends = prepared != nullptr && !prepared->empty();
      roots.push_back(std::make_unique<AttemptRoot>(
          lends ? std::move(*prepared) : boundary_message(i), std::span<const K>(), c_.opening,
          o_.store, "weights-" + std::to_string(i) + ".message", o_.coset_words));
      const Digest root = roots[i]->opened().root;
      (i < num_segments() ? s_.segments[i].end : s_.start) = {
          root, masked_answer(roots[i]->message(), pad, root)};
      if (lends)
        *prepared = roots[i]->lend();  // until the first segment is proven
      else
        roots[i]->release();
    }
    boundaries_ = std::move(roots);
#ifdef PEDIGREE_HARNESS
    if (o_.tamper_statement) o_.tamper_statement(s_);
#endif
    take_roots(s_, c_, memory_.get());
  }

  // The parts of a segment in the store: the messages of its roots, what the messages of all roots make of its linear form, and, last,
  // what was sent.
  static std::string part_name(u32 k, std::string_view what) {
    return "segment-" + std::to_string(k) + "." + std::string(what);
  }

  bool stored(u32 k) {
    std::vector<u8> bytes;
    std::vector<std::string_view> parts{"proof", "form"};
    for (const u32 root : own_roots(k)) parts.push_back(own_part(root));
    for (const std::string_view part : parts)
      if (o_.store == nullptr || !o_.store->load(part_name(k, part), bytes)) return false;
    return true;
  }

  static std::string_view own_part(u32 root) {
    return root == kSegmentRoot ? "message" : kOwnLabels[root];
  }
  // The segment's own roots, all or those of the trace.
  std::vector<u32> own_roots(u32 k, u32 end = kOwnRoots) const {
    std::vector<u32> roots;
    for (u32 root = 0; root < end; ++root)
      if (c_.segments[k].layout.has(root)) roots.push_back(root);
    return roots;
  }
  std::vector<u32> traced_roots(u32 k) const { return own_roots(k, kPushforwardRoot); }

  void make_mask() {
    if (!mask_.empty()) return;
    mask_.resize(std::size_t{1} << c_.opening.log_rows);
    randomness_->fill("mask", mask_);
  }
  std::span<const K> mask_of(u32 k, u32 root) {
    make_mask();
    const bool carries = k == 0 && root == kSegmentRoot && !mask_is_apart(c_.opening);
    return carries ? std::span<const K>(mask_) : std::span<const K>();
  }

  // A segment that an earlier process of this attempt has proven: its messages are read as the verifier reads them.
  void take_up(u32 k) {
    const CompiledSegment& segment = c_.segments[k];
    std::vector<u8> bytes;
    PEDIGREE_REQUIRE(o_.store->load(part_name(k, "proof"), bytes), "the store keeps messages");
    OwnedArena arena(arena_bytes() + 64 * statement_.size());
    VerifierTranscript t(bytes);
    bind_segment(t, statement_, k);
    auto roots = receive_first_roots(t, segment.layout);
    PEDIGREE_REQUIRE(roots.ok(), "the store keeps messages");
    const SegmentPublic truth = public_of(c_, k);
    MaskedChannel channel(t, segment.layout, segment.plan.num_pads, arena.get());
    const auto claims = verify_segment(channel, truth, arena.get());
    PEDIGREE_REQUIRE(claims.ok(), "the store keeps messages");
    roots.value().root[kPushforwardRoot] = claims.value().pushforward;
    const auto claim = verify_gates(channel);
    PEDIGREE_REQUIRE(claim.ok() && t.finish().ok(), "the store keeps messages");
    for (const u32 root : own_roots(k))
      held_[root].push_back(std::make_unique<AttemptRoot>(
          OpenedRoot{segment.layout.log_rows[root], roots.value().root[root]}, mask_of(k, root),
          c_.opening, *o_.store, part_name(k, own_part(root)), o_.coset_words));
    keep(claim.value().value, t.chain().state(), bytes);
    ++done_;
  }

  // What the file takes of a segment.
  void keep(const K& value, const Digest& state, std::span<const u8> messages) {
    states_.push_back(state);
    values_.push_back(value);
    transcript_.append(messages);
  }

  // The linear form of a segment, contracted with the messages while they are at hand.
  void keep_form(u32 k, const MaskedChannel& channel, const FormClaim& claim,
                 const SegmentPublic& truth) {
    const Stage stage("linear form", channel.keys().size());
    std::vector<WeightGroup> groups = form_groups(channel.keys().span(), claim.form.span(),
                                                  truth.layout->num_roots, truth.selection);
    for (WeightGroup& group : groups) {
      contract_message(group, witness_.message(group.root), kLogRootColumns);
      group.root = file_root(c_, k, group.root);
    }
    if (o_.store != nullptr) {
      o_.store->save(part_name(k, "form"), encode_groups(groups));
      return;
    }
    groups_.resize(k + 1);
    groups_[k] = std::move(groups);
  }

  std::vector<WeightGroup> form_of(u32 k) {
    if (o_.store == nullptr) return std::move(groups_[k]);
    std::vector<u8> bytes;
    PEDIGREE_REQUIRE(o_.store->load(part_name(k, "form"), bytes), "the store keeps forms");
    return decode_groups(bytes);
  }

  void commit_segment(u32 k, std::span<const K> pads) {
    const CompiledSegment& segment = c_.segments[k];
    const u64 words = segment_words(segment.layout);
    const Stage stage("commit", words, 8 * words);
    F* const at = witness_.cells(segment.layout.pads);
    for (std::size_t i = 0; i < pads.size(); ++i)
      for (u32 l = 0; l < kDegree; ++l) at[kDegree * i + l] = pads[i].c[l];
    for (const u32 root : traced_roots(k)) commit_own(k, root);
  }

  Digest commit_own(u32 k, u32 root) {
    std::vector<F>& message = witness_.messages[root];
    const std::string role = root == kSegmentRoot ? "" : " " + std::string(own_part(root));
    randomness_->fill("segment " + std::to_string(k) + role + " rows",
                      random_rows(message, c_.segments[k].layout, root));
    held_[root].push_back(
        std::make_unique<AttemptRoot>(std::move(message), mask_of(k, root), c_.opening, o_.store,
                                      part_name(k, own_part(root)), o_.coset_words));
    message = held_[root].back()->lend();
    return held_[root].back()->opened().root;
  }

  Digest commit_pushforwards(u32 k) {
    const u64 words = message_words(c_.segments[k].layout, kPushforwardRoot);
    const Stage stage("commit", words, 8 * words);
#ifdef PEDIGREE_HARNESS
    if (o_.tamper_pushforwards && o_.tampered == k)
      o_.tamper_pushforwards(public_of(c_, k), witness_);
#endif
    return commit_own(k, kPushforwardRoot);
  }

  LookupMiss count_lookups(const SegmentPublic& believed, TensorValues& values) {
    const Stage stage("lookup counts", believed.plan->num_lookup_leaves);
    return fill_multiplicities(believed, witness_, values);
  }

  void prove_one(u32 k) {
    const CompiledSegment& segment = c_.segments[k];
    std::vector<K> pads(segment.plan.num_pads);
    randomness_->fill("segment " + std::to_string(k) + " pads", pads);
    SegmentPublic believed = public_of(c_, k);
#ifdef PEDIGREE_HARNESS
    if (o_.without_masks) std::fill(pads.begin(), pads.end(), K());
    if (o_.believe) o_.believe(believed);
#endif
    TensorValues values(believed, witness_);
    const LookupMiss miss = count_lookups(believed, values);
    if (o_.check_lookups) refuse_miss(miss, segment);
    if (o_.check_lookups && !witness_.refusal.empty()) throw std::runtime_error(witness_.refusal);
#ifdef PEDIGREE_HARNESS
    if (o_.tamper_counts && o_.tampered == k) o_.tamper_counts(believed, witness_);
#endif
    begin("committing", 0.3);
    commit_segment(k, pads);
    SegmentPublic truth = public_of(c_, k);
    const WitnessStart start(segment.program, witness_.start);
    if (!witness_.start.empty()) truth.known_start = &start;
#ifdef PEDIGREE_HARNESS
    if (input_.alter_start) truth.known_start = nullptr;  // that is not the start
#endif
    begin("proving the steps", 0.35);
    exchange(k, truth, believed, values, pads);
    for (const u32 root : own_roots(k))
      held_[root].back()->take_back(std::move(witness_.messages[root]));
    if (k == 0 && !boundaries_.empty()) {
      boundaries_[0]->take_back(std::move(witness_.messages[kEndRoot]));
      if (c_.committed_start)
        boundaries_.back()->take_back(std::move(witness_.messages[kStartRoot]));
    }
    witness_ = Witness();
    ++done_;
  }

  // Messages 1 to 7 of a segment, and its linear form with what it makes of the messages.
  void exchange(u32 k, const SegmentPublic& truth, const SegmentPublic& believed,
                TensorValues& values, std::span<const K> pads) {
    const CompiledSegment& segment = c_.segments[k];
    ProverTranscript own;
    VerifierTranscript replayed({});
#ifdef PEDIGREE_HARNESS
    own.chain().frozen_seed = replayed.chain().frozen_seed = o_.frozen_seed;
    own.chain().challenges_drawn = replayed.chain().challenges_drawn = drawn_;
#endif
    bind_segment(own, statement_, k);
    for (const u32 root : traced_roots(k))
      own.send_digest(kOwnLabels[root], held_[root].back()->opened().root);
    MaskedSender sender(own, pads);
#ifdef PEDIGREE_HARNESS
    sender.liar = o_.liar;
#endif
    prove_segment(believed, witness_, values, sender,
                  {[&] { return commit_pushforwards(k); }, [&] { witness_.contractions.clear(); }});
    values.drop();

    OwnedArena arena(arena_bytes() + 64 * statement_.size());
    bind_segment(replayed, statement_, k);
    replayed.extend(own.proof());
    PEDIGREE_REQUIRE(receive_first_roots(replayed, segment.layout).ok(),
                     "the prover reads its own messages");
    MaskedChannel replay(replayed, segment.layout, segment.plan.num_pads, arena.get());
    PEDIGREE_REQUIRE(verify_segment(replay, truth, arena.get()).ok(),
                     "the prover reads its own messages");
    const FormClaim claim = [&] {
      const Stage stage("gates", pads.size());
      return prove_gates(replay, replayed, sender, pads,
                         [&](const FormKey& key) { return key_value(key, truth, witness_); });
    }();
    PEDIGREE_REQUIRE(replayed.chain().state() == own.chain().state(), "prover and replay agree");
    PEDIGREE_REQUIRE(sender.used() == pads.size(), "the plan counts the messages");
#ifdef PEDIGREE_HARNESS
    drawn_ = own.chain().challenges_drawn;
#endif
    keep_form(k, replay, claim, truth);
    keep(claim.value, own.chain().state(), own.proof());
    if (o_.store != nullptr) o_.store->save(part_name(k, "proof"), own.proof());
  }

  void open() {
    begin("opening", 0.75);
    const Stage stage("opening", c_.opening.num_roots);
#ifdef PEDIGREE_HARNESS
    transcript_.chain().frozen_seed = o_.frozen_seed;
    transcript_.chain().challenges_drawn = drawn_;
#endif
    bind_chain(transcript_, statement_, states_);
    const K zeta = transcript_.challenge("zeta");
    std::vector<WeightGroup> all;
    K value, power(kOne);
    for (u32 k = 0; k < num_segments(); ++k, power *= zeta) {
      value += power * values_[k];
      for (WeightGroup& group : form_of(k)) {
        scale_group(group, power);
        all.push_back(std::move(group));
      }
    }
    std::vector<OpenableRoot*> roots;
    for (const auto& of_role : held_)
      for (const auto& segment : of_role) roots.push_back(segment.get());
    for (const auto& boundary : boundaries_) roots.push_back(boundary.get());
    if (input_.start != nullptr) roots.push_back(input_.start);
    for (OpenableRoot* dataset : input_.datasets) roots.push_back(dataset);
    prove_opening(roots, mask_, std::move(all), value, c_.opening, transcript_,
                  o_.keep_mask_leaves);
  }

  void verify(const Proof& proof) const {
    begin("verifying", 0.97);
    const Stage stage("verifying", 1, proof.bytes.size());
    OwnedArena memory(input_.claim != nullptr ? arena_bytes() + 16 * statement_.size()
                                              : verify_memory(proof.bytes));
    const Result<void> verdict = [&]() -> Result<void> {
      if (input_.claim != nullptr) return input_.claim->verify(proof.bytes, memory.get());
      const auto run = verify_file(proof.bytes, memory.get());
      return run.ok() ? Result<void>() : run.why();
    }();
    if (!verdict.ok())
      throw std::runtime_error(std::string("own proof refused: ") +
                               check_name(verdict.why().check));
  }

  ProveInput input_;
  Statement& s_;
  const ProveOptions& o_;
  OwnedArena memory_;
  Compiled c_;
  Digest settings_;  // of the statement before its ends are committed
  std::optional<Randomness> randomness_;
  std::vector<u8> statement_;
  Witness witness_;  // of the segment at hand
  struct KeptTrace {
    std::vector<std::vector<u8>> own, contractions;  // packed: messages by root, values by tensor
  };
  std::map<u32, KeptTrace> traces_;
  // Of segments, by local number of the root: those that have it; of weights.
  std::vector<std::unique_ptr<AttemptRoot>> held_[kOwnRoots], boundaries_;
  std::vector<K> mask_;
  std::vector<Digest> states_;
  std::vector<K> values_;
  std::vector<std::vector<WeightGroup>> groups_;  // where there is no store
  ProverTranscript transcript_;
  u32 done_ = 0;
#ifdef PEDIGREE_HARNESS
  u64 drawn_ = 0;
#endif
};

}  // namespace

Proof prove(ProveInput input, const ProveOptions& options) {
  return Prover(std::move(input), options).run();
}

}  // namespace pedigree
