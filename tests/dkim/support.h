// What the tests of signatures share: test keys, fields in milter form, messages signed as the
// daemon signs them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "dkim/settings.h"
#include "mail/message.h"

namespace signpost::dkim::testing {

/// 2025-01-01T00:00:00Z: not in any verifier's future.
inline constexpr base::Wall kNow{std::chrono::milliseconds(1'735'689'600'000)};

std::string read_file(const std::string& path);
/// A file below tests/data/.
std::string data_path(const std::string& name);
/// tests/data/keys/NAME.pem; the test fails if it cannot be read.
std::shared_ptr<const base::PrivateKey> test_key(const std::string& name);

/// Keys "rsa" and "ed" of example.com, the default fields, both canonicalizations as given.
Settings test_settings(Canon header, Canon body);
std::vector<SigningKey> keys_of(const Settings& settings);

/// LF to CRLF.
std::string crlf(std::string_view text);
base::Digest hash_body(std::string_view body, Canon canon);

/// A tag of a DKIM-Signature field without any white space in it.
std::string tag_without_white(const mail::Field& signature, std::string_view name);
/// Empty if the signature, put on top of the message, is good, else what dkim::verify says is wrong.
std::string problem_of(const mail::Message& message, const mail::Field& signature,
                       const base::PrivateKey& key);

/// The message with a signature of each key above it, in wire form.
std::string sign_message(const mail::Message& message, const Settings& settings);

}  // namespace signpost::dkim::testing
