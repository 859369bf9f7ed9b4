// How the verifier says no.
//
// A refusal carries a public code, the id of the check that failed (its stable name, listed in checks.def) and an index
// (message, layer, byte offset: whatever the check counts). Every refusal of the verifier goes through PEDIGREE_CHECK or
// PEDIGREE_REFUSE with an id of checks.def; a lint refuses any other way, and the `harness` build disables ids one at a time.
#pragma once

#include <utility>

#include "base/types.h"

namespace pedigree {

// Public codes. Checks on masked values share `relation_unsatisfied`: where they failed is part of the secret.
enum class Code : u8 {
  ok = 0,
  not_a_proof,           // magic missing: not a file of ours
  version_unsupported,   // a newer major version
  malformed,             // truncated, extended, second encoding, out-of-range value
  statement_invalid,     // a statement that no honest prover writes
  bound_exceeded,        // a value of the stated program could wrap modulo p
  parameters_refused,    // profile unknown or below 128 provable bits
  grinding_missing,      // proof of work absent
  path_refused,          // a Merkle path does not lead to its root
  relation_unsatisfied,  // some equation between hidden values is false
  weights_differ,        // published weights are not the proven ones
  policy_refused,        // valid, but outside the policy
  budget_exceeded,       // needs more memory than the caller's budget
  attestation_refused,   // a signature is not that of its key
  start_unseen,          // valid, but the file of a start that the policy names has not been shown
  run_unseen,    // valid, but the proof of the run that its weights come from has not been shown
  cells_differ,  // inputs or outputs are not the hashed ones
  count
};

enum class Check : u16 {
#define PEDIGREE_CHECK_ID(id, code, text) id,
#include "base/checks.def"
#undef PEDIGREE_CHECK_ID
  count
};

struct Refusal {
  Code code = Code::ok;
  Check check = Check::none;
  u64 index = 0;
};

// Fixed texts, by table: never built at run time.
const char* code_name(Code code) noexcept;
const char* check_name(Check check) noexcept;
const char* check_text(Check check) noexcept;
Code check_code(Check check) noexcept;

// Either a value or a refusal. T must be default constructible (the verifier's types all are).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) noexcept : value_(std::move(value)), ok_(true) {}  // NOLINT: implicit on purpose
  Result(Refusal why) noexcept : why_(why), ok_(false) {}            // NOLINT: implicit on purpose
  bool ok() const noexcept { return ok_; }
  const Refusal& why() const noexcept { return why_; }
  T& value() noexcept { return value_; }
  const T& value() const noexcept { return value_; }

 private:
  T value_{};
  Refusal why_{};
  bool ok_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() noexcept = default;
  Result(Refusal why) noexcept : why_(why), ok_(false) {}  // NOLINT: implicit on purpose
  bool ok() const noexcept { return ok_; }
  const Refusal& why() const noexcept { return why_; }

 private:
  Refusal why_{};
  bool ok_ = true;
};

#ifdef PEDIGREE_HARNESS
// The harness build only: the id of the one check that is switched off, from a variable that the tests set.
extern Check killed_check;
inline bool check_alive(Check id) noexcept { return id != killed_check; }
#else
constexpr bool check_alive(Check) noexcept { return true; }
#endif

inline Refusal refuse(Check id, u64 index) noexcept { return Refusal{check_code(id), id, index}; }

}  // namespace pedigree

// Returns a refusal from the enclosing function unless `cond` holds.
#define PEDIGREE_CHECK(id, cond, index)                            \
  do {                                                             \
    if (::pedigree::check_alive(::pedigree::Check::id) && !(cond)) \
      return ::pedigree::refuse(::pedigree::Check::id, (index));   \
  } while (0)

// Returns the refusal of `expr` (a Result) if it has one.
#define PEDIGREE_TRY(expr)                                                                     \
  do {                                                                                         \
    if (auto pedigree_result_ = (expr); !pedigree_result_.ok()) return pedigree_result_.why(); \
  } while (0)

#define PEDIGREE_CONCAT_(a, b) a##b
#define PEDIGREE_CONCAT(a, b) PEDIGREE_CONCAT_(a, b)
// `PEDIGREE_LET(x, expr)`: declares x as the value of `expr`, or returns its refusal.
#define PEDIGREE_LET(name, expr)                                                           \
  auto PEDIGREE_CONCAT(name, _result_) = (expr);                                           \
  if (!PEDIGREE_CONCAT(name, _result_).ok()) return PEDIGREE_CONCAT(name, _result_).why(); \
  auto& name = PEDIGREE_CONCAT(name, _result_).value()
