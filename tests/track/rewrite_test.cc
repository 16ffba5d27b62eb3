// Whole messages rewritten: golden files in tests/data/rewrite (UPDATE_GOLDEN=1 writes them),
// exclusions, modes.
#include "track/rewrite.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "mail/file/message_file.h"
#include "mail/recode.h"
#include "tests/support/source_dir.h"
#include "tests/track/corpus.h"
#include "tests/track/ring.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

std::vector<mail::Field> typed(std::string type, std::string encoding = "") {
  std::vector<mail::Field> fields = {{"Content-Type", std::move(type)}};
  if (!encoding.empty()) fields.push_back({"Content-Transfer-Encoding", std::move(encoding)});
  return fields;
}

std::string rewritten_body(std::string_view body, const Rewritten& result) {
  return mail::apply_splices(body, mail::splices_of(body, result.replacements)).value_or("cannot apply");
}

/// The targets of all click links in a text, in order.
std::vector<std::string> targets_in(std::string_view text, const Sealer& sealer) {
  std::vector<std::string> targets;
  constexpr std::string_view prefix = "https://click.example.com/c/";
  for (std::size_t at = text.find(prefix); at != text.npos; at = text.find(prefix, at + 1)) {
    const std::size_t end = std::min(text.find_first_of("\"'> \r\n", at), text.size());
    const auto found = find_token(text.substr(at, end - at));
    const auto token = found ? sealer.open(found->token, Purpose::click) : base::invalid("no token");
    targets.push_back(token ? token->target : "does not open");
  }
  return targets;
}

/// What the golden file says above the message.
std::string summary(const Rewritten& result) {
  return "links=" + std::to_string(result.links) + " rewritten=" + std::to_string(result.rewritten) +
         " pixel=" + (result.pixel ? "yes" : "no") + (result.pixel ? "" : " no_pixel=" + result.no_pixel) +
         " reason=" + (result.reason.empty() ? "-" : result.reason) + "\r\n";
}

TEST(Rewrite, MatchesTheGoldenFiles) {
  const std::filesystem::path folder = std::filesystem::path(tests::source_dir()) / "tests/data/rewrite";
  const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
  Lab lab;
  lab.context.opens = true;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".eml") continue;
    ++count;
    const auto message = mail::parse_message(mail::to_crlf(read_file(entry.path())).first);
    const Rewritten result = rewrite(message.fields, message.body, lab.context);
    const std::string body = rewritten_body(message.body, result);
    EXPECT_EQ(mail::undo_splices(body, mail::splices_of(message.body, result.replacements)), message.body);
    const std::string output = summary(result) + body;
    const std::filesystem::path golden = std::filesystem::path(entry.path()).replace_extension(".rewritten");
    if (update) std::ofstream(golden, std::ios::binary) << output;
    EXPECT_EQ(output, read_file(golden)) << golden;
  }
  EXPECT_GE(count, 10u);
}

TEST(Rewrite, ChangesTheFirstHrefInItsOwnQuotes) {
  Lab lab;
  struct Case {
    const char* html;
    std::vector<std::string> targets;
    std::size_t links;
  };
  const Case cases[] = {
      {"<a href=\"http://x.example/?a=1&amp;b=2\">", {"http://x.example/?a=1&b=2"}, 1},
      {"<a href='http://x.example/?a=1&sectionid=2'>", {"http://x.example/?a=1&sectionid=2"}, 1},
      {"<a href=http://x.example/a/b/>t</a>", {"http://x.example/a/b/"}, 1},
      {"<A HREF = \" http://x.example/\n\">", {"http://x.example/"}, 1},
      {"<area href=http://x.example>", {"http://x.example"}, 1},
      {"<a href=http://x.example href=http://y.example>", {"http://x.example"}, 1},
      {"<a href=mailto:a@b.example href=http://y.example>", {}, 0},
      {"<a href=\"&#104;ttp://x.example\">", {"http://x.example"}, 1},
      {"<a href=\"http://x.example/#part\">", {"http://x.example/#part"}, 1},
      {"<a name=x><a href><a href=''><link href=http://x.example><img src=http://x.example></a "
       "href=http://x.example>",
       {},
       0},
      {"<!-- <a href=http://x.example> --><style><a href=http://x.example></style>", {}, 0},
      {"<a data-signpost=off href=http://x.example>", {}, 1},
      {"<a href=http://x.example DATA-SIGNPOST='OFF'>", {}, 1},
      {"<a data-signpost=on href=http://x.example>", {"http://x.example"}, 1},
      {"<a clicktracking=off href=http://x.example>", {}, 1},
      {"<a data-no-track href=http://x.example>", {}, 1},
      {"<a mb_dontconvertlink href=http://x.example>", {}, 1},
      {"<a href=http://192.0.2.1/><a href=http://x.example>", {"http://x.example"}, 2},
      {"<base href=http://x.example/><a href=y>", {}, 0},
      {"<a href=\"http://x.example/\xC3\xA9&eacute;\">", {"http://x.example/%C3%A9%C3%A9"}, 1},
  };
  for (const Case& one : cases) {
    const Rewritten result = rewrite(typed("text/html; charset=utf-8"), one.html, lab.context);
    const std::string body = rewritten_body(one.html, result);
    EXPECT_EQ(targets_in(body, lab.sealer), one.targets) << one.html << "\n" << body;
    EXPECT_EQ(result.links, one.links) << one.html;
    EXPECT_EQ(result.rewritten, one.targets.size()) << one.html;
    EXPECT_EQ(result.reason, one.links == 0 ? "no-links" : result.reason) << one.html;
    EXPECT_EQ(result.reason.empty(), one.links == one.targets.size() && one.links > 0) << one.html;
  }
}

TEST(Rewrite, SaysWhyNot) {
  Lab lab;
  struct Case {
    const char* name;
    const char* type;
    const char* encoding;
    std::string body;
    const char* reason;
  };
  const std::string link = "<a href=\"http://x.example\">";
  const std::string html_part = "--b\r\nContent-Type: text/html\r\n\r\n" + link + "\r\n--b--\r\n";
  const Case cases[] = {
      {"plain", "text/plain", "", "http://x.example", "no-html"},
      {"AMP", "text/x-amp-html", "", link, "no-html"},
      {"calendar", "text/calendar", "", link, "no-html"},
      {"signed", "multipart/signed; boundary=b", "", html_part, "signed-content"},
      {"encrypted", "multipart/encrypted; boundary=b", "", html_part, "encrypted-content"},
      {"S/MIME opaque", "application/pkcs7-mime; smime-type=signed-data", "base64", "AAAA", "signed-content"},
      {"S/MIME enveloped", "application/x-pkcs7-mime", "base64", "AAAA", "encrypted-content"},
      {"inline PGP", "text/html", "", "<pre>-----BEGIN PGP SIGNED MESSAGE-----\n" + link, "signed-content"},
      {"inline PGP beside it", "multipart/alternative; boundary=b", "",
       "--b\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n" + html_part, "encrypted-content"},
      {"inline PGP in base64", "multipart/alternative; boundary=b", "",
       "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nLS0tLS1CRUdJTiBQR1AgTUVTU0FHRS0tLS0tCg==\r\n" +
           html_part,
       "encrypted-content"},
      {"attached message", "multipart/mixed; boundary=b", "",
       "--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: text/html\r\n\r\n" + link + "\r\n--b--\r\n",
       "no-html"},
      {"attached HTML", "multipart/mixed; boundary=b", "",
       "--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment\r\n\r\n" + link + "\r\n--b--\r\n",
       "no-html"},
      {"charset", "text/html; charset=iso-2022-jp", "", "\x1B$B" + link, "charset"},
      {"UTF-16 without a label", "text/html", "", "\xFF\xFE<", "charset"},
      {"UTF-7 by meta", "text/html", "", "<meta content='text/html; charset=utf-7'>+" + link, "charset"},
      {"unknown encoding", "text/html", "x-uuencode", link, "bad-encoding"},
      {"broken base64", "text/html", "base64", "PGE-", "bad-encoding"},
      {"long line", "text/html", "", std::string(980, 'x') + link, "line-too-long"},
      {"no boundary", "multipart/mixed", "", link, "bad-boundary"},
      {"no links", "text/html", "", "<p>hello", "no-links"},
      {"empty", "text/html", "", "", "no-links"},
  };
  for (const Case& one : cases) {
    const Rewritten result = rewrite(typed(one.type, one.encoding), one.body, lab.context);
    EXPECT_EQ(result.reason, one.reason) << one.name;
    EXPECT_TRUE(result.replacements.empty()) << one.name;
  }
  auto twice = typed("text/html");
  twice.push_back({"Content-Type", "text/plain"});
  EXPECT_EQ(rewrite(twice, link, lab.context).reason, "bad-structure");
}

TEST(Rewrite, SaysWhyNotFromTheContext) {
  Lab lab;
  const auto reason = [&] {
    return rewrite(typed("text/html"), "<a href=http://x.example>", lab.context).reason;
  };
  EXPECT_EQ(reason(), "");
  lab.context.clicks = false;
  EXPECT_EQ(reason(), "off");
  lab.context.clicks = true;
  lab.context.mode = Mode::off;
  EXPECT_EQ(reason(), "off");
  lab.context.sealer = nullptr;
  EXPECT_EQ(reason(), "not-configured");
}

TEST(Rewrite, EveryReasonIsListedOnce) {
  std::set<std::string_view> words;
  for (const auto& table : {unrewritten_words(), no_pixel_words()}) {
    for (const UnrewrittenWord& one : table) {
      EXPECT_TRUE(words.insert(one.word).second) << one.word;
      EXPECT_FALSE(one.meaning.empty()) << one.word;
    }
  }
}

TEST(Rewrite, TheHeaderAloneTells) {
  EXPECT_TRUE(may_rewrite(typed("text/html")));
  EXPECT_TRUE(may_rewrite(typed("Multipart/Mixed; boundary=b")));
  EXPECT_FALSE(may_rewrite(typed("text/plain")));
  EXPECT_TRUE(may_rewrite(typed("text/plain"), true));
  EXPECT_FALSE(may_rewrite({}));
  EXPECT_EQ(why_not(typed("multipart/signed; boundary=b")), "signed-content");
  EXPECT_EQ(why_not(typed("application/pkcs7-mime")), "encrypted-content");
  EXPECT_EQ(why_not(typed("image/png")), "no-html");
  EXPECT_EQ(why_not(typed("text/html")), "");
}

TEST(Rewrite, AnonymousLinksAreTheSameForAll) {
  const std::string html = "<a href=http://x.example><a href=http://y.example></body>";
  Lab bob;
  bob.context.opens = true;
  Lab ann;
  ann.context.opens = true;
  ann.context.recipient = "ann@example.net";
  ann.context.message_id = "01JDC5W0QGX9Z3W3T4K6N8P2RT";
  ann.context.now += std::chrono::days(3);
  for (const Mode mode : {Mode::anonymous, Mode::pseudonymous, Mode::identified}) {
    bob.context.mode = ann.context.mode = mode;
    const std::string to_bob = rewritten_body(html, rewrite(typed("text/html"), html, bob.context));
    const std::string to_ann = rewritten_body(html, rewrite(typed("text/html"), html, ann.context));
    EXPECT_EQ(to_bob == to_ann, mode == Mode::anonymous) << mode_word(mode);
  }
}

TEST(Rewrite, ATokenTellsWhatItsModeAllows) {
  const std::string html = "<a href=http://x.example>";
  Lab lab;
  for (const Mode mode : {Mode::anonymous, Mode::pseudonymous, Mode::identified}) {
    lab.context.mode = mode;
    const std::string body = rewritten_body(html, rewrite(typed("text/html"), html, lab.context));
    const auto url = body.substr(body.find("https:"), body.rfind('>') - body.find("https:"));
    const auto token = lab.sealer.open(find_token(url)->token, Purpose::click);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->mode, mode);
    EXPECT_EQ(token->tenant, 42u);
    EXPECT_EQ(token->campaign, "spring");
    EXPECT_EQ(token->day, mode == Mode::anonymous ? 0 : 20775);
    EXPECT_EQ(token->message, mode == Mode::anonymous ? "" : lab.context.message_id);
    EXPECT_EQ(token->recipient, mode == Mode::identified     ? "bob@example.net"
                                : mode == Mode::pseudonymous ? lab.sealer.pseudonym(42, "bob@example.net")
                                                             : "");
  }
}

TEST(Rewrite, LinksAreCountedOverAllParts) {
  Lab lab;
  const std::string part =
      "--b\r\nContent-Type: text/html\r\n\r\n<a href=http://x.example><a href=http://127.0.0.1>\r\n";
  const std::string body = part + part + "--b--\r\n";
  const Rewritten result = rewrite(typed("multipart/mixed; boundary=b"), body, lab.context);
  EXPECT_EQ(result.links, 4u);
  ASSERT_EQ(result.replacements.size(), 2u);
  EXPECT_EQ(lab.sealer.open(find_token(result.replacements[0].text)->token, Purpose::click)->link, 0);
  EXPECT_EQ(lab.sealer.open(find_token(result.replacements[1].text)->token, Purpose::click)->link, 2);
}

TEST(Rewrite, TellsTheSizeOfTheHtmlAfterwards) {
  Lab lab;
  lab.context.opens = true;
  const auto size_of = [&](const std::vector<mail::Field>& fields, const std::string& body) {
    const Rewritten result = rewrite(fields, body, lab.context);
    return std::pair(result.html_size,
                     *mail::apply_splices(body, mail::splices_of(body, result.replacements)));
  };
  const auto [plain, html] =
      size_of({{"Content-Type", " text/html"}}, "<a href=\"http://x.example/\">x</a>\r\n");
  EXPECT_EQ(plain, html.size());
  // Decoded octets count, not the encoded ones.
  const auto [base64, encoded] =
      size_of({{"Content-Type", " text/html"}, {"Content-Transfer-Encoding", " base64"}},
              "PGEgaHJlZj0iaHR0cDovL3guZXhhbXBsZS8iPng8L2E+DQo=\r\n");
  EXPECT_EQ(base64, plain);
  EXPECT_GT(encoded.size(), plain);
  lab.settings.plain_text = true;
  EXPECT_EQ(size_of({{"Content-Type", " text/plain"}}, "see http://x.example/\r\n").first, 0u);
}

TEST(Rewrite, LinksBeyondTheIndexAreLeftAlone) {
  Lab lab;
  std::string html;
  for (int i = 0; i < 65540; ++i) html += "<a href=http://127.0.0.1>\n";
  html += "<a href=http://x.example>";
  const Rewritten result = rewrite(typed("text/html"), html, lab.context);
  EXPECT_EQ(result.links, 65541u);
  EXPECT_TRUE(result.replacements.empty());
  EXPECT_EQ(result.reason, "too-many-links");
}

TEST(Rewrite, EachLineKeepsTheLinksThatFit) {
  Lab lab;
  std::string html = "<p>";
  for (int i = 0; i < 14; ++i) html += "<a href=\"https://shop.example/" + std::to_string(i) + "\">item</a> ";
  html += "</p>\r\n";
  for (int i = 0; i < 20; ++i)
    html += "<p><a href=\"https://shop.example/s" + std::to_string(i) + "\">s</a></p>\r\n";
  const Rewritten result = rewrite(typed("text/html", "8bit"), html, lab.context);
  EXPECT_EQ(result.links, 34u);
  EXPECT_GE(result.rewritten, 23u);  // all short lines, and what has room in the long one
  EXPECT_LT(result.rewritten, 34u);
  EXPECT_EQ(result.reason, "line-too-long");
  EXPECT_EQ(result.too_long, std::vector<std::size_t>{0});
  const std::string body = rewritten_body(html, result);
  EXPECT_FALSE(mail::has_long_line(body));
  EXPECT_TRUE(rewrite(typed("text/html", "8bit"), body, lab.context).replacements.empty());
  const Rewritten encoded = rewrite(typed("text/html", "quoted-printable"), html, lab.context);
  EXPECT_EQ(encoded.reason, "");
}

TEST(Rewrite, PureAsciiIsRewrittenWhateverItsLabel) {
  Lab lab;
  const std::string html = "<p><a href=\"https://shop.example/1\">1</a></p>\r\n";
  for (const char* label :
       {"\"DEFAULT_CHARSET\"", "iso-2022-jp", "utf-16", "x-unknown", "utf-7", "ibm037", "\"\""}) {
    const Rewritten result = rewrite(typed(std::string("text/html; charset=") + label), html, lab.context);
    EXPECT_EQ(result.rewritten, 1u) << label;
    EXPECT_EQ(result.reason, "") << label;
  }
  const std::string by_meta = "<meta charset=iso-2022-jp>" + html;
  EXPECT_EQ(rewrite(typed("text/html"), by_meta, lab.context).rewritten, 1u);
}

TEST(Rewrite, ABareEqualsSignNeverShowsAnEscape) {
  Lab lab;
  const auto fields = typed("text/html", "quoted-printable");
  for (std::size_t fill = 0; fill < 90; ++fill) {
    const std::string body = "<p>" + std::string(fill, 'x') + "<a href=http://shop.example/1>one</a></p>\r\n";
    const Rewritten result = rewrite(fields, body, lab.context);
    EXPECT_EQ(result.rewritten, 1u);
    const std::string after = rewritten_body(body, result);
    // What a decoder makes of "==" or of "=" and a soft break differs; "=h" is the same to all.
    EXPECT_NE(after.find("href=h"), after.npos) << after;
    EXPECT_EQ(after.find("=="), after.npos) << after;
  }
}

TEST(Rewrite, SaysWhyALinkStayedAlsoBesideAPixel) {
  Lab lab;
  lab.context.opens = true;
  lab.settings.exclude = {{"excluded.example", ""}};
  lab.settings.targets = {"x.example", "excluded.example", "intranet"};
  struct Case {
    const char* html;
    const char* reason;
  };
  const Case cases[] = {
      {"<a href=http://x.example/>", ""},
      {"<p>", "no-links"},
      {"<a href=mailto:a@x.example>", "no-links"},
      {"<a data-signpost=off href=http://x.example/>", "opted-out"},
      {"<a href=http://excluded.example/>", "excluded"},
      {"<a href=http://y.example/>", "target"},
      {"<a href=http://click.example.com/>", "tracked"},
      {"<a href=http://intranet/>", "private-host"},
      {"<a href=http://192.0.2.1/>", "invalid-host"},
      {"<a href=http://user@x.example/>", "invalid-host"},
      {"<a href=http://localhost/>", "invalid-host"},
      {"<a href=\"http://{{host}}/\">", "invalid-host"},
      {"<a href=http://x.example:99999/>", "invalid-host"},
      {"<a href=http:x.example/>", "bad-address"},
      {"<a href=\"http://x.example/\xFF\">", "bad-address"},
      // Of several, the one that is least expected.
      {"<a href=http://x.example/><a data-signpost=off href=http://x.example/>", "opted-out"},
      {"<a data-signpost=off href=http://x.example/><a href=http://192.0.2.1/>", "invalid-host"},
  };
  for (const Case& one : cases) {
    const Rewritten result = rewrite(typed("text/html; charset=utf-8"), one.html, lab.context);
    EXPECT_EQ(result.reason, one.reason) << one.html;
    EXPECT_TRUE(result.pixel) << one.html;
  }
  const std::string long_link = "<a href=\"http://x.example/" + std::string(5000, 'x') + "\">";
  EXPECT_EQ(rewrite(typed("text/html"), long_link, lab.context).reason, "long-address");
  EXPECT_EQ(
      rewrite(typed("text/html; charset=koi8-r"), "<a href=\"http://x.example/\xC1\">", lab.context).reason,
      "address-charset");
  lab.settings.url_text = false;
  EXPECT_EQ(
      rewrite(typed("text/html"), "<a href=http://x.example/>http://x.example/</a>", lab.context).reason,
      "url-text");
  lab.settings.conditional_comments = true;
  EXPECT_EQ(
      rewrite(typed("text/html"), "<!--[if mso]><a href=http://x.example/><![endif]-->a", lab.context).reason,
      "unquoted");
  lab.context.clicks = false;
  EXPECT_EQ(rewrite(typed("text/html"), "<a href=http://x.example/>", lab.context).reason, "clicks-off");
}

TEST(Rewrite, PlainTextOnlyIfAsked) {
  Lab lab;
  const std::string body =
      "--b\r\n\r\nSee http://x.example/a.\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>\r\n--b--\r\n";
  EXPECT_TRUE(rewrite(typed("multipart/alternative; boundary=b"), body, lab.context).replacements.empty());
  lab.settings.plain_text = true;
  const Rewritten result = rewrite(typed("multipart/alternative; boundary=b"), body, lab.context);
  EXPECT_EQ(result.rewritten, 1u);
  EXPECT_EQ(mail::splices_of(body, result.replacements).at(0).before, "http://x.example/a");

  const std::string wrapped = "open\r\n<https://shop.example/long/\r\nthat/goes/on.html>\r\n";
  const Rewritten joined = rewrite(typed("text/plain"), wrapped, lab.context);
  EXPECT_EQ(targets_in(rewritten_body(wrapped, joined), lab.sealer),
            std::vector<std::string>{"https://shop.example/long/that/goes/on.html"});
}

}  // namespace
}  // namespace signpost::track
