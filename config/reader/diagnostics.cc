// Problems in the order in which a person reads the files.
#include "config/reader/diagnostics.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace signpost::config::reader {

std::string Position::format() const {
  if (line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string format_diagnostic(const Diagnostic& diagnostic) {
  std::string line = diagnostic.at.format();
  line += diagnostic.severity == Severity::error ? ": error: " : ": warning: ";
  line += diagnostic.text;
  if (!diagnostic.suggestion.empty()) line += " (did you mean '" + diagnostic.suggestion + "'?)";

  static constexpr char kHex[] = "0123456789abcdef";
  std::string shown;
  shown.reserve(line.size());
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      shown += c;
    } else {
      shown += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return shown;
}

void Diagnostics::error(Position at, std::string text, std::string suggestion) {
  all_.push_back({Severity::error, std::move(at), std::move(text), std::move(suggestion)});
  ++errors_;
}

void Diagnostics::warning(Position at, std::string text) {
  all_.push_back({Severity::warning, std::move(at), std::move(text), {}});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::map<std::string_view, std::size_t> order;
  for (const Diagnostic& diagnostic : all_) order.try_emplace(diagnostic.at.file, order.size());
  const auto rank = [&order](const Diagnostic& d) {
    return std::tuple(order.at(d.at.file), d.at.line, d.at.column);
  };
  std::vector<Diagnostic> result = all_;
  std::stable_sort(result.begin(), result.end(),
                   [&rank](const Diagnostic& a, const Diagnostic& b) { return rank(a) < rank(b); });
  return result;
}

}  // namespace signpost::config::reader
