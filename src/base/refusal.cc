#include "base/refusal.h"

namespace pedigree {

namespace {

struct Entry {
  const char* name;
  const char* text;
  Code code;
};

constexpr Entry kChecks[] = {
#define PEDIGREE_CHECK_ID(id, code, text) {#id, text, Code::code},
#include "base/checks.def"
#undef PEDIGREE_CHECK_ID
};

constexpr const char* kCodes[] = {"ok",
                                  "not_a_proof",
                                  "version_unsupported",
                                  "malformed",
                                  "statement_invalid",
                                  "bound_exceeded",
                                  "parameters_refused",
                                  "grinding_missing",
                                  "path_refused",
                                  "relation_unsatisfied",
                                  "weights_differ",
                                  "policy_refused",
                                  "budget_exceeded",
                                  "attestation_refused",
                                  "start_unseen",
                                  "run_unseen",
                                  "cells_differ"};
static_assert(sizeof kCodes / sizeof kCodes[0] == static_cast<u8>(Code::count));

}  // namespace

#ifdef PEDIGREE_HARNESS
Check killed_check = Check::none;
#endif

const char* code_name(Code code) noexcept { return kCodes[static_cast<u8>(code)]; }
const char* check_name(Check check) noexcept { return kChecks[static_cast<u16>(check)].name; }
const char* check_text(Check check) noexcept { return kChecks[static_cast<u16>(check)].text; }
Code check_code(Check check) noexcept { return kChecks[static_cast<u16>(check)].code; }

}  // namespace pedigree
