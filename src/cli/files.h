// Files in and out: whole or not at all.
//
// What a command writes appears under a temporary name beside its place and is renamed when it is
// complete. An interruption or the end of memory removes the temporary files and leaves everything
// else as it was.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace pedigree::cli {

// Throws Failure: unsupported when it cannot be read.
std::vector<u8> read_bytes(const std::string& path);
std::string read_text(const std::string& path);

// Throws Failure: usage where `path` exists already or its folder does not.
void require_free(const std::string& path, const char* what);

// Refuses to replace a file. Throws Failure: unfinished when the disk is full or the file cannot be
// written.
void write_file(const std::string& path, std::span<const u8> bytes);

// The same for a file of ours that may be replaced.
void replace_file(const std::string& path, std::span<const u8> bytes, bool is_private);

// Makes a folder unless it is there.
void make_folder(const std::string& path);

// Removes temporary files and folders of processes that were killed: all in `folder`, or those of one name there.
void remove_leftovers(const std::string& folder, const std::string& of = "");

struct NamedBytes {
  std::string name;
  std::vector<u8> bytes;
  bool is_private = false;  // readable by the owner alone
};
// A new folder with these files.
void write_folder(const std::string& path, const std::vector<NamedBytes>& files);

inline std::span<const u8> bytes_of(std::string_view text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}
inline std::vector<u8> copy_of(std::string_view text) {
  return {bytes_of(text).begin(), bytes_of(text).end()};
}

// Ctrl-C, SIGTERM and the end of memory: one sentence, temporary files removed, exit 130 or 6.
void install_last_resorts();

}  // namespace pedigree::cli
