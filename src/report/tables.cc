#include "report/tables.h"

namespace pedigree::report {

const std::vector<Section>& sections() {
  static const std::vector<Section> all = {
      {"1.1", "1.1 Provider identification"},
      {"1.2", "1.2 Model identification"},
      {"1.3", "1.3 Modalities, size and other characteristics of the training data"},
      {"2", "2 List of data sources"},
      {"2.1", "2.1 Publicly available datasets"},
      {"2.2", "2.2 Private datasets obtained from third parties"},
      {"2.3", "2.3 Data crawled and scraped from online sources"},
      {"2.4", "2.4 User data"},
      {"2.5", "2.5 Synthetic data"},
      {"2.6", "2.6 Other sources of data"},
      {"3.1", "3.1 Respect of reservations of rights"},
      {"3.2", "3.2 Removal of illegal content"},
      {"3.3", "3.3 Other information: how the model was trained"},
      {"4", "4 Scores"},
      {"5", "5 Data protection: Regulation (EU) 2016/679"},
      {"6", "6 Soundness"},
      {"7", "7 Limits: what is not shown"}};
  return all;
}

const std::vector<Article>& articles() {
  static const std::vector<Article> all = {
      {"Article 5(1)(b), purpose limitation", "purposes stated: {purpose}", Article::manifests,
       "that the training was compatible with the purpose for which the data were collected"},
      {"Article 5(1)(c), data minimisation", "{used} records of {inputs} inputs were used",
       Article::proof, "that so many were necessary"},
      {"Article 5(2), accountability",
       "the datasets and the processing can be checked by anyone who has the proof", Article::proof,
       "that records are true, or that other processing did not take place"},
      {"Article 6, lawfulness", "licences stated: {licence}", Article::manifests,
       "a legal basis: a licence is none by itself"},
      {"Article 9, special categories", nullptr, Article::manifests,
       "what the columns mean: whether they are of special categories is for the custodian"},
      {"Article 17, erasure", "contents in this run, to be held against a request: {content}",
       Article::manifests,
       "that anything was erased: the weights may keep what revoked records taught them"},
      // A verifier cannot see whether a prover leaks on purpose.
      {"Article 25, data protection by design",
       "by the protocol the messages of an honest prover say nothing of the records beyond this "
       "page and the proof's statement",
       Article::prover,
       "that this prover was honest in that, or that published weights keep records secret"},
      {"Article 30, records of processing", "datasets, signers, purposes, validity: section 2",
       Article::manifests, "recipients, transfers, time limits for erasure, security measures"},
      {"Article 35, impact assessment", "facts about the processing: sections 1 to 3",
       Article::manifests, "an assessment of risks: this page is none"}};
  return all;
}

const std::vector<Limit>& limits() {
  static const std::vector<Limit> all = {
      {"Truth of the records", "the proof covers the computation on committed bytes"},
      {"Lawfulness of the records", "licence and purpose are words that a policy compares"},
      {"Other runs",
       "a trainer may try many and show one; a beacon bounds this only for who knows that it was "
       "drawn after the signatures"},
      {"Floating-point runs", "the proven model is the one in exact integers"},
      {"Accuracy", "every score on this page is the trainer's word"},
      {"Secrecy of records in published weights", "weights may leak by themselves"},
      {"Held-out records", "that they differ from the others is not shown"},
      {"Overlap of datasets", "the same rows committed anew have another content digest"},
      {"The licensee", "displayed, and not compared with the prover"},
      {"Shapes, counts and settings", "public, all of them"},
      {"Time", "no proof, manifest or report says when it was made"},
      {"Law",
       "this page is no legal advice, and no summary under Article 53(1)(d) until a provider has "
       "completed it"}};
  return all;
}

}  // namespace pedigree::report
