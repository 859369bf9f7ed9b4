// How often a commitment may still be opened: counted on disk before anything that an opening shows can leave.
//
//   openings.log   "pedigree openings 1 ROOT", then "ATTEMPT CHECKSUM" for each opening, in hexadecimal digits
//   tickets.log    "pedigree tickets 1 CONTENT", then "WEIGHTS CHECKSUM" for each ticket: how often the owner of a test set let
//                  somebody evaluate weights on it; made with the first ticket
#pragma once

#include <span>
#include <string>

#include "hash/keccak.h"

namespace pedigree::custody {

struct OpeningBudget {
  std::string folder;  // of the log, and of what it counts for
  Digest root;
  u32 openings = 0;
  std::string remedy;  // once it is used up, or the log is not to be trusted
};

std::string opening_log_head(const Digest& root);  // a new log

// Records one opening on disk before it returns; the same attempt counts once. Throws train::Error: exit 4 where the budget
// is used up, 1 where the log was altered, 6 (std::system_error) where it cannot be written.
void spend_opening(const OpeningBudget& budget, const Digest& attempt);
// Of each; nothing is recorded where one of them is used up.
void spend_openings(std::span<const OpeningBudget> budgets, const Digest& attempt);
u32 openings_spent(const OpeningBudget& budget);

// The number of the next ticket for the rows of this content, recorded on disk before it returns: 1, 2, ... Throws as
// spend_opening.
u32 next_ticket(const std::string& folder, const Digest& content, const Digest& weights);

}  // namespace pedigree::custody
