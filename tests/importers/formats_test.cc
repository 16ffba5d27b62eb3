// Formats that need a word of the operator, and records that say several things at once.
#include "importers/formats.h"

#include "tests/importers/support.h"

namespace signpost::importers {
namespace {

using tests::import_sample;
using tests::import_text;
using tests::Imported;
using Items = std::vector<std::string>;

ReadOptions with_format(const char* format) {
  ReadOptions options;
  options.format = format;
  return options;
}

ReadOptions with_columns(const char* columns) {
  ReadOptions options;
  options.columns = *parse_columns_option(columns);
  return options;
}

bool warns(const Imported& imported, const char* word) {
  return std::any_of(imported.summary.warnings.begin(), imported.summary.warnings.end(),
                     [&](const std::string& warning) { return warning.find(word) != std::string::npos; });
}

TEST(ImportFormats, CloudflareHasNoHeader) {
  const Imported imported = import_text(import_sample("cloudflare.csv"), with_format("cloudflare"));
  EXPECT_EQ(imported.refusal, "");
  EXPECT_EQ(imported.format, "cloudflare");
  ASSERT_EQ(imported.items,
            (Items{"address@a.example manual own", "until@a.example manual own", "shop@a.example manual own",
                   "all@a.example manual own", "expired", "odd@a.example manual own"}));
  EXPECT_EQ(imported.whole[0].expires, "");
  EXPECT_EQ(imported.whole[2].expires, "2099-06-01T10:00:00.000Z");
  EXPECT_EQ(imported.whole[2].note, "news.shop.example");
  EXPECT_TRUE(warns(imported, "keeps apart"));
  EXPECT_TRUE(warns(imported, "have no end"));
  // The first line is an entry whatever it looks like, and the operator knows why they are listed.
  ReadOptions options = with_format("cloudflare");
  options.reason = policy::Reason::complaint;
  EXPECT_EQ(import_text("email\r\na@a.example\r\nb@a.example,2099-01-01T00:00:00Z,account", options).items,
            (Items{"email complaint", "a@a.example complaint", "b@a.example complaint"}));
  EXPECT_FALSE(warns(import_text("b@a.example,2099-01-01T00:00:00Z,account\n", options), "keeps apart"));
  EXPECT_EQ(import_text("a@a.example,2099-01-01T00:00:00Z,account,x\n", options).items, (Items{"bad"}));
}

TEST(ImportFormats, CloudflareIsNotGuessedButNamed) {
  const char* const kText = "a@a.example,2099-01-01T00:00:00Z\nb@a.example,2099-01-01T00:00:00Z\n";
  EXPECT_NE(import_text(kText).refusal.find("format=cloudflare"), std::string::npos);
  EXPECT_EQ(import_text("a@a.example,Anna\nb@a.example,Bert\n").refusal.find("format=cloudflare"),
            std::string::npos);
}

TEST(ImportFormats, HubSpotSaysSeveralThingsAtOnce) {
  const Imported asked = import_text(import_sample("hubspot.csv"));
  EXPECT_NE(asked.refusal.find("HubSpot"), std::string::npos) << asked.refusal;
  EXPECT_NE(asked.refusal.find("columns=address:Contact"), std::string::npos) << asked.refusal;
  const Imported imported = import_text(import_sample("hubspot.csv"), with_columns("address:Contact"));
  EXPECT_EQ(imported.refusal, "");
  EXPECT_EQ(imported.format, "hubspot");
  ASSERT_EQ(imported.items,
            (Items{"gone@a.example hard-bounce everywhere", "gone@a.example unsubscribe own",
                   "spam@a.example complaint own", "spam@a.example unsubscribe own",
                   "both@a.example hard-bounce everywhere", "left@a.example unsubscribe own", "ignored"}));
  EXPECT_EQ(imported.whole[0].note, "550 5.1.1 no such user, \"gone\"");
  EXPECT_EQ(imported.whole[1].note, "");
  EXPECT_EQ(imported.whole[5].note, "Marketing Information; Kundenbrief");
  EXPECT_EQ(imported.summary.entries, 6u);
  // A bad address costs one record, not one for each reason.
  EXPECT_EQ(
      import_text("Mail,Portal Bounce,Portal Unsubscribe\n,TRUE,TRUE\n", with_columns("address:Mail")).items,
      (Items{"bad"}));
}

TEST(ImportFormats, TagsBecomeStreams) {
  ReadOptions options;
  options.tags = {{"weekly", "news"}, {"offers", "ads"}, {"promo", "ads"}};
  const Imported imported = import_text(
      "address,tags,created_at\nall@a.example,*,\nb@a.example,weekly,\nc@a.example,\"offers,promo\",\n"
      "d@a.example,\"weekly, other\",\ne@a.example,,\n",
      options);
  EXPECT_EQ(imported.items, (Items{"all@a.example unsubscribe own", "b@a.example unsubscribe own news",
                                   "c@a.example unsubscribe own ads", "d@a.example unsubscribe own news",
                                   "d@a.example unsubscribe own", "e@a.example unsubscribe own"}));
  EXPECT_EQ(imported.whole[1].note, "weekly");
  EXPECT_EQ(describe_scope(imported.whole[1], policy::Reason::manual), "the tenant's stream news");
  EXPECT_EQ(import_text("[{\"address\":\"a@a.example\",\"tags\":[\"weekly\",\"promo\"],\"created_at\":\"\"}]",
                        options)
                .items,
            (Items{"a@a.example unsubscribe own news", "a@a.example unsubscribe own ads"}));
  EXPECT_NE(import_text(import_sample("ses.json"), options).refusal.find("tag:NAME=STREAM"),
            std::string::npos);
  EXPECT_EQ(*parse_tag_option("a=b=c"), (std::pair<std::string, std::string>("a=b", "c")));
  for (const char* bad : {"", "a", "=b", "a="}) EXPECT_FALSE(parse_tag_option(bad)) << bad;
}

TEST(ImportFormats, WhatHasExpiredCanBeKept) {
  const std::string text =
      "email,reason,detail,created_at,expires_at,last_event_at\n"
      "gone@a.example,hard-bounce,x,2016-01-14 19:08:17,2016-01-21 19:08:17,2016-01-14 19:08:17\n"
      "full@a.example,soft-bounce,x,2016-01-14 19:08:17,2016-01-15 19:08:17,2016-01-14 19:08:17\n"
      "left@a.example,unsub,,2016-01-14 19:08:17,2017-01-14 19:08:17,2016-01-14 19:08:17\n"
      "next@a.example,unsub,,2026-01-14 19:08:17,2099-01-14 19:08:17,2026-01-14 19:08:17\n";
  EXPECT_EQ(import_text(text).items,
            (Items{"expired", "expired", "expired", "next@a.example unsubscribe own"}));
  ReadOptions options;
  options.kept = *parse_kept_option("yes");
  const Imported all = import_text(text, options);
  EXPECT_EQ(all.items, (Items{"gone@a.example hard-bounce everywhere", "expired",
                              "left@a.example unsubscribe own", "next@a.example unsubscribe own"}));
  EXPECT_EQ(all.whole[0].expires, "");
  EXPECT_EQ(all.whole[3].expires, "2099-01-14T19:08:17.000Z");
  options.kept = *parse_kept_option("unsubscribe");
  EXPECT_EQ(import_text(text, options).summary.expired, 2u);
  // Of our own form, whose entries the daemon judges otherwise.
  const char* const kOwn = "address,reason,expires\na@a.example,unsubscribe,2020-01-01T00:00:00Z\n";
  EXPECT_EQ(import_text(kOwn, options).whole[0].expires, "");
  EXPECT_EQ(import_text(kOwn).whole[0].expires, "2020-01-01T00:00:00Z");
  for (const char* bad : {"", "no", "soft-bounce", "unsubscribe,x"})
    EXPECT_FALSE(parse_kept_option(bad)) << bad;
}

TEST(ImportFormats, MauticNamesContactsByNumber) {
  const Imported raw =
      import_text("id,lead_id,date_added,reason,channel,channel_id,comments\n1,2,,1,email,,x@y\n");
  EXPECT_NE(raw.refusal.find("JOIN leads"), std::string::npos) << raw.refusal;
  const char* const kJoined = "kunde,reason,channel,comments\na@a.example,1,email,x@y.example\n";
  EXPECT_NE(import_text(kJoined).refusal.find("columns=address:"), std::string::npos);
  const Imported named = import_text(kJoined, with_columns("address:kunde"));
  EXPECT_EQ(named.format, "mautic");
  EXPECT_EQ(named.items, (Items{"a@a.example unsubscribe own"}));
  // Its report, whose header is translated.
  EXPECT_EQ(import_text("Email,DNC Reason\na@a.example,DNC Bounced\nb@a.example,DNC Manually Unsubscribed\n",
                        with_columns("address:Email,reason:DNC Reason"))
                .items,
            (Items{"a@a.example hard-bounce everywhere", "b@a.example manual own !transactional"}));
}

}  // namespace
}  // namespace signpost::importers
