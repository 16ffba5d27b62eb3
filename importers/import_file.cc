#include "importers/import_file.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "importers/json_records.h"

namespace signpost::importers {
namespace {

/// Most lines of most lists: an address of plain letters that needs no thought.
bool is_simple_address(std::string_view line) {
  std::size_t ats = 0;
  for (const char c : line) {
    if (c == '@') {
      ++ats;
    } else if (!base::is_alnum(c) && c != '.' && c != '-' && c != '_' && c != '+') {
      return false;
    }
  }
  return ats == 1;
}

/// A field of a line that commas separate (RFC 4180 §2).
void append_field(std::string& line, std::string_view value) {
  if (value.find_first_of(",\" ") == std::string_view::npos) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

std::string_view scope_word(Scope scope) {
  if (scope == Scope::by_reason) return "";
  return scope == Scope::everywhere ? "everywhere" : "own";
}

std::string_view outcome_word(Outcome outcome) {
  switch (outcome) {
    case Outcome::entry:
      return "";
    case Outcome::ignored:
      return "ignored";
    case Outcome::expired:
      return "expired";
    case Outcome::bad:
      return "bad";
  }
  return "";
}

/// A line of a plain list without its comment: " # …".
std::string_view without_comment(std::string_view cell) {
  if (cell.starts_with('#')) return {};
  const std::size_t hash = std::min(cell.find(" #"), cell.find("\t#"));
  return hash == std::string_view::npos ? cell : trim_cell(cell.substr(0, hash));
}

/// A line of a plain list without its quotes.
std::string plain_cell(std::string_view line) {
  Record record;
  const auto taken = parse_csv_record(line, true, CsvForm{}, record);
  const bool is_one = taken && taken->bytes == line.size() && record.cells.size() == 1;
  return is_one ? std::move(record.cells.front()) : clean_cell(line);
}

/// Whether the provider keeps the record in a list of its own.
bool is_apart(const Record& record, const Layout& layout, const Binding& binding) {
  const auto at = static_cast<std::size_t>(binding.subaccount);
  if (binding.subaccount < 0 || at >= record.cells.size() || record.cells[at].empty()) return false;
  const std::string_view whole = layout.format == nullptr ? std::string_view() : layout.format->whole_account;
  return whole.empty() || squeeze(record.cells[at]) != whole;
}

void count(Summary& summary, const Item& item, policy::Reason given) {
  switch (item.outcome) {
    case Outcome::entry:
      ++summary.entries;
      ++summary.meanings[{item.reason, describe_scope(item, given)}];
      break;
    case Outcome::ignored:
      ++summary.ignored;
      break;
    case Outcome::expired:
      ++summary.expired;
      break;
    case Outcome::bad:
      ++summary.bad;
      break;
  }
  if (item.is_undated) ++summary.undated;
}

/// What the operator should know about an access table.
struct AccessCounts {
  std::map<std::string, std::uint64_t> ignored;  ///< by action; of a format's rules
  std::uint64_t bare_domains = 0;
  void count(const Item& item) {
    const bool is_known = ignored.size() < 50 || ignored.contains(item.ignored_as);
    if (item.outcome == Outcome::ignored && is_known) ++ignored[item.ignored_as];
    if (item.outcome == Outcome::entry && item.address.starts_with('@') && item.subdomains.empty())
      ++bare_domains;
  }
};

void remark(Summary& summary, const Layout& layout, const AccessCounts& access) {
  if (layout.format == nullptr) return;
  if (!layout.format->remark.empty()) summary.warnings.emplace_back(layout.format->remark);
  const NameKind names = layout.format->names;
  if (names != NameKind::access && names != NameKind::sendmail_access) return;
  std::string words;
  for (const auto& [word, count] : access.ignored)
    words += (words.empty() ? "" : ", ") + word + " " + std::to_string(count);
  if (!words.empty()) summary.warnings.push_back("ignored actions: " + words);
  if (access.bare_domains > 0 && names == NameKind::access) {
    summary.warnings.push_back(
        std::to_string(access.bare_domains) +
        " domains are listed without the names below them; where "
        "parent_domain_matches_subdomains has smtpd_access_maps, as by default, Postfix "
        "means those too: write .DOMAIN instead");
  }
}

}  // namespace

base::Result<ImportFile> ImportFile::open(ReadBytes read, ReadOptions options) {
  ImportFile file(TextSource(std::move(read)), std::move(options));
  auto layout = read_layout(file.source_, file.options_);
  if (!layout) return tl::unexpected(layout.error());
  file.layout_ = std::move(*layout);
  const Format* format = file.layout_.format;
  if (!file.options_.tags.empty() && (format == nullptr || format->tags.empty()))
    return base::invalid(
        "tag:NAME=STREAM is for lists whose entries have tags, as Mailgun's unsubscribes do");
  return file;
}

std::vector<std::pair<std::string, std::string>> ImportFile::described_columns() const {
  Binding binding = bind_columns(layout_, layout_.columns, options_);
  if (layout_.form == Form::plain) binding.address = 0;
  std::vector<std::pair<std::string, std::string>> described;
  for (std::size_t i = 0; i < layout_.columns.size(); ++i) {
    const int at = static_cast<int>(i);
    std::vector<std::string> words;
    const std::pair<int, const char*> single[] = {
        {binding.address, "address"}, {binding.domain, "domain"},        {binding.reason, "reason"},
        {binding.tenant, "tenant"},   {binding.stream, "stream"},        {binding.created, "created"},
        {binding.expires, "expires"}, {binding.subdomains, "subdomains"}};
    for (const auto& [place, word] : single) {
      if (place == at) words.emplace_back(word);
    }
    const auto holds = [at](const std::vector<int>& places) {
      return std::find(places.begin(), places.end(), at) != places.end();
    };
    if (holds(binding.keys) || holds(binding.others)) words.emplace_back("reason and scope");
    if (holds(binding.notes)) words.emplace_back("note");
    described.emplace_back(layout_.columns[i], words.empty() ? "left out" : base::join(words, ", "));
  }
  return described;
}

std::string ImportFile::format_name() const {
  return layout_.format == nullptr ? std::string() : std::string(layout_.format->name);
}

base::Result<void> ImportFile::each_record(const TakeRecord& take, Summary& summary) {
  if (layout_.form == Form::json) {
    const auto end = read_json_records(source_, take);
    if (!end) return tl::unexpected(end.error());
    if (end->is_cut)
      summary.warnings.emplace_back("the file says that more pages follow: this is not the whole list");
    return {};
  }
  source_.drop(layout_.skipped_bytes);
  CsvRecords records(source_, layout_.csv, layout_.skipped_lines);
  Record record;
  for (;;) {
    const auto more = records.next(record);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    // A remark between the records.
    const bool is_short = record.cells.size() < layout_.columns.size();
    const std::string_view others = layout_.format == nullptr ? std::string_view() : layout_.format->comments;
    const bool is_comment = !record.cells.empty() && !record.cells.front().empty() &&
                            (others.find(record.cells.front()[0]) != std::string_view::npos ||
                             (record.cells.front()[0] == '#' && (layout_.form == Form::plain || is_short)));
    if (!is_comment && !take(record)) return {};
  }
}

base::Result<Summary> ImportFile::each(const std::function<bool(const Item&)>& take) {
  Summary summary;
  std::optional<base::Error> failure;
  std::vector<std::string> names = layout_.columns;
  Binding binding = bind_columns(layout_, names, options_);
  bool warned = false;
  AccessCounts access;
  const auto judge = [&](Record& record) {
    if (layout_.form == Form::plain) {
      record.cells.resize(std::max<std::size_t>(record.cells.size(), 1));
      record.cells.front() = without_comment(record.cells.front());
      binding = {};
      binding.address = 0;
    } else if (layout_.form == Form::json && record.names != names) {
      names = record.names;
      binding = bind_columns(layout_, names, options_);
    }
    auto items = judge_record(record, layout_, binding, options_);
    if (!items) {
      failure = items.error();
      return false;
    }
    if (is_apart(record, layout_, binding) && !std::exchange(warned, true)) {
      summary.warnings.emplace_back(
          "the file holds entries of subaccounts or single domains, whose lists the provider keeps apart: "
          "import the part of each with tenant= if they are different tenants");
    }
    for (const Item& item : *items) {
      access.count(item);
      count(summary, item, options_.reason.value_or(policy::Reason::manual));
      if (!take(item)) return false;
    }
    return true;
  };
  if (const auto read = each_record(judge, summary); !read) return tl::unexpected(read.error());
  if (failure) return tl::unexpected(*failure);
  remark(summary, layout_, access);
  if (summary.undated > 0) {
    summary.warnings.push_back(
        std::to_string(summary.undated) +
        " records have a time that cannot be read; they count from now, or have no end");
  }
  return summary;
}

base::Result<Summary> ImportFile::lines(const std::function<bool(std::string_view line)>& put) {
  if (layout_.form == Form::plain) return plain_lines(put);
  const auto has_tenants = [&] {
    const std::vector<std::string> names = layout_.columns;
    return bind_columns(layout_, names, options_).tenant >= 0;
  };
  const bool names_tenants = has_tenants();
  if (!put(format_import_header(names_tenants))) return Summary{};
  return each([&](const Item& item) { return put(format_import_line(item, names_tenants)); });
}

base::Result<Summary> ImportFile::plain_lines(const std::function<bool(std::string_view line)>& put) {
  Summary summary;
  for (std::uint64_t i = 0; i < layout_.skipped_lines; ++i) {
    if (!put({})) return summary;
  }
  source_.drop(layout_.skipped_bytes);
  const char end_of_line = layout_.csv.cr_ends_line ? '\r' : '\n';
  for (;;) {
    std::size_t end = source_.text().find(end_of_line);
    if (end == std::string_view::npos) {
      if (source_.text().size() > kMaxRecord)
        return base::invalid("a line is longer than 256 KiB; is this a text file?");
      if (source_.more()) continue;
      if (source_.text().empty()) return summary;
      end = std::min(source_.text().find(end_of_line), source_.text().size());
    }
    std::string_view line = source_.text().substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool goes_on = false;
    if (is_simple_address(line)) {
      goes_on = put(line);
    } else {
      const std::string cell = plain_cell(line);
      const std::string_view address = address_in(without_comment(cell));
      // A lone "." would end the import.
      goes_on = put(address == "." ? " ." : address);
    }
    ++summary.entries;
    source_.drop(std::min(end + 1, source_.text().size()));
    if (!goes_on) return summary;
  }
}

std::string format_import_header(bool names_tenants) {
  return std::string("line,address,reason,scope,stream,created,expires,note,subdomains,outcome") +
         (names_tenants ? ",tenant" : "");
}

std::string format_import_line(const Item& item, bool names_tenants) {
  std::string line = std::to_string(item.number);
  const bool is_entry = item.outcome == Outcome::entry;
  const std::string_view none;
  const std::string_view fields[] = {is_entry ? item.address : none,
                                     is_entry ? item.reason : none,
                                     is_entry ? scope_word(item.scope) : none,
                                     is_entry ? item.stream : none,
                                     is_entry ? item.created : none,
                                     is_entry ? item.expires : none,
                                     item.outcome == Outcome::bad ? item.why
                                     : is_entry                   ? item.note
                                                                  : none,
                                     is_entry ? item.subdomains : none,
                                     outcome_word(item.outcome)};
  for (const std::string_view field : fields) {
    line += ',';
    append_field(line, field);
  }
  if (names_tenants) {
    line += ',';
    append_field(line, item.tenant);
  }
  return line;
}

std::string describe_scope(const Item& item, policy::Reason given) {
  if (!item.tenant.empty())
    return "tenant " + item.tenant + (item.stream.empty() ? "" : ", stream " + item.stream);
  const policy::Reason reason = policy::parse_reason(item.reason).value_or(given);
  switch (item.scope) {
    case Scope::by_reason:
      if (!item.stream.empty()) return "the tenant's stream " + item.stream;
      if (reason == policy::Reason::unsubscribe) return "the tenant's streams other than transactional";
      return policy::is_own_by_default(reason) ? "the tenant" : "everywhere";
    case Scope::everywhere:
      return "everywhere";
    case Scope::own:
      return item.stream.empty() ? "the tenant" : "the tenant's stream " + item.stream;
    case Scope::bulk:
      return "the tenant's streams other than transactional";
    case Scope::transactional:
      return "the tenant's stream transactional";
  }
  return "everywhere";
}

}  // namespace signpost::importers
