// How labels are held in a commitment, where no schema says it.
#pragma once

#include "record/dataset.h"

namespace pedigree::record {

// Sets schema.labels_as from the options and the kind of the label. Throws train::Error (exit 3) where they do not fit.
void choose_label_columns(Schema& schema, const ReadOptions& options, const std::string& file);

}  // namespace pedigree::record
