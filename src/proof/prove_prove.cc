#include "proof/prove.h"

#include "base/require.h"
#include "iop/cubic.h"
#include "poly/eq.h"
#include "tensor/start.h"
#include "wire/codec.h"

namespace pedigree {

namespace {

K element_at(const std::vector<F>& message, u64 offset) {
  return {message[offset], message[offset + 1], message[offset + 2]};
}

void fill_data(const ProveInput& input, const Compiled& c, std::vector<F>& message) {
  const Program& p = c.program;
  const auto place = [&](TensorId t, const std::vector<i64>& cells) {
    const Block& b = c.layout.tensors[t];
    const std::size_t width = p.tensors[t].features, records = p.sizes.records;
    PEDIGREE_REQUIRE(cells.size() == width * records, "the dataset has the statement's shape");
    for (std::size_t n = 0; n < records; ++n)
      for (std::size_t f = 0; f < width; ++f)
        message[b.offset + (f << b.log_positions) + n] = F::from_int(cells[n * width + f]);
  };
  place(p.records_x, input.x);
  place(p.records_y, input.y);
}

TraceSinks sinks_of(const Compiled& c, Witness& w) {
  const Program& p = c.program;
  TraceSinks sinks;
  sinks.tensors.resize(p.tensors.size());
  w.contractions.resize(p.tensors.size());
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    if (p.tensors[t].kind == TensorKind::contraction) {
      w.contractions[t].resize(std::size_t{1} << p.log_size(t));
      sinks.tensors[t] = w.contractions[t].data();
    } else if (p.tensors[t].kind == TensorKind::committed && p.tensors[t].root == Root::segment) {
      sinks.tensors[t] = w.messages[kSegmentRoot].data() + c.layout.tensors[t].offset;
    }
  }
  for (const Block& b : c.layout.end_weights)
    sinks.end_weights.push_back(w.messages[kEndRoot].data() + b.offset);
  sinks.start = &w.start;
  return sinks;
}

void fill_start(const Statement& s, const Compiled& c, Witness& w) {
  for (const Parameter& p : c.program.parameters) {
    std::vector<i64> entries(static_cast<std::size_t>(p.in) * p.out);
    if (p.start_bound != 0)
      seeded_start(s.sampling.seed, p.start_index, static_cast<i64>(p.start_bound), entries);
    std::vector<F>& out = w.start.emplace_back();
    for (const i64 x : entries) out.push_back(F::from_int(x));
  }
}

void refuse_miss(const LookupMiss& miss, const Compiled& c) {
  if (!miss.found) return;
  const Program& p = c.program;
  const Tensor& t = p.tensors[p.lookups[miss.lookup].columns[0]];
  const u64 position = miss.cell & ((u64{1} << p.log_positions(t.domain)) - 1);
  throw std::runtime_error("layer " + std::to_string(t.layer) + ", step " +
                           std::to_string(position >> p.sizes.log_batch) +
                           ": a value is outside its table");
}

// Step 6 of proof/segment.h: the gates, then the one linear form of the opening.
FormClaim prove_gates(MaskedChannel& replay, VerifierTranscript& replayed, MaskedSender& sender,
                      std::span<const K> pads) {
  // The replay draws the challenge that the prover draws.
  const K eta = sender.challenge("eta");
  MaskedChannel ahead = replay;
  const GateTable table = join_equations(ahead, eta);
  const auto value_of = [&](const Affine& a) {
    K sum = a.constant;
    for (const FormTerm& t : a.terms) sum += t.coef * pads[t.key];
    return sum;
  };
  sender.next_pad();  // the free gate's own
  sender.next_pad();
  std::vector<CubicTerm> terms(1);
  for (std::size_t i = 0; i < table.weight.size(); ++i) {
    terms[0].e.push_back(table.weight[i]);
    terms[0].x.push_back(value_of(table.a[i]));
    terms[0].y.push_back(value_of(table.b[i]));
  }
  prove_cubic(terms, table.rounds, sender);
  sender.send_clear("gate_a", terms[0].x[0]);
  sender.send_clear("gate_b", terms[0].y[0]);
  sender.challenge("mu");
  replayed.extend(sender.transcript().proof());
  auto claim = verify_gates(replay);
  PEDIGREE_REQUIRE(claim.ok(), "the prover reads its own messages");
  return claim.value();
}

}  // namespace

K masked_answer(const std::vector<F>& message, const Layout& layout, u32 root,
                const Digest& digest) {
  const K z = out_of_domain_point(digest);
  K sum, power = z;
  for (u64 x = 0; x < layout.answer_pad[root]; ++x, power *= z) sum += power * message[x];
  return sum + element_at(message, layout.answer_pad[root]);
}

TraceSinks prepare_witness(const ProveInput& input, const Compiled& c, Witness& w) {
  for (u32 root = 0; root < kNumRoots; ++root)
    w.messages[root].resize(message_words(c.layout, root));
  fill_data(input, c, w.messages[kDataRoot]);
  fill_start(input.statement, c, w);
  TraceSinks sinks = sinks_of(c, w);
  input.fill_trace(c, sinks);
  return sinks;
}

std::vector<u8> encode_statement(const Statement& s) {
  Encoder encoder;
  visit_statement(encoder, s);
  return encoder.bytes;
}

Proof prove(ProveInput input, const ProveOptions& options) {
  Statement& s = input.statement;
  OwnedArena owned(2 * statement_memory(s) + 64 * encode_statement(s).size());
  Arena& arena = owned.get();
  auto compiled = compile_statement(s, arena);
  if (!compiled.ok()) throw std::runtime_error(check_text(compiled.why().check));
  const Compiled& c = compiled.value();
  const Layout& layout = c.layout;
  const auto begin = [&](const char* stage, double share) {
    if (options.progress) options.progress(stage, share);
  };

  begin("exact training", 0);
  Witness w;
  const TraceSinks sinks = prepare_witness(input, c, w);
  if (s.publish_weights && input.weights_digest) s.weights = input.weights_digest(c, sinks);
  SegmentPublic segment = public_of(s, c, Digest());
#ifdef PEDIGREE_HARNESS
  if (options.tamper) options.tamper(segment, w);
#endif

  begin("committing", 0.1);
  const std::vector<u8> settings = encode_statement(s);
  const Randomness fresh =
      options.randomness != nullptr ? *options.randomness : Randomness(keccak256(settings));
  std::vector<K> pads(c.plan.num_pads), mask(std::size_t{1} << layout.log_rows[kSegmentRoot]);
  fresh.fill("pads", pads);
  fresh.fill("mask", mask);
#ifdef PEDIGREE_HARNESS
  if (options.without_masks) std::fill(pads.begin(), pads.end(), K());
#endif
  for (u32 root = 0; root < kNumRoots; ++root) {
    constexpr const char* purpose[kNumRoots] = {"segment rows", "data rows", "end rows"};
    std::vector<F>& m = w.messages[root];
    fresh.fill(purpose[root], std::span<F>(m).subspan(layout.live_words[root]));
  }
  K answer_pads[2];
  fresh.fill("answer pads", answer_pads);
  for (u32 l = 0; l < kDegree; ++l) {
    w.messages[kDataRoot][layout.answer_pad[kDataRoot] + l] = answer_pads[0].c[l];
    w.messages[kEndRoot][layout.answer_pad[kEndRoot] + l] = answer_pads[1].c[l];
  }

  CommittedRoot roots[kNumRoots];
  RootStatement* const stated[kNumRoots] = {nullptr, &s.data, &s.end};
  for (const u32 root : {kDataRoot, kEndRoot}) {
    roots[root] = commit_root(w.messages[root], {}, layout.opening);
    *stated[root] = {roots[root].root(),
                     masked_answer(w.messages[root], layout, root, roots[root].root())};
  }
  SegmentPublic believed = segment;
#ifdef PEDIGREE_HARNESS
  if (options.tamper_statement) options.tamper_statement(s);
  if (options.believe) options.believe(believed);
#endif
  TensorValues values(believed, w);
  const LookupMiss miss = fill_multiplicities(believed, w, values);
  if (options.check_lookups) refuse_miss(miss, c);
#ifdef PEDIGREE_HARNESS
  if (options.tamper_counts) options.tamper_counts(believed, w);
#endif
  for (std::size_t i = 0; i < pads.size(); ++i)
    for (u32 l = 0; l < kDegree; ++l)
      w.messages[kSegmentRoot][layout.pads + kDegree * i + l] = pads[i].c[l];
  roots[kSegmentRoot] = commit_root(w.messages[kSegmentRoot], mask, layout.opening);
  segment = public_of(s, c, roots[kSegmentRoot].root());

  const std::vector<u8> statement = encode_statement(s);
  ProverTranscript transcript;
#ifdef PEDIGREE_HARNESS
  transcript.chain().frozen_seed = options.frozen_seed;
#endif
  bind_statement(transcript, statement);
  transcript.send_digest("segment", segment.roots[kSegmentRoot]);
  begin("proving the steps", 0.35);
  MaskedSender sender(transcript, pads);
#ifdef PEDIGREE_HARNESS
  sender.liar = options.liar;
#endif
  prove_segment(believed, w, values, sender);

  VerifierTranscript replayed(transcript.proof());
#ifdef PEDIGREE_HARNESS
  replayed.chain().frozen_seed = options.frozen_seed;
#endif
  bind_statement(replayed, statement);
  PEDIGREE_REQUIRE(replayed.receive_digest("segment").ok(), "the prover reads its own messages");
  MaskedChannel replay(replayed, layout, c.plan.num_pads, arena);
  PEDIGREE_REQUIRE(verify_segment(replay, segment, arena).ok(),
                   "the prover reads its own messages");
  const FormClaim claim = prove_gates(replay, replayed, sender, pads);
  PEDIGREE_REQUIRE(replayed.chain().state() == transcript.chain().state(),
                   "prover and replay agree");
  PEDIGREE_REQUIRE(sender.used() == pads.size(), "the plan counts the messages");

  std::vector<std::vector<K>> weights =
      form_weights(replay.keys().span(), claim.form.span(), layout, segment.selection);
  CommittedRoot* const opened[kNumRoots] = {&roots[0], &roots[1], &roots[2]};
  const std::span<const F> messages[kNumRoots] = {w.messages[0], w.messages[1], w.messages[2]};
  begin("opening", 0.75);
  prove_opening(opened, messages, mask, std::move(weights), claim.value, layout.opening,
                transcript);

  Proof proof;
  proof.bytes.assign(kMagic, kMagic + sizeof kMagic);
  Encoder header;
  header("major", kMajorVersion);
  header("minor", kMinorVersion);
  header("length", static_cast<u32>(statement.size()));
  for (const std::span<const u8> part :
       {std::span<const u8>(header.bytes), std::span<const u8>(statement),
        std::span<const u8>(transcript.proof())})
    proof.bytes.insert(proof.bytes.end(), part.begin(), part.end());
  if (options.verify_own) {
    begin("verifying", 0.97);
    OwnedArena memory(verify_memory(proof.bytes));
    const auto verdict = verify_file(proof.bytes, memory.get());
    if (!verdict.ok())
      throw std::runtime_error(std::string("own proof refused: ") +
                               check_name(verdict.why().check));
  }
  return proof;
}

}  // namespace pedigree
