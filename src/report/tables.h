// The fixed texts of a report: sections of the template, articles of the GDPR, limits.
#pragma once

#include <vector>

namespace pedigree::report {

struct Section {
  const char *id, *title;
};
// Those of the template for the public summary of training content (Commission, C(2025) 8311), then ours from 4 on.
const std::vector<Section>& sections();

struct Article {
  enum RestsOn : unsigned char { proof, manifests, prover };
  const char* name;
  const char* shown;  // with {purpose}, {licence}, {content}, {used}, {inputs}; null: nothing
  RestsOn rests_on;
  const char* not_shown;
};
const std::vector<Article>& articles();

struct Limit {
  const char *what, *why;
};
const std::vector<Limit>& limits();

}  // namespace pedigree::report
