#include "kernel/profile.h"

#include <cstring>
#include <ctime>
#include <thread>

namespace pedigree {

namespace {

constexpr std::size_t kNone = ~std::size_t{0};

struct Profile {
  std::thread::id leader = std::this_thread::get_id();
  std::vector<StageCost> costs;
  std::size_t running = kNone;
  double since = 0;  // when the running stage began or went on
};

Profile& profile() {
  static Profile p;
  return p;
}

double cpu_now() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// The running stage is charged up to now; another one runs from now on.
void switch_to(Profile& p, std::size_t stage) {
  const double now = cpu_now();
  if (p.running != kNone) p.costs[p.running].cpu_seconds += now - p.since;
  p.running = stage;
  p.since = now;
}

std::size_t index_of(Profile& p, const char* name) {
  for (std::size_t i = 0; i < p.costs.size(); ++i)
    if (std::strcmp(p.costs[i].name, name) == 0) return i;
  p.costs.push_back({name});
  return p.costs.size() - 1;
}

}  // namespace

Stage::Stage(const char* name, u64 elements, u64 bytes) {
  Profile& p = profile();
  counts_ = std::this_thread::get_id() == p.leader;
  if (!counts_) return;
  index_ = index_of(p, name);
  outer_ = p.running;
  p.costs[index_].elements += elements;
  p.costs[index_].bytes += bytes;
  switch_to(p, index_);
}

Stage::~Stage() {
  if (counts_) switch_to(profile(), outer_);
}

std::vector<StageCost> stage_costs() { return profile().costs; }

}  // namespace pedigree
