#include "importers/meaning.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "importers/foreign_time.h"
#include "importers/patterns.h"

namespace signpost::importers {
namespace {

constexpr std::size_t kMaxNote = 1000;  ///< bytes
constexpr std::string_view kNotTransactional = "!transactional";
constexpr std::string_view kTransactional = "transactional";

std::string_view cell_at(const Record& record, int at) {
  const auto index = static_cast<std::size_t>(at);
  return at < 0 || index >= record.cells.size() ? std::string_view() : std::string_view(record.cells[index]);
}

bool fits(std::string_view pattern, const std::string& value) {
  if (pattern.starts_with('!')) return pattern.substr(1) != value;
  if (pattern.ends_with('*')) return value.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == value;
}

/// Of the first rule that fits; nullptr if none does.
const Meaning* find_meaning(const Format& format, const std::vector<std::string>& values) {
  for (const Rule& rule : format.rules) {
    bool all = true;
    for (std::size_t i = 0; i < rule.values.size() && all; ++i)
      all = i < values.size() && fits(rule.values[i], values[i]);
    if (all) return &rule.meaning;
  }
  return nullptr;
}

/// At most kMaxNote bytes, at the end of a character.
std::string cut(std::string text) {
  if (text.size() <= kMaxNote) return text;
  std::size_t end = kMaxNote;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string note_of(const Record& record, const Binding& binding) {
  std::string note;
  for (const int at : binding.notes) {
    const std::string_view text = cell_at(record, at);
    if (text.empty()) continue;
    if (!note.empty()) note += "; ";
    note += text.substr(0, kMaxNote);
  }
  return cut(std::move(note));
}

/// What `reason=` of the operator means where the records do not say it.
Meaning given_meaning(policy::Reason reason) {
  Meaning meaning{Fate::take, reason, Scope::by_reason, true, false};
  if (reason == policy::Reason::unsubscribe) meaning.scope = Scope::bulk;
  meaning.ends = reason == policy::Reason::soft_bounce;
  return meaning;
}

std::string shorten(std::string_view text) {
  return text.size() <= 60 ? std::string(text) : std::string(text.substr(0, 60)) + "…";
}

Item bad(Item item, std::string why) {
  item.outcome = Outcome::bad;
  item.why = std::move(why);
  return item;
}

/// Which words of a record decide, for an error.
std::string told_by(const Record& record, const Binding& binding) {
  std::vector<std::string> words;
  for (const int at : binding.keys) words.push_back("'" + shorten(cell_at(record, at)) + "'");
  return base::join(words, ", ");
}

void set_scope(Item& item, Scope scope, policy::Reason reason) {
  item.scope = scope;
  // An unsubscribe without a stream holds for the others than transactional by itself.
  if (scope == Scope::bulk && reason != policy::Reason::unsubscribe) item.stream = kNotTransactional;
  if (scope == Scope::transactional) item.stream = kTransactional;
}

/// Whether the entry outlives its end, by the operator's word.
bool keeps(const ReadOptions& options, const Item& item) {
  const policy::Reason given = options.reason.value_or(policy::Reason::manual);
  const policy::Reason reason = policy::parse_reason(item.reason).value_or(given);
  return std::find(options.kept.begin(), options.kept.end(), reason) != options.kept.end();
}

void set_times(Item& item, const Record& record, const Binding& binding, const ReadOptions& options,
               bool ends) {
  if (const std::string_view created = cell_at(record, binding.created); !created.empty()) {
    if (const auto time = parse_foreign_time(created)) {
      item.created = base::format_time(*time);
    } else {
      item.is_undated = true;
    }
  }
  if (ends) item.expires = base::format_time(options.now + std::chrono::days(kSoftBounceDays));
  const std::string_view expires = cell_at(record, binding.expires);
  if (expires.empty()) return;
  const auto time = parse_foreign_time(expires);
  if (!time) {
    item.is_undated = true;
    return;
  }
  item.expires = base::format_time(*time);
  if (*time > options.now) return;
  if (keeps(options, item)) {
    item.expires.clear();
  } else {
    item.outcome = Outcome::expired;
  }
}

/// An address, or of some formats a domain.
base::Result<std::string> entry_name(const Record& record, const Layout& layout, const Binding& binding) {
  const std::string_view address = address_in(cell_at(record, binding.address));
  if (address.empty() && !cell_at(record, binding.domain).empty())
    return "@" + std::string(cell_at(record, binding.domain));
  if (address.empty()) return base::invalid("the record has no address");
  // Dirt in lists of addresses, which must not block a whole provider.
  if (layout.format != nullptr && (address.starts_with('@') || address.starts_with("*@")))
    return base::invalid("'" + shorten(address) +
                         "' is a domain in a list of addresses; list it with `suppress add`");
  return std::string(address);
}

/// A record of our own form, or of columns that the operator named.
base::Result<Item> judge_own(Item item, const Record& record, const Layout& layout, const Binding& binding,
                             const ReadOptions& options) {
  const auto name = entry_name(record, layout, binding);
  if (!name) return bad(std::move(item), name.error().text);
  item.address = *name;
  item.tenant = cell_at(record, binding.tenant);
  item.stream = cell_at(record, binding.stream);
  item.subdomains = cell_at(record, binding.subdomains);
  item.note = note_of(record, binding);
  const std::string_view word = cell_at(record, binding.reason);
  if (!layout.is_foreign) {
    item.reason = word;
    item.created = cell_at(record, binding.created);
    item.expires = cell_at(record, binding.expires);
    const auto end = base::parse_time(item.expires);
    if (end && *end <= options.now && keeps(options, item)) item.expires.clear();
    return item;
  }
  bool ends = false;
  if (!word.empty()) {
    const auto meaning = meaning_of_word(word);
    if (!meaning) {
      return bad(std::move(item),
                 "the reason '" + shorten(word) +
                     "' is not known; if the column is a remark: columns=…,note:NAME and reason=…");
    }
    if (meaning->fate == Fate::ignore) {
      item.outcome = Outcome::ignored;
      return item;
    }
    item.reason = policy::reason_word(meaning->reason);
    if (item.tenant.empty() && item.stream.empty()) set_scope(item, meaning->scope, meaning->reason);
    ends = meaning->ends;
  } else if (options.reason) {
    const Meaning meaning = given_meaning(*options.reason);
    if (item.tenant.empty() && item.stream.empty()) set_scope(item, meaning.scope, meaning.reason);
  }
  set_times(item, record, binding, options, ends);
  return item;
}

/// A record of a format: its address, reason, scope and times.
Item entry_of(const Record& record, const Layout& layout, const Binding& binding, const ReadOptions& options,
              const Meaning& meaning) {
  Item item;
  item.number = record.number;
  if (layout.format->names != NameKind::address) {
    auto pattern = read_pattern(layout.format->names, cell_at(record, binding.address));
    if (!pattern) return bad(std::move(item), pattern.error().text);
    item.address = std::move(pattern->name);
    if (pattern->with_subdomains) item.subdomains = "yes";
  } else {
    auto name = entry_name(record, layout, binding);
    if (!name) return bad(std::move(item), name.error().text);
    item.address = std::move(*name);
  }
  item.reason = policy::reason_word(meaning.reason);
  item.note = note_of(record, binding);
  set_scope(item, meaning.scope, meaning.reason);
  set_times(item, record, binding, options, meaning.ends);
  return item;
}

/// Whether a column of flags says yes.
bool is_set(std::string_view cell, std::string_view wanted) {
  const std::string value = squeeze(cell);
  return wanted == "*" ? !value.empty() && value != "false" : value == wanted;
}

/// A record that can say several things at once: an entry for each reason.
std::vector<Item> judge_flags(const Record& record, const Layout& layout, const Binding& binding,
                              const ReadOptions& options) {
  const Format& format = *layout.format;
  std::vector<Item> items;
  const auto add = [&](const Meaning& meaning, const std::string& note) {
    Item item = entry_of(record, layout, binding, options, meaning);
    if (!note.empty()) item.note = cut(item.note.empty() ? note : item.note + "; " + note);
    const auto same = std::find_if(items.begin(), items.end(),
                                   [&](const Item& other) { return other.reason == item.reason; });
    if (same == items.end()) items.push_back(std::move(item));
  };
  for (std::size_t i = 0; i < format.flags.size(); ++i) {
    const std::string_view cell = cell_at(record, binding.keys[i]);
    if (!is_set(cell, format.flags[i].value)) continue;
    add(format.flags[i].meaning, squeeze(cell) == "true" ? std::string() : std::string(cell));
  }
  if (items.empty() && format.other_flags) {
    std::vector<std::string> names;
    for (const int at : binding.others) {
      if (is_set(cell_at(record, at), "true")) names.push_back(layout.columns[static_cast<std::size_t>(at)]);
    }
    if (!names.empty()) add(*format.other_flags, base::join(names, "; "));
  }
  if (!items.empty()) return items;
  Item ignored;
  ignored.number = record.number;
  ignored.outcome = Outcome::ignored;
  return {std::move(ignored)};
}

/// An entry for the stream of each tag, and one as it is if a tag has none.
std::vector<Item> by_tags(Item entry, std::string_view tags, const ReadOptions& options) {
  std::vector<std::string_view> streams;
  bool is_plain = false;
  for (const std::string_view one : base::split(tags, ',')) {
    const auto found = std::find_if(options.tags.begin(), options.tags.end(),
                                    [tag = base::trim(one)](const auto& pair) { return pair.first == tag; });
    if (found == options.tags.end()) {
      is_plain = true;
    } else if (std::find(streams.begin(), streams.end(), found->second) == streams.end()) {
      streams.push_back(found->second);
    }
  }
  std::vector<Item> items;
  for (const std::string_view stream : streams) {
    items.push_back(entry);
    items.back().scope = Scope::own;
    items.back().stream = stream;
  }
  if (is_plain || items.empty()) items.push_back(std::move(entry));
  return items;
}

/// Fields that a record has and fields that it must have, of columns that the layout names.
std::string count_fault(const Record& record, const Layout& layout) {
  const Format* format = layout.format;
  std::size_t used = record.cells.size();
  while (used > layout.columns.size() && record.cells[used - 1].empty()) --used;
  const std::string count = std::to_string(used) + " for " + std::to_string(layout.columns.size());
  if (used > layout.columns.size()) return "more fields than columns (" + count + ")";
  if (format == nullptr) return {};
  // Programs write every column: what is shorter is a piece of a text whose line breaks were not quoted.
  std::size_t columns = layout.columns.size();
  while (columns > 0 && layout.columns[columns - 1].empty()) --columns;
  if (format->headless_width > 0) columns = format->signature.size();
  return used < columns ? "fewer fields than columns (" + count + ")" : std::string();
}

}  // namespace

std::string_view address_in(std::string_view cell) {
  cell = trim_cell(cell);
  // Spreadsheets take = + - @ for a formula; exporters put an apostrophe before, some a blank behind it.
  const std::size_t first = cell.starts_with("' ") ? 2 : 1;
  if (cell.starts_with('\'') && cell.size() > first &&
      std::string_view("=+-@").find(cell[first]) != std::string_view::npos)
    cell.remove_prefix(first);
  while (cell.ends_with(',') || cell.ends_with(';')) cell = trim_cell(cell.substr(0, cell.size() - 1));
  if (cell.ends_with('>')) {
    const std::size_t open = cell.rfind('<');
    // A name that is itself an address would leave it open which of both is meant.
    const bool is_clear =
        open != std::string_view::npos && cell.substr(0, open).find('@') == std::string_view::npos;
    if (is_clear) cell = trim_cell(cell.substr(open + 1, cell.size() - open - 2));
  }
  if (base::starts_with_ignore_case(cell, "mailto:")) {
    cell.remove_prefix(7);
    cell = trim_cell(cell.substr(0, cell.find('?')));
  }
  const bool is_quoted =
      cell.size() > 2 && (cell.front() == '"' || cell.front() == '\'') && cell.back() == cell.front();
  if (is_quoted && cell.find(cell.front(), 1) == cell.size() - 1)
    cell = trim_cell(cell.substr(1, cell.size() - 2));
  return cell;
}

base::Result<std::vector<Item>> judge_record(const Record& record, const Layout& layout,
                                             const Binding& binding, const ReadOptions& options) {
  Item item;
  item.number = record.number;
  const auto alone = [](Item one) {
    std::vector<Item> items;
    items.push_back(std::move(one));
    return items;
  };
  if (!record.fault.empty()) return alone(bad(std::move(item), record.fault));
  if (layout.form == Form::csv) {
    if (std::string fault = count_fault(record, layout); !fault.empty())
      return alone(bad(std::move(item), std::move(fault)));
  }
  if (layout.format == nullptr) {
    auto own = judge_own(std::move(item), record, layout, binding, options);
    if (!own) return tl::unexpected(own.error());
    return alone(std::move(*own));
  }
  const Format& format = *layout.format;
  if (!format.flags.empty()) return judge_flags(record, layout, binding, options);
  std::vector<std::string> values;
  for (const int at : binding.keys) values.push_back(squeeze(cell_at(record, at)));
  const Meaning* found = find_meaning(format, values);
  if (found == nullptr)
    return alone(
        bad(std::move(item), told_by(record, binding) + " is not known of " + std::string(format.title)));
  if (!found->is_told && options.reason == policy::Reason::allow && found->fate == Fate::take &&
      found->reason != policy::Reason::allow) {
    return base::invalid("this is " + std::string(format.title) +
                         ", which says who must not get mail; with reason=allow they all would");
  }
  const Meaning meaning = !found->is_told && options.reason ? given_meaning(*options.reason) : *found;
  if (meaning.fate == Fate::ask) {
    return base::invalid(
        (layout.form == Form::json ? "object " : "line ") + std::to_string(record.number) +
        ": files of this kind (" + std::string(format.title) +
        ") do not say why an address is listed: add reason=complaint, unsubscribe or hard-bounce");
  }
  if (meaning.fate == Fate::ignore) {
    item.outcome = Outcome::ignored;
    if (!values.empty()) item.ignored_as = shorten(values.front());
    return alone(std::move(item));
  }
  Item entry = entry_of(record, layout, binding, options, meaning);
  if (options.tags.empty() || entry.outcome != Outcome::entry) return alone(std::move(entry));
  return by_tags(std::move(entry), cell_at(record, binding.tags), options);
}

}  // namespace signpost::importers
