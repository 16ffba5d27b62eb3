// Format × oddity: each list of another service, written in every way in which files come, is read to the same entries.
// The table of the results is a part of docs/suppression.md; UPDATE_GOLDEN=1 writes it anew.
#include <cstdlib>
#include <functional>

#include "importers/formats.h"
#include "tests/importers/support.h"

namespace signpost::importers {
namespace {

using tests::import_text;
using tests::Imported;
using Row = std::vector<std::string>;

/// A list as cells; the first row is its header.
struct List {
  const char* format;
  std::vector<Row> rows;
};

constexpr const char* kTime = "2024-03-01 10:00:00";
constexpr const char* kText =
    "550 5.1.1 no such user, \"gone\"\nsee postmaster@corp.example\nfor help \xC3\xB6";

const std::vector<List>& lists() {
  static const std::vector<List> kLists = {
      {"own",
       {{"address", "reason", "note"},
        {"gone@a.example", "hard-bounce", kText},
        {"left@a.example", "unsubscribe", "x"}}},
      {"sendgrid-bounces",
       {{"status", "reason", "email", "created"},
        {"5.1.1", kText, "gone@a.example", "1709287200"},
        {"5.1.0", "", "b@a.example", "1709287200"}}},
      {"sendgrid-blocks",
       {{"status", "reason", "email", "created"},
        {"4.0.0", kText, "ok@a.example", "1709287200"},
        {"4.0.0", "x", "b@a.example", "1"}}},
      {"sendgrid-invalid",
       {{"reason", "email", "created"},
        {kText, "gone@a.example", "1709287200"},
        {"x", "b@a.example", "1709287200"}}},
      {"sendgrid-spam",
       {{"ip", "email", "created"},
        {"192.0.2.7", "spam@a.example", "1709287200"},
        {"192.0.2.8", "b@a.example", "1709287200"}}},
      {"sendgrid-unsubscribes",
       {{"email", "created"}, {"left@a.example", "1709287200"}, {"b@a.example", "1709287200"}}},
      {"mailgun-bounces",
       {{"address", "code", "error", "created_at"},
        {"gone@a.example", "550", kText, "Fri, 01 Mar 2024 10:00:00 UTC"},
        {"b@a.example", "550", "", "Fri, 01 Mar 2024 10:00:00 UTC"}}},
      {"mailgun-script",
       {{"address", "code", "error", "created_at", "MessageHash"},
        {"gone@a.example", "550", kText, "Fri, 01 Mar 2024 10:00:00 UTC", ""},
        {"b@a.example", "550", "x", "Fri, 01 Mar 2024 10:00:00 UTC", "h"}}},
      {"mailgun-unsubscribes",
       {{"address", "tags", "created_at"},
        {"left@a.example", "*", "Fri, 01 Mar 2024 10:00:00 UTC"},
        {"b@a.example", "weekly", ""}}},
      {"mailgun-complaints",
       {{"address", "created_at"}, {"spam@a.example", "Fri, 01 Mar 2024 10:00:00 UTC"}, {"b@a.example", ""}}},
      {"sparkpost",
       {{"recipient", "type", "source", "description"},
        {"left@a.example", "non_transactional", "List Unsubscribe", kText},
        {"kept@a.example", "transactional", "Manually Added", ""}}},
      {"mailchimp-unsubscribed",
       {{"Email Address", "MEMBER_RATING", "UNSUB_TIME", "UNSUB_REASON", "LEID"},
        {"left@a.example", "2", kTime, kText, "1"},
        {"b@a.example", "2", kTime, "NORMAL", "2"}}},
      {"mailchimp-cleaned",
       {{"Email Address", "MEMBER_RATING", "CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "LEID"},
        {"gone@a.example", "2", kTime, kText, "1"},
        {"b@a.example", "2", kTime, "May", "2"}}},
      {"mandrill",
       {{"email", "reason", "detail", "created_at", "expires_at", "last_event_at"},
        {"gone@a.example", "hard-bounce", kText, kTime, "2099-01-01 00:00:00", kTime},
        {"left@a.example", "unsub", "", kTime, "2020-01-01 00:00:00", kTime}}},
      {"listmonk",
       {{"uuid", "email", "name", "attributes", "status", "created_at", "updated_at"},
        {"1", "a@a.example", kText, "{\"x\": 1}", "blocklisted", kTime, kTime},
        {"2", "b@a.example", "B", "{}", "enabled", kTime, kTime}}},
      {"postal",
       {{"id", "type", "address", "reason", "timestamp", "keep_until"},
        {"1", "recipient", "full@a.example", "too many soft fails", "1709287200.5", "4102444800.0"},
        {"2", "recipient", "b@a.example", "too many hard fails", "1709287200.5", "1709287300.0"}}},
      {"mailtrain",
       {{"cid", "status", "HASH_EMAIL", "EMAIL"},
        {"1", "unsubscribed", "h", "left@a.example"},
        {"2", "subscribed", "h", "b@a.example"}}},
      {"phplist",
       {{"Email", "Is this subscriber blacklisted", "List Membership"},
        {"left@a.example", "1", kText},
        {"b@a.example", "0", "x"}}},
      {"hubspot",
       {{"Email", "Portal Bounce", "Portal Unsubscribe", "Portal Spam Report", "Global Bounce", "MARKETING"},
        {"gone@a.example", kText, "", "", "", ""},
        {"left@a.example", "", "", "", "", "TRUE"}}},
      {"mautic",
       {{"email", "reason", "channel", "comments", "date_added"},
        {"gone@a.example", "2", "email", kText, kTime},
        {"b@a.example", "1", "sms", "", kTime}}},
      {"promio",
       {{"sender_id", "ts", "custID", "mail", "status"},
        {"1", kTime, "2", "gone@a.example", "3"},
        {"1", kTime, "2", "left@a.example", "1"}}},
  };
  return kLists;
}

std::string write(const std::vector<Row>& rows, char separator, const char* end, bool quote_all) {
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += separator;
      const bool quotes = quote_all || row[i].find_first_of("\"\r\n,;|\t") != std::string::npos;
      if (!quotes) {
        text += row[i];
        continue;
      }
      text += '"';
      for (const char c : row[i]) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    text += end;
  }
  return text;
}

std::string plain(const List& list) {
  return write(list.rows, ',', "\n", false);
}

std::string as_utf16(const std::string& text, bool is_big, bool with_mark) {
  std::string bytes = with_mark ? (is_big ? "\xFE\xFF" : "\xFF\xFE") : "";
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned unit = static_cast<unsigned char>(text[i]);
    if (unit >= 0xC0) unit = (unit & 0x1F) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F);
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    bytes += is_big ? high : low;
    bytes += is_big ? low : high;
  }
  return bytes;
}

std::string as_latin1(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    bytes += byte < 0xC0
                 ? text[i]
                 : static_cast<char>((byte & 0x1F) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F));
  }
  return bytes;
}

std::string with_cr(std::string text) {
  for (char& c : text) c = c == '\n' ? '\r' : c;
  return text;
}

std::vector<Row> reordered(std::vector<Row> rows) {
  for (Row& row : rows) std::reverse(row.begin(), row.end());
  return rows;
}

std::vector<Row> in_other_letters(std::vector<Row> rows) {
  for (std::string& name : rows.front()) {
    for (char& c : name) c = c == '_' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return rows;
}

struct Oddity {
  const char* name;
  std::function<std::string(const List&)> write;
};

const std::vector<Oddity>& oddities() {
  static const std::vector<Oddity> kOddities = {
      {"CRLF", [](const List& list) { return write(list.rows, ',', "\r\n", false); }},
      {"CR only", [](const List& list) { return with_cr(plain(list)); }},
      {"no last line end",
       [](const List& list) {
         const std::string text = plain(list);
         return text.substr(0, text.size() - 1);
       }},
      {"all quoted", [](const List& list) { return write(list.rows, ',', "\n", true); }},
      {"semicolons", [](const List& list) { return write(list.rows, ';', "\r\n", false); }},
      {"tabs", [](const List& list) { return write(list.rows, '\t', "\n", false); }},
      {"bars", [](const List& list) { return write(list.rows, '|', "\n", false); }},
      {"sep=", [](const List& list) { return "sep=;\r\n" + write(list.rows, ';', "\r\n", false); }},
      {"UTF-8 with mark", [](const List& list) { return "\xEF\xBB\xBF" + plain(list); }},
      {"UTF-16LE",
       [](const List& list) { return as_utf16(write(list.rows, '\t', "\r\n", false), false, true); }},
      {"UTF-16BE", [](const List& list) { return as_utf16(plain(list), true, true); }},
      {"UTF-16 without mark", [](const List& list) { return as_utf16(plain(list), false, false); }},
      {"Windows-1252", [](const List& list) { return as_latin1(plain(list)); }},
      {"other column order", [](const List& list) { return write(reordered(list.rows), ',', "\n", false); }},
      {"OTHER LETTERS",
       [](const List& list) { return write(in_other_letters(list.rows), ',', "\n", false); }},
      {"comment first", [](const List& list) { return "# exported today\n\n" + plain(list); }},
      {"blank lines", [](const List& list) { return "\n" + write(list.rows, ',', "\n\n", false); }},
  };
  return kOddities;
}

ReadOptions options_of(const List& list) {
  ReadOptions options;
  // Those that the columns alone do not tell.
  const Format* format = find_format(list.format);
  if (format != nullptr && !format->file_names.empty())
    options.file_name = std::string(format->file_names.front()) + ".csv";
  if (format != nullptr && format->address.empty()) options.columns = {{"address", "Email"}};
  return options;
}

/// Everything that an entry says, without the number of its line.
std::vector<std::string> contents(const Imported& imported) {
  std::vector<std::string> all;
  for (Item item : imported.whole) {
    item.number = 0;
    all.push_back(format_import_line(item, false));
  }
  return all;
}

std::string matrix() {
  std::string text = "| format |";
  std::string rule = "|---|";
  for (const Oddity& oddity : oddities()) {
    text += std::string(" ") + oddity.name + " |";
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (const List& list : lists()) {
    text += std::string("| `") + list.format + "` |";
    const Imported usual = import_text(plain(list), options_of(list));
    EXPECT_EQ(usual.refusal, "") << list.format;
    EXPECT_EQ(usual.summary.bad, 0u) << list.format;
    EXPECT_EQ(usual.whole.size(), 2u) << list.format;
    EXPECT_EQ(usual.format, list.format == std::string("own") ? "" : list.format);
    for (const Oddity& oddity : oddities()) {
      const Imported read = import_text(oddity.write(list), options_of(list));
      const bool is_same = read.refusal.empty() && contents(read) == contents(usual);
      EXPECT_TRUE(is_same) << list.format << " × " << oddity.name << ": " << read.refusal << "\n"
                           << testing::PrintToString(contents(read));
      text += is_same ? " same |" : " **differs** |";
    }
    text += "\n";
  }
  return text;
}

std::string scope_words(const Meaning& meaning) {
  Item item;
  item.reason = policy::reason_word(meaning.reason);
  item.scope = meaning.scope;
  return describe_scope(item, meaning.reason);
}

std::string describe(const Rule& rule) {
  std::string values;
  for (const std::string_view value : rule.values)
    values += (values.empty() ? "" : " + ") +
              (value.empty() ? std::string("(empty)") : "`" + std::string(value) + "`");
  const std::string before = values.empty() ? "" : values + ": ";
  switch (rule.meaning.fate) {
    case Fate::ignore:
      return before + "ignored" + (rule.meaning.is_told ? "" : " without `reason=`");
    case Fate::ask:
      return before + "needs `reason=`";
    case Fate::take:
      break;
  }
  return before + policy::reason_word(rule.meaning.reason) + ", " + scope_words(rule.meaning) +
         (rule.meaning.ends ? ", for " + std::to_string(kSoftBounceDays) + " days" : "");
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

/// The formats as the product knows them.
std::string format_table() {
  std::string text =
      "| `format=` | list | columns that tell it | what its records become | who says so "
      "|\n|---|---|---|---|---|\n";
  for (const Format& format : formats()) {
    text += "| `" + std::string(format.name) + "` | " + std::string(format.title) +
            (format.map != MapKind::none   ? ""
             : format.shape == Shape::json ? " (JSON)"
             : format.shape == Shape::csv  ? " (CSV)"
                                           : " (CSV, JSON)") +
            " | " + (format.headless_width > 0 ? "no header line" : joined(format.signature));
    if (!format.absent.empty()) text += "; not " + joined(format.absent);
    if (!format.file_names.empty()) text += "; and a file name with " + joined(format.file_names);
    if (format.needs_name && format.file_names.empty() && format.name != "ses-import")
      text += "; only by `format=`";
    if (format.address.empty() && format.refusal.empty()) text += "; the address by `columns=address:`";
    text += " | ";
    if (!format.refusal.empty()) text += "refused";
    for (const Rule& rule : format.rules)
      text += (&rule == &format.rules.front() ? "" : "; ") + describe(rule);
    for (const Flag& flag : format.flags)
      text += (&flag == &format.flags.front() ? "" : "; ") + describe(Rule{{flag.column}, flag.meaning});
    if (format.other_flags) text += "; TRUE in another column: " + describe(Rule{{}, *format.other_flags});
    text += " | " + std::string(format.source) + " |\n";
  }
  return text;
}

/// A part of the page, between two comments, is as it was made here.
void expect_in_docs(const std::string& name, const std::string& made) {
  const std::string path = tests::source_dir() + "/docs/suppression.md";
  std::ifstream in(path, std::ios::binary);
  std::string page{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string begin = "<!-- " + name + " -->\n";
  const std::string end = "<!-- end of " + name + " -->\n";
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    page.replace(from + begin.size(), to - from - begin.size(), made);
    std::ofstream(path, std::ios::binary) << page;
    return;
  }
  EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), made)
      << "UPDATE_GOLDEN=1 writes it anew";
}

TEST(ImportMatrix, IsInTheDocs) {
  expect_in_docs("matrix", matrix());
}

TEST(ImportMatrix, FormatsAreInTheDocs) {
  expect_in_docs("formats", format_table());
}

}  // namespace
}  // namespace signpost::importers
