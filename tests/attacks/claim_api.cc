#include "attacks/claim_api.h"

#include <cstring>

#include "harness/verdict.h"

namespace pedigree::attacks {

Refusal Api::verdict(const pedigree_result& r) {
  Refusal why;
  why.code = static_cast<Code>(r.status);
  if (why.code == Code::relation_unsatisfied) why.check = Check::opening_claim;
  for (u16 i = 0; i < static_cast<u16>(Check::count); ++i)
    if (std::string(check_name(static_cast<Check>(i))) == r.check && *r.check != 0)
      why.check = static_cast<Check>(i);
  return why;
}

Refusal Api::verify(const Bytes& file, const pedigree_policy& policy) {
  memory.resize(pedigree_verify_memory(file.data(), file.size()));
  pedigree_verify(file.data(), file.size(), &policy, memory.data(), memory.size(), &result);
  return verdict(result);
}

Refusal Api::verify(const Bytes& file, u32 claims) {
  pedigree_policy policy{};
  policy.claims = claims;
  return verify(file, policy);
}

Refusal Api::link(const Bytes& file) {
  run_memory.resize(pedigree_verify_memory(file.data(), file.size()));
  pedigree_verify(file.data(), file.size(), nullptr, run_memory.data(), run_memory.size(), &run);
  pedigree_verify_link(&run, &result);
  return verdict(result);
}

Refusal Api::cells(const Salt& salt, const std::vector<i32>& cells) {
  pedigree_salt given{};
  std::memcpy(given.nonce.bytes, salt.nonce.bytes, sizeof given.nonce.bytes);
  for (u32 l = 0; l < kDegree; ++l) given.pad[l] = salt.pad.c[l].v;
  pedigree_verify_cells(&result, 0, &given, cells.data(), cells.size(), &cells_result);
  return verdict(cells_result);
}

ProveOptions unchecked() {
  ProveOptions options;
  options.verify_own = false;
  return options;
}

namespace {

// The equations between hidden values that alone refuse it: those without which it is accepted.
std::string refused_by(const std::function<Refusal()>& shipped) {
  std::string names;
  for (u16 i = 1; i < static_cast<u16>(Check::count); ++i) {
    const Check check = static_cast<Check>(i);
    if (check_code(check) != Code::relation_unsatisfied || check == Check::opening_claim) continue;
    const harness::Killed killed(check);
    if (shipped().check == Check::none) names += check_name(check);
  }
  return names;
}

}  // namespace

CheckAttack on_equation(Check check, const char* what, const std::function<Refusal()>& shipped) {
  return {check, what, shipped, [=] { return refused_by(shipped); }};
}

}  // namespace pedigree::attacks
