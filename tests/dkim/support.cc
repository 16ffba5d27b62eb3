// Files, keys and the few lines that sign a whole message.
#include "tests/dkim/support.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/text.h"
#include "dkim/body_hash.h"
#include "dkim/record.h"
#include "dkim/sign.h"
#include "dkim/tags.h"
#include "dkim/verify.h"
#include "tests/support/source_dir.h"

namespace signpost::dkim::testing {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string data_path(const std::string& name) {
  return tests::source_dir() + "/tests/data/" + name;
}

std::shared_ptr<const base::PrivateKey> test_key(const std::string& name) {
  auto key = base::PrivateKey::parse_pem(read_file(data_path("keys/" + name + ".pem")));
  EXPECT_TRUE(key) << name;
  return std::make_shared<const base::PrivateKey>(std::move(*key));
}

Settings test_settings(Canon header, Canon body) {
  Settings settings;
  settings.header_canon = header;
  settings.body_canon = body;
  settings.keys.add({"example.com", "rsa", test_key("test-rsa2048")});
  settings.keys.add({"example.com", "ed", test_key("test-ed25519")});
  return settings;
}

std::vector<SigningKey> keys_of(const Settings& settings) {
  std::vector<SigningKey> keys;
  for (const KeyUse& use : settings.keys.of("example.com"))
    keys.push_back({use.key->domain(), use.key->selector(), *use.key->parsed()});
  return keys;
}

std::string crlf(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') result += '\r';
    result += c;
  }
  return result;
}

base::Digest hash_body(std::string_view body, Canon canon) {
  BodyHash hash(canon);
  hash.update(body);
  return hash.finish();
}

std::string tag_without_white(const mail::Field& signature, std::string_view name) {
  const auto tags = parse_tags(signature.value);
  EXPECT_TRUE(tags) << signature.value;
  const std::string* const value = tags->find(name);
  std::string result;
  for (const char c : value == nullptr ? std::string() : *value) {
    if (!base::is_space(c)) result += c;
  }
  return result;
}

std::string problem_of(const mail::Message& message, const mail::Field& signature,
                       const base::PrivateKey& key) {
  mail::Message whole = message;
  whole.fields.insert(whole.fields.begin(), signature);
  const auto lookup = [&key](const std::string&) -> base::Result<std::string> { return format_record(key); };
  return verify(whole, lookup, kNow, 1).front().problem;
}

std::string sign_message(const mail::Message& message, const Settings& settings) {
  const auto values = sign_all(keys_of(settings), settings, message.fields,
                               hash_body(message.body, settings.body_canon), kNow);
  EXPECT_TRUE(values);
  mail::Message signed_message = message;
  for (auto value = values->rbegin(); value != values->rend(); ++value) {
    signed_message.fields.insert(signed_message.fields.begin(), {"DKIM-Signature", *value});
  }
  return mail::format_message(signed_message);
}

}  // namespace signpost::dkim::testing
