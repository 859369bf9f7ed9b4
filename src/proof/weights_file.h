// Published weights as a safetensors file, in the one form that a proof binds.
//
//   file     header length u64 | header, JSON, padded with blanks to a multiple of 8 | values
//   names    "<layer - 1>.weight" [out, in] and "<layer - 1>.bias" [out], in program order: for a
//   plain chain of layers
//            the names and shapes of a torch.nn.Sequential
//   values   F64, little endian, integer * 2^-frac: exact, so the integers can be read back
//
//   source   the safetensors format, version 0.4
#pragma once

#include "tensor/program.h"

namespace pedigree {

// The length u64 and the header of these parameters.
Vec<u8> weights_header(std::span<const Parameter> parameters, Arena& arena) noexcept;

inline u64 entries_of(const Parameter& p) noexcept { return static_cast<u64>(p.in) * p.out; }

// The file has [out][in] of what programs have [in][out]: calls visit(input, output) for each entry, so that neither order jumps
// from one cache line to another at each.
template <class Visit>
void for_each_entry(const Parameter& p,
                    const Visit& visit) noexcept(noexcept(visit(u64{}, u64{}))) {
  constexpr u64 kOutputs = 8;
  for (u64 first = 0; first < p.out; first += kOutputs)
    for (u64 i = 0; i < p.in; ++i)
      for (u64 o = first; o < p.out && o < first + kOutputs; ++o) visit(i, o);
}

// The header and the size are those of the parameters.
Result<void> check_weights_header(std::span<const u8> file, std::span<const Parameter> parameters,
                                  Arena& arena) noexcept;

// The integers of one parameter, [in][out] as in the program; `offset` is that of its first value
// in the file. Refuses values off the grid and second encodings.
Result<void> read_weights(std::span<const u8> file, u64 offset, const Parameter& p,
                          std::span<i64> out) noexcept;

}  // namespace pedigree
