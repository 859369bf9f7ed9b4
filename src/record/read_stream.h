// All that a stream has, be it a file or a pipe.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace pedigree::record {

// Appends it to `bytes`, which gets room for the file at `path` at once where that says how long it is. Errors are the stream's.
template <class Bytes>
void read_stream(std::ifstream& in, const std::string& path, Bytes& bytes) {
  std::error_code ignored;
  if (const auto size = std::filesystem::file_size(path, ignored); !ignored) bytes.reserve(size);
  char block[1 << 16];
  while (in.read(block, sizeof block) || in.gcount() > 0)
    bytes.insert(bytes.end(), block, block + in.gcount());
}

}  // namespace pedigree::record
