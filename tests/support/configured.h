// Snapshots for tests, as the daemon has them: out of a configuration text, by the daemon's own loader. Keys
// and rings that the text may name are in /keys: s1.pem (Ed25519) and ring (one active key, 32 times 'k').
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "config/load.h"
#include "milter/snapshot.h"
#include "tests/config/memory_files.h"

namespace signpost::tests {

/// Tests may change it before they publish it. Throws with all complaints if the text is not a configuration.
inline std::shared_ptr<milter::Snapshot> configured(const std::string& toml) {
  static const MemoryFiles files = [] {  // a Snapshot reads its keys when they are needed
    MemoryFiles made;
    made.add_directory("/keys", 0700);
    made.add_file("/keys/ring", "1 active a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n");
    made.add_file("/keys/s1.pem",
                  "-----BEGIN PRIVATE KEY-----\n"
                  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                  "-----END PRIVATE KEY-----\n");
    return made;
  }();
  const config::LoadedConfig loaded = config::parse_config({{"test.toml", toml}}, {}, files);
  if (loaded.ok()) return loaded.snapshot;
  std::string complaints = "the configuration of a test is wrong:\n";
  for (const config::reader::Diagnostic& one : loaded.diagnostics)
    complaints += config::reader::format_diagnostic(one) + "\n";
  throw std::invalid_argument(complaints);
}

}  // namespace signpost::tests
