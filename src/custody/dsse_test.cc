#include "custody/dsse.h"

#include <gtest/gtest.h>

#include "train/error.h"

namespace pedigree::custody {
namespace {

constexpr const char* kType = "http://example.com/HelloWorld";

// Encoding and envelope of the test vectors in DSSE 1.0.2, protocol.md. Its signature is of another scheme than ours.
TEST(Dsse, EncodesAsTheSpecification) {
  EXPECT_EQ(pre_authentication_encoding(kType, "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  const Envelope e = open_envelope(
      R"({"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld",
          "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]})",
      "test");
  EXPECT_EQ(e.body, "hello world");
  EXPECT_EQ(e.type, kType);
  EXPECT_EQ(e.signatures[0].bytes.size(), 64u);
  EXPECT_FALSE(e.is_signed_by(new_key().public_key));
}

TEST(Dsse, IsSignedByItsKeyAlone) {
  const SigningKey key = new_key();
  const Envelope e = open_envelope(seal(kType, std::string("a\0b\xff", 4), key), "test");
  ASSERT_TRUE(e.is_signed_by(key.public_key));
  EXPECT_EQ(e.signatures[0].key_id, public_key_text(key.public_key));
  EXPECT_EQ(e.body, std::string("a\0b\xff", 4));
  EXPECT_FALSE(e.is_signed_by(new_key().public_key));
}

TEST(Dsse, TypeBodyAndSignatureAreBound) {
  const SigningKey key = new_key();
  const Envelope honest = open_envelope(seal(kType, "hello world", key), "test");
  ASSERT_TRUE(honest.is_signed_by(key.public_key));
  Envelope e = honest;
  e.type += " ";
  EXPECT_FALSE(e.is_signed_by(key.public_key));
  e = honest;
  e.body[0] = 'H';
  EXPECT_FALSE(e.is_signed_by(key.public_key));
  for (const std::size_t length : {0, 63}) {
    e = honest;
    e.signatures[0].bytes.resize(length);
    EXPECT_FALSE(e.is_signed_by(key.public_key));
  }
  e = honest;
  e.signatures[0].bytes[7] ^= 1;
  EXPECT_FALSE(e.is_signed_by(key.public_key));
}

TEST(Dsse, WhatIsNoEnvelopeIsRefused) {
  for (const char* text :
       {"", "[]", "{}", R"({"payload": "a", "payloadType": "t", "signatures": []})",
        R"({"payload": "YQ==", "payloadType": 1, "signatures": []})",
        R"({"payload": "YQ==", "payloadType": "t", "signatures": {}})",
        R"({"payload": "YQ==", "payloadType": "t", "signatures": [{"sig": "?"}]})",
        R"({"payload": "YQ==", "payloadType": "t", "signatures": [{}]})"})
    EXPECT_THROW(open_envelope(text, "test"), train::Error) << text;
  EXPECT_NO_THROW(open_envelope(
      R"({"payload": "YQ", "payloadType": "t", "signatures": [{"sig": "-_8"}], "more": 1})", "t"));
}

}  // namespace
}  // namespace pedigree::custody
