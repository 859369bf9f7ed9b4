// Comma-separated text, RFC 4180: a header row, quoted fields, CRLF or LF, an optional byte order
// mark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace pedigree::record {

// Row r (from 1, the header being row 1, as a spreadsheet counts) is rows[r - 2]. Blank lines are
// skipped but counted.
struct CsvRow {
  u64 number = 0;
  std::vector<std::string> fields;
};

struct CsvTable {
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
};

// Problems (an unclosed quote, text after a closing quote) are appended as sentences that name file
// and row.
CsvTable parse_csv(std::string_view text, const std::string& file,
                   std::vector<std::string>& problems);

// The whole file; throws train::Error (exit 3) when it cannot be read.
std::string read_file(const std::string& path);

}  // namespace pedigree::record
