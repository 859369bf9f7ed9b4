// Where everything lies: the messages of the three roots, and the leaves of the lookup tree.
//
//   segment   committed tensors, multiplicities and pads, largest block first, each aligned to its own size; random rows
//   data      the dataset's columns; one pad for its out-of-domain answer; random rows
//   end       the parameters after the last step; one pad; random rows
//   lookups   the columns of all lookups and tables, largest first, each aligned to its own size
#pragma once

#include "commit/parameters.h"
#include "proof/form.h"
#include "proof/plan.h"

namespace pedigree {

struct Layout {
  OpeningParameters opening;
  u32 log_rows[kNumRoots] = {};
  Vec<Block> tensors;         // by TensorId; meaningful for committed tensors
  Vec<Block> multiplicities;  // by TableId
  Vec<Block> end_weights;     // by ParameterId: features = inputs, positions = outputs
  u64 pads = 0;               // segment: word offset of pad 0; pad i takes three words
  u64 answer_pad[kNumRoots] =
      {};  // data, end: word offset of the pad of the out-of-domain answer, behind the content
  u64 live_words[kNumRoots] = {};  // words before the random rows
  u64 used_words[kNumRoots] = {};  // words that hold something
  Vec<u64> lookup_offset;          // leaf offset of each lookup
  Vec<u64> table_offset;           // and of each table
};

// log2 of a matrix row: the columns of level 0.
u64 message_words(const Layout& layout, u32 root) noexcept;

// Refuses sizes for which no parameters are compiled in.
Result<Layout> make_layout(const Program& program, const Plan& plan, Profile profile,
                           Arena& arena) noexcept;

}  // namespace pedigree
