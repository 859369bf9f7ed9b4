#include "forger/catalogue.h"

#include <map>

#include "harness/reference_jobs.h"

namespace pedigree::forger {

namespace {

harness::JobOptions small_options(Loss loss = Loss::cross_entropy) {
  harness::JobOptions o;
  o.loss = loss;
  o.features = 3;
  o.outputs = loss == Loss::logistic ? 1 : 3;
  o.hidden = {3};
  o.records = 9;
  o.holdout = 1;
  o.batch = 3;
  o.steps = 3;
  o.range_bits = 8;
  return o;
}

harness::JobOptions chain_options() {
  harness::JobOptions o = small_options();
  o.steps = 6;
  o.segments = {2, 2, 2};
  o.range_bits = 9;
  return o;
}

// Momentum that each period pays out, so that segments may end there.
harness::JobOptions period_options() {
  harness::JobOptions o = chain_options();
  o.impulse = {2, 1};
  o.period = 2;
  o.runs = {{6, 1}};
  return o;
}

Job in_profile(Profile profile) {
  Job job = harness::chain_job(small_options());
  job.statement.profile = job.statement.datasets[0].profile = profile;
  return job;
}

}  // namespace

std::vector<CatalogueJob> catalogue_jobs() {
  std::vector<CatalogueJob> all;
  for (const harness::ReferenceJob& j : harness::reference_jobs()) all.push_back({j.name, j.job});
  all.push_back({"padded cross_entropy", padded_job()});
  all.push_back({"padded logistic", padded_job(Loss::logistic)});
  all.push_back({"padded mean_squared", padded_job(Loss::mean_squared)});
  all.push_back({"published", padded_job(Loss::cross_entropy, /*publish=*/true)});
  all.push_back({"chain", harness::chain_job(chain_options())});
  all.push_back({"periods", harness::chain_job(period_options())});
  harness::JobOptions uneven = small_options();
  uneven.features = 17;  // the last chunk of inputs has one that is dead
  all.push_back({"named start", harness::named_start(harness::chain_job(uneven), 20)});
  uneven = chain_options();
  uneven.features = 17;
  all.push_back({"named start, chain", harness::named_start(harness::chain_job(uneven), 20)});
  harness::JobOptions o = small_options();
  o.datasets = {4, 5};
  all.push_back({"two datasets", harness::chain_job(o)});
  o = small_options(Loss::logistic);
  o.shards = 2;
  all.push_back({"shards", harness::chain_job(o)});
  o = small_options();
  o.signed_by = harness::Seed{1};
  all.push_back({"signed", harness::chain_job(o)});
  o = small_options(Loss::mean_squared);
  o.range_bits = 13;
  all.push_back({"short maps", harness::chain_job(o)});
  all.push_back({"bulk profile", in_profile(Profile::bulk)});
  all.push_back({"small profile", in_profile(Profile::small)});
  return all;
}

std::vector<Forgery> every_forgery() {
  std::vector<Forgery> all;
  const auto add = [&all](const std::string& job, std::vector<Forgery> more) {
    for (Forgery& f : more) {
      f.job = job;
      all.push_back(std::move(f));
    }
  };
  for (const CatalogueJob& j : catalogue_jobs()) {
    add(j.name, cell_forgeries(j));
    add(j.name, run_forgeries(j));
    add(j.name, chain_forgeries(j));
    add(j.name, message_forgeries(j));
  }
  add("padded", all_forgeries());
  add("statement", statement_forgeries());
  return all;
}

std::vector<Forgery> catalogue() {
  std::vector<Forgery> all = every_forgery(), chosen;
  std::map<std::pair<std::string, std::string>, std::pair<std::size_t, std::size_t>> ends;
  for (std::size_t i = 0; i < all.size(); ++i)
    ends.try_emplace({all[i].attack, all[i].name}, i, i).first->second.second = i;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [first, last] = ends.at({all[i].attack, all[i].name});
    if (i == first || i == last) chosen.push_back(std::move(all[i]));
  }
  return chosen;
}

}  // namespace pedigree::forger
