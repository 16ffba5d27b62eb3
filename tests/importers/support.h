// Files of other services as tests give them.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "importers/import_file.h"
#include "tests/support/source_dir.h"

namespace signpost::tests {

/// 2026-11-23.
inline const base::Wall kToday{std::chrono::seconds(1'795'392'000)};

/// Gives a text in pieces.
inline importers::ReadBytes reader_of(std::string text, std::size_t piece = 1000) {
  return [text = std::move(text), piece, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
    const std::size_t count = std::min({size, piece, text.size() - at});
    std::copy_n(text.data() + at, count, buffer);
    at += count;
    return count;
  };
}

inline std::string import_sample(const std::string& name) {
  std::ifstream in(source_dir() + "/tests/data/import/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// What becomes of a file.
struct Imported {
  std::string refusal;  ///< of the whole file
  /// "address reason scope" of each entry, with its stream if it has one; "ignored", "expired", "bad".
  std::vector<std::string> items;
  std::vector<importers::Item> whole;
  importers::Summary summary;
  std::string format;
};

inline Imported import_text(const std::string& text, importers::ReadOptions options = {}) {
  options.now = kToday;
  Imported imported;
  auto file = importers::ImportFile::open(reader_of(text), std::move(options));
  if (!file) {
    imported.refusal = file.error().text;
    return imported;
  }
  imported.format = file->format_name();
  const auto summary = file->each([&](const importers::Item& item) {
    imported.whole.push_back(item);
    switch (item.outcome) {
      case importers::Outcome::entry: {
        const char* scope = item.scope == importers::Scope::by_reason    ? ""
                            : item.scope == importers::Scope::everywhere ? " everywhere"
                                                                         : " own";
        imported.items.push_back(item.address + " " + item.reason + scope +
                                 (item.stream.empty() ? "" : " " + item.stream));
        break;
      }
      case importers::Outcome::ignored:
        imported.items.emplace_back("ignored");
        break;
      case importers::Outcome::expired:
        imported.items.emplace_back("expired");
        break;
      case importers::Outcome::bad:
        imported.items.emplace_back("bad");
        break;
    }
    return true;
  });
  if (summary) {
    imported.summary = *summary;
  } else {
    imported.refusal = summary.error().text;
  }
  return imported;
}

}  // namespace signpost::tests
