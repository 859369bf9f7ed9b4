#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/certificate.h"
#include "cli/files.h"
#include "cli/options.h"
#include "custody/dsse.h"
#include "report/report.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct CertifyArguments {
  ProofFiles files;
  std::string key, out, check;
};

int certify(const CertifyArguments& a, Session& session) {
  if (a.files.proof.empty() || a.key.empty() || a.out.empty())
    throw Failure(
        kUsage, "a certificate needs the proof, --key with a signing key, and -o for the new file");
  require_free(a.out, "certificate");
  const custody::SigningKey key = custody::read_key(read_text(a.key), a.key);
  const CheckedProof proof(a.files);
  proof.require_accepted("nothing was signed");
  const json statement = certificate_statement(proof);
  const std::string text = statement_text(statement),
                    signer = custody::public_key_text(key.public_key);
  write_file(a.out, bytes_of(custody::seal(kPayloadType, text, key)));
  session.result({{"certificate", a.out},
                  {"key", signer},
                  {"subject", statement["subject"]},
                  {"predicate_type", kPredicateType}},
                 fmt::format("{}: verified ({:.1f} bits) and signed by {}\n", a.out,
                             proof.result().bits, signer));
  return kDone;
}

// The key that must have signed: the one that is named, else the one that the envelope names itself.
Digest signer_of(const CertifyArguments& a, const custody::Envelope& envelope) {
  if (!a.key.empty()) return custody::read_public_key(read_text(a.key), a.key);
  if (envelope.signatures.size() != 1)
    throw Failure(kUsage,
                  fmt::format("{}: it has {} signatures: name the key that counts with --key",
                              a.check, envelope.signatures.size()));
  return custody::read_public_key(envelope.signatures[0].key_id, a.check + ": keyid");
}

struct Verdict {
  ExitCode exit = kDone;
  std::string code = "ok", reason;
  std::vector<std::string> differences;
};

bool is_statement(const custody::Envelope& envelope, const json& statement) {
  return envelope.type == kPayloadType && statement.is_object() &&
         statement.value("_type", json()) == kStatementType &&
         statement.value("predicateType", json()) == kPredicateType;
}

Verdict judge(const CertifyArguments& a, const custody::Envelope& envelope, const Digest& signer) {
  if (!envelope.is_signed_by(signer))
    return {kRefused,
            "attestation_refused",
            a.key.empty() ? "the signature is not that of the key that it names"
                          : "no signature is that of the key that was named",
            {}};
  if (!is_statement(envelope, json::parse(envelope.body, nullptr, false)))
    return {kUnsupported,
            "not_a_certificate",
            "what is signed is not a statement of this program about a training",
            {}};
  if (a.files.proof.empty()) {
    if (a.key.empty())
      return {
          kOutsidePolicy,
          "signer_unnamed",
          "the signature is right and nobody said whose counts: name the key with --key, or show "
          "the proof with --proof",
          {}};
    return {kDone, "ok", "signed by the key that was named; its word was taken for the rest", {}};
  }
  const CheckedProof proof(a.files);
  proof.require_accepted("so the certificate is of no proof that this verifier accepts");
  const json expected = certificate_statement(proof);
  if (envelope.body == statement_text(expected))
    return {kDone, "ok", "signed, and everything in it follows from the files", {}};
  return {kRefused, "certificate_differs",
          "what is signed is not what the files give: it is of another proof, policy or weights",
          report::differences(expected, envelope.body, 20)};
}

int check(const CertifyArguments& a, Session& session) {
  if (!a.out.empty()) throw Failure(kUsage, "--check writes nothing: leave -o out");
  const bool shown = !a.files.weights.empty() || !a.files.start.empty() || !a.files.policy.empty();
  if (a.files.proof.empty() && (shown || a.files.any_custodian))
    throw Failure(kUsage,
                  "--weights, --init and policies are judged with the proof: name it with --proof");
  const custody::Envelope envelope = custody::open_envelope(read_text(a.check), a.check);
  const Digest signer = signer_of(a, envelope);
  const Verdict v = judge(a, envelope, signer);
  const char* word = v.exit == kDone ? "accepted" : "refused";
  std::string text = fmt::format("{}: {}: {}\n", word, a.check, v.reason);
  for (const std::string& difference : v.differences) text += "  " + difference + "\n";
  const bool is_signed = v.code != "attestation_refused";
  session.result({{"verdict", word},
                  {"code", v.code},
                  {"reason", v.reason},
                  {"key", is_signed ? json(custody::public_key_text(signer)) : json(nullptr)},
                  {"recomputed", v.exit == kDone && !a.files.proof.empty()},
                  {"differences", v.differences}},
                 text);
  return v.exit;
}

}  // namespace

Command certify_command(CLI::App& program) {
  auto arguments = std::make_shared<CertifyArguments>();
  CLI::App* app = add_command(
      program, "certify",
      "verify a proof and sign what it says (in-toto, DSSE), or check such a file",
      "pedigree certify model.pedigree --policy policy.json --key me.key -o model.intoto.json");
  app->add_option("file,--proof", arguments->files.proof, "the proof")->type_name("FILE.pedigree");
  add_proof_options(*app, arguments->files);
  app->add_option("--key", arguments->key,
                  "the key that signs; with --check the public key that counts")
      ->type_name("KEY");
  app->add_option("-o,--out", arguments->out, "the new certificate")->type_name("FILE");
  app->add_option(
         "--check", arguments->check,
         "sign nothing: check the signature of this certificate, with --proof also its content")
      ->type_name("FILE");
  add_json(*app);
  return {app, [arguments](Session& session) {
            return arguments->check.empty() ? certify(*arguments, session)
                                            : check(*arguments, session);
          }};
}

}  // namespace pedigree::cli
