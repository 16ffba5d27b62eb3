// The signed messages that RFC 6376 (Appendix A) and RFC 8463 (Appendix A.3) print: what we hash for them is
// what their signatures were made over.
#include <gtest/gtest.h>

#include "dkim/signature.h"
#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using testing::data_path;
using testing::read_file;
using testing::test_key;

/// Both algorithms are deterministic: our own signature over the same bytes is the printed one.
void expect_signed(const mail::Message& message, std::size_t own, const base::PrivateKey& key) {
  const auto signature = parse_signature(message.fields[own].value);
  ASSERT_TRUE(signature);
  EXPECT_EQ(*key.sign_digest(header_digest(message.fields, own, *signature)), signature->bytes);
  EXPECT_EQ(base::as_bytes(testing::hash_body(message.body, signature->body_canon)), signature->body_hash);
}

mail::Message message_of(const std::string& name) {
  return mail::parse_message(testing::crlf(read_file(data_path("dkim/" + name))));
}

TEST(Rfc, Rfc6376AppendixA) {
  const mail::Message message = message_of("rfc6376.eml");
  ASSERT_EQ(message.fields.size(), 7U);
  expect_signed(message, 0, *test_key("rfc6376"));
}

TEST(Rfc, Rfc8463AppendixA) {
  const mail::Message message = message_of("rfc8463.eml");
  ASSERT_EQ(message.fields.size(), 7U);
  expect_signed(message, 0, *test_key("rfc8463-ed25519"));
  expect_signed(message, 1, *test_key("rfc8463-rsa"));
}

}  // namespace
}  // namespace signpost::dkim
