#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/ticket_file.h"
#include "cli/weights_folder.h"
#include "custody/dataset_folder.h"
#include "custody/signer.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

constexpr const char* kNoEnd = "9999-12-31";

struct DataOptions {
  std::string file, key, out, to, proof, date, schema, name, licence, purpose;
  std::string valid_from, valid_until = kNoEnd, profile = "fast", labels_as, missing;
  std::vector<std::string> among;
  record::ReadOptions read;
  bool numeric_label = false;
  u32 openings = 0;  // as many as usual
};

custody::SigningKey signing_key(const std::string& path) {
  return custody::read_key(read_text(path), path);
}

record::ReadOptions read_options(const DataOptions& o) {
  record::ReadOptions read = o.read;
  if (o.numeric_label) read.kind = record::LabelKind::number;
  if (o.labels_as == "one-hot") read.labels_as = record::LabelsAs::one_hot;
  if (o.labels_as == "bit") read.labels_as = record::LabelsAs::bit;
  if (o.labels_as == "number") read.labels_as = record::LabelsAs::number;
  if (!o.missing.empty()) {
    const record::ParsedDecimal value = record::parse_decimal(o.missing);
    if (value.problem != record::ParseProblem::none)
      throw Failure(kUsage, fmt::format("--missing: '{}' is not a number", o.missing));
    read.missing = value.value;
  }
  if (!o.schema.empty()) {
    read.schema =
        record::schema_from_json(json::parse(read_text(o.schema), nullptr, false), o.schema);
    read.kind = read.schema->label_kind;
    if (read.label.empty()) read.label = read.schema->label.name;
  }
  return read;
}

custody::Terms terms_of(const DataOptions& o) {
  custody::Terms terms;
  terms.name = o.name.empty() ? std::filesystem::path(o.file).filename().string() : o.name;
  terms.licence = o.licence;
  terms.purpose = o.purpose;
  terms.valid_from = o.valid_from.empty() ? custody::today() : custody::parse_date(o.valid_from);
  terms.valid_until = custody::parse_date(o.valid_until);
  terms.profile = profile_of(o.profile);
  terms.openings = o.openings;
  return terms;
}

json result_of(const Manifest& m, const std::string& place) {
  json object = json::parse(custody::manifest_json(m));
  object["manifest"] = place;
  return object;
}

std::string schema_text(const record::Schema& schema) {
  constexpr std::size_t kShown = 6;
  std::string text = "integer = (value - offset) * 2^scale:";
  for (std::size_t i = 0; i < schema.features.size() && i < kShown; ++i) {
    const record::Column& c = schema.features[i];
    text += c.category ? fmt::format("\n  {:<24} is {}", c.name, *c.category)
                       : fmt::format("\n  {:<24} offset {}, scale {}", c.name,
                                     record::to_text(c.offset), c.scale);
  }
  if (schema.features.size() > kShown)
    text += fmt::format("\n  and {} more: schema.json", schema.features.size() - kShown);
  return text;
}

void write_dataset(const custody::DatasetFolder& dataset, const std::string& out) {
  std::vector<NamedBytes> files;
  for (custody::DatasetFile& file : custody::dataset_files(dataset))
    files.push_back({std::move(file.name), std::move(file.bytes), file.is_private});
  write_folder(out, files);
}

int finish(const custody::DatasetFolder& dataset, const std::string& out, Session& session) {
  write_dataset(dataset, out);
  const Manifest& m = dataset.manifest;
  session.result(result_of(m, out + "/manifest.bin"),
                 fmt::format("{}: {} records ({} distinct), {} features, {} openings\ncontent "
                             "keccak256:{}\nroot    keccak256:{}\nmanifest.* and schema.json are "
                             "public; rows.bin and opening.key are not\n",
                             out, m.records, m.distinct, m.features, m.opening_budget,
                             custody::hex_text(m.content), custody::hex_text(m.root)));
  return kDone;
}

int commit(const DataOptions& o, Session& session) {
  require_free(o.out, "dataset");
  const custody::SigningKey key = signing_key(o.key);
  const custody::Terms terms = terms_of(o);
  record::Dataset data = record::read_dataset(o.file, read_options(o));
  session.say(fmt::format("{}: {}", o.file, schema_text(data.schema)));
  session.progress("commitment", 0.3);
  return finish(custody::make_signed(std::move(data), terms, key), o.out, session);
}

int grant(const DataOptions& o, Session& session) {
  require_free(o.out, "dataset");
  const custody::SigningKey key = signing_key(o.key);
  custody::Grant grant;
  grant.licensee = custody::read_public_key(read_text(o.to), o.to);
  grant.openings = o.openings;
  grant.name = o.name;
  for (const std::string& path : o.among)
    grant.among.push_back(custody::read_public_key(read_text(path), path));
  const custody::DatasetFolder from = custody::open_dataset(o.file);
  session.progress("commitment", 0.3);
  return finish(custody::make_grant(from, grant, key), o.out, session);
}

[[noreturn]] void refuse_ticket(const Manifest& m, const DataOptions& o) {
  if (m.is_declared())
    throw Failure(kUsage, o.file + ": a declared dataset: nobody signs for attempts on it");
  if (!m.among.empty())
    throw Failure(kUsage, o.file +
                              ": signed by one of several keys: attempts are counted by an owner "
                              "that is known");
  throw Failure(kUsage, o.key + ": not the key that signed " + o.file);
}

// One attempt on a test set: counted beside it before the ticket leaves.
int ticket(const DataOptions& o, Session& session) {
  require_free(o.out, "ticket");
  const custody::SigningKey key = signing_key(o.key);
  const custody::ReadManifest read = custody::read_manifest(o.file);
  if (!(read.manifest.custodian == key.public_key)) refuse_ticket(read.manifest, o);
  std::error_code ignored;
  if (!std::filesystem::is_directory(o.file, ignored))
    throw Failure(kUsage, o.file + ": tickets are counted beside a dataset: name its folder");
  TicketFile made;
  made.content = read.manifest.content;
  made.weights = proven_weights(o.proof);
  made.number = custody::next_ticket(o.file, made.content, made.weights);
  sign_ticket(made, key);
  const std::string text = ticket_text(made);
  write_file(o.out, bytes_of(text));
  json object = json::parse(text);
  object["ticket"] = o.out;
  session.result(object, fmt::format("{}: attempt {} on the records of {}\n  on the weights "
                                     "keccak256:{}\n  good for these weights, whoever has it\n",
                                     o.out, made.number, o.file, custody::hex_text(made.weights)));
  return kDone;
}

int verify(const DataOptions& o, Session& session) {
  std::error_code ignored;
  const bool whole = std::filesystem::exists(o.file + "/rows.bin", ignored);
  const u64 day = o.date.empty() ? custody::today() : custody::parse_date(o.date);
  const custody::ReadManifest read = custody::read_manifest(o.file);
  const Manifest& m = read.manifest;
  json object = result_of(m, o.file);
  if (whole)
    object["openings_spent"] =
        custody::openings_spent(custody::budget_of(custody::open_dataset(o.file)));
  const bool valid = m.valid_from <= day && day <= m.valid_until;
  const std::string who = m.is_declared() ? "declared, attested by nobody"
                                          : custody::signer_text(custody::signer_json(m));
  object["verdict"] = valid ? "accepted" : "refused";
  object["code"] = valid ? "ok" : "policy_refused";
  object["reason"] =
      valid ? fmt::format("signed by {}", who)
            : fmt::format("valid from {} to {}, not on {}", custody::date_text(m.valid_from),
                          custody::date_text(m.valid_until), custody::date_text(day));
  session.result(object,
                 fmt::format("{}: {}: {}\n{}", o.file, object["verdict"].get<std::string>(),
                             object["reason"].get<std::string>(), custody::manifest_json(m)));
  return valid ? kDone : kOutsidePolicy;
}

void add_out(CLI::App& app, DataOptions& o) {
  app.add_option("--key", o.key, "the custodian's key")->required()->type_name("KEY");
  app.add_option("-o,--out", o.out, "the new folder")->required()->type_name("DIR");
  app.add_option("--openings", o.openings,
                 "proofs that the commitment covers (default: 8 to 16, by the size of the dataset)")
      ->check(CLI::Range(1u, kMaxOpenings));
  add_json(app);
  add_work_options(app);
}

CLI::App* add_commit(CLI::App& data, DataOptions& o) {
  CLI::App* app = add_command(data, "commit", "commit to records and sign for them",
                              "pedigree data commit records.csv --label y --licence CC-BY-4.0 "
                              "--purpose research --key me.key -o records");
  app->add_option("file", o.file, "CSV, NPY, NPZ or IDX")->required()->type_name("FILE");
  app->add_option("--label", o.read.label, "the label's column, or array of an NPZ")
      ->type_name("COL");
  app->add_option("--labels", o.read.labels_file, "the file of the labels (IDX, NPY)")
      ->type_name("FILE");
  app->add_flag("--numeric-label", o.numeric_label, "the label is a number, not a category");
  app->add_option("--labels-as", o.labels_as, "how labels are held (bit: for logistic runs)")
      ->check(CLI::IsMember({"one-hot", "bit", "number"}));
  app->add_option("--category", o.read.categories, "a column of categories (repeatable)")
      ->type_name("COL");
  app->add_option("--missing", o.missing, "what empty numeric cells count as (default: refused)")
      ->type_name("VALUE");
  app->add_option("--licence", o.licence, "SPDX expression")->required()->type_name("SPDX");
  app->add_option("--purpose", o.purpose, "what the records may be used for")
      ->required()
      ->type_name("TEXT");
  app->add_option("--name", o.name, "what the dataset is called (default: the file's name)");
  app->add_option("--valid-from", o.valid_from, "first day (default: today)")->type_name("DATE");
  app->add_option("--valid-until", o.valid_until, "last day (default: no end)")->type_name("DATE");
  app->add_option("--profile", o.profile, "as the proofs that will use it")
      ->check(CLI::IsMember(
          std::vector<std::string>(std::begin(kProfileNames), std::end(kProfileNames))));
  app->add_option("--schema", o.schema, "the schema of another custodian, used as it is")
      ->type_name("SCHEMA.json");
  add_out(*app, o);
  return app;
}

}  // namespace

Command data_command(CLI::App& program) {
  auto o = std::make_shared<DataOptions>();
  CLI::App* app =
      add_command(program, "data",
                  "commit to records, grant them, check a manifest, count attempts on a test set",
                  "pedigree data verify records/manifest.bin");
  app->require_subcommand(1);
  CLI::App* committing = add_commit(*app, *o);
  CLI::App* granting =
      add_command(*app, "grant", "a fresh commitment of the same rows for one licensee",
                  "pedigree data grant records --to them.key.pub --key me.key -o records-for-them");
  granting->add_option("dataset", o->file, "the dataset's folder")->required()->type_name("DIR");
  granting->add_option("--to", o->to, "the licensee's public key")
      ->required()
      ->type_name("KEY.pub");
  granting
      ->add_option("--among", o->among,
                   "public keys, the custodian's one of them: nobody learns which of them signed")
      ->type_name("KEY.pub");
  granting->add_option("--name", o->name, "what the dataset is called (default: as it was)");
  add_out(*granting, *o);
  CLI::App* verifying = add_command(*app, "verify", "check a manifest, or a whole dataset",
                                    "pedigree data verify records/manifest.bin");
  verifying->add_option("manifest", o->file, "manifest.bin or a dataset's folder")
      ->required()
      ->type_name("MANIFEST");
  verifying->add_option("--date", o->date, "the day of validity (default: today)")
      ->type_name("DATE");
  add_json(*verifying);
  CLI::App* giving =
      add_command(*app, "ticket", "let somebody evaluate weights on a test set, and count it",
                  "pedigree data ticket test/ --proof model.pedigree --key me.key -o ticket.json");
  giving->add_option("dataset", o->file, "the test set's folder, as `data commit` made it")
      ->required()
      ->type_name("TEST/");
  giving->add_option("--proof", o->proof, "the proof of the run whose weights are evaluated")
      ->required()
      ->type_name("FILE.pedigree");
  giving->add_option("--key", o->key, "the owner's key")->required()->type_name("KEY");
  giving->add_option("-o,--out", o->out, "the ticket, a new file")
      ->required()
      ->type_name("TICKET.json");
  add_json(*giving);
  return {app, [o, committing, granting, giving](Session& session) {
            if (committing->parsed()) return commit(*o, session);
            if (giving->parsed()) return ticket(*o, session);
            return granting->parsed() ? grant(*o, session) : verify(*o, session);
          }};
}

}  // namespace pedigree::cli
