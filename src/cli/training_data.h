// The datasets of a run: grants of custodians, or the trainer's own records, declared.
#pragma once

#include <string>
#include <vector>

#include "custody/dataset_folder.h"
#include "train/exact_run.h"
#include "train/spec.h"

namespace pedigree::cli {

struct TrainingData {
  std::vector<custody::DatasetFolder> datasets;
  record::Dataset
      all;  // their records, one after the other; empty where only `cells` are asked for

  train::Cells cells() const;  // as the program reads them
  std::vector<custody::OpeningBudget> budgets() const;
};

// Dataset folders, or one file of records with its label column. Throws Failure where they do not fit each other or the loss.
TrainingData read_training_data(const train::RunSpec& spec, const std::vector<std::string>& paths,
                                const std::string& label, const std::string& labels_file);
// The same folders again, without `all`.
TrainingData open_training_data(const std::vector<std::string>& folders);

// Rows of inputs for a claim, as the schema of a run reads them. Throws Failure: unsupported where they are too many.
record::Dataset read_inputs(const std::string& path, const record::Schema& schema, u8 input_bits);

// What the prover opens.
class DatasetRoot : public OpenableRoot {
 public:
  DatasetRoot(const custody::DatasetFolder& dataset, u64 coset_words)
      : dataset_(dataset), message_(dataset.message()), coset_words_(coset_words) {}
  OpenedRoot opened() const override {
    return {dataset_.layout().log_rows, dataset_.manifest.root};
  }
  Words message() override { return Words(message_); }
  void use_masks() override {}  // a segment's root comes first, never a dataset's
  // Throws Failure where the rows are not those of the root.
  void open(std::span<const u64> positions, ProverTranscript& t) override;

 private:
  const custody::DatasetFolder& dataset_;
  DatasetMessage message_;
  u64 coset_words_;
};

}  // namespace pedigree::cli
