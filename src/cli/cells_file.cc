#include "cli/cells_file.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "custody/keys.h"

namespace pedigree::cli {

using nlohmann::json;

void write_cells(const std::string& path, const Salt& salt, u32 columns,
                 std::span<const i32> cells) {
  const std::string digits =
      fmt::format("{:016x}{:016x}{:016x}", salt.pad.c[0].v, salt.pad.c[1].v, salt.pad.c[2].v);
  const json object = {{"version", 1},
                       {"nonce", custody::hex_text(salt.nonce)},
                       {"pad", digits},
                       {"columns", columns},
                       {"cells", std::vector<i32>(cells.begin(), cells.end())}};
  replace_file(path, bytes_of(object.dump() + "\n"), true);
}

CellsFile read_cells(const std::string& path) {
  const json object = json::parse(read_text(path), nullptr, false);
  const auto bad = [&](const char* what) {
    return Failure(kUnsupported, fmt::format("{}: no file of cells of a claim: {}", path, what));
  };
  if (!object.is_object() || object.value("version", 0) != 1) throw bad("version 1 is missing");
  CellsFile file;
  const auto text = [&](const char* name) {
    const auto at = object.find(name);
    if (at == object.end() || !at->is_string()) throw bad("\"nonce\" or \"pad\" is missing");
    return at->get<std::string>();
  };
  if (!custody::parse_hex(text("nonce"), file.salt.nonce))
    throw bad("\"nonce\" is not 64 hexadecimal digits");
  const std::string digits = text("pad");
  if (digits.size() != 48 || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw bad("\"pad\" is not 48 hexadecimal digits");
  for (u32 i = 0; i < kDegree; ++i) {
    const u64 word = std::stoull(digits.substr(16 * i, 16), nullptr, 16);
    if (word >= kModulus) throw bad("\"pad\" is out of range");
    file.salt.pad.c[i] = F(word);
  }
  const auto columns = object.find("columns");
  if (columns == object.end() || !columns->is_number_unsigned())
    throw bad("\"columns\" is missing");
  file.columns = columns->get<u32>();
  const auto cells = object.find("cells");
  if (cells == object.end() || !cells->is_array()) throw bad("\"cells\" is missing");
  for (const json& cell : *cells) {
    if (!cell.is_number_integer() || cell < std::numeric_limits<i32>::min() ||
        cell > std::numeric_limits<i32>::max())
      throw bad("a cell is no integer of 32 bits");
    file.cells.push_back(cell.get<i32>());
  }
  return file;
}

}  // namespace pedigree::cli
