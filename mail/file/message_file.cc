// What happens to a file on its way in: line ends, and what Postfix does to a text that is not quite a message.
#include "mail/file/message_file.h"

#include <algorithm>
#include <optional>

#include "mail/message.h"

namespace signpost::mail {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// A line: its end with all carriage returns before it, and what stands before those.
struct Line {
  std::string_view content;
  std::size_t next = 0;  ///< where the line behind it begins
  bool ended = true;     ///< by LF
};

Line line_at(std::string_view text, std::size_t begin) {
  const std::size_t newline = text.find('\n', begin);
  Line line;
  line.ended = newline != std::string_view::npos;
  line.next = line.ended ? newline + 1 : text.size();
  line.content = text.substr(begin, (line.ended ? newline : text.size()) - begin);
  if (line.ended) line.content = line.content.substr(0, line.content.find_last_not_of('\r') + 1);
  return line;
}

bool is_mbox_line(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of('>'), line.size())).starts_with("From ");
}

/// Where the header that begins at `at` ends; nothing if it does so as it should, by an empty line or with the file.
std::optional<std::size_t> end_without_empty_line(std::string_view file, std::size_t at, Door door) {
  for (bool first = true; at < file.size(); first = false) {
    const Line line = line_at(file, at);
    if (line.content.empty()) return std::nullopt;
    // smtpd makes a blank of a carriage return before the header is read, pickup leaves that to later.
    const char begin = line.content.front();
    const bool fold = !first && (is_blank(begin) || (begin == '\r' && door == Door::smtp));
    if (!fold && !is_field_line(line.content)) return at;
    at = line.next;
  }
  return std::nullopt;
}

/// Collects the changes, in the order of the file.
class Entry {
 public:
  Entry(std::string_view file, Door door) : file_(file), door_(door), line_end_(first_line_end(file)) {}

  std::vector<Splice> changes() {
    const std::size_t begin = take_mbox_lines();
    const auto missing = end_without_empty_line(file_, begin, door_);
    for (std::size_t at = begin; at < file_.size();) {
      if (missing == at) changes_.push_back({at, "", line_end_});
      const Line line = line_at(file_, at);
      mend_returns(at, line);
      at = line.next;
    }
    if (!file_.empty() && file_.back() != '\n') end_last_line();
    return std::move(changes_);
  }

 private:
  static std::string first_line_end(std::string_view file) {
    const std::size_t newline = file.find('\n');
    return newline != std::string_view::npos && newline > 0 && file[newline - 1] == '\r' ? "\r\n" : "\n";
  }

  /// Returns where the header begins.
  std::size_t take_mbox_lines() {
    std::size_t at = 0;
    for (Line line = line_at(file_, at); is_mbox_line(line.content); line = line_at(file_, at)) {
      if (door_ == Door::command) {
        changes_.push_back({at, std::string(file_.substr(at, line.next - at)), ""});
      } else {
        changes_.push_back({at, "", "X-Mailbox-Line: "});
        mend_returns(at, line);
      }
      at = line.next;
    }
    return at;
  }

  void mend_returns(std::size_t at, const Line& line) {
    for (std::size_t i = line.content.find('\r'); i != line.content.npos; i = line.content.find('\r', i + 1))
      changes_.push_back({at + i, "\r", " "});
    if (!line.ended) return;
    const std::size_t returns = line.next - 1 - at - line.content.size();
    if (returns > 1) changes_.push_back({at + line.content.size(), std::string(returns - 1, '\r'), ""});
  }

  void end_last_line() { changes_.push_back({file_.size(), "", line_end_}); }

  std::string_view file_;
  Door door_;
  std::string line_end_;
  std::vector<Splice> changes_;
};

}  // namespace

std::pair<std::string, Newlines> to_crlf(std::string_view raw) {
  std::string wire;
  Newlines newlines;
  wire.reserve(raw.size() + raw.size() / 32 + 2);
  std::size_t line_ends = 0;
  for (std::size_t begin = 0; begin < raw.size();) {
    const std::size_t newline = raw.find('\n', begin);
    wire += raw.substr(begin, newline - begin);
    if (newline == std::string_view::npos) break;
    ++line_ends;
    if (newline == 0 || raw[newline - 1] != '\r') {
      newlines.bare_lf.push_back(wire.size());
      wire += '\r';
    }
    wire += '\n';
    begin = newline + 1;
  }
  if (line_ends > 0 && newlines.bare_lf.size() == line_ends) newlines = {true, {}};
  return {std::move(wire), std::move(newlines)};
}

std::string from_crlf(std::string_view wire, const Newlines& newlines) {
  std::string raw;
  raw.reserve(wire.size());
  auto next = newlines.bare_lf.begin();
  std::size_t begin = 0;
  for (std::size_t at = wire.find("\r\n"); at != std::string_view::npos; at = wire.find("\r\n", at + 2)) {
    while (next != newlines.bare_lf.end() && *next < at) ++next;
    const bool bare = newlines.all_lf || (next != newlines.bare_lf.end() && *next == at);
    if (!bare) continue;
    raw += wire.substr(begin, at - begin);
    begin = at + 1;
  }
  raw += wire.substr(begin);
  return raw;
}

std::pair<std::string, FileForm> to_wire(std::string_view file, Door door) {
  FileForm form;
  form.on_entry = Entry(file, door).changes();
  // They were made from these bytes, so they fit.
  auto [wire, newlines] = to_crlf(*apply_splices(file, form.on_entry));
  form.newlines = std::move(newlines);
  return {std::move(wire), std::move(form)};
}

base::Result<std::string> from_wire(std::string_view wire, const FileForm& form) {
  return undo_splices(from_crlf(wire, form.newlines), form.on_entry);
}

}  // namespace signpost::mail
