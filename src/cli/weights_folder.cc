#include "cli/weights_folder.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/proof_statement.h"
#include "custody/checked_file.h"
#include "custody/keys.h"
#include "custody/leaves_file.h"

namespace pedigree::cli {

namespace {

constexpr std::string_view kMagic = "PEDWEIGH";
constexpr u32 kVersion = 1;

std::string folder_of(const std::string& run, const Digest& root) {
  return run + "/weights-" + custody::hex_text(root).substr(0, 16);
}

const Digest& end_root(const Statement& s) { return s.segments[s.segments.size() - 1].end.root; }

Encoding encoding_of(const Words& message, Profile profile) {
  return root_encoding(message, {}, weights_parameters(profile, message.size()));
}

}  // namespace

void keep_weights(const std::string& run, std::span<const u8> proof, std::span<const F> message) {
  OwnedArena arena(proof_statement_memory(proof.size()));
  const Statement s = proof_statement(proof, "the proof", arena.get());
  const Digest root = end_root(s);
  custody::CheckedWriter writer(kMagic, kVersion);
  writer.number(s.openings);
  writer.reserve(8 * message.size() + 128);
  writer.raw(root.bytes, sizeof root.bytes);
  for (const F word : message) writer.raw(&word.v, sizeof word.v);
  const std::string folder = folder_of(run, root);
  std::vector<u8> bytes = writer.finish();
  // An attempt that goes on after its weights were kept: the log may count openings already.
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) {
    if (read_bytes(folder + "/weights.message") != bytes)
      custody::refuse_file(folder, "it holds other weights than those that were just proven");
    return;
  }
  const custody::Leaves leaves = custody::leaves_of(encoding_of(message, s.profile));
  write_folder(folder, {{"weights.message", std::move(bytes), true},
                        {custody::kLeavesName, custody::leaves_file(leaves), true},
                        {"openings.log", copy_of(custody::opening_log_head(root)), false}});
}

Digest proven_weights(const std::string& proof) {
  const std::vector<u8> bytes = read_bytes(proof);
  OwnedArena arena(proof_statement_memory(bytes.size()));
  const Statement s = proof_statement(bytes, proof, arena.get());
  OwnedArena memory(2 * statement_memory(s) + 64 * encode_statement(s).size());
  const auto compiled = compile_sizes(s, memory.get(), true);
  if (!compiled.ok()) throw Failure(kRefused, proof + ": " + check_text(compiled.why().check));
  return identities_of(s, compiled.value(), memory.get()).weights;
}

KeptWeights read_weights(const std::string& run, const std::string& proof, bool shows_range) {
  const std::vector<u8> bytes = read_bytes(proof);
  KeptWeights kept;
  kept.arena = std::make_unique<OwnedArena>(proof_statement_memory(bytes.size()));
  kept.run = proof_statement(bytes, proof, kept.arena->get());
  if (kept.run.kind != ClaimKind::reusable_run || kept.run.segments.empty())
    throw Failure(kUsage, fmt::format("{}: its weights can be opened for no claim: prove the run "
                                      "again with `pedigree prove --openings N`",
                                      proof));
  const Digest root = end_root(kept.run);
  const std::string folder = folder_of(run, root), path = folder + "/weights.message";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    throw Failure(
        kUsage, fmt::format("{}: not a proof of {}: that run keeps no weights of it", proof, run));
  const std::vector<u8> file = read_bytes(path);
  custody::CheckedReader reader({reinterpret_cast<const char*>(file.data()), file.size()}, kMagic,
                                kVersion, path);
  // What the random rows cover was written when they were drawn; a proof is only a file that somebody names.
  const u32 openings = reader.number();
  Digest kept_root;
  reader.raw(kept_root.bytes, sizeof kept_root.bytes);
  if (!(kept_root == root)) custody::refuse_file(path, "it belongs to another proof");
  if (openings != kept.run.openings)
    throw Failure(kRefused, fmt::format("{}: it states {} openings, and the weights were committed "
                                        "for {}: the proof was altered",
                                        proof, kept.run.openings, openings));
  std::vector<F> message(reader.left() / sizeof(u64));
  reader.raw(message.data(), message.size() * sizeof(u64));
  reader.end();
  for (const F word : message)
    if (word.v >= kModulus) custody::refuse_file(path, "a word is not below the modulus");
  try {
    kept.weights = committed_weights(kept.run, std::move(message), shows_range);
  } catch (const std::runtime_error& e) {
    throw Failure(kRefused, path + ": " + e.what());
  }
  kept.weights.leaves =
      custody::read_leaves_file(folder, encoding_of(kept.weights.message, kept.run.profile));
  kept.budget = {folder, root, kept.run.openings,
                 "prove the run again with `pedigree prove --openings N`"};
  return kept;
}

}  // namespace pedigree::cli
