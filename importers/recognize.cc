#include "importers/recognize.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "importers/foreign_time.h"

namespace signpost::importers {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, std::string_view wanted) {
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

Names squeezed(const std::vector<std::string>& names) {
  Names all;
  for (const std::string& name : names) all.push_back(squeeze(name));
  return all;
}

/// "'Vorname', 'Nachname'".
std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  quoted.reserve(names.size());
  for (const std::string& name : names) quoted.push_back("'" + name.substr(0, 40) + "'");
  return base::join(quoted, ", ");
}

/// An option as a shell reads it.
std::string for_shell(const std::string& option) {
  const bool is_plain = std::all_of(option.begin(), option.end(), [](char c) {
    return base::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("=:,._-@").find(c) != std::string_view::npos;
  });
  return is_plain ? option : "'" + option + "'";
}

bool fits_shape(const Format& format, Form form) {
  return format.shape == Shape::any || (format.shape == Shape::json) == (form == Form::json);
}

/// Whether these are a format's columns.
bool fits(const Format& format, Form form, const Names& names) {
  if (!fits_shape(format, form)) return false;
  const auto is_there = [&](std::string_view column) { return has(names, column); };
  if (!std::all_of(format.signature.begin(), format.signature.end(), is_there)) return false;
  if (std::any_of(format.absent.begin(), format.absent.end(), is_there)) return false;
  // A name that is empty is a separator at the end of the header line.
  return !format.is_exact || std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.empty() ||
           std::find(format.signature.begin(), format.signature.end(), name) != format.signature.end();
  });
}

bool is_named(const Format& format, const std::string& file_name) {
  const std::string name = base::lower(file_name);
  return std::any_of(format.file_names.begin(), format.file_names.end(),
                     [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

/// The formats whose columns these are, without those that have fewer of them than another one.
std::vector<const Format*> candidates(Form form, const Names& names) {
  std::vector<const Format*> all;
  std::size_t longest = 0;
  for (const Format& format : formats()) {
    if (!fits(format, form, names)) continue;
    all.push_back(&format);
    longest = std::max(longest, format.signature.size());
  }
  std::erase_if(all, [&](const Format* format) { return format->signature.size() < longest; });
  return all;
}

std::string names_of(const std::vector<const Format*>& all) {
  std::vector<std::string> words;
  words.reserve(all.size());
  for (const Format* format : all) words.push_back("format=" + std::string(format->name));
  return base::join(words, " or ");
}

/// Statuses of SendGrid's bounces and blocks: a mailbox that does not exist is never in the list of blocks.
bool all_are_dead(const Layout& layout, const std::vector<Record>& records) {
  const Names names = squeezed(layout.columns);
  const auto found = std::find(names.begin(), names.end(), "status");
  if (found == names.end() || records.empty()) return false;
  const auto at = static_cast<std::size_t>(found - names.begin());
  return std::all_of(records.begin(), records.end(), [&](const Record& record) {
    return record.cells.size() > at && record.cells[at].starts_with("5.1.");
  });
}

/// Whether the reasons of all records are our own words: then it is our own form under other names.
bool has_own_reasons(const Layout& layout, const std::vector<Record>& records) {
  const Names names = squeezed(layout.columns);
  const auto found = std::find(names.begin(), names.end(), "reason");
  if (found == names.end() || records.empty()) return false;
  const auto at = static_cast<std::size_t>(found - names.begin());
  return std::all_of(records.begin(), records.end(), [&](const Record& record) {
    return record.cells.size() > at && policy::parse_reason(record.cells[at]).has_value();
  });
}

base::Result<const Format*> choose(const Layout& layout, const std::vector<Record>& records,
                                   const ReadOptions& options) {
  const Names names = squeezed(layout.columns);
  std::vector<const Format*> all = candidates(layout.form, names);
  if (all.empty() || has_own_reasons(layout, records)) return nullptr;
  std::vector<const Format*> by_name;
  for (const Format* format : all) {
    if (is_named(*format, options.file_name)) by_name.push_back(format);
  }
  if (by_name.size() == 1) return by_name.front();
  std::vector<const Format*> by_columns = all;
  std::erase_if(by_columns, [](const Format* format) { return format->needs_name; });
  if (by_columns.size() == 1) return by_columns.front();
  if (by_columns.empty()) {
    if (options.reason) return nullptr;
    return base::invalid("the columns " + quoted_list(layout.columns) +
                         " alone do not say why these addresses are listed: add " + names_of(all) +
                         ", or reason=unsubscribe (or complaint, hard-bounce, …)");
  }
  if (all_are_dead(layout, records)) {
    for (const Format* format : by_columns) {
      if (format->name == "sendgrid-bounces") return format;
    }
  }
  return base::invalid("the columns " + quoted_list(layout.columns) + " fit " +
                       std::to_string(by_columns.size()) +
                       " kinds of list, which mean different things: add " + names_of(by_columns));
}

/// The only column whose cells are addresses in all of the first records.
std::optional<std::string> guess_address_column(const Layout& layout, const std::vector<Record>& records) {
  std::optional<std::string> found;
  for (std::size_t i = 0; i < layout.columns.size() && !records.empty(); ++i) {
    const bool holds = std::all_of(records.begin(), records.end(), [&](const Record& record) {
      return record.cells.size() > i && record.cells[i].find('@') != std::string::npos;
    });
    if (!holds) continue;
    if (found) return std::nullopt;
    found = layout.columns[i];
  }
  return found;
}

/// What to add so that the file is read.
std::string advice(const Layout& layout, const std::vector<Record>& records,
                   const std::vector<std::string>& unknown) {
  const std::string address = guess_address_column(layout, records).value_or("NAME");
  std::string text = "add " + for_shell("columns=address:" + address) +
                     " (and reason:…, created:…, note:… for columns that say more)";
  if (!unknown.empty())
    text += ", or " + for_shell("ignore=" + base::join(unknown, ",")) + " to leave those out";
  return text +
         ", and reason=hard-bounce, complaint, unsubscribe or manual to say why they are listed; --preview "
         "shows "
         "what would be done";
}

/// Columns of people who asked for mail.
bool is_subscriber_column(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNames = {
      "optintime",  "optinip",      "optindate",          "confirmtime",      "confirmip",  "subscribedat",
      "subscribed", "memberrating", "subscribedtoemails", "subscriptiondate", "signupdate", "optin"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

base::Result<void> check_own(const Layout& layout, const std::vector<Record>& records,
                             const ReadOptions& options) {
  constexpr std::array<std::string_view, 7> kOwn = {"reason",  "tenant", "stream",    "created",
                                                    "expires", "note",   "subdomains"};
  const Names names = squeezed(layout.columns);
  std::vector<std::string> unknown;
  bool has_address = false;
  bool has_subscribers = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const bool is_left_out =
        std::any_of(options.ignored.begin(), options.ignored.end(),
                    [&](const std::string& word) { return word == "*" || squeeze(word) == name; });
    has_address = has_address || is_address_name(name);
    if (is_left_out || name.empty() || is_address_name(name) || is_created_name(name)) continue;
    if (std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end()) continue;
    has_subscribers = has_subscribers || is_subscriber_column(name);
    unknown.push_back(layout.columns[i]);
  }
  const std::string where = "this looks like " + describe_form(layout);
  if (!has_address) {
    return base::invalid(where + " with the " + (layout.form == Form::json ? "keys " : "columns ") +
                         quoted_list(layout.columns) +
                         ", of which none is known to hold the address: " + advice(layout, records, {}));
  }
  // Dates make it a program's list, and such lists are of one kind each.
  const bool has_dates = std::any_of(names.begin(), names.end(), is_created_name);
  if (unknown.empty() && layout.is_foreign && has_dates && !has(names, "reason") && !options.reason) {
    return base::invalid(
        where + ", and the columns " + quoted_list(layout.columns) +
        " do not say why these addresses are listed: add reason=unsubscribe, complaint, hard-bounce "
        "or manual");
  }
  if (unknown.empty()) return {};
  return base::invalid(
      where + ", and the " + (layout.form == Form::json ? "keys " : "columns ") + quoted_list(unknown) +
      " are not known" +
      (has_subscribers ? "; it may be a list of people who receive mail, whom it would block" : "") + ": " +
      advice(layout, records, unknown));
}

bool names_address(const ReadOptions& options) {
  return std::any_of(options.columns.begin(), options.columns.end(),
                     [](const auto& column) { return column.first == "address"; });
}

bool names_address_alone(const ReadOptions& options) {
  return options.columns.size() == 1 && names_address(options);
}

/// Whether every column that the operator named is there.
base::Result<void> check_named(const Layout& layout, const ReadOptions& options) {
  const Names names = squeezed(layout.columns);
  for (const auto& [ours, theirs] : options.columns) {
    const auto number = base::parse_number(theirs);
    const bool is_there = has(names, squeeze(theirs)) || (number && *number >= 1 && *number <= names.size());
    if (is_there) continue;
    const std::string near = base::nearest(theirs, layout.columns);
    return base::invalid("columns= names '" + theirs + "', which the file does not have" +
                         (near.empty() ? "" : " (did you mean '" + near + "'?)") + "; it has " +
                         quoted_list(layout.columns));
  }
  if (names_address(options) || layout.format != nullptr) return {};
  return base::invalid("columns= must say which column holds the address, such as columns=address:Email");
}

/// Whether all records of two fields and more have a time in the second, as Cloudflare's lists do.
bool have_expiries(const std::vector<Record>& records) {
  return std::all_of(records.begin(), records.end(), [](const Record& record) {
    return record.cells.size() < 2 || record.cells[1].empty() ||
           (record.cells[1].find(':') != std::string::npos && parse_foreign_time(record.cells[1]));
  });
}

}  // namespace

bool is_address_name(std::string_view squeezed) {
  constexpr std::array<std::string_view, 9> kNames = {"address",      "email",       "emailaddress",
                                                      "recipient",    "mail",        "mailaddress",
                                                      "emailadresse", "mailadresse", "emailid"};
  return std::find(kNames.begin(), kNames.end(), squeezed) != kNames.end();
}

bool is_created_name(std::string_view squeezed) {
  return squeezed == "created" || squeezed == "createdat";
}

bool is_header(const Record& first, const ReadOptions& options) {
  const bool has_at = std::any_of(first.cells.begin(), first.cells.end(), [](const std::string& cell) {
    return cell.find('@') != std::string::npos;
  });
  if (has_at || !first.fault.empty()) return false;
  if (first.cells.size() > 1) return true;
  const std::string name = squeeze(first.cells.front());
  const bool is_asked_for = std::any_of(options.columns.begin(), options.columns.end(),
                                        [&](const auto& column) { return squeeze(column.second) == name; });
  return is_address_name(name) || is_asked_for;
}

base::Result<void> recognize(Layout& layout, const std::vector<Record>& records, const ReadOptions& options) {
  const Names names = squeezed(layout.columns);
  if (!options.format.empty() && options.format != "own") {
    layout.format = find_format(options.format);
    if (!fits_shape(*layout.format, layout.form))
      return base::invalid("format=" + options.format + " is " +
                           (layout.form == Form::json ? "not read from JSON" : "only read from JSON") +
                           "; this file is " + describe_form(layout));
    const bool is_mapped = !options.columns.empty();
    for (const std::string_view column : layout.format->signature) {
      if (is_mapped || has(names, column)) continue;
      return base::invalid("format=" + options.format + " needs a column '" + std::string(column) +
                           "'; the file has " + quoted_list(layout.columns));
    }
  } else if (options.columns.empty() && options.format.empty()) {
    auto chosen = choose(layout, records, options);
    if (!chosen) return tl::unexpected(chosen.error());
    layout.format = *chosen;
  } else if (options.format.empty() && names_address_alone(options)) {
    // Columns that were named because the format needs it do not take its meaning away.
    for (const Format* format : candidates(layout.form, names)) {
      if (!format->address_advice.empty()) layout.format = format;
    }
  }
  layout.is_foreign = layout.format != nullptr || !options.columns.empty() || !has(names, "address");
  if (layout.format != nullptr && !layout.format->refusal.empty())
    return base::invalid("this is " + std::string(layout.format->title) + ": " +
                         std::string(layout.format->refusal));
  if (!options.columns.empty()) {
    if (auto named = check_named(layout, options); !named || layout.format == nullptr) return named;
  }
  if (layout.format == nullptr) return check_own(layout, records, options);
  if (names_address(options) || has(names, layout.format->address)) return {};
  if (!layout.format->address_advice.empty()) {
    return base::invalid(
        "this is " + std::string(layout.format->title) + ", and " +
        std::string(layout.format->address_advice) + "; or name the column that holds them: add " +
        for_shell("columns=address:" + guess_address_column(layout, records).value_or("NAME")));
  }
  layout.address_column = guess_address_column(layout, records);
  if (layout.address_column) return {};
  return base::invalid("this is " + std::string(layout.format->title) +
                       ", and none of its columns is called '" + std::string(layout.format->address) +
                       "': " + advice(layout, records, {}));
}

base::Result<void> recognize_headless(Layout& layout, const std::vector<Record>& records,
                                      const ReadOptions& options) {
  std::size_t widest = 0;
  for (const Record& record : records) widest = std::max(widest, record.cells.size());
  layout.columns.clear();
  for (std::size_t i = 1; i <= widest; ++i) layout.columns.push_back(std::to_string(i));
  if (!options.columns.empty()) {
    layout.is_foreign = true;
    return check_named(layout, options);
  }
  if (const Format* asked = find_format(options.format); asked != nullptr && asked->headless_width > 0) {
    layout.columns.clear();
    for (std::size_t i = 1; i <= asked->headless_width; ++i) layout.columns.push_back(std::to_string(i));
    layout.format = asked;
    layout.is_foreign = true;
    return {};
  }
  const Format* ses = find_format("ses-import");
  const bool is_ses = std::all_of(records.begin(), records.end(), [](const Record& record) {
    const std::string word = record.cells.size() == 2 ? squeeze(record.cells[1]) : std::string();
    return word == "bounce" || word == "complaint";
  });
  if (is_ses && options.format.empty()) {
    layout.format = ses;
    layout.is_foreign = true;
    return {};
  }
  if (!options.format.empty() && options.format != "own")
    return base::invalid("format=" + options.format + " needs a header line, and this file has none");
  if (widest <= 1 || layout.csv.separator == '\0') {
    layout.form = Form::plain;
    layout.csv.separator = '\0';
    return {};
  }
  return base::invalid(
      "this looks like " + describe_form(layout) + " and without a header line: " + "add columns=address:" +
      guess_address_column(layout, records).value_or("1") +
      " (and reason: and a number for columns that say more), and reason=hard-bounce, "
      "complaint, unsubscribe or manual to say why they are listed; if it is a list of addresses, "
      "write one a line, or add format=plain" +
      (have_expiries(records) ? "; if the second column is when an entry ends, as in Cloudflare's lists, add "
                                "format=cloudflare"
                              : ""));
}

}  // namespace signpost::importers
