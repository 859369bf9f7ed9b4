// What every claim on a model says of it: the model, and the committed weights that a run ended in.
//
//   weights      root, answer and number of openings as in the statement of a reusable run (proof/statement.h): the root's
//                random rows cover so many claims beside the run's own proof
//   weight_bits  every entry lies in [-2^weight_bits, 2^weight_bits). With `shows_range` the claim proves that itself; else
//                it holds for weights that a run ended in whose bounds are no wider, which who has its proof compares
//   identity     Keccak256("pedigree weights v3" ...), proof/verify.h: the same as of the run
#pragma once

#include "model/compile.h"
#include "proof/compiled.h"
#include "proof/verify.h"

namespace pedigree {

struct WeightsStatement {
  u32 arithmetic = kArithmeticVersion;
  Profile profile = Profile::fast;
  Model model;
  RootStatement root;
  u32 openings = 0;
  u8 weight_bits = 0;
  bool shows_range = false;
};

template <class Io, class W>
void visit_weights(Io& io, W& w) noexcept {
  io("arithmetic", w.arithmetic);
  io("profile", w.profile);
  visit_model(io, w.model);
  io("weights.root", w.root.root);
  io("weights.answer", w.root.answer);
  io("weights.openings", w.openings);
  io("weights.bits", w.weight_bits);
  io("weights.shows_range", w.shows_range);
}

// Refuses statement_range, statement_layer, statement_format.
Result<void> check_weights_statement(const WeightsStatement& w) noexcept;

// What a claim's file is made of beside its program.
struct ClaimShape {
  Profile profile = Profile::fast;
  const WeightsStatement* weights = nullptr;  // null: a claim about records alone
  std::span<const Manifest> datasets;         // tensors 2d and 2d + 1 of the program are those of d
  std::span<const Show> shows;                // refer to what must outlive the result
  // Null: slot i holds row i. Otherwise slots hold what the first step of this order does; they are live as of compiling, and
  // select_records names their rows.
  const Sampling* order = nullptr;
};
// A claim's one segment and its file.
Result<Compiled> compile_claim(const ClaimShape& shape, const Program& program,
                               Arena& arena) noexcept;

Digest weights_identity(const WeightsStatement& w, const Compiled& c) noexcept;

// How a claim treats a matrix of cells: samples by columns.
enum class Visibility : u8 {
  hidden,  // nothing is said
  hashed,  // their digest is stated
  shown,   // they are
};

// What hides a hashed matrix: fresh for each claim, known to who is to check the cells. The pad hides the value that the
// proof shows. It follows from that value and a guess of the cells, so the digest has a secret of its own that no equation has.
struct Salt {
  Digest nonce;
  K pad;
};

// Keccak256("pedigree cells v1" | nonce 32 bytes | pad, three words | samples u32 | columns u32 | cells i32, sample by sample)
Digest cells_digest(const Salt& salt, u32 samples, u32 columns,
                    std::span<const i32> cells) noexcept;

}  // namespace pedigree
