// The word that a user probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pedigree::record {

// The candidate with the fewest changed letters, or nothing where none is close.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// ": did you mean 'x'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace pedigree::record
