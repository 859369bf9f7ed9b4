// The tensor program: what a step of training computes and what must hold of it, as a list of tensors in topological
// order with lookups, zero constraints and parameter updates. The verifier compiles the model of the statement to it;
// trainer, prover and verifier read the same list. Nothing below knows a layer or a loss.
//
// Every tensor is indexed (feature, position), position in the low bits; features are padded to 2^log_features.
//   domain samples   position = (step t, batch row b), b in the low bits: index = (feature * T + t) * B + b, T and B padded
//   domain records   position = row n of one dataset:                     index = feature * N + n, N of that dataset, padded
//   domain cells     no position: the cells of a parameter, padded, flat:  index = in * 2^log_out + out
// A dead slot (padded step, row or feature) runs the same program on zero inputs, so every cell of it is forced too. Of the 16
// chunks that many features are cut into those without a live feature are not there: their cells are 0 whatever the program
// says, lie in no root, and no lookup reads them.
//
//   committed     lies in a root; `advice` says how an honest prover finds it, lookups and constraints force it
//   gather        the batch's rows of the inputs or the labels of all datasets (live features only): dead slots are 0
//   live          public: `constant` at live positions of live features, 0 elsewhere
//   affine        (constant + sum coef * term) / 2^shift in every cell that is there; the division is exact for honest values
//   broadcast     a tensor without features, repeated in the first `features` features, 0 in the others
//   feature_sum   sum over the first `features` features of a committed tensor
//   product       a * b, element by element
//   pullback      column `column` of a table at the row that `a` names, in every cell that is there; never committed
//   contraction   sum over the fan of a * W_t (or W_t transposed), W_t the parameter before step t
#pragma once

#include <initializer_list>

#include "base/arena.h"
#include "base/refusal.h"
#include "field/k.h"
#include "model/model.h"

namespace pedigree {

using TensorId = u32;
using TableId = u32;
using ParameterId = u32;

enum class TensorKind : u8 {
  committed,
  gather,
  live,
  affine,
  broadcast,
  feature_sum,
  product,
  contraction,
  pullback
};
enum class Domain : u8 { samples, records, cells };
enum class Root : u8 { segment, data, start };

// How an honest prover finds a committed tensor. `a`, `b` are tensors, `p` a number.
enum class Advice : u8 {
  input,       // the dataset's own cells, or the start weights
  rescale,     // floor((a + 2^(p-1)) / 2^p)
  table,       // column `column` of table `p` at index a
  maximum,     // largest of the live features of a
  quotient,    // floor((a + b) / (2 b)): a / 2b rounded half up, b > 0
  limb,        // a mod 2^p
  copy,        // a
  first_zero,  // 1 in the first of the live features of a that is 0, 0 in the others
  positive,    // 1 where a > 0, 0 elsewhere
};

struct Tensor {
  TensorKind kind = TensorKind::committed;
  Domain domain = Domain::samples;
  Root root = Root::segment;      // committed
  Advice advice = Advice::input;  // committed
  bool transposed = false;        // contraction
  u32 features = 1;               // live features
  u32 log_features = 0;
  TensorId a = 0;
  TensorId b = 0;
  u32 p = 0;
  u32 column = 0;  // advice table; pullback, whose table is p of Program::pullback_tables
  ParameterId parameter = 0;  // contraction; committed in the start root: whose cells
  u32 dataset = 0;            // domain records
  bool is_label = false;      // gather, committed in a data root: labels, not inputs
  i64 constant = 0;           // live, affine
  u32 shift = 0;              // affine
  u32 first_term = 0;         // affine: terms [first_term, first_term + num_terms)
  u32 num_terms = 0;
  u32 layer = 0;   // for messages: the layer that brought it in
  u128 bound = 0;  // |value| <= bound for every witness that satisfies the constraints
};

// How 2^log_features features, the first `live` ones of them live, are cut.
struct Chunks {
  u32 log_count = 0;  // 2^log_count chunks, of which the first `there` are there
  u32 there = 1;

  constexpr u64 features_there(u32 log_features) const noexcept {
    return u64{there} << (log_features - log_count);
  }
};
constexpr u32 kLogMostChunks = 4;
constexpr Chunks chunks_of(u32 log_features, u64 live) noexcept {
  const u32 log_count = log_features < kLogMostChunks ? log_features : kLogMostChunks,
            log_chunk = log_features - log_count;
  const u64 chunk = u64{1} << log_chunk;
  return {log_count, static_cast<u32>((live + chunk - 1) >> log_chunk)};
}

struct Term {
  i64 coef = 0;
  TensorId tensor = 0;
};

enum class TableKind : u8 { range, activation, round, exponential, sigmoid };

// A public table of 2^log_size rows. Column 0 is the row number; further columns are functions of it.
//   range         no further column
//   activation    value, derivative of the quotient row - 2^range_bits       round: one column
//   exponential   value, 1 in row 0 and 0 elsewhere                           sigmoid: one column
struct Table {
  TableKind kind = TableKind::range;
  Activation activation = Activation::identity;
  u32 log_size = 0;
  u32 num_columns = 1;
  u32 from = 0;  // fractional bits of the index (activation, sigmoid, exponential), shift (round)
  u32 to = 0;    // fractional bits of the value
  i64 low[3] = {};  // bounds of each column
  i64 high[3] = {};
  const i64* values[3] = {};  // columns 1, 2
};

// Largest magnitude in a column.
u128 column_bound(const Table& table, u32 column) noexcept;

inline constexpr u32 kMaxLookupColumns = 3;

// (columns) is a row of the table, in every cell that is there.
struct Lookup {
  TableId table = 0;
  u32 num_columns = 1;
  TensorId columns[kMaxLookupColumns] = {};
  u32 log_size = 0;
};

// Tensors that are columns of a table of Program::pullback_tables at the rows that `index` names, in every cell that is there.
struct Pullback {
  TableId table = 0;
  u32 num_columns = 1;  // beside the row number
  TensorId index = 0;
  TensorId columns[kMaxLookupColumns - 1] = {};
  u32 log_size = 0;
};

struct Parameter {
  u32 in = 1, out = 1;  // live sizes
  u32 log_in = 0, log_out = 0;
  u32 frac = 0;         // fractional bits of its grid
  u64 start_bound = 0;  // seeded start: entries lie in [-start_bound, start_bound)
  u128 bound = 0;       // |entry| before the first step
  u128 end_bound = 0;   // and after the last
  u32 start_index = 0;  // index of the tensor in the seeded start
  u32 layer = 0;
  bool is_bias = false;
};

// W_parameter -= (time kernel) * 2^shift * a^T d, a over the fan in, d over the fan out.
struct Update {
  ParameterId parameter = 0;
  TensorId a = 0, d = 0;
  u32 shift = 0;
};

inline constexpr u32 kMaxDatasets = 32;
inline constexpr u32 kMinLimbBits = 8, kMaxLimbBits = 20;
inline constexpr u32 kLongerTable = 2;  // a range table has at most 2^this rows for a cell
// A table of up to 2^this rows, half as many as a tensor has cells, takes less than a limb of it.
inline constexpr u32 kMaxRangeTableBits = 23;
// Columns of a map are pullbacks where its tensor has 2^this cells for each row of the table.
inline constexpr u32 kPullbackCells = 3;
// ReLU and rounding of quotients do without a table that has at least 2^the first rows, 2^the second for each cell.
inline constexpr u32 kLongTable = 14, kShortCells = 3;
#ifdef PEDIGREE_HARNESS
// No map that can do without a table has one then: small proofs for tests.
extern bool shorten_any_map;
// All maps that may be pullbacks are then, whatever the profile and the size of the tensor: small proofs for tests.
extern bool pull_any_map;
#endif

struct ProgramSizes {
  u32 log_steps = 0, log_batch = 0;
  u32 steps = 0, batch = 0;
  u32 num_datasets = 0;
  u32 records[kMaxDatasets] = {};  // of each dataset
  // The widest range table of tensors that have few cells, but for kLongerTable.
  u32 limb_bits = 0;
  bool pullbacks = false;  // whether long maps are pullbacks
  u32 log_samples() const noexcept { return log_steps + log_batch; }
};

// All of a tensor without positions.
constexpr Chunks chunks_of(const Tensor& t) noexcept {
  return t.domain == Domain::cells ? Chunks{} : chunks_of(t.log_features, t.features);
}
constexpr u64 features_there(const Tensor& t) noexcept {
  return chunks_of(t).features_there(t.log_features);
}

struct Program {
  ProgramSizes sizes;
  Vec<Tensor> tensors;
  Vec<Term> terms;
  Vec<Table> tables;
  Vec<Lookup> lookups;
  Vec<Table> pullback_tables;
  Vec<Pullback> pullbacks;
  Vec<TensorId> zeros;  // tensors that are 0 in every padded cell
  Vec<Parameter> parameters;
  Vec<Update> updates;
  // Committed, domain records, root data: inputs and labels of the first dataset; those of dataset d are 2 d further.
  TensorId records_x = 0, records_y = 0;
  TensorId scores = 0;  // quotients of the last layer
  TensorId output_delta = 0;

  // A program without updates only reads its parameters, which are committed: it has no end.
  bool trains() const noexcept { return !updates.empty(); }
  u32 log_positions(const Tensor& t) const noexcept {
    if (t.domain == Domain::samples) return sizes.log_samples();
    return t.domain == Domain::records ? ceil_log2(sizes.records[t.dataset]) : 0;
  }
  u32 log_size(TensorId t) const noexcept {
    return tensors[t].log_features + log_positions(tensors[t]);
  }
  u64 cells_there(TensorId t) const noexcept {
    return features_there(tensors[t]) << log_positions(tensors[t]);
  }
};

// Emits a program. Each call returns the new tensor; operands must exist.
class Builder {
 public:
  // `like`: a program whose filled tables may be used.
  Builder(Arena& arena, const ProgramSizes& sizes, const Program* like = nullptr) noexcept;

  TensorId committed(Advice advice, Domain domain, u32 features, TensorId a, TensorId b, u32 p,
                     u32 column, u128 bound) noexcept;
  // Columns of a dataset: domain records, root data.
  TensorId data(u32 dataset, bool is_label, u32 features, u128 bound) noexcept;
  // Inputs over samples in the segment's own root: cells that the prover brings, without a dataset.
  TensorId input(u32 features, u128 bound) noexcept;
  // Cells without a position in the segment's own root, which the prover brings too.
  TensorId cells(u32 count, u128 bound = 0) noexcept;
  // Cells of a parameter in the start root.
  TensorId start(ParameterId w) noexcept;
  TensorId gather(TensorId records) noexcept;
  // With at least so many feature bits.
  TensorId live(Domain domain, u32 features, i64 value, u32 dataset = 0,
                u32 log_features = 0) noexcept;
  TensorId affine(std::initializer_list<Term> terms, i64 constant, u32 shift = 0) noexcept;
  TensorId affine(std::span<const Term> terms, i64 constant, u32 shift = 0) noexcept;
  TensorId broadcast(TensorId row, u32 features, u32 log_features) noexcept;
  TensorId feature_sum(TensorId a,
                       u32 features) noexcept;  // a is copied into a committed tensor if need be
  TensorId product(TensorId a, TensorId b) noexcept;  // likewise
  TensorId contraction(TensorId a, ParameterId w, bool transposed) noexcept;

  // x in [0, 2^bits) in every cell: one lookup, or limbs by the rule of docs/protocol.md 4.3.
  void range_check(TensorId x, u32 bits) noexcept;
  void lookup(TableId table, std::initializer_list<TensorId> columns) noexcept;
  void zero(TensorId x) noexcept;
  // Whether ReLU or rounding of q does without its table of so many rows.
  bool is_short(TensorId q, u32 log_rows) const noexcept;
  // Whether a map of q by a table of so many rows is to be a pullback.
  bool pulls_back(TensorId q, u32 log_rows) const noexcept;
  // The columns beside the row number at `index`, of a table of Program::pullback_tables.
  Pullback pullback(TableId table, TensorId index) noexcept;
  // The equal table of the list, or a new one in it.
  TableId table(const Table& wanted) noexcept { return find_or_add(program_.tables, wanted); }
  TableId pullback_table(const Table& wanted) noexcept {
    return find_or_add(program_.pullback_tables, wanted);
  }
  const Table* filled_before(
      const Table& wanted) const noexcept;  // of the program that this one is like
  // Of a program that nobody runs or proves: tables whose bounds are known have no values.
  void leave_tables_empty() noexcept { fills_tables_ = false; }
  bool fills_tables() const noexcept { return fills_tables_; }
  ParameterId parameter(const Parameter& p) noexcept;
  void update(ParameterId w, TensorId a, TensorId d, u32 shift) noexcept;

  void set_layer(u32 layer) noexcept { layer_ = layer; }
  Program& program() noexcept { return program_; }
  const Tensor& tensor(TensorId t) const noexcept { return program_.tensors[t]; }
  Arena& arena() noexcept { return arena_; }

 private:
  TensorId add(Tensor t) noexcept;
  static TableId find_or_add(Vec<Table>& tables, const Table& wanted) noexcept;
  // Bits of the longest range table that is made for a tensor of so many cells.
  u32 widest_range(u32 log_cells) const noexcept;
  // Of the range tables so far the widest below `bits`; 0: none.
  u32 range_below(u32 bits) const noexcept;
  void look_up_range(TensorId x, u32 bits) noexcept;
  // Whether a contraction (or, if asked, a product) is a part of t.
  bool contains(TensorId t, bool products) const noexcept;
  // t committed, and shown to be equal.
  TensorId copy(TensorId t) noexcept;
  // t, or a copy where its value at a point would not be a linear form on the roots, or not one plus products: products
  // can be claimed at any point, contractions at the leaf point only.
  TensorId linear(TensorId t) noexcept;
  // A factor of a product: linear, or a pullback.
  TensorId factor(TensorId t) noexcept;
  TensorId settled(TensorId t) noexcept;

  Arena& arena_;
  const Program* like_;
  Program program_;
  u32 layer_ = 0;
  bool fills_tables_ = true;
};

// Whether every value of the program stays below 2^62 in magnitude over the whole run, so that an equation modulo p is
// an equation of integers: fills in the bounds of contractions from
//   Wb = start + (sum over t of c_t * (sum of impulse) + paid) * sum over updates of B 2^shift |a| |d|
//   paid = sum over period ends l of c_l * sum over j of j impulse_j: what a period's last step pays out (model.h)
// and propagates them. `start` is Parameter::bound; `end_bound` becomes Wb. Refuses `bound` with the layer that is too wide.
Result<void> check_bounds(Program& program, const Optimiser& optimiser) noexcept;

}  // namespace pedigree
