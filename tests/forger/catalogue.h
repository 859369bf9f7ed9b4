// Forgeries of many jobs, for the negative vectors: every tensor, table, weight and message of a job is bent once, its data,
// order, schedule and formats are exchanged, and rules of the statement are ignored.
#pragma once

#include "forger/forger.h"

namespace pedigree::forger {

struct CatalogueJob {
  std::string name;
  Job job;
};

// With different losses, activations, additions, shared layers, momentum, segments, starts, datasets, profiles.
std::vector<CatalogueJob> catalogue_jobs();

// All of them, those of all_forgeries included; names differ within a job.
std::vector<Forgery> every_forgery();
// Of those with one attack and one name the first and the last: the vectors.
std::vector<Forgery> catalogue();

// Parts of it. Cells, tables, weights, derived tensors of one segment; other runs than the stated one; several segments;
// messages; statements that no honest prover accepts.
using Forgeries = std::vector<Forgery>;
Forgeries cell_forgeries(const CatalogueJob& job);
Forgeries run_forgeries(const CatalogueJob& job);
Forgeries chain_forgeries(const CatalogueJob& job);
Forgeries message_forgeries(const CatalogueJob& job);
Forgeries statement_forgeries();

}  // namespace pedigree::forger
