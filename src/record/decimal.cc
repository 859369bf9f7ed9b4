#include "record/decimal.h"

#include <cctype>

namespace pedigree::record {

namespace {

constexpr i128 kOne = i128{1000000000} * 1000000000;  // 10^18

i128 floor_divide(i128 a, i128 b) noexcept { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

bool is_word(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(text[i])) != lower[i]) return false;
  return true;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// The exponent after 'e': capped, so that absurd ones are zero or out of range, never an overflow.
bool parse_exponent(std::string_view text, int& exponent) noexcept {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-'))
    negative = text[0] == '-', text.remove_prefix(1);
  if (text.empty()) return false;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    if (exponent < 100000) exponent = 10 * exponent + (c - '0');
  }
  if (negative) exponent = -exponent;
  return true;
}

// digits * 10^power as units of 10^-18.
ParsedDecimal assemble(std::string_view digits, int power, bool negative) noexcept {
  while (!digits.empty() && digits.front() == '0') digits.remove_prefix(1);
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1), ++power;
  if (digits.empty()) return {};
  power += static_cast<int>(kDecimals);
  if (static_cast<int>(digits.size()) + power > 36) return {{}, ParseProblem::out_of_range};
  if (power < 0) {
    const std::size_t dropped = static_cast<std::size_t>(-power);
    digits = digits.substr(0, dropped < digits.size() ? digits.size() - dropped : 0);
    power = 0;
  }
  i128 units = 0;
  for (const char c : digits) units = 10 * units + (c - '0');
  units *= power_of_ten(static_cast<u32>(power));
  return {{negative ? -units : units}, ParseProblem::none};
}

}  // namespace

i128 power_of_ten(u32 n) noexcept {
  i128 power = 1;
  while (n-- > 0) power *= 10;
  return power;
}

ParsedDecimal parse_decimal(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return {{}, ParseProblem::missing};
  bool negative = false;
  if (text[0] == '+' || text[0] == '-') negative = text[0] == '-', text.remove_prefix(1);
  if (is_word(text, "nan")) return {{}, ParseProblem::nan};
  if (is_word(text, "inf") || is_word(text, "infinity")) return {{}, ParseProblem::infinite};
  std::string digits;
  int power = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) digits += text[i];
  if (i < text.size() && text[i] == '.')
    for (++i; i < text.size() && is_digit(text[i]); ++i) digits += text[i], --power;
  if (digits.empty()) return {{}, ParseProblem::not_a_number};
  if (i < text.size()) {
    int exponent = 0;
    if ((text[i] != 'e' && text[i] != 'E') || !parse_exponent(text.substr(i + 1), exponent))
      return {{}, ParseProblem::not_a_number};
    power += exponent;
  }
  return assemble(digits, power, negative);
}

std::string to_text(Decimal value) {
  const bool negative = value.units < 0;
  i128 units = negative ? -value.units : value.units;
  std::string text;
  bool significant = false;
  for (u32 place = 0; units != 0 || place <= kDecimals; ++place) {
    const int digit = static_cast<int>(units % 10);
    units /= 10;
    if (place == kDecimals && significant) text.insert(text.begin(), '.');
    significant = significant || digit != 0;
    if (significant || place >= kDecimals)
      text.insert(text.begin(), static_cast<char>('0' + digit));
  }
  return negative ? "-" + text : text;
}

double to_double(Decimal value) noexcept { return static_cast<double>(value.units) / 1e18; }

std::string problem_text(ParseProblem problem, std::string_view cell) {
  const std::string text(cell);
  switch (problem) {
    case ParseProblem::none:
      break;
    case ParseProblem::missing:
      return "missing value: fill it in or drop the row";
    case ParseProblem::not_a_number:
      return "'" + text + "' is not a number";
    case ParseProblem::nan:
      return "NaN: fill it in or drop the row";
    case ParseProblem::infinite:
      return "'" + text + "' is not finite";
    case ParseProblem::out_of_range:
      return text + " is out of range: values lie below 10^18, rescale the column";
  }
  return "";
}

std::optional<i32> scaled_integer(Decimal raw, Decimal offset, int scale) noexcept {
  const i128 limit = i128{1} << 30;
  const i128 difference = raw.units - offset.units;
  // invariant: (raw - offset) * 2^bits = whole + rest / 10^18 with 0 <= rest < 10^18
  i128 whole = floor_divide(difference, kOne);
  i128 rest = difference - whole * kOne;
  for (int bit = 0; bit < scale; ++bit) {
    rest *= 2;
    whole = 2 * whole + (rest >= kOne);
    if (rest >= kOne) rest -= kOne;
    if (whole >= limit || whole <= -limit) return std::nullopt;
  }
  if (scale >= 0) {
    whole += 2 * rest >= kOne;
  } else {
    const int shift = scale < -100 ? 100 : -scale;
    whole =
        (whole + (i128{1} << (shift - 1))) >> shift;  // nested floors: the half is an integer here
  }
  if (whole >= limit || whole <= -limit) return std::nullopt;
  return static_cast<i32>(whole);
}

Decimal rounded(Decimal value, u32 decimals) noexcept {
  if (decimals >= kDecimals) return value;
  const i128 step = power_of_ten(kDecimals - decimals);
  return {floor_divide(value.units + step / 2, step) * step};
}

}  // namespace pedigree::record
