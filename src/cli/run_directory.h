// RUN/: what training leaves and proving reads.
//
//   run.json              format and digest of every other file; the source of the records by name
//   and digest spec.json             the specification, canonical JSON schema.json           how
//   each column became integers, canonical JSON; its digest is in the statement statement.bin
//   everything that the proof will state, in its encoding; commitments still zero cells.bin the
//   records as integers; private, readable by the owner alone weights.safetensors   the weights
//   after the last step, exact metrics.json          what `pedigree train --json` printed
//
//   cells.bin   "PEDCELLS" | version u32 | records u32 | features u32 | x i32[records][features] |
//   label i32[records]
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "proof/prove.h"
#include "record/dataset.h"

namespace pedigree::cli {

struct NewRun {
  std::string spec, schema;   // canonical JSON
  std::vector<u8> statement;  // a file with an empty proof
  const record::Dataset* data = nullptr;
  std::vector<u8> weights;
  std::string metrics;
  std::string source, label;  // file name of the records, label column
  Digest source_digest;
};
void write_run(const std::string& path, const NewRun& run);

struct Run {
  std::unique_ptr<OwnedArena> arena;  // of the statement's lists
  Statement statement;
  record::Dataset data;  // without its schema
  std::vector<std::string> layer_names;
  std::vector<u8> weights;
  double plain_cpu_seconds = 0;  // of the exact training alone
};
// Throws Failure: unsupported where this is no run, refused where a file of it was altered.
Run read_run(const std::string& path);

// A file of this statement with an empty proof, and back.
std::vector<u8> statement_file(const Statement& statement);

}  // namespace pedigree::cli
