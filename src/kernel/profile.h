// Where the CPU time of a proof goes, by stages. A stage's time is that of all threads while it runs, stages inside it left out.
#pragma once

#include <vector>

#include "base/types.h"

namespace pedigree {

struct StageCost {
  const char* name = "";
  double cpu_seconds = 0;
  u64 elements = 0, bytes = 0;  // what was worked on, and how much memory that is
};

// Runs from here to the end of the scope. The name is a literal; costs of one name are summed. Counts on the thread that made the
// first stage only: others work for it.
class Stage {
 public:
  explicit Stage(const char* name, u64 elements = 0, u64 bytes = 0);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

 private:
  std::size_t index_ = 0, outer_ = 0;
  bool counts_ = false;
};

// In the order in which they were first met.
std::vector<StageCost> stage_costs();

}  // namespace pedigree
