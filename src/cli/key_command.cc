#include <fmt/format.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "custody/keys.h"

namespace pedigree::cli {

namespace {

int new_key(const std::string& out, Session& session) {
  const std::string public_file = out + ".pub";
  require_free(out, "key");
  require_free(public_file, "public key");
  const custody::SigningKey key = custody::new_key();
  const std::string text = custody::public_key_text(key.public_key);
  const mode_t before = ::umask(0077);
  try {
    write_file(out, custody::key_file(key));
  } catch (...) {
    ::umask(before);
    throw;
  }
  ::umask(before);
  write_file(public_file, bytes_of(text + "\n"));
  session.result(
      {{"key", out}, {"public", public_file}, {"public_key", text}},
      fmt::format("{} (keep it secret and backed up) and {}: {}\n", out, public_file, text));
  return kDone;
}

}  // namespace

Command key_command(CLI::App& program) {
  auto out = std::make_shared<std::string>();
  CLI::App* app =
      add_command(program, "key", "make a signing key", "pedigree key new --out me.key");
  CLI::App* make = add_command(*app, "new", "a new key: FILE, secret, and FILE.pub",
                               "pedigree key new --out me.key");
  app->require_subcommand(1);
  make->add_option("--out", *out, "the new file")->required()->type_name("FILE");
  add_json(*make);
  return {app, [out](Session& session) { return new_key(*out, session); }};
}

}  // namespace pedigree::cli
