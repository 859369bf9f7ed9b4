#include "cli/training_log.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/files.h"

namespace pedigree::cli {

using nlohmann::json;

std::vector<std::string> TrainingLog::follow(train::ExactRun& run) {
  const train::ExactRun::LossSum loss = run.take_loss();
  loss_ += loss.sum;
  records_ += loss.records;
  std::vector<std::string> sentences;
  for (std::size_t i = 0; i < run.ranges().size(); ++i) {
    const train::RangeUse& use = run.ranges()[i];
    const train::RangeText text = run.range_text(use);
    if (ranges_.size() <= i)
      ranges_.push_back({{"layer", text.layer},
                         {"name", text.name},
                         {"what", text.what},
                         {"declared", text.declared},
                         {"largest", 0.0},
                         {"half_at", nullptr}});
    json& known = ranges_[i];
    if (text.largest > known["largest"].get<double>()) known["largest"] = text.largest;
    if (!use.half_at || !known["half_at"].is_null()) continue;
    known["half_at"] = *use.half_at;
    sentences.push_back(fmt::format(
        "warning: step {}, layer {} ({}): {} {:.4g} is beyond half of the declared range {:g}; a "
        "run that leaves it stops: a longer dry run (--dry-run) or a wider --margin gives room",
        *use.half_at, text.layer, text.name, text.what, text.largest, text.declared));
  }
  return sentences;
}

void TrainingLog::end_epoch(json entry) {
  const bool known = is_whole_ && records_ > 0;
  entry["training_loss"] = known ? json(loss_ / static_cast<double>(records_)) : json();
  loss_ = 0;
  records_ = 0;
  is_whole_ = true;
  epochs_.push_back(std::move(entry));
}

void TrainingLog::keep(u32 step, double plain_cpu_seconds) {
  constexpr std::size_t kMarks = 8;  // a damaged state is passed over for the one before
  if (marks_.size() == kMarks) marks_.erase(0);
  marks_.push_back({{"step", step}, {"loss", loss_}, {"records", records_}});
  make_folder(folder_);
  const json kept = {{"epochs", epochs_},
                     {"ranges", ranges_},
                     {"marks", marks_},
                     {"plain_cpu_seconds", plain_cpu_seconds}};
  const std::string text = kept.dump(2) + "\n";
  replace_file(path(), bytes_of(text), /*is_private=*/true);
}

bool TrainingLog::recall(u32 step, double& plain_cpu_seconds) {
  is_whole_ = false;
  std::error_code ignored;
  const json kept = std::filesystem::exists(path(), ignored)
                        ? json::parse(read_text(path()), nullptr, false)
                        : json();
  if (!kept.is_object()) return false;
  try {
    for (const json& epoch : kept.at("epochs"))
      if (epoch.at("step").get<u64>() <= step) epochs_.push_back(epoch);
    for (json range : kept.at("ranges")) {
      if (range.at("half_at").is_number() && range.at("half_at").get<u64>() >= step)
        range["half_at"] = nullptr;
      if (!range.at("largest").is_number()) return false;
      ranges_.push_back(std::move(range));
    }
    for (const json& mark : kept.at("marks")) {
      if (mark.at("step").get<u64>() != step) continue;
      loss_ = mark.at("loss").get<double>();
      records_ = mark.at("records").get<u64>();
      is_whole_ = true;
    }
    plain_cpu_seconds = kept.at("plain_cpu_seconds").get<double>();
  } catch (const json::exception&) {  // altered by hand: what is known is told
    return false;
  }
  return true;
}

}  // namespace pedigree::cli
