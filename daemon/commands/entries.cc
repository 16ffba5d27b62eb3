#include "daemon/commands/entries.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "daemon/commands/listing.h"

namespace signpost::daemon::commands {
namespace {

struct ColumnName {
  EntryColumn column;
  const char* name;
};
constexpr std::array<ColumnName, 8> kColumns = {{{EntryColumn::address, "address"},
                                                 {EntryColumn::reason, "reason"},
                                                 {EntryColumn::tenant, "tenant"},
                                                 {EntryColumn::stream, "stream"},
                                                 {EntryColumn::created, "created"},
                                                 {EntryColumn::expires, "expires"},
                                                 {EntryColumn::note, "note"},
                                                 {EntryColumn::subdomains, "subdomains"}}};
constexpr std::size_t kMaxNote = 1024;
constexpr std::size_t kMaxName = 255;

/// Fields of a comma-separated line (RFC 4180 §2 rules 5-7); a line holds no newline.
base::Result<std::vector<std::string>> split_commas(std::string_view line) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  while (true) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      for (++at;; ++at) {
        if (at >= line.size()) return base::invalid("a quote is not closed");
        if (line[at] != '"') {
          field += line[at];
        } else if (at + 1 < line.size() && line[at + 1] == '"') {
          field += line[at++];
        } else {
          break;
        }
      }
      ++at;
      if (at < line.size() && line[at] != ',') return base::invalid("text right after the closing quote");
    } else {
      const std::size_t end = std::min(line.find(',', at), line.size());
      field = base::trim(line.substr(at, end - at));
      at = end;
    }
    fields.push_back(std::move(field));
    if (at >= line.size()) return fields;
    ++at;
  }
}

base::Result<std::vector<std::string>> split_fields(std::string_view line, char separator) {
  if (separator == ',') return split_commas(line);
  if (separator == '\0') return std::vector<std::string>{std::string(base::trim(line))};
  std::vector<std::string> fields;
  for (const std::string_view field : base::split(line, separator)) fields.emplace_back(base::trim(field));
  return fields;
}

base::Result<EntryColumn> find_column(const std::string& name) {
  std::vector<std::string> known;
  for (const ColumnName& column : kColumns) {
    if (base::equals_ignore_case(name, column.name)) return column.column;
    known.emplace_back(column.name);
  }
  const std::string near = base::nearest(base::lower(name), known);
  return base::invalid("unknown column '" + name + "'" +
                       (near.empty() ? "" : " (did you mean '" + near + "'?)") + "; the columns are " +
                       base::join(known, ", "));
}

bool is_text(std::string_view value, std::size_t max) {
  return value.size() <= max && base::is_utf8(value) && std::none_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

base::Result<void> set_name(std::string& name, const std::string& value) {
  if (!is_text(value, kMaxName))
    return base::invalid("a name must be UTF-8 without control bytes, at most 255 bytes");
  name = value;
  return {};
}

base::Result<void> set_note(policy::Listing& listing, const std::string& value) {
  if (!is_text(value, kMaxNote))
    return base::invalid("the note must be UTF-8 without control bytes, at most 1024 bytes");
  listing.note = value;
  return {};
}

base::Result<void> set_time(base::Wall& time, const std::string& value, const ImportFormat* format) {
  const auto parsed = format == nullptr ? base::parse_time(value) : parse_foreign_time(value);
  if (!parsed) return tl::unexpected(parsed.error());
  time = *parsed;
  return {};
}

/// What another service wrote for people to read: cut and cleaned instead of refused.
std::string readable(std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      ' ');
  if (!base::is_utf8(value)) {
    std::replace_if(
        value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  std::size_t size = std::min(value.size(), kMaxNote);
  while (size > 0 && size < value.size() && (static_cast<unsigned char>(value[size]) & 0xC0) == 0x80) --size;
  value.resize(size);
  return std::string(base::trim(value));
}

base::Result<void> set_column(policy::Listing& listing, EntryColumn column, const std::string& value,
                              const ImportFormat* format) {
  switch (column) {
    case EntryColumn::address:
    case EntryColumn::ignored:
      return {};
    case EntryColumn::foreign_reason: {
      const auto reason = parse_foreign_reason(*format, value);
      if (!reason) return tl::unexpected(reason.error());
      listing.reason = *reason;
      return {};
    }
    case EntryColumn::reason: {
      const auto reason = policy::parse_reason(value);
      if (!reason) return tl::unexpected(reason.error());
      listing.reason = *reason;
      return {};
    }
    case EntryColumn::tenant:
      return set_name(listing.tenant, value);
    case EntryColumn::stream:
      return set_name(listing.stream, value);
    case EntryColumn::created:
      return set_time(listing.since, value, format);
    case EntryColumn::expires:
      return set_time(listing.until.emplace(), value, format);
    case EntryColumn::note:
      return set_note(listing, format == nullptr ? value : readable(value));
    case EntryColumn::subdomains:
      if (value != "yes" && value != "no") return base::invalid("subdomains must be yes or no");
      listing.subdomains = value == "yes";
      return {};
  }
  return {};
}

std::string quote_field(std::string_view value) {
  const bool plain = value.find_first_of(",\" ") == std::string_view::npos;
  std::string field;
  for (const char c : value) {
    if (c == '"') field += '"';
    field += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return plain && field == value ? field : '"' + field + '"';
}

bool is_foreign_header(const std::string& name) {
  const bool own = std::any_of(kColumns.begin(), kColumns.end(), [&](const ColumnName& column) {
    return base::equals_ignore_case(name, column.name);
  });
  return !own;
}

/// What the address is called by those whose files are known; a line that holds one is a header.
bool is_address_header(const std::string& name) {
  constexpr std::array<std::string_view, 5> kNames = {"address", "email", "emailaddress", "email address",
                                                      "recipient"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return base::equals_ignore_case(name, known); });
}

base::Result<std::optional<EntryLayout>> own_layout(const std::vector<std::string>& names, char separator) {
  EntryLayout layout{separator, {}, nullptr};
  for (const std::string& name : names) {
    const auto column = find_column(name);
    if (!column) return tl::unexpected(column.error());
    if (std::find(layout.columns.begin(), layout.columns.end(), *column) != layout.columns.end()) {
      return base::invalid("column '" + name + "' is named twice");
    }
    layout.columns.push_back(*column);
  }
  return std::optional<EntryLayout>(std::move(layout));
}

}  // namespace

base::Result<std::optional<EntryLayout>> parse_entry_header(std::string_view line) {
  const char separator = line.find('\t') != std::string_view::npos ? '\t' : ',';
  const auto names = split_fields(line, separator);
  if (!names || std::none_of(names->begin(), names->end(), is_address_header))
    return std::optional<EntryLayout>();
  if (std::none_of(names->begin(), names->end(), is_foreign_header)) return own_layout(*names, separator);
  EntryLayout layout{separator, {}, find_import_format(*names)};
  if (layout.format == nullptr) return own_layout(*names, separator);
  for (const std::string& name : *names) layout.columns.push_back(column_of(*layout.format, name));
  return std::optional<EntryLayout>(std::move(layout));
}

base::Result<policy::Listing> parse_entry_line(std::string_view line, const EntryLayout& layout,
                                               const policy::Listing& defaults) {
  const auto fields = split_fields(line, layout.separator);
  if (!fields) return tl::unexpected(fields.error());
  if (fields->size() > layout.columns.size()) {
    return base::invalid("more fields than columns (" + std::to_string(fields->size()) + " for " +
                         std::to_string(layout.columns.size()) + ")");
  }
  const auto address_at = std::find(layout.columns.begin(), layout.columns.end(), EntryColumn::address);
  const auto address_index = static_cast<std::size_t>(address_at - layout.columns.begin());
  if (address_index >= fields->size()) return base::invalid("the line has no address");
  policy::Listing listing = defaults;
  listing.address = (*fields)[address_index];
  listing.as_given = listing.address;
  if (listing.address.empty()) return base::invalid("the line has no address");
  for (std::size_t i = 0; i < fields->size(); ++i) {
    if ((*fields)[i].empty()) continue;
    if (auto set = set_column(listing, layout.columns[i], (*fields)[i], layout.format); !set)
      return tl::unexpected(set.error());
  }
  if (auto checked = check_scope(listing); !checked) return tl::unexpected(checked.error());
  return listing;
}

EntryLayout export_layout() {
  EntryLayout layout{',', {}, nullptr};
  for (const ColumnName& column : kColumns) layout.columns.push_back(column.column);
  return layout;
}

std::string format_entry_header() {
  std::string header;
  for (const ColumnName& column : kColumns) header.append(header.empty() ? "" : ",").append(column.name);
  return header;
}

std::string format_entry_line(const policy::Listing& listing) {
  std::string line = quote_field(listing.address);
  for (const std::string& value :
       {std::string(policy::reason_word(listing.reason)), listing.tenant, listing.stream,
        base::format_time(listing.since), listing.until ? base::format_time(*listing.until) : std::string(),
        listing.note, std::string(listing.subdomains ? "yes" : "")}) {
    line += ',' + quote_field(value);
  }
  return line;
}

}  // namespace signpost::daemon::commands
