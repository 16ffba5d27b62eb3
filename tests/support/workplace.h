// Where a test works: a private directory with the keys and the configuration that a filter under
// test is started with.
#pragma once

#include <string>

#include "base/result.h"

namespace signpost::tests {

/// A directory that goes away with its object, mode 0700.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The configuration of dialogues that bring none: one tenant with one key.
std::string default_config();
/// Makes the key files that configurations name as @DIR@/rsa.pem, @DIR@/ed25519.pem, @DIR@/tracking.keys and
/// @DIR@/suppression.keys.
base::Result<void> write_keys(const std::string& directory);
/// Writes DIRECTORY/signpost.toml (@DIR@ replaced) and, in conf.d, what every test needs: sockets, store and
/// log below DIRECTORY.
base::Result<void> write_configuration(const std::string& directory, const std::string& config);

}  // namespace signpost::tests
