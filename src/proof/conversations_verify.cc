#include "proof/verify.h"

namespace pedigree {

namespace {

// The linear forms of all segments, joined by powers of zeta. They are evaluated last, and only then are the records put in order:
// that is most of a verifier's work, and a file must have come that far to cost it.
class ChainWeights final : public WeightEvaluator {
 public:
  ChainWeights(Compiled& c, const K& zeta, Arena& arena) noexcept
      : c_(c), zeta_(zeta), forms_(arena), arena_(arena) {}
  void add(const MaskedChannel& channel, const FormClaim& claim, u32 segment) noexcept {
    forms_.push_back({channel.keys().span(), claim.form.span(),
                      c_.segments[segment].selection.span(), roots_of(segment)});
  }
  K weight_at(u32 root, std::span<const K> columns, std::span<const K> rows) noexcept override {
    if (!selected_ && !c_.in_order) select_records(c_, arena_);
    selected_ = true;
    const std::size_t mark = arena_.mark();
    Vec<K> point(arena_, columns);
    for (const K& x : rows) point.push_back(x);
    K sum, power(kOne);
    for (u32 k = 0; k < forms_.size(); ++k, power *= zeta_) {
      const Form& form = forms_[k];
      for (const LocalRoot& r : form.roots) {
        if (r.in_file != root) continue;
        FormWeights weights(form.keys, form.terms, form.selection, arena_);
        sum += power * weights.weight_at(r.local, point.span());
      }
    }
    arena_.release(mark);
    return sum;
  }

 private:
  struct LocalRoot {
    u32 local, in_file;
  };
  struct Form {
    std::span<const FormKey> keys;
    std::span<const FormTerm> terms;
    std::span<const u32> selection;
    Vec<LocalRoot> roots;  // of the segment
  };
  Vec<LocalRoot> roots_of(u32 k) noexcept {
    Vec<LocalRoot> roots(arena_);
    const Layout& layout = c_.segments[k].layout;
    for (u32 local = 0; local < layout.num_roots; ++local) {
      if (local < kOwnRoots && !layout.has(local)) continue;
      if (local == kStartRoot && k == 0 && !c_.committed_start) continue;
      if (local == kEndRoot && c_.ends.empty()) continue;
      roots.push_back({local, file_root(c_, k, local)});
    }
    return roots;
  }
  Compiled& c_;
  K zeta_;
  Vec<Form> forms_;
  Arena& arena_;
  bool selected_ = false;
};

}  // namespace

Result<Conversations> verify_conversations(Compiled& c, std::span<const u8> statement,
                                           VerifierTranscript& transcript, Arena& arena) noexcept {
  Conversations out;
  const u32 n = static_cast<u32>(c.segments.size());
  Vec<Digest> own(arena, root_order(c).end), states(arena, n);
  Vec<FormClaim> claims(arena, n);
  Vec<MaskedChannel*> channels(arena, n);
  for (u32 k = 0; k < n; ++k) {
    bind_segment(transcript, statement, k);
    PEDIGREE_LET(roots, receive_first_roots(transcript, c.segments[k].layout));
    const SegmentPublic segment = public_of(c, k);
    const u32 num_pads = c.segments[k].plan.num_pads;
    channels[k] = new (
        arena.allocate<std::aligned_storage_t<sizeof(MaskedChannel), alignof(MaskedChannel)>>(1))
        MaskedChannel(transcript, c.segments[k].layout, num_pads, arena);
    PEDIGREE_LET(shown, verify_segment(*channels[k], segment, arena));
    PEDIGREE_LET(claim, verify_gates(*channels[k]));
    PEDIGREE_CHECK(pads_exhausted, channels[k]->pads_used() == num_pads, k);
    claims[k] = claim;
    roots.root[kPushforwardRoot] = shown.pushforward;
    for (u32 local = 0; local < kOwnRoots; ++local)
      if (c.segments[k].layout.has(local)) own[file_root(c, k, local)] = roots.root[local];
    states[k] = transcript.chain().state();
    if (k == 0) out.start = shown.start;
    if (k + 1 == n) out.published = shown.published;
    if (k == 0) out.shown = shown.shown;
  }
  bind_chain(transcript, statement, states.span());
  const K zeta = transcript.challenge("zeta");
  ChainWeights weights(c, zeta, arena);
  K value, power(kOne);
  for (u32 k = 0; k < n; ++k, power *= zeta) {
    weights.add(*channels[k], claims[k], k);
    value += power * claims[k].value;
  }
  Vec<OpenedRoot> roots(arena);
  for (u32 root = 0; root < num_file_roots(c); ++root)
    roots.push_back({log_rows_of(c, root), root_digest(c, own.span(), root)});
  PEDIGREE_TRY(verify_opening(roots.span(), value, weights, c.opening, transcript, arena));
  PEDIGREE_TRY(transcript.finish());
  return out;
}

}  // namespace pedigree
