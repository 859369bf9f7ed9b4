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
  record::Dataset all;  // their records, one after the other

  train::Cells cells() const;  // as the program reads them
};

// Dataset folders, or one file of records with its label column. Throws Failure where they do not fit each other or the loss.
TrainingData read_training_data(const train::RunSpec& spec, const std::vector<std::string>& paths,
                                const std::string& label, const std::string& labels_file);
// The same folders again.
TrainingData open_training_data(const std::vector<std::string>& folders);

// What the prover opens: the message is made from rows and seed when it is asked for.
class DatasetRoot : public OpenableRoot {
 public:
  explicit DatasetRoot(const custody::DatasetFolder& dataset) : dataset_(dataset) {}
  OpenedRoot opened() const override {
    return {dataset_.layout().log_rows, dataset_.manifest.root};
  }
  std::span<const F> message() override;
  CommittedRoot& committed() override;
  void release() override { tree_.reset(); }

 private:
  const custody::DatasetFolder& dataset_;
  std::vector<F> message_;
  std::optional<CommittedRoot> tree_;
};

}  // namespace pedigree::cli
