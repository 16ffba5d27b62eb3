// Body canonicalization seen through its hash: published examples, nasty bodies, and that cuts
// make no difference.
#include "dkim/body_hash.h"

#include <random>
#include <regex>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using testing::hash_body;

TEST(BodyHash, Rfc6376Example) {  // §3.4.5
  const std::string body = " C \r\nD \t E\r\n\r\n\r\n";
  EXPECT_EQ(hash_body(body, Canon::relaxed), base::sha256(" C\r\nD E\r\n"));
  EXPECT_EQ(hash_body(body, Canon::simple), base::sha256(" C \r\nD \t E\r\n"));
}

TEST(BodyHash, EmptyBody) {  // the values that RFC 6376 §3.4.3 and §3.4.4 print
  EXPECT_EQ(base::encode_base64(base::as_bytes(hash_body("", Canon::simple))),
            "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
  EXPECT_EQ(base::encode_base64(base::as_bytes(hash_body("", Canon::relaxed))),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

std::string bytes(const char* text, std::size_t size) {
  return {text, size};
}

struct Body {
  std::string body;
  std::string relaxed;
  std::string simple;
};

std::vector<Body> nasty_bodies() {
  return {
      {"", "", "\r\n"},
      {"\r\n", "", "\r\n"},
      {"\r\n\r\n\r\n", "", "\r\n"},
      {" \r\n", "", " \r\n"},
      {" \t \r\n\t\r\n", "", " \t \r\n\t\r\n"},
      {" ", "", " \r\n"},
      {"a", "a\r\n", "a\r\n"},
      {"a ", "a\r\n", "a \r\n"},
      {"a\r\n", "a\r\n", "a\r\n"},
      {"a\r\n\r\n", "a\r\n", "a\r\n"},
      {"a\r\n \r\n", "a\r\n", "a\r\n \r\n"},
      {"\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"},
      {"\r\n a\r\n", "\r\n a\r\n", "\r\n a\r\n"},
      {"a\tb  c\t \td\r\n", "a b c d\r\n", "a\tb  c\t \td\r\n"},
      {"a \r\n\r\n b\r\n", "a\r\n\r\n b\r\n", "a \r\n\r\n b\r\n"},
      {"a\r", "a\r\r\n", "a\r\r\n"},
      {"\r", "\r\r\n", "\r\r\n"},
      {"\n", "\n\r\n", "\n\r\n"},
      {"a \nb\r\n", "a \nb\r\n", "a \nb\r\n"},
      {"a\rb\nc\r\n", "a\rb\nc\r\n", "a\rb\nc\r\n"},
      {"a \rb\r\n", "a \rb\r\n", "a \rb\r\n"},
      {"a\r \r\n", "a\r\r\n", "a\r \r\n"},
      {"a\r\r\n", "a\r\r\n", "a\r\r\n"},
      {"a\r\r\r\n\r\r\n", "a\r\r\r\n\r\r\n", "a\r\r\r\n\r\r\n"},
      {"a\r\n\rb", "a\r\n\rb\r\n", "a\r\n\rb\r\n"},
      {"a\r\n\r\n\n", "a\r\n\r\n\n\r\n", "a\r\n\r\n\n\r\n"},
      {"\xC3\xA4\xFF \x80\r\n", "\xC3\xA4\xFF \x80\r\n", "\xC3\xA4\xFF \x80\r\n"},
      {bytes("a\0 \0\r\n", 6), bytes("a\0 \0\r\n", 6), bytes("a\0 \0\r\n", 6)},
      {"a\x0B\x0C \r\n", "a\x0B\x0C\r\n", "a\x0B\x0C \r\n"},
      {".\r\n..\r\n", ".\r\n..\r\n", ".\r\n..\r\n"},
  };
}

TEST(BodyHash, NastyBodies) {
  for (const Body& c : nasty_bodies()) {
    EXPECT_EQ(hash_body(c.body, Canon::relaxed), base::sha256(c.relaxed)) << base::encode_hex(c.body);
    EXPECT_EQ(hash_body(c.body, Canon::simple), base::sha256(c.simple)) << base::encode_hex(c.body);
  }
}

TEST(BodyHash, CutsMakeNoDifference) {
  for (const Body& c : nasty_bodies()) {
    for (const Canon canon : {Canon::relaxed, Canon::simple}) {
      const base::Digest whole = hash_body(c.body, canon);
      for (std::size_t first = 0; first <= c.body.size(); ++first) {
        for (std::size_t second = first; second <= c.body.size(); ++second) {
          BodyHash hash(canon);
          hash.update(c.body.substr(0, first));
          hash.update(c.body.substr(first, second - first));
          hash.update(c.body.substr(second));
          EXPECT_EQ(hash.finish(), whole)
              << base::encode_hex(c.body) << " cut at " << first << " and " << second;
        }
      }
    }
  }
}

/// The same forms, said by regular expressions.
std::string relaxed_by_regex(const std::string& body) {
  std::string text = std::regex_replace(body, std::regex("[ \t]+(\r\n|$)"), "$1");
  text = std::regex_replace(text, std::regex("[ \t]+"), " ");
  text = std::regex_replace(text, std::regex("(\r\n)+$"), "");
  return text.empty() ? text : text + "\r\n";
}

TEST(BodyHash, AgreesWithASlowTwinOnRandomBodies) {
  std::mt19937 random(6376);
  const std::string alphabet[] = {
      "a", "b", " ", "\t", "\r\n", "\r\n", "word", std::string(63, 'x'), std::string(130, 'y')};
  for (int round = 0; round < 150; ++round) {
    std::string body;
    for (auto pieces = random() % 60; pieces > 0; --pieces) body += alphabet[random() % std::size(alphabet)];
    BodyHash hash(Canon::relaxed);
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t length = 1 + random() % 200;
      hash.update(std::string_view(body).substr(at, length));
      at += length;
    }
    EXPECT_EQ(hash.finish(), base::sha256(relaxed_by_regex(body))) << base::encode_hex(body);
  }
}

TEST(BodyHash, LongRunsAndReuse) {
  BodyHash hash(Canon::relaxed);
  const std::string lines(5000, '\n');
  hash.update(testing::crlf("a\n" + lines + "b\n" + lines));
  EXPECT_EQ(hash.finish(), base::sha256(testing::crlf("a\n" + lines + "b\n")));
  const std::string line = std::string(20000, 'x') + std::string(20000, ' ') + "y";
  hash.update(line);
  EXPECT_EQ(hash.finish(), base::sha256(std::string(20000, 'x') + " y\r\n"));
  EXPECT_EQ(hash.finish(), base::sha256(""));
}

}  // namespace
}  // namespace signpost::dkim
