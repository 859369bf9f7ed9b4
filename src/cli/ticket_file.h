// A ticket: the owner of a test set lets somebody evaluate weights on it, and says which attempt this is.
//
//   {"version": 1, "content": "keccak256:...", "weights": "keccak256:...", "number": 7, "signature": "128 hexadecimal digits"}
//
// content: of the test set's rows; weights: identity of the weights; signed is ticket_digest (claim/score/score.h).
#pragma once

#include <string>

#include "custody/keys.h"

namespace pedigree::cli {

struct TicketFile {
  Digest content, weights;
  u32 number = 0;
  u8 signature[64] = {};
};

void sign_ticket(TicketFile& ticket, const custody::SigningKey& key);
std::string ticket_text(const TicketFile& ticket);
// Throws Failure: unsupported where this is no ticket.
TicketFile read_ticket(const std::string& path);

}  // namespace pedigree::cli
