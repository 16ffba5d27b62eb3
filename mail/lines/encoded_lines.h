// New text among encoded lines: at which column it begins, and how it is written so that lines stay within
// their bounds. mail/transfer decides which text goes where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace signpost::mail {

constexpr std::size_t kMaxEncodedLine = 76;  ///< octets (RFC 2045 §6.7 rule 5, §6.8)

/// The line end that the text uses first; CRLF if it has none.
std::string_view line_end_of(std::string_view text);

/// Follows the column of the written text from one replacement to the next, looking at each
/// encoded byte once.
class ColumnTracker {
 public:
  explicit ColumnTracker(std::string_view encoded) : encoded_(encoded) {}

  /// The column, in the new text, of what stands at `at`: behind the last splice or at it.
  std::size_t column_at(std::size_t at) const;
  /// A splice ended: it replaced up to `end` and left the text at `column`.
  void splice_ended(std::size_t end, std::size_t column) {
    done_ = end;
    column_ = column;
  }
  struct Rest {
    std::size_t size;
    bool whole;  ///< up to the end of the line, not only to the next replacement
  };
  /// What follows `end` on its line, without its line end, at most up to `next`.
  Rest rest_of_line(std::size_t end, std::size_t next) const;

 private:
  std::string_view encoded_;
  std::size_t done_ = 0;
  std::size_t column_ = 0;
};

/// Writes quoted-printable from a given column on, with soft breaks of its own.
class QuotedPrintableWriter {
 public:
  /// `before` is what stands in front, back to the last replacement: after an "=" that is not an escape,
  /// nothing of ours may complete one, nor make a soft break of it and the blanks or CR behind it. What could not do
  /// so is written as it is there: some decoders read "==" as an escaped "=", so an escape or a soft break behind it
  /// would be shown (Python's quopri does).
  QuotedPrintableWriter(std::string_view before, std::size_t column, std::string_view line_end);
  void write(std::string_view text);
  void break_softly();
  std::size_t column() const { return column_; }
  std::string take() { return std::move(out_); }

 private:
  void write_hex(unsigned char byte);

  std::string out_;
  std::size_t column_;
  std::string_view line_end_;
  bool after_loose_equals_ = false;
};

/// Writes base64 in lines from a given column on. What it is given is not kept.
class Base64Lines {
 public:
  /// `size`: of all that will be added, so that room is made once.
  Base64Lines(std::size_t line, std::string_view line_end, std::size_t column, std::size_t size);
  void add(std::string_view bytes);
  std::string finish() &&;

 private:
  void write_pending();

  std::size_t line_;
  std::string_view line_end_;
  std::size_t column_;
  std::string pending_;
  std::string out_;
};

struct Written {
  std::size_t column;   ///< behind the text
  std::size_t longest;  ///< of the lines that it ended on the way and the one it leaves open
};
/// Of text that is written as it is, from a column on.
Written write_plain(std::size_t column, std::string_view text);

}  // namespace signpost::mail
