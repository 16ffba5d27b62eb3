// Lines of an import and an export: layouts, columns, quotes, and the round trip.
#include "daemon/commands/entries.h"

#include <gtest/gtest.h>

namespace signpost::daemon::commands {
namespace {

policy::Listing defaults() {
  policy::Listing listing;
  listing.reason = policy::Reason::complaint;
  listing.since = base::Wall(std::chrono::hours(1000));
  listing.by = "operator uid=0";
  return listing;
}

TEST(ControlEntries, AHeaderNamesColumns) {
  EXPECT_FALSE(*parse_entry_header("bob@example.net"));
  EXPECT_FALSE(*parse_entry_header("bob@example.net,manual"));
  const auto tabs = parse_entry_header("reason\tAddress");
  ASSERT_TRUE(tabs && *tabs);
  EXPECT_EQ(**tabs, (EntryLayout{'\t', {EntryColumn::reason, EntryColumn::address}}));
  EXPECT_EQ(**parse_entry_header(format_entry_header()), export_layout());
  EXPECT_FALSE(parse_entry_header("address,color"));
  EXPECT_FALSE(parse_entry_header("address,address"));
}

TEST(ControlEntries, ReadsLines) {
  struct Case {
    const char* header;
    const char* line;
    const char* address;
    policy::Reason reason;
    const char* note;
  };
  const Case cases[] = {
      {"", "Bob@Example.NET", "Bob@Example.NET", policy::Reason::complaint, ""},
      {"", " <bob@example.net> ", "<bob@example.net>", policy::Reason::complaint, ""},
      {"", "@Example.NET", "@Example.NET", policy::Reason::complaint, ""},
      {"", "\"a,b\"@Example.NET", "\"a,b\"@Example.NET", policy::Reason::complaint, ""},
      {"address,reason,note", "bob@example.net,trap,\"a, \"\"b\"\"\"", "bob@example.net",
       policy::Reason::trap, "a, \"b\""},
      {"address,reason,note", "bob@example.net", "bob@example.net", policy::Reason::complaint, ""},
      {"address,reason,note", "bob@example.net,,", "bob@example.net", policy::Reason::complaint, ""},
      {"note\taddress", "a \"b\"\tbob@example.net", "bob@example.net", policy::Reason::complaint, "a \"b\""},
  };
  for (const Case& c : cases) {
    const EntryLayout layout = *c.header ? **parse_entry_header(c.header) : EntryLayout{};
    const auto listing = parse_entry_line(c.line, layout, defaults());
    ASSERT_TRUE(listing) << c.line << ": " << listing.error().text;
    EXPECT_EQ(listing->listing.address, c.address) << c.line;
    EXPECT_EQ(listing->listing.reason, c.reason) << c.line;
    EXPECT_EQ(listing->listing.note, c.note) << c.line;
    EXPECT_EQ(listing->listing.by, "operator uid=0");
  }
}

TEST(ControlEntries, RefusesLines) {
  const std::pair<const char*, const char*> cases[] = {
      {",trap", "no address"},
      {"bob@example.net,nonsense", "unknown reason"},
      {"bob@example.net,trap,x,y,2026-13-01", ""},
      {"@example.net,trap,,,,,,maybe", "yes or no"},
      {"bob@example.net,\"trap", "not closed"},
      {"bob@example.net,\"trap\"x", "right after the closing quote"},
      {"bob@example.net,trap,,,,,,,,", "more fields than columns"},
  };
  for (const auto& [line, expected] : cases) {
    const auto listing = parse_entry_line(line, export_layout(), defaults());
    ASSERT_FALSE(listing) << line;
    EXPECT_NE(listing.error().text.find(expected), std::string::npos) << line << ": " << listing.error().text;
  }
}

TEST(ControlEntries, AProgramSaysWhatARecordIs) {
  const auto header = parse_entry_header("line,address,reason,scope,note,outcome");
  ASSERT_TRUE(header && *header);
  const auto entry = parse_entry_line("7,bob@example.net,trap,own", **header, defaults());
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->line, 7u);
  EXPECT_EQ(entry->scope, EntryScope::own);
  EXPECT_EQ(entry->outcome, EntryOutcome::entry);
  EXPECT_EQ(parse_entry_line("8,,,,,ignored", **header, defaults())->outcome, EntryOutcome::ignored);
  EXPECT_EQ(parse_entry_line("9,,,,,expired", **header, defaults())->outcome, EntryOutcome::expired);
  EXPECT_EQ(parse_entry_line("10,,,,odd,bad", **header, defaults())->listing.note, "odd");
  EXPECT_FALSE(parse_entry_line("11,,,,,odd", **header, defaults()));
  EXPECT_FALSE(parse_entry_line("12,bob@example.net,,odd", **header, defaults()));
}

// Without quotes it would be a pattern, which is refused.
TEST(ControlEntries, AStarInALocalPartIsWrittenInQuotes) {
  policy::Listing listing = defaults();
  listing.address = "a*@example.net";
  EXPECT_TRUE(format_entry_line(listing).starts_with("\"\"\"a*\"\"@example.net\","))
      << format_entry_line(listing);
}

TEST(ControlEntries, WhatIsWrittenIsRead) {
  policy::Listing listing = defaults();
  listing.address = listing.as_given = "\"john, \\\"x\\\" smith\"@example.net";
  listing.tenant = "acme";
  listing.stream = "bulk";
  listing.until = listing.since + std::chrono::hours(5);
  listing.note = " says \"no, thanks\" ";
  const auto read = parse_entry_line(format_entry_line(listing), export_layout(), defaults());
  ASSERT_TRUE(read) << format_entry_line(listing) << ": " << read.error().text;
  EXPECT_EQ(read->listing, listing) << format_entry_line(listing);
}

}  // namespace
}  // namespace signpost::daemon::commands
