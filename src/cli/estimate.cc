#include "cli/estimate.h"

#include <algorithm>
#include <cmath>

#include "cli/session.h"
#include "kernel/instruction_set.h"
#include "proof/prove.h"
#include "train/int_products.h"

namespace pedigree::cli {

namespace {

// CPU seconds a unit of work: a fit to eighteen jobs, least squares of the relative errors; the first by small jobs. Words of a dataset
// that the proof commits to, and cells of one that was committed before, with what each bit of the rate adds. A multiplication of the
// training, in doubles and in integers. A byte of the peak costs because the system clears each page once.
constexpr double kFixed = 0.005, kSegmentWord = 105e-9, kLeaf = 37e-9, kContractionCell = 8.7e-9,
                 kDeclaredWord = 63e-9, kDatasetCell = 25e-9, kDatasetRate = 40e-9,
                 kWeightWord = 112e-9, kTraining = 0.048e-9, kIntegerTraining = 0.024e-9,
                 kAgain = 14e-9, kPeakByte = 0.10e-9;
// Of the small profile, whose rate is lower: digits in both profiles.
constexpr double kCodewordWord = 23e-9;
// Of the machine of the fit: a commitment of 2^18 words.
constexpr double kReferenceSeconds = 0.010;
// Of the time of a proof with AVX2, without training and clearing of pages: what is in no kernel.
constexpr double kOutsideKernels = 0.25;

double words_of(u32 log_rows) {
  return std::ldexp(1.0, static_cast<int>(log_rows + kLogRootColumns));
}

// The shape of a root's codeword.
Encoding encoding_of(const Compiled& c, u32 log_rows) {
  Encoding e;
  e.columns = 1u << kLogRootColumns;
  e.log_rows = log_rows;
  e.log_inv_rate = c.opening.levels[0].log_inv_rate;
  return e;
}

double speed_of_commitments() {
  constexpr std::size_t kWords = std::size_t{1} << 18;
  std::vector<F> message(kWords);
  for (std::size_t i = 0; i < kWords; ++i) message[i] = F(i * 2654435761u);
  OpeningParameters p;
  p.levels[0].log_columns = kLogRootColumns;
  p.levels[0].log_inv_rate = 2;
  double best = 1e9;
  for (u32 i = 0; i < 15; ++i) {  // the least: other work on the machine comes in bursts
    const double before = cpu_seconds();
    commit_root(message, {}, p);
    best = std::min(best, cpu_seconds() - before);
  }
  return kReferenceSeconds / best;
}

}  // namespace

Work work_of(const Statement& s, const Compiled& c) {
  Work w;
  for (const CompiledSegment& segment : c.segments) {
    const Program& p = segment.program;
    w.segment_words += static_cast<double>(segment_words(segment.layout));
    w.leaves +=
        static_cast<double>(segment.plan.num_lookup_leaves + segment.plan.num_pullback_leaves);
    for (const TensorId t : segment.plan.contractions)
      w.contraction_cells += static_cast<double>(p.cells_there(p.tensors[t].a));
    w.weight_words += words_of(segment.layout.log_rows[kEndRoot]);
    double parameters = 0;
    for (const Parameter& q : p.parameters) parameters += static_cast<double>(q.in) * q.out;
    w.training += 3 * 2 * parameters * s.sampling.batch * segment.steps;
  }
  if (c.segments.size() > 1) w.again = w.segment_words;
  w.codeword_words = (std::ldexp(1.0, static_cast<int>(c.opening.levels[0].log_inv_rate)) - 4) *
                     (w.segment_words + w.weight_words);
  for (std::size_t d = 0; d < c.data.size(); ++d)
    if (s.datasets[d].is_declared())
      w.declared_words += words_of(c.data[d].log_rows);
    else
      w.dataset_cells += static_cast<double>(c.data[d].answer_pad);
  return w;
}

Estimate estimate(const Statement& s, const Compiled& c, const Room& room, const Speed& speed) {
  const Work w = work_of(s, c);
  Estimate e;
  e.peak_bytes = prove_memory(s, c, static_cast<u32>(c.segments.size()), room);
  const u32 rate = c.opening.levels[0].log_inv_rate;
  const double proving = kFixed + kSegmentWord * w.segment_words + kLeaf * w.leaves +
                         kContractionCell * w.contraction_cells +
                         (kDatasetCell + kDatasetRate * rate) * w.dataset_cells +
                         kDeclaredWord * w.declared_words + kWeightWord * w.weight_words +
                         kAgain * w.again + kCodewordWord * w.codeword_words;
  const double training = s.sampling.batch < train::kLeastPositions ? kTraining : kIntegerTraining;
  e.cpu_seconds = proving * (1 - kOutsideKernels) / speed.kernels +
                  (proving * kOutsideKernels + training * w.training +
                   kPeakByte * static_cast<double>(e.peak_bytes)) /
                      speed.rest;
  std::vector<u32> heights;
  double messages = 0;
  for (const CompiledSegment& segment : c.segments) {
    messages += 32 + 24.0 * segment.plan.num_pads;
    if (c.segments.size() >
        1) {  // the message, and the hashes of a codeword that is not made whole
      e.disk_bytes += 5 * segment_words(segment.layout) / 2;  // packed: most cells are small
      for (const u32 log_rows : own_heights(segment.layout)) {
        const Encoding root = encoding_of(c, log_rows);
        if (!fits_whole(root)) e.disk_bytes += sizeof(Digest) << root.log_leaves();
      }
    }
  }
  const double parameters = static_cast<double>(c.segments[0].program.parameters.size());
  messages += 24 * parameters * ((s.publish_weights ? 1 : 0) + (s.has_named_start() ? 1 : 0));
  for (u32 root = 0; root < c.opening.num_roots; ++root) heights.push_back(log_rows_of(c, root));
  e.proof_bytes = kHeaderBytes + encode_statement(s).size() + static_cast<u64>(messages) +
                  predicted_bytes(c.opening, heights);
  e.disk_bytes += e.proof_bytes;
  return e;
}

Speed machine_speed() {
  const InstructionSet set = instruction_set();
  Speed speed;
  speed.kernels = speed.rest = speed_of_commitments();
  if (set == InstructionSet::avx512) {
    force_instruction_set(InstructionSet::avx2);
    speed.rest = speed_of_commitments();
    force_instruction_set(set);
  }
  return speed;
}

}  // namespace pedigree::cli
