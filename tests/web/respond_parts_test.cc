// The parts of an answer by themselves: forms, the kill switch's file, undo tokens, pages.
#include <gtest/gtest.h>

#include "system/http_form.h"
#include "track/blocks.h"
#include "track/undo.h"
#include "web/page.h"

namespace signpost::web {
namespace {

constexpr base::Wall kNow{std::chrono::milliseconds(1'795'435'200'123)};

TEST(ParseForm, ReadsUrlencodedBodies) {
  const struct {
    const char* body;
    system::FormFields fields;
  } rows[] = {
      {"", {}},
      {"a=1", {{"a", "1"}}},
      {"a=1&b=2\r\n", {{"a", "1"}, {"b", "2"}}},
      {"a", {{"a", ""}}},
      {"=", {{"", ""}}},
      {"&&a=b=c&", {{"a", "b=c"}}},
      {"a+b=%41%2b", {{"a b", "A+"}}},
      {"a=%", {{"a", "%"}}},
      {"a=%4", {{"a", "%4"}}},
      {"a=%zz", {{"a", "%zz"}}},
  };
  for (const auto& row : rows) {
    const auto fields = system::parse_form("application/x-www-form-urlencoded", row.body);
    ASSERT_TRUE(fields) << row.body;
    EXPECT_EQ(*fields, row.fields) << row.body;
  }
}

TEST(ParseForm, ReadsMultipartBodies) {
  const std::string part = "Content-Disposition: form-data; name=\"a\"\r\n\r\n1";
  const struct {
    std::string body;
    system::FormFields fields;
  } rows[] = {
      {"--B\r\n" + part + "\r\n--B--\r\n", {{"a", "1"}}},
      {"preamble\r\n--B\r\n" + part + "\r\n--B--", {{"a", "1"}}},
      {"--B\r\nX: y\r\ncontent-disposition: form-data; filename=\"f;g\"; name=b\r\n\r\nx\r\ny\r\n--B--",
       {{"b", "x\r\ny"}}},
      {"--B\r\n\r\nno name\r\n--B\r\n" + part + "\r\n--B--", {{"a", "1"}}},
      {"--B--", {}},
  };
  for (const auto& row : rows) {
    const auto fields = system::parse_form("multipart/form-data; charset=utf-8; boundary=B", row.body);
    ASSERT_TRUE(fields) << row.body;
    EXPECT_EQ(*fields, row.fields) << row.body;
  }
}

TEST(ParseForm, RefusesWhatIsNoForm) {
  std::string many;
  for (int i = 0; i < 65; ++i) many += "a&";
  const struct {
    const char* type;
    std::string body;
  } rows[] = {
      {"text/plain", "a=1"},
      {"application/json", "{}"},
      {"application/x-www-form-urlencoded", many},
      {"multipart/form-data", "--B--"},
      {"multipart/form-data; boundary=", "--B--"},
      {"multipart/form-data; boundary=\"B", "--B--"},
      {"multipart/form-data; boundary=B", ""},
      {"multipart/form-data; boundary=B", "--B"},
      {"multipart/form-data; boundary=B", "--B\r\nX: y\r\n\r\ncut short"},
      {"multipart/form-data; boundary=B", "--B\r\nno blank line\r\n--B--"},
  };
  for (const auto& row : rows)
    EXPECT_FALSE(system::parse_form(row.type, row.body)) << row.type << " " << row.body;
}

TEST(TargetHost, IsTheNameThatABrowserWouldAsk) {
  const struct {
    const char* url;
    const char* host;
  } rows[] = {
      {"https://Shop.Example/x", "shop.example"},
      {"http://shop.example:8080?q", "shop.example"},
      {"http://shop.example.#f", "shop.example"},
      {"https://user:pw@shop.example/", "shop.example"},
      {"https://good.example\\@evil.example/", "good.example"},
      {"https://[2001:db8::1]:80/", "[2001:db8::1]"},
      {"mailto:x", ""},
      {"https://", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(track::target_host(row.url), row.host) << row.url;
}

TEST(Blocks, MatchWhatTheyName) {
  track::Token token;
  token.tenant = 9;
  token.campaign = "c";
  token.message = "01JDC0000000000000000000AA";
  token.target = "https://www.shop.example/";
  const std::string text = "AQEHabcd";  // version 1, purpose 1, key 7
  const struct {
    track::Blocks blocks;
    bool blocked;
  } rows[] = {
      {{}, false},
      {{{"shop.example"}, {}, {}, {}, {}}, true},
      {{{"www.shop.example"}, {}, {}, {}, {}}, true},
      {{{"example"}, {}, {}, {}, {}}, true},
      {{{"hop.example"}, {}, {}, {}, {}}, false},
      {{{"a.www.shop.example"}, {}, {}, {}, {}}, false},
      {{{}, {9}, {}, {}, {}}, true},
      {{{}, {8}, {}, {}, {}}, false},
      {{{}, {}, {"c"}, {}, {}}, true},
      {{{}, {}, {"C"}, {}, {}}, false},
      {{{}, {}, {}, {"01JDC0000000000000000000AA"}, {}}, true},
      {{{}, {}, {}, {}, {7}}, true},
      {{{}, {}, {}, {}, {8}}, false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(track::is_blocked(row.blocks, token, text), row.blocked) << track::format_blocks(row.blocks);
}

TEST(Blocks, ComeBackFromTheirFile) {
  track::Blocks blocks;
  blocks.hosts = {"bad.example", "evil.example"};
  blocks.tenants = {0, 0xdeadbeef};
  blocks.campaigns = {"50% off\n", "spring sale", "\xc3\xa4"};
  blocks.messages = {"01JDC0000000000000000000AA"};
  blocks.key_ids = {1, 255};
  const std::string text = track::format_blocks(blocks);
  const auto read = track::parse_blocks(text);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, blocks);
  EXPECT_EQ(track::format_blocks(*read), text);
  EXPECT_TRUE(track::parse_blocks(track::format_blocks({})));
}

TEST(Blocks, AreReadWholeOrNotAtAll) {
  track::Blocks blocks;
  blocks.hosts = {"bad.example"};
  blocks.key_ids = {3};
  const std::string text = track::format_blocks(blocks);
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(track::parse_blocks(text.substr(0, length))) << length;
  }
  const char* rows[] = {
      "signpost-blocks 2\nend 0\n",
      "signpost-blocks 1\nend 1\n",
      "signpost-blocks 1\nend 0\nend 0\n",
      "signpost-blocks 1\nhost a\nhost a\nend 2\n",
      "signpost-blocks 1\nhost\nend 1\n",
      "signpost-blocks 1\nhost \nend 1\n",
      "signpost-blocks 1\ncolour red\nend 1\n",
      "signpost-blocks 1\ntenant 12\nend 1\n",
      "signpost-blocks 1\nkey 0\nend 1\n",
      "signpost-blocks 1\nkey 256\nend 1\n",
      "signpost-blocks 1\ncampaign a b\nend 1\n",
      "signpost-blocks 1\ncampaign a%2\nend 1\n",
      "signpost-blocks 1\ncampaign %61\nend 1\n",
  };
  for (const char* row : rows) EXPECT_FALSE(track::parse_blocks(row)) << row;
}

TEST(UndoSealer, OpensItsOwnOnly) {
  const base::Keyring old_ring{{{1, base::KeyState::active, std::string(32, 'a')}}};
  const base::Keyring rotated{
      {{1, base::KeyState::accept, std::string(32, 'a')}, {2, base::KeyState::active, std::string(32, 'b')}}};
  const base::Keyring revoked{{{1, base::KeyState::revoked, std::string(32, 'a')},
                               {2, base::KeyState::active, std::string(32, 'b')}}};
  const auto sealer = *track::UndoSealer::create(old_ring);
  const std::string undo = sealer.seal("token", kNow);
  EXPECT_EQ(sealer.open(undo, "token", kNow).value(), kNow);
  EXPECT_EQ(track::UndoSealer::create(rotated)->open(undo, "token", kNow).value(), kNow);
  EXPECT_NE(track::UndoSealer::create(rotated)->seal("token", kNow), undo);
  EXPECT_FALSE(track::UndoSealer::create(revoked)->open(undo, "token", kNow));
  EXPECT_FALSE(sealer.open(undo, "tokem", kNow));
  EXPECT_FALSE(sealer.open("", "token", kNow));
  EXPECT_EQ(sealer.open(undo, "token", kNow + std::chrono::minutes(11)).error().kind, base::ErrorKind::limit);
  for (std::size_t i = 0; i < undo.size(); ++i) {
    std::string damaged = undo;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.open(damaged, "token", kNow)) << i;
  }
  EXPECT_FALSE(track::UndoSealer::create({}));
}

TEST(Page, EscapesWhatItIsFilledWith) {
  const auto page =
      parse_page(PageKind::unsubscribe, "<form action=\"{{action}}\">{{ host }}{{abuse}}</form>");
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_EQ(page->render({{"action", "\"><script>'&"}, {"host", "h"}}),
            "<form action=\"&quot;&gt;&lt;script&gt;&#39;&amp;\">h</form>");
}

TEST(Page, RefusesATemplateThatCannotWork) {
  const struct {
    PageKind kind;
    std::string html;
    const char* text;
  } rows[] = {
      {PageKind::unsubscribe, "<p>no form</p>", "needs the placeholder {{action}}"},
      {PageKind::unsubscribed, "{{action}}", "needs the placeholder {{undo}}"},
      {PageKind::about, "{{abuse}}{{address}}", "has no placeholder {{address}}"},
      {PageKind::gone, "{{abuse", "not closed by }}"},
      {PageKind::gone, "{{#name}}", "{{#name}} has no end"},
      {PageKind::gone, "{{#name}}{{#contact}}{{/contact}}{{/name}}", "{{#contact}} stands within {{#name}}"},
      {PageKind::gone, "{{#name}}{{/contact}}", "{{/contact}} ends nothing"},
      {PageKind::gone, "{{/name}}", "{{/name}} ends nothing"},
      {PageKind::unsubscribe, "{{#name}}{{action}}{{/name}}", "needs the placeholder {{action}}"},
      {PageKind::gone, "\xff", "not valid UTF-8"},
      {PageKind::gone, std::string(65537, 'x'), "must not be larger than 65536 bytes"},
  };
  for (const auto& row : rows) {
    const auto page = parse_page(row.kind, row.html);
    ASSERT_FALSE(page);
    EXPECT_NE(page.error().text.find(row.text), std::string::npos) << page.error().text;
  }
}

TEST(Page, ShowsASectionOnlyWithItsPlace) {
  const auto page = parse_page(PageKind::gone, "a{{#name}}<b>{{name}}</b>{{host}}{{/name}}z{{contact}}");
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_EQ(page->render({{"name", "<x>"}, {"host", "h"}}), "a<b>&lt;x&gt;</b>hz");
  EXPECT_EQ(page->render({{"host", "h"}, {"contact", "c"}}), "azc");
  EXPECT_EQ(page->render({{"name", ""}}), "az");
}

TEST(Page, IsBuiltInForEveryKindInEveryLanguage) {
  for (const Texts& texts : all_texts()) {
    for (std::size_t i = 0; i < kPageKinds; ++i) {
      const auto kind = static_cast<PageKind>(i);
      const std::string html = default_page(kind, texts);
      const auto page = parse_page(kind, html);
      EXPECT_TRUE(page) << texts.language() << " " << page_word(kind);
      EXPECT_NE(html.find("<html lang=\"" + std::string(texts.language()) + "\">"), html.npos);
      EXPECT_EQ(html.find("<title></title>"), html.npos) << texts.language() << " " << page_word(kind);
      EXPECT_EQ(html.find("<p></p>"), html.npos) << texts.language() << " " << page_word(kind);
    }
  }
}

TEST(Texts, EveryLanguageHasWhatPeopleSee) {
  const Texts& english = all_texts().front();
  EXPECT_EQ(english.language(), "en");
  EXPECT_GE(all_texts().size(), 12u);
  for (const Texts& texts : all_texts()) {
    for (const auto& [key, text] : english.own()) {
      const bool only_for_operators = key == "problem.no-host" || key == "problem.other-host";
      EXPECT_TRUE(texts.has(key) || only_for_operators) << texts.language() << " lacks " << key;
      EXPECT_FALSE(texts.find(key).empty());
      for (const std::string_view place : {"{{name}}", "{{contact}}", "{{abuse}}", "{{host}}"})
        EXPECT_EQ(text.find(place) == text.npos, texts.find(key).find(place) == std::string_view::npos)
            << texts.language() << " " << key << " " << place;
    }
    for (const auto& [key, text] : texts.own())
      EXPECT_TRUE(english.has(key)) << texts.language() << " " << key;
  }
}

TEST(Language, IsTheOneThatIsWantedMost) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "en"},
      {"de", "de"},
      {"DE-ch", "de"},
      {"fi", "en"},
      {"fi, sv;q=0.5", "sv"},
      {"en;q=0.1, fr;q=0.9, de;q=0.9", "fr"},
      {"de;q=0, fr", "fr"},
      {"de;q=0", "en"},
      {"*", "en"},
      {"fi, *;q=0.5, de;q=0.1", "en"},
      {"de ; q=0.8 , it", "it"},
      {"de;q=2, fr;q=1.5, it;q=x, nl;q=0.1234, es;q=0.2", "es"},
      {"pt-BR", "pt"},
      {"zh-CN", "zh"},
      {"zh-TW, ja;q=0.5", "ja"},
      {"zh-Hant-TW", "en"},
      {",,, ;q=1, de", "de"},
  };
  for (const auto& [header, language] : kCases)
    EXPECT_EQ(all_texts()[choose_language(header)].language(), language) << header;
  std::string many;
  for (std::size_t i = 0; i < kMaxRanges; ++i) many += "xx,";
  EXPECT_EQ(all_texts()[choose_language(many + "de")].language(), "en") << "a bound for hostile headers";
}

}  // namespace
}  // namespace signpost::web
