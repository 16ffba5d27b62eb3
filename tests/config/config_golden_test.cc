// The golden folder of configurations: NN-name.toml, perhaps NN-name.conf.d/*.toml and NN-name.options (an -o
// option a line), and NN-name.expected, the exact diagnostics. UPDATE_GOLDEN=1 writes the last anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/config/memory_files.h"
#include "tests/support/source_dir.h"

namespace signpost::config {
namespace {

namespace fs = std::filesystem;
using tests::MemoryFiles;

const fs::path kFolder = fs::path(tests::source_dir()) / "tests/data/config";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string read_key(const std::string& name) {
  return read_file(fs::path(tests::source_dir()) / "tests/data/keys" / name);
}

/// The files that the configurations name.
MemoryFiles key_files() {
  const std::string ed25519 = read_key("test-ed25519.pem");
  const std::string ring = "1 active AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
  MemoryFiles files;
  files.add_directory("/keys", 0750);
  files.add_file("/keys/rsa2048.pem", read_key("test-rsa2048.pem"), 0640);
  files.add_file("/keys/rsa1024.pem", read_key("rfc6376.pem"));
  files.add_file("/keys/ed25519.pem", ed25519, 0600, MemoryFiles::kDaemon);
  files.add_file("/keys/encrypted.pem", read_key("encrypted-ed25519.pem"));
  files.add_file("/keys/not-a-key.pem", "hello\n");
  files.add_file("/keys/open.pem", ed25519, 0644);
  files.add_file("/keys/group-writable.pem", ed25519, 0660);
  files.add_file("/keys/foreign.pem", ed25519, 0600, MemoryFiles::kStranger);
  files.add_file("/keys/unreadable.pem", ed25519);
  files.lock("/keys/unreadable.pem");
  files.add_file("/keys/tracking.keys", ring, 0640);
  files.add_file("/keys/suppression.keys", ring);
  files.add_file("/keys/bad.keys", "1 active AAEC\n");
  files.add_directory("/open", 0777);
  files.add_directory("/open/sub", 0755);
  files.add_file("/open/sub/key.pem", ed25519);
  files.add_directory("/staff", 0775, 0, 50);
  files.add_file("/staff/key.pem", ed25519);
  files.add_directory("/tmp", 01777);
  files.add_file("/tmp/key.pem", ed25519);
  files.add_directory("/links", 0755);
  files.add_link("/links/good", "../keys/ed25519.pem");
  files.add_link("/links/loop", "loop");
  files.add_link("/links/into-open", "/open/sub/key.pem");
  return files;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string diagnose(const std::string& name) {
  MemoryFiles files = key_files();
  files.add_file("signpost.toml", read_file(kFolder / (name + ".toml")));
  const fs::path extra = kFolder / (name + ".conf.d");
  if (fs::exists(extra)) {
    for (const auto& entry : fs::directory_iterator(extra)) {
      files.add_file("conf.d/" + entry.path().filename().string(), read_file(entry.path()));
    }
  }
  std::vector<std::string> options;
  std::istringstream lines(read_file(kFolder / (name + ".options")));
  for (std::string line; std::getline(lines, line);) options.push_back(line);

  const LoadedConfig loaded = load_config("signpost.toml", options, files);
  std::string text;
  bool has_error = false;
  for (const reader::Diagnostic& diagnostic : loaded.diagnostics) {
    text += reader::format_diagnostic(diagnostic) + "\n";
    has_error = has_error || diagnostic.severity == reader::Severity::error;
  }
  EXPECT_EQ(loaded.ok(), !has_error) << name;
  EXPECT_EQ(loaded.exit_code, has_error ? 78 : 0) << name;
  return text;
}

TEST(ConfigGolden, EveryConfigurationGivesItsDiagnostics) {
  const std::vector<std::string> names = cases();
  EXPECT_GE(names.size(), 80u);
  for (const std::string& name : names) {
    const fs::path expected = kFolder / (name + ".expected");
    const std::string got = diagnose(name);
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
      std::ofstream(expected, std::ios::binary) << got;
    } else {
      EXPECT_TRUE(fs::exists(expected)) << expected;
      EXPECT_EQ(got, read_file(expected)) << name;
    }
  }
}

}  // namespace
}  // namespace signpost::config
