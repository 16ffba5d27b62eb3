// Which href values are links, which are left alone, and what a browser would be sent to.
#include "track/target.h"

#include <string>

#include <gtest/gtest.h>

#include "mail/html/charset.h"
#include "mail/html/plain.h"

namespace signpost::track {
namespace {

constexpr const char* kHost = "click.example.com";

TEST(Target, IsWhatABrowserWouldFollow) {
  struct Case {
    const char* href;
    const char* target;
  };
  const Case cases[] = {
      {"https://shop.example/a?b=c#d", "https://shop.example/a?b=c#d"},
      {"HTTP://Shop.Example", "http://shop.example"},
      {"https://shop.example:8443/", "https://shop.example:8443/"},
      {"https://shop.example:/", "https://shop.example/"},
      {" \n https://shop.example/a\t\r\n b \x01", "https://shop.example/a%20b"},
      {"ht\ntps://shop.example/", "https://shop.example/"},
      {"https://shop.example?x", "https://shop.example?x"},
      {"https://shop.example#x", "https://shop.example#x"},
      {"https://shop.example\\a\\b", "https://shop.example/a/b"},
      {"https://shop.example./", "https://shop.example./"},
      {"https://a_b.shop.example/", "https://a_b.shop.example/"},
      {"https://b\u00FCcher.example/\u00FC?\u00FC=%fc#\u00FC",
       "https://xn--bcher-kva.example/%C3%BC?%C3%BC=%fc#%C3%BC"},
      {"https://x.example/{a}`<b>\"^|'?{a}`<b>\"^|'#{a}`<b>\"^|'",
       "https://x.example/%7Ba%7D%60%3Cb%3E%22%5E|'?{a}`%3Cb%3E%22^|%27#{a}%60%3Cb%3E%22^|'"},
      {"https://x.example/#?#", "https://x.example/#?#"},
      {"https://x.example/{{token}}?u=[unsubscribe]", "https://x.example/%7B%7Btoken%7D%7D?u=[unsubscribe]"},
      {"https://intranet/", "https://intranet/"},
      {"https://1and1.example/", "https://1and1.example/"},
      {"https://x.example/@b:c", "https://x.example/@b:c"},
  };
  for (const Case& one : cases) {
    const Link link = read_link(one.href, kHost);
    EXPECT_EQ(link.kind, LinkKind::target) << one.href;
    EXPECT_EQ(link.target, one.target) << one.href;
  }
}

TEST(Target, LeavesAloneWhatIsNotSafeOrNotALink) {
  for (const char* href :
       {"", "#top", "/a", "a.html", "mailto:a@b.example", "tel:1", "javascript:x", "data:text/html,x",
        "ftp://x.example/", "//x.example/a", "cid:x", "{{url}}", "[unsubscribe]", "%%url%%", "*|URL|*",
        "httpss://x.example/", "http", "x http://"}) {
    EXPECT_EQ(read_link(href, kHost).kind, LinkKind::other) << href;
  }
  for (const char* href : {"http:",
                           "http:/x.example",
                           "https:x.example",
                           "http://",
                           "http:///x",
                           "http://?x",
                           "http://u@x.example/",
                           "http://u:p@x.example/",
                           "http://192.0.2.1/",
                           "http://127.1/",
                           "http://2130706433/",
                           "http://0x7f000001/",
                           "http://x.0x/",
                           "http://1.2.3.4./",
                           "http://[::1]/",
                           "http://localhost/",
                           "http://a.LOCALHOST:80/",
                           "http://localhost./",
                           "http://{{host}}/",
                           "http://[unsubscribe]/",
                           "http://%%url%%",
                           "http://*|URL|*",
                           "http://<%= url %>/",
                           "http://%77ww.example/",
                           "http://x y.example/",
                           "http://x..example/",
                           "http://x.example:99999/",
                           "http://x.example:a/",
                           "http://x.example/\x01y",
                           "http://x.example/\x7Fy",
                           "http://x.example/\xFF",
                           "http://x|y.example"}) {
    EXPECT_EQ(read_link(href, kHost).kind, LinkKind::excluded) << href;
  }
  EXPECT_EQ(read_link("http://x.example/" + std::string(4080, 'a'), kHost).kind, LinkKind::excluded);
  EXPECT_EQ(read_link("https://Click.Example.com/c/x", kHost).kind, LinkKind::tracked);
  EXPECT_EQ(read_link("http://click.example.com:80/anything", kHost).kind, LinkKind::tracked);
}

TEST(Charset, KnowsWhatCanBeScanned) {
  for (const char* name : {"", "UTF-8", "us-ascii", "utf8"})
    EXPECT_EQ(mail::html::find_charset(name, "\xE4<"), mail::html::Charset::utf8) << name;
  for (const char* name : {"iso-8859-1", "Windows-1252"})
    EXPECT_EQ(mail::html::find_charset(name, "\xE4<"), mail::html::Charset::latin1) << name;
  for (const char* name :
       {"ISO-8859-15", "windows-1251", "koi8-r", "Shift_JIS", "EUC-KR", "gb2312", "GBK", "gb18030", "Big5"}) {
    EXPECT_EQ(mail::html::find_charset(name, "\xE4<"), mail::html::Charset::other) << name;
  }
  for (const char* name : {"iso-2022-jp", "utf-7", "utf-16", "UTF-16LE", "utf-32", "hz-gb-2312", "johab",
                           "ibm037", "x-unknown"}) {
    EXPECT_EQ(mail::html::find_charset(name, "\xE4<"), mail::html::Charset::unsafe) << name;
    EXPECT_EQ(mail::html::find_charset(name, "<p>plain ASCII\r\n"), mail::html::Charset::utf8) << name;
    EXPECT_EQ(mail::html::find_charset(name, "\x1B$B"), mail::html::Charset::unsafe) << name;
    EXPECT_EQ(mail::html::find_charset(name, {"<\0p", 3}), mail::html::Charset::unsafe) << name;
  }
}

TEST(Charset, OnlyATextThatCouldShiftIsUnsafe) {
  using mail::html::Charset;
  struct Case {
    const char* name;
    const char* text;
    Charset charset;
  };
  const Case cases[] = {
      {"DEFAULT_CHARSET", "<p>", Charset::utf8},       {"utf-7", "a+ADw-b", Charset::unsafe},
      {"unicode-1-1-utf-7", "1 + 1", Charset::unsafe}, {"hz-gb-2312", "~{<:Ky~}", Charset::unsafe},
      {"csISO2022JP", "a\x0E", Charset::unsafe},       {"x-unknown", "\xC3\xA4<p>", Charset::other},  // UTF-8
      {"x-unknown", "caf\xE9 <p>", Charset::other},   // no character could end in markup
      {"x-unknown", "caf\xE9<p>", Charset::unsafe},   // "\xE9<" might be one character
      {"x-unknown", "caf\xE9\r\n", Charset::unsafe},  // nor may a pixel's "<" come behind it
      {"utf-16", "\xC3\xA4 <p>", Charset::unsafe},     {"macintosh", "caf\x8E<p>", Charset::other},
  };
  for (const Case& one : cases)
    EXPECT_EQ(mail::html::find_charset(one.name, one.text), one.charset) << one.name << " " << one.text;
  EXPECT_FALSE(mail::html::ShiftingText("<p>").is_named_by("text/html; charset=iso-2022-jp"));
  EXPECT_TRUE(mail::html::ShiftingText("\x1B$B").is_named_by("text/html; charset=ISO-2022-JP"));
  EXPECT_TRUE(mail::html::ShiftingText("1+1").is_named_by("utf-7"));
  EXPECT_FALSE(mail::html::ShiftingText(std::string_view("\0", 1)).is_named_by("utf-16"));
}

TEST(Charset, TurnsLinksIntoUtf8) {
  EXPECT_EQ(mail::html::to_utf8("a\xFC", mail::html::Charset::latin1), "a\u00FC");
  EXPECT_EQ(mail::html::to_utf8("a\x80", mail::html::Charset::latin1), std::nullopt);
  EXPECT_EQ(mail::html::to_utf8("a\xFC", mail::html::Charset::other), std::nullopt);
  EXPECT_EQ(mail::html::to_utf8("abc", mail::html::Charset::other), "abc");
}

TEST(Plain, FindsUrlsAsReadersDo) {
  struct Case {
    const char* text;
    std::vector<std::string> urls;
  };
  const Case cases[] = {
      {"see https://a.example/x, or <http://b.example>.", {"https://a.example/x", "http://b.example"}},
      {"(https://a.example/w_(x)) (https://a.example)", {"https://a.example/w_(x)", "https://a.example"}},
      {"xhttp://a.example http:/b HTTP://C.example/?", {"HTTP://C.example/"}},
      {"http://a.example/\u00E9 http://a.example\u3002", {}},
      {"[https://a.example/a](https://a.example/b) **https://a.example**",
       {"https://a.example/a", "https://a.example/b"}},
      {"`https://a.example/a` {https://a.example/b} {https://a.example/c},",
       {"https://a.example/a", "https://a.example/b", "https://a.example/c"}},
      {"https://a.example/{{id}} https://a.example/x|https://b.example/y https://a.example/?f[]=1", {}},
      {"['https://a.example/a','https://a.example/b'], \"it's 'https://a.example/c'.\"",
       {"https://a.example/a", "https://a.example/b", "https://a.example/c"}},
      {"https://a.example/o'brien https://a.example's 'tis https://a.example/a'", {"https://a.example/a"}},
      {"(https://a.example/a),(https://a.example/b)(see https://a.example/c)d",
       {"https://a.example/a", "https://a.example/b", "https://a.example/c"}},
      {"(https://a.example/w_(x_(y)).) [1]: https://a.example/]x",
       {"https://a.example/w_(x_(y))", "https://a.example/"}},
      {"see https+notrack://a.example/x, HTTP+NOTRACK://b.example",
       {"https+notrack://a.example/x", "HTTP+NOTRACK://b.example"}},
      {"https://a.example/x \r\ny https://a.example/z\r\n", {"https://a.example/x", "https://a.example/z"}},
      {"[http://a.example]; \"http://b.example\"", {"http://a.example", "http://b.example"}},
      {"http://http://a.example", {"http://http://a.example"}},
      {"", {}},
  };
  for (const Case& one : cases) {
    std::vector<std::string> urls;
    for (const mail::Range& range : mail::html::find_urls(one.text)) urls.emplace_back(range.of(one.text));
    EXPECT_EQ(urls, one.urls) << one.text;
  }
}

TEST(Plain, AUrlInAngleBracketsIsOneOverLineBreaks) {
  struct Case {
    const char* text;
    std::vector<std::string> urls;
  };
  const Case cases[] = {
      {"open\r\n<https://a.example/long/\r\nthat/goes/on.html>\r\nor\r\n<URL:https://a.example/a/\r\nb>\r\n",
       {"https://a.example/long/\r\nthat/goes/on.html", "https://a.example/a/\r\nb"}},
      {"<https://a.example/a\nb\nc> <url:http://b.example.>",
       {"https://a.example/a\nb\nc", "http://b.example."}},
      // Nobody can say where these end.
      {"<https://a.example/a\r\n\r\nb>", {}},
      {"<https://a.example/a\r\n b>", {}},
      {"<https://a.example/a b>", {}},
      {"<https://a.example/a \r\nb>", {}},
      {"<https://a.example/a\r\n> quoted\r\n<https://a.example/b", {"https://a.example/a\r\n"}},
      {"<https://a.example/a|b> https://a.example/c", {"https://a.example/c"}},
  };
  for (const Case& one : cases) {
    std::vector<std::string> urls;
    for (const mail::Range& range : mail::html::find_urls(one.text)) urls.emplace_back(range.of(one.text));
    EXPECT_EQ(urls, one.urls) << one.text;
  }
}

TEST(Plain, LeavesAloneWhatGoesOnInTheNextLine) {
  const std::string_view text =
      "https://a.example/long- \r\npath https://a.example/b \nc https://a.example/d e";
  const auto found = mail::html::find_urls(text, true);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].of(text), "https://a.example/d");
}

}  // namespace
}  // namespace signpost::track
