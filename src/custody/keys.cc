#include "custody/keys.h"

#include <fmt/format.h>
#include <sodium.h>

#include "custody/checked_file.h"
#include "train/error.h"

namespace pedigree::custody {

namespace {

constexpr std::string_view kMagic = "PEDSECRT", kPrefix = "ed25519:";

SigningKey from_seed(const u8 seed[32]) {
  SigningKey key;
  crypto_sign_seed_keypair(key.public_key.bytes, key.secret, seed);
  return key;
}

}  // namespace

SigningKey::~SigningKey() { sodium_memzero(secret, sizeof secret); }

Digest fresh_digest() {
  if (sodium_init() < 0) throw train::Error(train::Exit{6}, "no system randomness");
  Digest d;
  randombytes_buf(d.bytes, sizeof d.bytes);
  return d;
}

SigningKey new_key() {
  if (sodium_init() < 0) throw train::Error(train::Exit{6}, "no system randomness");
  u8 seed[crypto_sign_SEEDBYTES];
  randombytes_buf(seed, sizeof seed);
  return from_seed(seed);
}

std::vector<u8> key_file(const SigningKey& key) {
  CheckedWriter file(kMagic, 2);
  file.raw(key.secret, crypto_sign_SEEDBYTES);
  return file.finish();
}

SigningKey read_key(std::string_view bytes, const std::string& path) {
  if (bytes.starts_with(kPrefix))
    throw train::Error(train::Exit::input,
                       fmt::format("{}: a public key; the private one signs", path));
  CheckedReader file(bytes, kMagic, 2, path);
  u8 seed[crypto_sign_SEEDBYTES];
  file.raw(seed, sizeof seed);
  file.end();
  return from_seed(seed);
}

Digest read_public_key(std::string_view text, const std::string& path) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  Digest key;
  if (!text.starts_with(kPrefix) || !parse_hex(text.substr(kPrefix.size()), key))
    throw train::Error(
        train::Exit::input,
        fmt::format("{}: not a public key: one line 'ed25519:' and 64 hexadecimal digits", path));
  return key;
}

std::string public_key_text(const Digest& key) { return std::string(kPrefix) + hex_text(key); }

std::string hex_text(const Digest& digest) {
  std::string text;
  for (const u8 b : digest.bytes) text += fmt::format("{:02x}", b);
  return text;
}

bool parse_hex(std::string_view text, Digest& digest) {
  if (text.size() != 2 * sizeof digest.bytes) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::size_t digit = digits.find(text[i]);
    if (digit == digits.npos) return false;
    u8& byte = digest.bytes[i / 2];
    byte = static_cast<u8>(16 * byte + digit);
  }
  return true;
}

}  // namespace pedigree::custody
