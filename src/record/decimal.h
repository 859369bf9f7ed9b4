// Exact decimal numbers: what a cell of a text file says, without a detour through binary floats.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace pedigree {}

namespace pedigree::record {

inline constexpr u32 kDecimals = 18;

// value = units * 10^-18, |value| < 10^18.
struct Decimal {
  i128 units = 0;

  friend bool operator==(Decimal a, Decimal b) noexcept { return a.units == b.units; }
  friend bool operator<(Decimal a, Decimal b) noexcept { return a.units < b.units; }
};

i128 power_of_ten(u32 n) noexcept;  // n <= 37

enum class ParseProblem : u8 { none, missing, not_a_number, nan, infinite, out_of_range };

struct ParsedDecimal {
  Decimal value;
  ParseProblem problem = ParseProblem::none;
};

// Reads [+-]digits[.digits][(e|E)[+-]digits], blanks around it allowed. Digits after the 18th
// decimal are dropped (towards zero). Never throws.
ParsedDecimal parse_decimal(std::string_view text);

// What is wrong with a cell, and the remedy.
std::string problem_text(ParseProblem problem, std::string_view cell);

// The shortest text that parse_decimal reads back to `value`.
std::string to_text(Decimal value);

double to_double(Decimal value) noexcept;

// round((raw - offset) * 2^scale), halves up, exact: floor((raw - offset) * 2^scale + 1/2).
//   refused (nullopt)   when the result does not lie in (-2^30, 2^30)
std::optional<i32> scaled_integer(Decimal raw, Decimal offset, int scale) noexcept;

// Rounds to the nearest multiple of 10^-decimals, halves up.
Decimal rounded(Decimal value, u32 decimals) noexcept;

}  // namespace pedigree::record
