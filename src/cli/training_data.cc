#include "cli/training_data.h"

#include <fmt/format.h>

#include <filesystem>

#include "claim/cells.h"
#include "cli/exit.h"
#include "commit/known_leaves.h"

namespace pedigree::cli {

namespace {

// The records of all datasets.
record::Dataset join(const std::vector<custody::DatasetFolder>& datasets) {
  record::Dataset all;
  all.features = datasets[0].data.features;
  all.schema = datasets[0].data.schema;
  for (const custody::DatasetFolder& d : datasets) {
    all.records += d.data.records;
    all.x.insert(all.x.end(), d.data.x.begin(), d.data.x.end());
    all.label.insert(all.label.end(), d.data.label.begin(), d.data.label.end());
    all.schema.input_bits = std::max(all.schema.input_bits, d.data.schema.input_bits);
  }
  return all;
}

// All datasets read their columns in the same way, and hold their labels as the loss reads them.
void check(const TrainingData& data, std::optional<Loss> loss) {
  std::vector<std::string> problems;
  const Manifest& first = data.datasets[0].manifest;
  for (const custody::DatasetFolder& d : data.datasets) {
    if (!(d.manifest.schema == first.schema))
      problems.push_back(
          fmt::format("{}: its schema is not that of {}: commit it with `pedigree data commit "
                      "--schema {}/schema.json`",
                      d.path, data.datasets[0].path, data.datasets[0].path));
    if (d.manifest.profile != first.profile)
      problems.push_back(fmt::format("{} and {} have different profiles: commit them with the same",
                                     d.path, data.datasets[0].path));
    if (!loss) continue;
    const record::LabelsAs wanted = *loss == Loss::cross_entropy ? record::LabelsAs::one_hot
                                    : *loss == Loss::logistic    ? record::LabelsAs::bit
                                                                 : record::LabelsAs::number;
    if (d.data.schema.labels_as != wanted)
      problems.push_back(
          fmt::format("{}: its labels are not committed as the loss {} reads them: `data commit "
                      "--labels-as {}`",
                      d.path, train::name_of(*loss),
                      wanted == record::LabelsAs::one_hot ? "one-hot"
                      : wanted == record::LabelsAs::bit   ? "bit"
                                                          : "number"));
  }
  if (!problems.empty()) throw Failure(kUsage, problems);
}

}  // namespace

train::Cells TrainingData::cells() const {
  train::Cells cells;
  for (const custody::DatasetFolder& d : datasets) cells.append(d.data.records, d.data.x, d.labels);
  return cells;
}

std::vector<custody::OpeningBudget> TrainingData::budgets() const {
  std::vector<custody::OpeningBudget> budgets;
  for (const custody::DatasetFolder& d : datasets) budgets.push_back(custody::budget_of(d));
  return budgets;
}

record::Dataset read_inputs(const std::string& path, const record::Schema& schema, u8 input_bits) {
  record::ReadOptions options;
  options.schema = schema;
  options.label = schema.label.name;
  options.kind = schema.label_kind;
  options.inputs_only = true;
  options.schema->input_bits = input_bits;
  record::Dataset rows = record::read_dataset(path, options);
  if (rows.records > kMaxClaimSamples)
    throw Failure(kUnsupported, fmt::format("{}: {} rows: a claim has at most {}", path,
                                            rows.records, kMaxClaimSamples));
  return rows;
}

TrainingData open_training_data(const std::vector<std::string>& folders) {
  TrainingData data;
  for (const std::string& folder : folders) data.datasets.push_back(custody::open_dataset(folder));
  return data;
}

TrainingData read_training_data(const train::RunSpec& spec, const std::vector<std::string>& paths,
                                const std::string& label, const std::string& labels_file) {
  const auto is_folder = [](const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored);
  };
  if (paths.size() == 1 && !is_folder(paths[0])) {
    record::ReadOptions options;
    options.label = label;
    options.labels_file = labels_file;
    options.kind =
        spec.loss == Loss::mean_squared ? record::LabelKind::number : record::LabelKind::category;
    options.labels_as = spec.loss == Loss::cross_entropy ? record::LabelsAs::one_hot
                        : spec.loss == Loss::logistic    ? record::LabelsAs::bit
                                                         : record::LabelsAs::number;
    options.frac_x = spec.formats.frac_x.value_or(record::kDefaultFracX);
    options.frac_y = spec.formats.frac_y.value_or(record::kDefaultFracY);
    custody::Terms terms;
    terms.name = std::filesystem::path(paths[0]).filename().string();
    terms.licence = "LicenseRef-declared";
    terms.purpose = "declared by the trainer";
    terms.valid_until = custody::parse_date("9999-12-31");
    terms.profile = profile_of(spec.profile);
    TrainingData data;
    data.datasets.push_back(custody::make_declared(record::read_dataset(paths[0], options), terms));
    data.all = join(data.datasets);
    return data;
  }
  for (const std::string& path : paths)
    if (!is_folder(path))
      throw Failure(kUsage,
                    fmt::format("{}: not a folder: several --data are datasets of `pedigree "
                                "data commit` or `grant`",
                                path));
  TrainingData data = open_training_data(paths);
  check(data, spec.loss);
  data.all = join(data.datasets);
  return data;
}

void DatasetRoot::open(std::span<const u64> positions, ProverTranscript& t) {
  const OpeningParameters p = dataset_parameters(dataset_.layout(), dataset_.manifest.profile);
  const Encoding e = root_encoding(message(), {}, p);
  const Digest root =
      open_leaves_or_codeword(e, custody::read_leaves(dataset_, e), positions, t, coset_words_);
  if (!(root == dataset_.manifest.root))
    throw Failure(kRefused,
                  fmt::format("{}: the rows, or the hashes in leaves.bin, are not those of the "
                              "manifest's root: the folder was altered; get it again",
                              dataset_.path));
}

}  // namespace pedigree::cli
