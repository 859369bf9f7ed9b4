// A dataset on disk, as a custodian commits or grants it, or a trainer declares it.
//
//   manifest.bin    public   "PEDMANIF" | the encoding of visit_manifest with the signature (its first field is the version)
//   manifest.json   public   the same for people; never read
//   schema.json     public   canonical JSON; manifest.schema is its Keccak256
//   rows.bin        private  "PEDROWS\n" | version | records | features | labels, u32 | cells i32 row by row | checksum
//   opening.key     private  "PEDOPKEY" | version u32 | seed | salt | content | root | checksum
//   openings.log    custody/opening_log.h
//   leaves.bin      private  custody/leaves_file.h
//
// Seed and log belong together: a folder is used in one place, and a restored copy of the log would let masks be used twice.
#pragma once

#include <memory>
#include <string>

#include "custody/dataset_commit.h"
#include "custody/keys.h"
#include "custody/leaves_file.h"
#include "custody/opening_log.h"
#include "proof/prove.h"
#include "record/dataset.h"

namespace pedigree::custody {

// What a custodian, or a trainer of its own records, says beside the rows.
struct Terms {
  std::string name, licence, purpose;
  u64 valid_from = 0, valid_until = 0;
  Profile profile = Profile::fast;
  u32 openings = 0;  // 0: usual_openings
};

struct DatasetFolder {
  std::string path;  // empty before it is written
  std::unique_ptr<OwnedArena> arena;
  Manifest manifest;
  std::string schema_text;
  record::Dataset data;     // the program's view: schema, integers, labels
  std::vector<i32> labels;  // the commitment's view of the labels, record-major
  Digest seed;              // secret: of this commitment
  Digest salt;              // secret: of the content digest, the same for every grant
  Leaves leaves;            // of the root's tree, where it was made just now

  DatasetCells cells() const;
  DatasetLayout layout() const;
  DatasetMessage message() const;  // exactly what was committed; refers to the rows
};

// Commits rows under a fresh seed. Throws train::Error (exit 2) where terms or sizes are out of range.
DatasetFolder make_signed(record::Dataset data, const Terms& terms, const SigningKey& custodian);
DatasetFolder make_declared(record::Dataset data, const Terms& terms);
struct Grant {
  Digest licensee;
  u32 openings = 0;  // 0: usual_openings
  // Public keys, the custodian's one of them: one of these signs. Empty: the custodian does, under its own name.
  std::vector<Digest> among;
  std::string name;  // empty: that of the dataset
};
// The same rows and terms under a fresh seed for one licensee; under a fresh salt too where the signer is not to be told, since
// an equal content would tell it.
DatasetFolder make_grant(const DatasetFolder& from, const Grant& grant,
                         const SigningKey& custodian);

struct DatasetFile {
  std::string name;
  std::vector<u8> bytes;
  bool is_private = false;
};
std::vector<DatasetFile> dataset_files(const DatasetFolder& dataset);

// Reads and checks everything: manifest and signature, schema, rows, seed. Throws train::Error: exit 3 where it is no dataset,
// 1 where something in it was altered. The root is not recomputed: a false one gives proofs that are refused.
DatasetFolder open_dataset(const std::string& path);

// The manifest alone, of a folder or a file; the same errors. Its signature is checked.
struct ReadManifest {
  std::unique_ptr<OwnedArena> arena;
  Manifest manifest;
};
ReadManifest read_manifest(const std::string& path);

// Of the root's tree: as they were made, or from the folder; empty where they are not there.
KnownLeaves read_leaves(const DatasetFolder& dataset, const Encoding& e);

OpeningBudget budget_of(const DatasetFolder& dataset);

// For people and for --json.
std::string manifest_json(const Manifest& manifest);
std::string text_of(const Vec<u8>& bytes);

// "2026-11-25" and days since 1970-01-01. Throws train::Error (exit 2).
u64 parse_date(const std::string& text);
std::string date_text(u64 day);
u64 today();

}  // namespace pedigree::custody
