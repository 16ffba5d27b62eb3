// Directories, keys and configuration files of tests.
#include "tests/support/workplace.h"

#include <filesystem>
#include <fstream>
#include <string_view>

#include <stdlib.h>

#include "base/crypto.h"
#include "base/keyring.h"

namespace signpost::tests {

namespace {

using base::fail;
using base::Result;

Result<void> write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (!file.flush()) return fail(base::ErrorKind::unavailable, "cannot write " + path);
  return {};
}

Result<void> write_secret(const std::string& path, const std::string& content) {
  if (auto written = write_file(path, content); !written) return written;
  std::error_code error;
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, error);
  if (error) return fail(base::ErrorKind::unavailable, path + ": " + error.message());
  return {};
}

/// @DIR@ in a configuration is the directory it is written to.
std::string replace_directory(std::string config, const std::string& directory) {
  static constexpr std::string_view kMark = "@DIR@";
  for (std::size_t at = 0; (at = config.find(kMark, at)) != std::string::npos; at += directory.size())
    config.replace(at, kMark.size(), directory);
  return config;
}

}  // namespace

std::string default_config() {
  return R"([[tenant]]
name           = "shop"
logins         = ["shop"]
sender_domains = ["shop.example"]

[[dkim.key]]
domain   = "shop.example"
selector = "test"
file     = "@DIR@/rsa.pem"
)";
}

Result<void> write_keys(const std::string& directory) {
  for (const auto type : {base::KeyType::rsa, base::KeyType::ed25519}) {
    auto key = base::PrivateKey::generate(type);
    if (!key) return tl::unexpected(key.error());
    const std::string path = directory + (type == base::KeyType::rsa ? "/rsa.pem" : "/ed25519.pem");
    if (auto written = write_secret(path, key->to_pem()); !written) return written;
  }
  base::Keyring ring;
  ring.keys.push_back({1, base::KeyState::active, base::random_bytes(32)});
  if (auto written = write_secret(directory + "/tracking.keys", base::format_keyring(ring)); !written)
    return written;
  ring.keys.front().bytes = base::random_bytes(32);
  return write_secret(directory + "/suppression.keys", base::format_keyring(ring));
}

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "signpost-XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<void> write_configuration(const std::string& directory, const std::string& config) {
  std::error_code error;
  std::filesystem::create_directories(directory + "/conf.d", error);
  std::filesystem::create_directories(directory + "/store", error);
  if (error) return fail(base::ErrorKind::unavailable, error.message());
  if (auto done = write_file(directory + "/signpost.toml", replace_directory(config, directory)); !done)
    return done;
  return write_file(directory + "/conf.d/50-test.toml", replace_directory(R"([milter]
socket      = "unix:@DIR@/milter.sock"
socket_mode = "0600"
[control]
socket = "@DIR@/control.sock"
[store]
path = "@DIR@/store"
[log]
file = "@DIR@/policy.log"
[web]
spool         = "@DIR@/web-spool"
blocked_links = "@DIR@/blocked-links"
ingest        = "@DIR@/ingest.sock"
)",
                                                                          directory));
}

}  // namespace signpost::tests
