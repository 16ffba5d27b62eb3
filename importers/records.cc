#include "importers/records.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "importers/map_records.h"

namespace signpost::importers {
namespace {

/// Characters of Windows-1252 at 0x80 to 0x9F; 0: none, read as the control character of Latin-1, a blank here.
constexpr std::array<unsigned, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::string from_windows_1252(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_c1 = byte >= 0x80 && byte < 0xA0;
    const unsigned character = is_c1 ? kWindows1252[byte - 0x80] : byte;
    append_utf8(text, character == 0 ? ' ' : character);
  }
  return text;
}

/// What no reader sees at the ends of a cell: blanks, no-break and zero-width spaces, byte order marks.
constexpr std::array<std::string_view, 12> kInvisible = {
    "\xC2\xA0",     "\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F",
    "\xE2\x81\xA0", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE3\x80\x80", "\xE2\x80\xAF", "\xEF\xBB\xBF"};

bool is_plain_blank(char c) {
  return base::is_space(c) || c == '\v' || c == '\f';
}

/// One record, field by field.
class FieldReader {
 public:
  FieldReader(std::string_view text, bool is_last, const CsvForm& form, Record& record)
      : text_(text), is_last_(is_last), form_(form), record_(record) {}

  base::Result<CsvTaken> read();

 private:
  enum class Quoted { taken, literal, open };
  bool ends_line(std::size_t at) const {
    return text_[at] == '\n' || (form_.cr_ends_line && text_[at] == '\r');
  }
  bool spans_lines() const { return form_.separator != '\0'; }
  bool is_lenient() const { return form_.separator == '\0' || form_.separator == '\t'; }
  Quoted read_quoted();
  void read_bare();

  std::string_view text_;
  bool is_last_;
  const CsvForm& form_;
  Record& record_;
  std::size_t at_ = 0;
  std::uint64_t lines_ = 0;
};

/// A field in quotes, at_ being on the opening one; at_ is then behind it, on a separator, a line end or the end.
FieldReader::Quoted FieldReader::read_quoted() {
  std::string field;
  std::uint64_t lines = 0;
  std::size_t at = at_ + 1;
  for (;; ++at) {
    if (at >= text_.size()) return Quoted::open;
    if (ends_line(at)) {
      if (!spans_lines()) return Quoted::literal;
      ++lines;
    }
    if (text_[at] != '"') {
      field += text_[at];
    } else if (at + 1 < text_.size() && text_[at + 1] == '"') {
      field += text_[at++];
    } else if (at + 1 >= text_.size() && !is_last_) {
      return Quoted::open;
    } else {
      break;
    }
  }
  ++at;
  std::size_t end = at;
  while (end < text_.size() && !ends_line(end) && is_plain_blank(text_[end]) && text_[end] != form_.separator)
    ++end;
  const bool is_closed =
      end >= text_.size() || ends_line(end) || (form_.separator != '\0' && text_[end] == form_.separator);
  if (!is_closed) {
    // A display name: "John Smith" <john@example.net>.
    const bool is_name = text_[end] == '<' && lines == 0;
    if (is_lenient() || is_name) return Quoted::literal;
    record_.fault = "text right after a closing quote";
  }
  while (end < text_.size() && !ends_line(end) && text_[end] != form_.separator) ++end;
  record_.cells.push_back(clean_cell(field));
  lines_ += lines;
  at_ = end;
  return Quoted::taken;
}

void FieldReader::read_bare() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && !ends_line(at_) && (form_.separator == '\0' || text_[at_] != form_.separator))
    ++at_;
  record_.cells.push_back(clean_cell(text_.substr(begin, at_ - begin)));
}

base::Result<CsvTaken> FieldReader::read() {
  record_.cells.clear();
  record_.names.clear();
  record_.fault.clear();
  for (;;) {
    std::size_t first = at_;
    while (first < text_.size() && (text_[first] == ' ' || (text_[first] == '\t' && form_.separator != '\t')))
      ++first;
    if (first < text_.size() && text_[first] == '"') {
      const std::size_t begin = at_;
      at_ = first;
      const Quoted quoted = read_quoted();
      if (quoted == Quoted::open) {
        const bool is_lost = is_last_ || text_.size() - at_ > kMaxRecord;
        if (!is_lost) return CsvTaken{};
        if (spans_lines())
          return base::invalid("a quote opens in the record that begins on line " +
                               std::to_string(record_.number) + " and is not closed" +
                               (is_last_ ? "" : " within 256 KiB"));
      }
      if (quoted != Quoted::taken) {
        at_ = begin;
        read_bare();
      }
    } else {
      read_bare();
    }
    if (at_ >= text_.size()) {
      if (is_last_) return CsvTaken{text_.size(), lines_};
      if (text_.size() <= kMaxRecord) return CsvTaken{};
      return base::invalid("the record that begins on line " + std::to_string(record_.number) +
                           " is longer than 256 KiB; is this a text file?");
    }
    if (ends_line(at_)) return CsvTaken{at_ + 1, lines_ + 1};
    ++at_;
  }
}

}  // namespace

std::string_view trim_cell(std::string_view text) {
  for (bool found = true; found && !text.empty();) {
    found = false;
    while (!text.empty() && is_plain_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_plain_blank(text.back())) text.remove_suffix(1);
    for (const std::string_view invisible : kInvisible) {
      if (text.starts_with(invisible)) {
        text.remove_prefix(invisible.size());
        found = true;
      }
      if (text.ends_with(invisible)) {
        text.remove_suffix(invisible.size());
        found = true;
      }
    }
  }
  return text;
}

std::string clean_cell(std::string_view bytes) {
  std::string text = base::is_utf8(bytes) ? std::string(bytes) : from_windows_1252(bytes);
  std::string cell;
  cell.reserve(text.size());
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    // A CRLF is one blank.
    if (c == '\n' && !cell.empty() && cell.back() == ' ') continue;
    cell += is_control ? ' ' : c;
  }
  return std::string(trim_cell(cell));
}

std::string squeeze(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    const char small = base::to_lower(c);
    // Letters of other alphabets stay as they are: a header may consist of nothing else.
    if (base::is_alnum(small) || static_cast<unsigned char>(c) >= 0x80) squeezed += small;
  }
  return squeezed;
}

base::Result<CsvTaken> parse_csv_record(std::string_view text, bool is_last, const CsvForm& form,
                                        Record& record) {
  if (form.map != MapKind::none) return parse_map_record(text, is_last, form.map, form.cr_ends_line, record);
  return FieldReader(text, is_last, form, record).read();
}

base::Result<bool> CsvRecords::next(Record& record) {
  for (;;) {
    if (source_.text().empty() && !source_.more()) {
      if (source_.text().empty()) return false;
    }
    record.number = line_;
    const auto taken = parse_csv_record(source_.text(), source_.ended(), form_, record);
    if (!taken) return tl::unexpected(taken.error());
    if (taken->bytes == 0) {
      (void)source_.more();
      continue;
    }
    source_.drop(taken->bytes);
    line_ += taken->lines;
    const bool is_blank =
        std::all_of(record.cells.begin(), record.cells.end(), [](const auto& c) { return c.empty(); });
    if (!is_blank || !record.fault.empty()) return true;
  }
}

}  // namespace signpost::importers
