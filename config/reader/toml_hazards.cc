// A scanner that knows of TOML only strings, comments, brackets and the beginning of a line.
#include "config/reader/toml_hazards.h"

#include "base/text.h"

namespace signpost::config::reader {
namespace {

/// toml++ builds and tears down dotted keys by recursion without a bound. With 32 nested values
/// (TOML_MAX_NESTED_VALUES) and this many dots a line the tree is about a thousand levels deep at the worst.
constexpr int kMaxDotsPerLine = 32;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 128;
}

bool begins_key(char c) {
  return base::is_alnum(c) || c == '_' || c == '-' || c == '"' || c == '\'';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<TomlHazard> run() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        if (quote_.size() == 1) quote_ = {};  // a syntax error
        begin_line();
      } else if (!quote_.empty()) {
        step_in_string(c);
      } else if (c == '"' || c == '\'') {
        open_string(c);
      } else if (c == '#') {
        skip_comment();
      } else if (!is_ascii(c)) {
        return hazard("only ASCII is allowed outside quotes and comments");
      } else if (c == '.' && ++dots_ > kMaxDotsPerLine) {
        return hazard("more than 32 dots outside quotes");
      } else if (c == '[' && depth_ == 0 && only_blanks_so_far_ && !is_header()) {
        return hazard("expected the name of a table");
      } else {
        count_brackets(c);
      }
      only_blanks_so_far_ = only_blanks_so_far_ && (is_blank(c) || c == '\n');
    }
    return std::nullopt;
  }

 private:
  void begin_line() {
    ++line_;
    line_begin_ = at_ + 1;
    dots_ = 0;
    only_blanks_so_far_ = true;
  }
  void step_in_string(char c) {
    if (c == '\\' && quote_[0] == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
      ++at_;
    } else if (text_.substr(at_, quote_.size()) == quote_) {
      at_ += quote_.size() - 1;
      quote_ = {};
    }
  }
  void open_string(char c) {
    const std::string_view triple = c == '"' ? R"(""")" : "'''";
    quote_ = text_.substr(at_, 3) == triple ? triple : triple.substr(2);
    at_ += quote_.size() - 1;
  }
  void skip_comment() {
    const std::size_t end = text_.find('\n', at_);
    at_ = (end == std::string_view::npos ? text_.size() : end) - 1;
  }
  void count_brackets(char c) {
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
  }
  /// Whether the line that begins with "[" continues like a header; "]" gets an error from toml++.
  bool is_header() const {
    std::size_t next = text_.find_first_not_of(" \t", at_ + 1);
    if (next != std::string_view::npos && text_[next] == '[') next = text_.find_first_not_of(" \t", next + 1);
    return next != std::string_view::npos && (begins_key(text_[next]) || text_[next] == ']');
  }
  TomlHazard hazard(std::string_view problem) const {
    return {line_begin_, line_, static_cast<std::uint32_t>(at_ - line_begin_ + 1), problem};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
  int dots_ = 0;
  int depth_ = 0;
  bool only_blanks_so_far_ = true;
  std::string_view quote_;  // the delimiter that closes the string we are in
};

}  // namespace

std::optional<TomlHazard> find_toml_hazard(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace signpost::config::reader
