#include "daemon/commands/entries.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "policy/listed_name.h"

namespace signpost::daemon::commands {
namespace {

struct ColumnName {
  EntryColumn column;
  const char* name;
};
constexpr std::size_t kOwn = 8;  ///< the first of them are those of an export
constexpr std::array<ColumnName, 11> kColumns = {{{EntryColumn::address, "address"},
                                                  {EntryColumn::reason, "reason"},
                                                  {EntryColumn::tenant, "tenant"},
                                                  {EntryColumn::stream, "stream"},
                                                  {EntryColumn::created, "created"},
                                                  {EntryColumn::expires, "expires"},
                                                  {EntryColumn::note, "note"},
                                                  {EntryColumn::subdomains, "subdomains"},
                                                  {EntryColumn::line, "line"},
                                                  {EntryColumn::scope, "scope"},
                                                  {EntryColumn::outcome, "outcome"}}};
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
    if (known.size() < kOwn) known.emplace_back(column.name);
  }
  const std::string near = base::nearest(base::lower(name), known);
  return base::invalid("unknown column '" + name + "'" +
                       (near.empty() ? "" : " (did you mean '" + near + "'?)") + "; the columns are " +
                       base::join(known, ", ") +
                       ". Files of other services are read by `signpostctl suppress import FILE`");
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

base::Result<void> set_time(base::Wall& time, const std::string& value) {
  const auto parsed = base::parse_time(value);
  if (!parsed) return tl::unexpected(parsed.error());
  time = *parsed;
  return {};
}

base::Result<void> set_scope(EntryLine& entry, const std::string& value) {
  if (value != "everywhere" && value != "own") return base::invalid("scope must be everywhere or own");
  entry.scope = value == "own" ? EntryScope::own : EntryScope::everywhere;
  return {};
}

base::Result<void> set_outcome(EntryLine& entry, const std::string& value) {
  constexpr std::pair<std::string_view, EntryOutcome> kWords[] = {
      {"ignored", EntryOutcome::ignored}, {"expired", EntryOutcome::expired}, {"bad", EntryOutcome::bad}};
  for (const auto& [word, outcome] : kWords) {
    if (value != word) continue;
    entry.outcome = outcome;
    return {};
  }
  return base::invalid("outcome must be ignored, expired or bad");
}

base::Result<void> set_column(EntryLine& entry, EntryColumn column, const std::string& value) {
  policy::Listing& listing = entry.listing;
  switch (column) {
    case EntryColumn::address:
      return {};
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
      return set_time(listing.since, value);
    case EntryColumn::expires:
      return set_time(listing.until.emplace(), value);
    case EntryColumn::note:
      return set_note(listing, value);
    case EntryColumn::subdomains:
      if (value != "yes" && value != "no") return base::invalid("subdomains must be yes or no");
      listing.subdomains = value == "yes";
      entry.says_subdomains = true;
      return {};
    case EntryColumn::line:
      entry.line = base::parse_number(value).value_or(0);
      return {};
    case EntryColumn::scope:
      return set_scope(entry, value);
    case EntryColumn::outcome:
      return set_outcome(entry, value);
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

/// What the address is called by those whose files are known; a line that holds one is a header.
bool is_address_header(const std::string& name) {
  constexpr std::array<std::string_view, 5> kNames = {"address", "email", "emailaddress", "email address",
                                                      "recipient"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return base::equals_ignore_case(name, known); });
}

base::Result<std::optional<EntryLayout>> own_layout(const std::vector<std::string>& names, char separator) {
  EntryLayout layout{separator, {}};
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
  return own_layout(*names, separator);
}

base::Result<EntryLine> parse_entry_line(std::string_view line, const EntryLayout& layout,
                                         const policy::Listing& defaults) {
  const auto fields = split_fields(line, layout.separator);
  if (!fields) return tl::unexpected(fields.error());
  if (fields->size() > layout.columns.size()) {
    return base::invalid("more fields than columns (" + std::to_string(fields->size()) + " for " +
                         std::to_string(layout.columns.size()) + ")");
  }
  EntryLine entry;
  entry.listing = defaults;
  for (std::size_t i = 0; i < fields->size(); ++i) {
    if ((*fields)[i].empty()) continue;
    if (layout.columns[i] == EntryColumn::address)
      entry.listing.address = entry.listing.as_given = (*fields)[i];
    if (auto set = set_column(entry, layout.columns[i], (*fields)[i]); !set)
      return tl::unexpected(set.error());
  }
  if (entry.outcome != EntryOutcome::entry) return entry;
  if (entry.listing.address.empty()) return base::invalid("the line has no address");
  return entry;
}

EntryLayout export_layout() {
  EntryLayout layout{',', {}};
  for (std::size_t i = 0; i < kOwn; ++i) layout.columns.push_back(kColumns[i].column);
  return layout;
}

std::string format_entry_header() {
  std::string header;
  for (std::size_t i = 0; i < kOwn; ++i) header.append(header.empty() ? "" : ",").append(kColumns[i].name);
  return header;
}

std::string format_entry_line(const policy::Listing& listing) {
  // A "*" without quotes would be read as a pattern.
  const std::size_t at = listing.address.rfind('@');
  const bool looks_like_pattern = at != std::string::npos && !listing.address.starts_with('"') &&
                                  listing.address.substr(0, at).find('*') != std::string::npos;
  std::string line =
      quote_field(looks_like_pattern ? '"' + listing.address.substr(0, at) + '"' + listing.address.substr(at)
                                     : listing.address);
  const char* subdomains = listing.subdomains ? "yes" : policy::needs_subdomains(listing.address) ? "no" : "";
  for (const std::string& value :
       {std::string(policy::reason_word(listing.reason)), listing.tenant, listing.stream,
        base::format_time(listing.since), listing.until ? base::format_time(*listing.until) : std::string(),
        listing.note, std::string(subdomains)}) {
    line += ',' + quote_field(value);
  }
  return line;
}

}  // namespace signpost::daemon::commands
