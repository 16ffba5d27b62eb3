// The flows of tests/data/origin (its README tells the form), as text: what a milter sees of mail on its way.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/source_dir.h"

namespace signpost::tests {

struct FlowText {
  std::string name;
  std::map<std::string, std::string> words;  ///< "way" -> "pickup"; a word without "=" has an empty value
  std::string header;                        ///< lines with CRLF
  std::string expected;                      ///< "made-here no-trace"

  std::string word(const std::string& key) const {
    const auto found = words.find(key);
    return found == words.end() ? std::string() : found->second;
  }
};

inline std::vector<FlowText> read_flow_texts(const std::string& file_name) {
  std::ifstream file(source_dir() + "/tests/data/origin/" + file_name);
  std::vector<FlowText> flows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      flows.push_back({line.substr(3), {}, {}, {}});
    } else if (line.starts_with("way=")) {
      std::istringstream words(line);
      for (std::string word; words >> word;) {
        const std::size_t equals = std::min(word.size(), word.find('='));
        flows.back().words[word.substr(0, equals)] = word.substr(std::min(word.size(), equals + 1));
      }
    } else if (line.starts_with("=> ")) {
      flows.back().expected = line.substr(3);
    } else if (!flows.empty()) {
      flows.back().header += line + "\r\n";
    }
  }
  return flows;
}

}  // namespace signpost::tests
