// The run specification: what the user asks for, parsed and checked, before data and formats are
// known.
//
// One JSON object; unknown keys are errors. Layers may be named ("name"),
// read an earlier layer ("input", default the one before; "record" is the input row), add two
// ("inputs") and use the parameters of an earlier linear layer ("share"). A linear layer that feeds
// a linear or an add layer gets an identity layer in between, which rounds its quotient to an
// activation.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace pedigree::train {

struct LayerSpec {
  std::string name;
  LayerKind kind = LayerKind::linear;
  Activation activation = Activation::identity;
  u32 out = 0;     // linear
  u32 input = 0;   // layer ids count from 1, 0 is the record
  u32 second = 0;  // add
  u32 share = 0;   // linear
};

// lr from step `from` on.
struct RatePiece {
  u32 from = 0;
  double rate = 0;
};

// Formats that the user fixes; what is absent comes from the dry run.
struct LayerFormats {
  std::optional<u32> frac_a, frac_q, frac_e, frac_d;
};

struct FormatOverrides {
  std::optional<u32> frac_x, frac_y, range_bits, exp_bits, rate_bits;
  std::map<std::string, LayerFormats> layers;  // by layer name
};

struct RunSpec {
  std::vector<LayerSpec> layers;
  Loss loss = Loss::cross_entropy;
  std::vector<RatePiece> rates;  // rates[0].from = 0, ascending
  double momentum = 0;
  u32 batch = 0;
  std::optional<u32> epochs, steps;  // exactly one
  double holdout = 0;                // share of the records
  u64 seed = 0;
  u32 shards = 1;            // slices of the records in time
  u32 period = 0;            // steps after which momentum is paid out; 0: never
  std::string init, beacon;  // files; empty: none
  FormatOverrides formats;
  u32 security_bits = 128;
  std::string profile = "fast";
};

// Throws Error (exit 2) with every problem, each naming `where`.
RunSpec parse_spec(std::string_view json, const std::string& where);
RunSpec read_spec(const std::string& path);

const char* name_of(Loss loss) noexcept;
const char* name_of(Activation activation) noexcept;

}  // namespace pedigree::train
