// What is wrong with a configuration, and where. Collects problems so that all of them are shown at once;
// does not know what a setting means.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace signpost::config::reader {

/// A place in a file; line 0 for what has none: "-o milter.mode", or a file that cannot be read.
struct Position {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// "signpost.toml:3:8", or the file alone.
  std::string format() const;
  bool operator==(const Position&) const = default;
};

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  Position at;
  std::string text;
  std::string suggestion;  ///< the word that was probably meant; may be empty
  bool operator==(const Diagnostic&) const = default;
};

/// "file:line:col: error: text (did you mean 'x'?)", one line: control bytes are shown as \xNN.
std::string format_diagnostic(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  void error(Position at, std::string text, std::string suggestion = {});
  void warning(Position at, std::string text);
  bool has_errors() const { return errors_ > 0; }
  /// All of them: file by file in the order the files were first named, within a file by line.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

}  // namespace signpost::config::reader
