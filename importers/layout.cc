#include "importers/layout.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "importers/first_lines.h"
#include "importers/json_records.h"
#include "importers/recognize.h"

namespace signpost::importers {
namespace {

constexpr std::size_t kHead = std::size_t{256} * 1024;
constexpr std::size_t kLooked = 200;  ///< records from which a file is judged

struct OwnColumn {
  std::string_view name;
  int Binding::*place;
};
constexpr std::array<OwnColumn, 7> kOwnColumns = {{{"address", &Binding::address},
                                                   {"reason", &Binding::reason},
                                                   {"tenant", &Binding::tenant},
                                                   {"stream", &Binding::stream},
                                                   {"created", &Binding::created},
                                                   {"expires", &Binding::expires},
                                                   {"subdomains", &Binding::subdomains}}};
constexpr std::string_view kNote = "note";

std::vector<std::string> squeezed(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  all.reserve(names.size());
  for (const std::string& name : names) all.push_back(squeeze(name));
  return all;
}

int find(const std::vector<std::string>& names, std::string_view wanted) {
  if (wanted.empty()) return -1;
  const auto found = std::find(names.begin(), names.end(), wanted);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

/// A column that the operator named: by its name, else by its number.
int find_named(const std::vector<std::string>& names, const std::string& wanted) {
  if (const int at = find(names, squeeze(wanted)); at >= 0) return at;
  const auto number = base::parse_number(wanted);
  return number && *number >= 1 && *number <= names.size() ? static_cast<int>(*number) - 1 : -1;
}

Binding bind_format(const Format& format, const std::vector<std::string>& names) {
  Binding binding;
  binding.address = find(names, format.address);
  binding.domain = find(names, format.domain);
  binding.created = find(names, format.created);
  binding.expires = find(names, format.expires);
  binding.subaccount = find(names, format.subaccount);
  binding.tags = find(names, format.tags);
  for (const std::string_view note : format.notes) binding.notes.push_back(find(names, note));
  for (const std::string_view key : format.keys) binding.keys.push_back(find(names, key));
  for (const Flag& flag : format.flags) binding.keys.push_back(find(names, flag.column));
  return binding;
}

/// The columns that nothing names.
void bind_others(Binding& binding, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const int at = static_cast<int>(i);
    const bool is_named = at == binding.address || at == binding.created || at == binding.expires ||
                          std::find(binding.keys.begin(), binding.keys.end(), at) != binding.keys.end() ||
                          std::find(binding.notes.begin(), binding.notes.end(), at) != binding.notes.end();
    if (!is_named) binding.others.push_back(at);
  }
}

Binding bind_own(const std::vector<std::string>& names) {
  Binding binding;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const int at = static_cast<int>(i);
    if (binding.address < 0 && is_address_name(names[i])) binding.address = at;
    if (binding.created < 0 && is_created_name(names[i])) binding.created = at;
    for (const OwnColumn& own : kOwnColumns) {
      if (names[i] == own.name && binding.*own.place < 0) binding.*own.place = at;
    }
    if (names[i] == kNote) binding.notes.push_back(at);
  }
  return binding;
}

/// The lines before the records: blank ones, comments, sep=.
struct Preamble {
  std::size_t bytes = 0;
  std::uint64_t lines = 0;
  std::optional<char> separator;
};

Preamble read_preamble(std::string_view text, bool cr_ends_line) {
  Preamble preamble;
  while (preamble.bytes < text.size()) {
    const std::size_t end = text.find(cr_ends_line ? '\r' : '\n', preamble.bytes);
    if (end == std::string_view::npos) break;
    const std::string_view line = trim_cell(text.substr(preamble.bytes, end - preamble.bytes));
    const bool is_separator = line.size() == 5 && base::starts_with_ignore_case(line, "sep=");
    if (is_separator) preamble.separator = line[4];
    if (text.substr(preamble.bytes, end - preamble.bytes).starts_with("sep=\t")) preamble.separator = '\t';
    if (!line.empty() && line[0] != '#' && !is_separator && line != "sep=") break;
    preamble.bytes = end + 1;
    ++preamble.lines;
  }
  return preamble;
}

/// The records of the file's beginning, without those that its end cuts.
base::Result<std::vector<Record>> read_head(std::string_view text, bool is_whole, const CsvForm& form,
                                            std::uint64_t line) {
  std::vector<Record> records;
  while (!text.empty() && records.size() < kLooked) {
    Record record;
    record.number = line + 1;
    const auto taken = parse_csv_record(text, is_whole, form, record);
    if (!taken) return tl::unexpected(taken.error());
    if (taken->bytes == 0) break;
    text.remove_prefix(taken->bytes);
    line += taken->lines;
    while (!record.cells.empty() && record.cells.back().empty()) record.cells.pop_back();
    if (!record.cells.empty() || !record.fault.empty()) records.push_back(std::move(record));
  }
  return records;
}

/// What is consumed of a record: its bytes and lines.
CsvTaken size_of_first(std::string_view text, bool is_whole, const CsvForm& form) {
  Record record;
  const auto taken = parse_csv_record(text, is_whole, form, record);
  return taken ? *taken : CsvTaken{};
}

base::Result<Layout> read_json_layout(TextSource& source, const ReadOptions& options) {
  const std::string_view head = source.peek(2 * kHead);
  std::string_view rest = head;
  TextSource copy([&](char* buffer, std::size_t size) {
    const std::size_t count = std::min(size, rest.size());
    std::copy_n(rest.data(), count, buffer);
    rest.remove_prefix(count);
    return count;
  });
  std::vector<Record> first;
  const auto read = read_json_records(copy, [&](Record& record) {
    first.push_back(std::move(record));
    return first.size() < kLooked;
  });
  if (!read && first.empty()) return tl::unexpected(read.error());
  Layout layout;
  layout.form = Form::json;
  layout.encoding = source.encoding();
  if (first.empty()) return layout;
  layout.columns = first.front().names;
  layout.has_header = true;
  if (auto known = recognize(layout, first, options); !known) return tl::unexpected(known.error());
  return layout;
}

base::Result<Layout> read_text_layout(TextSource& source, std::string_view head, const ReadOptions& options) {
  Layout layout;
  layout.encoding = source.encoding();
  const bool is_whole = source.ended();
  layout.csv.cr_ends_line =
      head.find('\n') == std::string_view::npos && head.find('\r') != std::string_view::npos;
  const Preamble preamble = read_preamble(head, layout.csv.cr_ends_line);
  layout.skipped_bytes = preamble.bytes;
  layout.skipped_lines = preamble.lines;
  const std::string_view text = head.substr(preamble.bytes);
  if (options.format == "plain") return layout;
  const Format* asked = find_format(options.format);
  const bool is_headless = asked != nullptr && asked->headless_width > 0;
  layout.csv.map = is_headless ? asked->map : MapKind::none;
  if (is_headless && asked->separator != '\0') {
    layout.csv.separator = asked->separator == '\n' ? '\0' : asked->separator;
  } else if (layout.csv.map == MapKind::none) {
    layout.csv.separator =
        preamble.separator ? *preamble.separator : guess_separator(text, layout.csv.cr_ends_line);
  }
  auto records = read_head(text, is_whole, layout.csv, preamble.lines);
  if (!records) return tl::unexpected(records.error());
  if (records->empty()) return layout;
  layout.form = Form::csv;
  layout.has_header = !is_headless && is_header(records->front(), options);
  if (!layout.has_header) {
    if (auto known = recognize_headless(layout, *records, options); !known)
      return tl::unexpected(known.error());
    return layout;
  }
  const CsvTaken header = size_of_first(text, is_whole, layout.csv);
  layout.skipped_bytes += header.bytes;
  layout.skipped_lines += header.lines;
  layout.columns = records->front().cells;
  records->erase(records->begin());
  if (auto known = recognize(layout, *records, options); !known) return tl::unexpected(known.error());
  const bool is_lone_address = layout.format == nullptr && layout.columns.size() == 1;
  if (is_lone_address) layout.form = Form::plain;
  return layout;
}

}  // namespace

Binding bind_columns(const Layout& layout, const std::vector<std::string>& columns,
                     const ReadOptions& options) {
  const std::vector<std::string> names = squeezed(columns);
  // Columns that the operator names are all that count, except with a format, of which they name some.
  Binding binding;
  if (layout.format != nullptr) {
    binding = bind_format(*layout.format, names);
    if (layout.address_column) binding.address = find(names, squeeze(*layout.address_column));
  } else if (options.columns.empty()) {
    binding = bind_own(names);
  }
  for (const auto& [ours, theirs] : options.columns) {
    const int at = find_named(names, theirs);
    if (ours == kNote) binding.notes.push_back(at);
    for (const OwnColumn& own : kOwnColumns) {
      if (own.name == ours) binding.*own.place = at;
    }
  }
  if (layout.format != nullptr && layout.format->other_flags) bind_others(binding, names.size());
  return binding;
}

base::Result<Layout> read_layout(TextSource& source, const ReadOptions& options) {
  // Where lines arrive one by one, the first may tell enough.
  const bool is_asked = !options.format.empty() || !options.columns.empty();
  if (!is_asked && is_plain_list(source.peek(1))) {
    Layout layout;
    layout.encoding = source.encoding();
    return layout;
  }
  const std::string_view head = source.peek(kHead);
  if (head.starts_with("PK\x03\x04") || head.starts_with("\x1F\x8B"))
    return base::invalid(
        "this is a compressed archive or a spreadsheet (.xlsx), not text: unpack it, or save the sheet "
        "as CSV, and import only the files of people who must not get mail");
  if (!options.format.empty() && options.format != "plain" && options.format != "own" &&
      find_format(options.format) == nullptr) {
    std::vector<std::string> known = {"plain", "own"};
    for (const Format& format : formats()) known.emplace_back(format.name);
    const std::string near = base::nearest(options.format, known);
    return base::invalid("format=" + options.format + " is not known" +
                         (near.empty() ? "" : " (did you mean '" + near + "'?)") + "; the formats are " +
                         base::join(known, ", "));
  }
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  const Format* asked = find_format(options.format);
  const bool is_headless = asked != nullptr && asked->headless_width > 0;
  const bool is_json =
      !is_headless && first != std::string_view::npos && (head[first] == '{' || head[first] == '[');
  return is_json ? read_json_layout(source, options) : read_text_layout(source, head, options);
}

std::string describe_form(const Layout& layout) {
  if (layout.csv.map != MapKind::none) return "a table of patterns and actions";
  if (layout.form == Form::json) return "JSON";
  if (layout.form == Form::plain) return "one address a line";
  switch (layout.csv.separator) {
    case ',':
      return "CSV with commas";
    case ';':
      return "CSV with semicolons";
    case '\t':
      return "columns with tabs";
    case '|':
      return "columns with |";
    case '\0':
      return "one column";
    default:
      return std::string("columns with '") + layout.csv.separator + "'";
  }
}

}  // namespace signpost::importers
