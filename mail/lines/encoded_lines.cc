#include "mail/lines/encoded_lines.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace signpost::mail {
namespace {

/// True if an "=" before it could become an escape or a soft line break with it.
bool completes_escape(char c) {
  return base::is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f') || base::is_space(c);
}

}  // namespace

std::string_view line_end_of(std::string_view text) {
  const std::size_t newline = text.find('\n');
  return newline != text.npos && (newline == 0 || text[newline - 1] != '\r') ? "\n" : "\r\n";
}

std::size_t ColumnTracker::column_at(std::size_t at) const {
  const std::string_view gap = encoded_.substr(done_, at - done_);
  const std::size_t newline = gap.rfind('\n');
  return newline == gap.npos ? column_ + gap.size() : gap.size() - newline - 1;
}

ColumnTracker::Rest ColumnTracker::rest_of_line(std::size_t end, std::size_t next) const {
  const std::string_view gap = encoded_.substr(end, next - end);
  const std::size_t newline = gap.find('\n');
  if (newline == gap.npos) return {gap.size(), next == encoded_.size()};
  return {newline > 0 && gap[newline - 1] == '\r' ? newline - 1 : newline, true};
}

QuotedPrintableWriter::QuotedPrintableWriter(std::string_view before, std::size_t column,
                                             std::string_view line_end)
    : column_(column), line_end_(line_end) {
  const std::string_view last_two = before.substr(before.size() - std::min<std::size_t>(before.size(), 2));
  const std::size_t last = before.find_last_not_of(" \t\r");
  after_loose_equals_ = last_two.find('=') != last_two.npos || (last != before.npos && before[last] == '=');
}

void QuotedPrintableWriter::write(std::string_view text) {
  if (text.empty() && after_loose_equals_) break_softly();
  out_.reserve(text.size() + text.size() / 16);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool loose = i == 0 && after_loose_equals_;
    const bool guard = loose && completes_escape(c);
    if (c == line_end_.front() && !guard && text.substr(i).starts_with(line_end_)) {
      out_ += line_end_;
      column_ = 0;
      i += line_end_.size() - 1;
      continue;
    }
    const bool last = i + 1 == text.size() || text[i + 1] == '\r' || text[i + 1] == '\n';
    const bool printable = c > ' ' && c < 127 && c != '=';
    const bool blank = (c == ' ' || c == '\t') && !last;  // RFC 2045 §6.7 (3)
    const bool literal = (printable || blank) && !guard;
    // One column is kept for the "=" of a soft break.
    const bool fits = column_ + (literal ? 1 : 3) < kMaxEncodedLine;
    if (!fits && !(loose && literal)) break_softly();
    // A line of ours never begins with "-": it could look like a MIME delimiter.
    if (literal && !(column_ == 0 && c == '-')) {
      out_ += c;
      ++column_;
    } else {
      write_hex(static_cast<unsigned char>(c));
    }
  }
}

void QuotedPrintableWriter::break_softly() {
  out_ += '=';
  out_ += line_end_;
  column_ = 0;
}

void QuotedPrintableWriter::write_hex(unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out_ += '=';
  out_ += digits[byte >> 4];
  out_ += digits[byte & 15];
  column_ += 3;
}

namespace {
constexpr std::size_t kPending = std::size_t{3} * 1024;  // whole groups, so that pieces of base64 join
}

Base64Lines::Base64Lines(std::size_t line, std::string_view line_end, std::size_t column, std::size_t size)
    : line_(line), line_end_(line_end), column_(column) {
  const std::size_t digits = size / 3 * 4 + 4;
  out_.reserve(digits + (digits / line + 2) * line_end.size());
  pending_.reserve(kPending);
}

void Base64Lines::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view taken = bytes.substr(0, kPending - pending_.size());
    pending_ += taken;
    bytes.remove_prefix(taken.size());
    if (pending_.size() == kPending) write_pending();
  }
}

std::string Base64Lines::finish() && {
  write_pending();
  return std::move(out_);
}

void Base64Lines::write_pending() {
  const std::string digits = base::encode_base64(pending_);
  pending_.clear();
  for (std::size_t at = 0; at < digits.size();) {
    if (column_ >= line_) {
      out_ += line_end_;
      column_ = 0;
    }
    const std::size_t count = std::min(line_ - column_, digits.size() - at);
    out_.append(digits, at, count);
    at += count;
    column_ += count;
  }
}

Written write_plain(std::size_t column, std::string_view text) {
  std::size_t longest = 0;
  for (std::size_t newline = text.find('\n'); newline != text.npos; newline = text.find('\n')) {
    const bool crlf = newline > 0 && text[newline - 1] == '\r';
    longest = std::max(longest, column + newline - (crlf ? 1 : 0));
    column = 0;
    text.remove_prefix(newline + 1);
  }
  column += text.size();
  return {column, std::max(longest, column)};
}

}  // namespace signpost::mail
