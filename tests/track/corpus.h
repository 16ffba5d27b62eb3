// Where the public test material lies, for tests that are skipped without it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "tests/support/source_dir.h"

namespace signpost::track {

/// A folder of the corpus: $SIGNPOST_CORPUS, else ../shared/corpus beside the source tree.
inline std::optional<std::filesystem::path> corpus_folder(const std::string& name) {
  const char* given = std::getenv("SIGNPOST_CORPUS");
  const std::filesystem::path root =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(tests::source_dir()).parent_path() / "shared" / "corpus";
  const std::filesystem::path folder = root / name;
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace signpost::track
