// Files of other services: each sample in tests/data/import is read for what it means, or refused with the words that
// would decide.
#include "importers/import_file.h"

#include <filesystem>
#include <set>

#include "tests/importers/support.h"

namespace signpost::importers {
namespace {

using tests::import_sample;
using tests::import_text;
using tests::Imported;
using Items = std::vector<std::string>;

ReadOptions named(const std::string& file) {
  ReadOptions options;
  options.file_name = file;
  return options;
}

TEST(ImportFile, EverySampleKeepsItsMeaning) {
  const struct {
    const char* file;
    const char* format;
    Items items;
  } kCases[] = {
      {"ses.json", "ses", {"gone@a.example hard-bounce everywhere", "Spam.Me@A.example complaint own"}},
      {"ses-one.json", "ses-one", {"gone@a.example hard-bounce everywhere"}},
      {"ses-import.json", "ses", {"gone@a.example hard-bounce everywhere", "c@a.example complaint own"}},
      {"ses-importjob.csv",
       "ses-import",
       {"anna@example.net hard-bounce everywhere", "bert@example.net complaint own"}},
      {"sendgrid-bounces.csv", "sendgrid-bounces", {"bounced@example.net hard-bounce everywhere"}},
      {"sendgrid-bounces-dirty.csv",
       "sendgrid-bounces",
       {"gone@a.example hard-bounce everywhere", "full@a.example soft-bounce own",
        "#02232014 hard-bounce everywhere", "bad", "gmail.example hard-bounce everywhere",
        "one@a.example,two@a.example hard-bounce everywhere"}},
      {"sendgrid-blocks.csv", "sendgrid-blocks", {"ignored"}},
      {"sendgrid-invalid.csv", "sendgrid-invalid", {"x@nix.example hard-bounce everywhere"}},
      {"sendgrid-spam-reports.csv", "sendgrid-spam", {"complained@example.net complaint own"}},
      {"sendgrid-unsub.csv", "sendgrid-unsubscribes", {"newsonly@example.net unsubscribe own"}},
      {"sendgrid-unsubscribes.csv", "sendgrid-unsubscribes", {"left@example.net unsubscribe own"}},
      {"sendgrid-groups.json", "sendgrid-groups", {"left@a.example unsubscribe own"}},
      {"mailgun-bounces.csv", "mailgun-bounces", {"bounced@example.net hard-bounce everywhere"}},
      {"mailgun-items.json", "mailgun-bounces", {"gone@a.example hard-bounce everywhere"}},
      {"mailgun-bounces-newline.csv",
       "mailgun-bounces",
       {"anna@example.net hard-bounce everywhere", "bert@example.net hard-bounce everywhere",
        "carl@example.net hard-bounce everywhere"}},
      {"mailgun-gmail-multiline.csv",
       "mailgun-bounces",
       {"gone0@example.net hard-bounce everywhere", "gone1@example.net hard-bounce everywhere",
        "gone2@example.net hard-bounce everywhere", "gone3@example.net hard-bounce everywhere",
        "gone4@example.net hard-bounce everywhere", "plain@example.net hard-bounce everywhere"}},
      {"mailgun-complaints.csv", "mailgun-complaints", {"complained@example.net complaint own"}},
      {"mailgun-unsubscribes.csv", "mailgun-unsubscribes", {"left@example.net unsubscribe own"}},
      {"mailgun-unsubscribes-tags.csv",
       "mailgun-unsubscribes",
       {"a@a.example unsubscribe own", "b@a.example unsubscribe own"}},
      {"postmark.json",
       "postmark",
       {"left@a.example unsubscribe own", "kept@a.example manual own",
        "gone@a.example hard-bounce everywhere", "spam@a.example complaint own"}},
      {"sparkpost.csv",
       "sparkpost",
       {"bounced@example.net hard-bounce everywhere", "left@example.net unsubscribe own",
        "complained@example.net complaint own", "kept-out@example.net manual own transactional"}},
      {"sparkpost-types.csv",
       "sparkpost",
       {"anna@example.net unsubscribe own", "bert@example.net manual own !transactional",
        "carl@example.net hard-bounce everywhere"}},
      {"sparkpost-upload.csv",
       "sparkpost",
       {"a@a.example manual own !transactional", "a@a.example manual own transactional",
        "b@a.example manual own !transactional"}},
      {"sparkpost.ndjson",
       "sparkpost",
       {"a@a.example unsubscribe own", "b@a.example unsubscribe own transactional"}},
      {"mailchimp-unsub.csv", "mailchimp-unsubscribed", {"anna@example.net unsubscribe own"}},
      {"mailchimp-cleaned.csv", "mailchimp-cleaned", {"gone@a.example hard-bounce everywhere"}},
      {"mandrill.csv",
       "mandrill",
       {"expired", "left@a.example unsubscribe own", "spam@a.example complaint own"}},
      {"brevo.json",
       "brevo",
       {"gone@a.example hard-bounce everywhere", "left@a.example unsubscribe own",
        "kept@a.example manual own"}},
      {"listmonk.csv", "listmonk", {"a@a.example manual own", "ignored"}},
      {"postal.tsv", "postal", {"full@a.example soft-bounce own", "expired"}},
      {"resend.json", "resend", {"gone@a.example hard-bounce everywhere"}},
      {"phplist.tsv", "phplist", {"+a@a.example unsubscribe own", "ignored"}},
      {"mautic.csv",
       "mautic",
       {"left@a.example unsubscribe own", "gone@a.example hard-bounce everywhere",
        "kept@a.example manual own !transactional", "ignored", "ignored", "bad"}},
      {"addresses.json", "", {"a@a.example ", "b@a.example "}},
      {"own.csv", "", {"bounced@example.net hard-bounce", "@example.org manual"}},
      {"own.tsv", "", {"bounced@example.net hard-bounce"}},
      {"latin1.csv", "", {"bob@a.example hard-bounce"}},
      {"plain.txt", "", {"bounced@example.net ", "Other@Example.NET "}},
      {"excel-utf16.txt", "", {"anna@example.net hard-bounce"}},
      {"header-email-only.csv", "", {"anna@example.net "}},
      {"noheader-quoted.csv", "", {"anna@example.net ", "bert@example.net "}},
      {"cr-only.csv", "", {"anna@example.net ", "bert@example.net ", "carl@example.net "}},
      {"dot.txt", "", {"a@a.example ", ". ", "b@a.example "}},
      {"odd-lines.txt",
       "",
       {"*@evil.example ", "@*.uni2.example ", "evil3.example ", "@evil4.example ", "johnsmith@example.com ",
        "john2@example.com ", "anna@example.net ", "bert@example.net ", "carl@example.net ",
        "CARL2@EXAMPLE.NET. ", "dora@example.net ", "emil@example.net;fritz@example.net ",
        "gus @example.net ", "h\xC3\xA4ns@example.net ", "ida@m\xC3\xBCller.example ",
        "jo@xn--mller-kva.example ", "karl@example.net ", "late-bom@example.net ", "max@example.net "}},
  };
  std::set<std::string> seen = {"mailgun-script.csv",
                                "mailchimp-subscribed.csv",
                                "excel-de-semicolon.csv",
                                "german.csv",
                                "cloudflare.csv",
                                "hubspot.csv",
                                "access",
                                "sympa-blocklist.txt",
                                "mailman-bans.json"};
  for (const auto& one : kCases) {
    seen.insert(one.file);
    const Imported imported = import_text(import_sample(one.file), named(one.file));
    EXPECT_EQ(imported.refusal, "") << one.file;
    EXPECT_EQ(imported.format, one.format) << one.file;
    EXPECT_EQ(imported.items, one.items) << one.file;
  }
  for (const auto& entry : std::filesystem::directory_iterator(tests::source_dir() + "/tests/data/import"))
    EXPECT_TRUE(seen.contains(entry.path().filename().string()))
        << entry.path() << ": a sample without a case";
}

TEST(ImportFile, RefusesWithTheWordsThatDecide) {
  const struct {
    const char* text;
    const char* file;
    Items words;
  } kCases[] = {
      {"email,created\na@a.example,1\n", "list.csv", {"format=sendgrid-unsubscribes", "reason=unsubscribe"}},
      {"address,created_at\na@a.example,1\n", "list.csv", {"format=mailgun-complaints"}},
      {"status,reason,email,created\n5.7.1,x,a@a.example,1\n",
       "list.csv",
       {"format=sendgrid-bounces", "format=sendgrid-blocks"}},
      {"EmailAddress,Reason,LastUpdateTime\na@a.example,BOUNCE,2024-03-01\n",
       "x.csv",
       {"columns=address:EmailAddress"}},
      {"E-Mail;Vorname\na@a.example;A\n",
       "x.csv",
       {"CSV with semicolons", "'Vorname'", "columns=address:E-Mail", "ignore=Vorname"}},
      {"Kunde;Grund\na@a.example;A\n", "x.csv", {"columns=address:Kunde"}},
      {"a@a.example,Anna\nb@a.example,Bert\n", "x.csv", {"without a header", "columns=address:1"}},
      {"\"Anna\",a@a.example\n\"Bert\",b@a.example\n", "x.csv", {"columns=address:2"}},
      {"Email,Created At\na@a.example,2024-01-01\n", "x.csv", {"do not say why", "reason=unsubscribe"}},
      {"PK\x03\x04zip", "export.zip", {"unpack"}},
      {"uuid;x\n", "x.csv", {"columns=address:NAME"}},
      {"email,name,subscribed_to_emails\na@a.example,A,true\n", "x.csv", {"people who receive mail"}},
      {"email,OPTIN_TIME\na@a.example,x\n", "x.csv", {"people who receive mail"}},
      {"[{\"email\":\"a@a.example\",\"foo\":1}]", "x.json", {"keys 'foo'", "columns=address:email"}},
      {"[{\"email\":\"a@a.example\"", "x.json", {"line 1", "not valid JSON"}},
      {"[1,2", "x.json", {"not valid JSON"}},
      {"address,code,error,created_at\na@a.example,550,\"open,x\nb@a.example,1,2,3\n",
       "x.csv",
       {"line 2", "not closed"}},
  };
  for (const auto& one : kCases) {
    const std::string text =
        std::string(one.text).starts_with("PK") ? std::string("PK\x03\x04zip") : one.text;
    const Imported imported = import_text(text, named(one.file));
    EXPECT_NE(imported.refusal, "") << one.text;
    for (const std::string& word : one.words)
      EXPECT_NE(imported.refusal.find(word), std::string::npos) << one.text << ": " << imported.refusal;
  }
  for (const char* file : {"mailchimp-subscribed.csv", "excel-de-semicolon.csv", "german.csv"})
    EXPECT_NE(import_text(import_sample(file), named(file)).refusal, "") << file;
  EXPECT_NE(import_text(import_sample("mailgun-script.csv")).refusal.find("line 3"), std::string::npos);
}

TEST(ImportFile, TheOperatorsWordDecides) {
  ReadOptions options;
  options.reason = policy::Reason::complaint;
  EXPECT_EQ(import_text(import_sample("mailgun-script.csv"), options).items,
            (Items{"gone@a.example complaint", "c@a.example complaint"}));
  EXPECT_EQ(import_text("email,created\na@a.example,1709287200\n", options).items, (Items{"a@a.example "}));
  options.reason = policy::Reason::soft_bounce;
  const Imported blocks = import_text(import_sample("sendgrid-blocks.csv"), [&] {
    ReadOptions with = options;
    with.format = "sendgrid-blocks";
    return with;
  }());
  ASSERT_EQ(blocks.items, (Items{"anna@example.net soft-bounce"}));
  EXPECT_EQ(blocks.whole[0].expires, base::format_time(tests::kToday + std::chrono::days(kSoftBounceDays)));
  // What the file itself says is not overruled.
  EXPECT_EQ(import_text(import_sample("ses-import.json"), options).items[0],
            "gone@a.example hard-bounce everywhere");
  EXPECT_EQ(import_text(import_sample("listmonk.csv"), options).items[1], "ignored");
}

TEST(ImportFile, NamedColumns) {
  ReadOptions options;
  options.columns = *parse_columns_option("address:Mail-Adresse,reason:Grund,note:Kunde");
  const Imported imported = import_text(import_sample("german.csv"), options);
  EXPECT_EQ(imported.refusal, "");
  EXPECT_EQ(imported.items,
            (Items{"eva@a.example unsubscribe own", "max@a.example hard-bounce everywhere", "ignored"}));
  EXPECT_EQ(imported.whole[0].note, "Eva");
  options.columns = *parse_columns_option("address:1");
  EXPECT_EQ(import_text("a@a.example,Anna\nb@a.example,Bert\n", options).items,
            (Items{"a@a.example ", "b@a.example "}));
  options.columns = *parse_columns_option("address:Adress");
  EXPECT_NE(import_text("Adresse;x\na@a.example;1\n", options).refusal.find("did you mean 'Adresse'"),
            std::string::npos);
  EXPECT_FALSE(parse_columns_option("adress:Mail"));
  EXPECT_FALSE(parse_columns_option("address"));
  EXPECT_FALSE(parse_columns_option("address:a,address:b"));
  ReadOptions ignoring;
  ignoring.ignored = {"Vorname", "Nachname"};
  EXPECT_EQ(import_text(import_sample("excel-de-semicolon.csv"), ignoring).items,
            (Items{"anna@example.net ", "bert@example.net "}));
}

TEST(ImportFile, ALineBreakWithoutQuotesIsNoEntry) {
  const Imported imported = import_text(
      "address,code,error,created_at\na@a.example,550,gone: ask\npostmaster@corp.example\nfor "
      "help,1709287200\n"
      "b@a.example,550,no,1709287200\n");
  EXPECT_EQ(imported.items, (Items{"bad", "bad", "bad", "b@a.example hard-bounce everywhere"}));
}

TEST(ImportFile, TellsWhatIsMissing) {
  const auto warns = [](const char* file, const char* word) {
    const Imported imported = import_text(import_sample(file));
    for (const std::string& warning : imported.summary.warnings) {
      if (warning.find(word) != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_TRUE(warns("ses.json", "not the whole list"));
  EXPECT_TRUE(warns("sparkpost.ndjson", "subaccounts"));
  EXPECT_TRUE(warns("mailgun-unsubscribes-tags.csv", "1 records have a time"));
}

TEST(ImportFile, AddressesInCells) {
  const std::pair<const char*, const char*> kCases[] = {
      {"bob@a.example", "bob@a.example"},
      {"\"John Smith\" <john@a.example>", "john@a.example"},
      {"<john@a.example>", "john@a.example"},
      {"mailto:bob@a.example?subject=x", "bob@a.example"},
      {"MAILTO:bob@a.example", "bob@a.example"},
      {"<mailto:bob@a.example>", "bob@a.example"},
      {"bob@a.example,;", "bob@a.example"},
      {"' +a@a.example", "+a@a.example"},
      {"'=a@a.example", "=a@a.example"},
      {"'bob@a.example'", "bob@a.example"},
      {"\"john smith\"@a.example", "\"john smith\"@a.example"},
      {"boss@corp.example <a@a.example>", "boss@corp.example <a@a.example>"},
  };
  for (const auto& [cell, address] : kCases) EXPECT_EQ(address_in(cell), address) << cell;
}

std::vector<std::string> lines_of(const std::string& text, std::size_t piece = 1000) {
  std::vector<std::string> lines;
  ReadOptions options;
  options.now = tests::kToday;
  auto file = ImportFile::open(tests::reader_of(text, piece), options);
  EXPECT_TRUE(file);
  if (!file) return lines;
  EXPECT_TRUE(file->lines([&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  }));
  return lines;
}

TEST(ImportFile, PlainLinesKeepTheirNumbersAndNoneEndsTheImport) {
  EXPECT_EQ(lines_of(import_sample("dot.txt")), (Items{"a@a.example", " .", "b@a.example"}));
  EXPECT_EQ(lines_of("# list\n\n a@a.example \n. \nb@a.example # gone\r\n\"c@a.example\""),
            (Items{"", "", "a@a.example", " .", "b@a.example", "c@a.example"}));
  EXPECT_EQ(lines_of("email\n a@a.example\n"), (Items{"", "a@a.example"}));
}

TEST(ImportFile, RecordsBecomeLines) {
  EXPECT_EQ(lines_of("{\"emailAddress\":\"a@a.example\",\"reason\":\"BOUNCE\"}{\"emailAddress\":\"b@a."
                     "example\",\"reason\":\"x,y\"}"),
            (Items{format_import_header(false), "1,a@a.example,hard-bounce,everywhere,,,,,,",
                   "2,,,,,,,\"'x,y' is not known of Amazon SES\",,bad"}));
}

TEST(ImportFile, HoweverTheBytesArrive) {
  for (const char* name :
       {"mailgun-gmail-multiline.csv", "excel-utf16.txt", "ses.json", "odd-lines.txt", "mandrill.csv"}) {
    const std::string text = import_sample(name);
    const auto whole = lines_of(text, 100'000);
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u})
      EXPECT_EQ(lines_of(text, piece), whole) << name << " " << piece;
  }
}

TEST(ImportFile, MemoryIsOneRecord) {
  std::string line = "{\"emailAddress\":\"a@a.example\",\"reason\":\"BOUNCE\"}\n";
  std::uint64_t left = 20'000;
  std::size_t at = 0;
  auto file = ImportFile::open(
      [&](char* buffer, std::size_t size) {
        std::size_t used = 0;
        while (used < size && left > 0) {
          buffer[used++] = line[at++];
          if (at == line.size()) {
            at = 0;
            --left;
          }
        }
        return used;
      },
      {});
  ASSERT_TRUE(file);
  const auto summary = file->each([](const Item&) { return true; });
  ASSERT_TRUE(summary) << summary.error().text;
  EXPECT_EQ(summary->entries, 20'000u);
}

}  // namespace
}  // namespace signpost::importers
