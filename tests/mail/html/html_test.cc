// Tags and attribute values against the html5lib tokenizer cases (from the corpus) and tables of our own.
#include "mail/html/html.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tests/track/corpus.h"

namespace signpost::mail::html {
namespace {

using nlohmann::json;

/// One tag as the cases write it: "StartTag name key=value …" or "EndTag name".
struct SeenTag {
  bool closing = false;
  std::string name;
  std::map<std::string, std::string> attributes;
  bool self_closing = false;
  bool operator==(const SeenTag&) const = default;
};

std::ostream& operator<<(std::ostream& out, const SeenTag& tag) {
  out << (tag.closing ? "</" : "<") << tag.name;
  for (const auto& [name, value] : tag.attributes)
    out << " " << name << "=" << json(value).dump(-1, ' ', true);
  return out << (tag.self_closing ? "/>" : ">");
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// Names as the tokenizer reports them: ASCII lower case, NUL replaced.
std::string name_of(std::string_view raw) {
  return replace_all(base::lower(raw), std::string_view("\0", 1), "\xEF\xBF\xBD");
}

std::vector<SeenTag> scan(std::string_view html) {
  std::vector<SeenTag> seen;
  scan_tags(html, [&](const Tag& tag) {
    SeenTag one{tag.closing, name_of(tag.name.of(html)), {}, !tag.closing && tag.self_closing};
    if (!tag.closing) {
      for (const Attribute& attribute : tag.attributes) {
        one.attributes.try_emplace(name_of(attribute.name.of(html)),
                                   decode_attribute(attribute.value.of(html)));
      }
    }
    seen.push_back(std::move(one));
  });
  return seen;
}

/// Input stream preprocessing (HTML standard §13.2.3.5), which is not the scanner's work.
std::string preprocess(std::string text) {
  return replace_all(replace_all(std::move(text), "\r\n", "\n"), "\r", "\n");
}

/// Cases marked doubleEscaped hold \uXXXX within their strings. nullopt if the result is no text
/// (lone surrogates).
std::optional<std::string> unescape(const std::string& text) {
  const json parsed = json::parse("\"" + replace_all(text, "\"", "\\\"") + "\"", nullptr, false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed.get<std::string>();
}

struct Tally {
  std::size_t compared = 0;
  std::map<std::string, std::size_t> excluded;
};

bool in_data_state(const json& test) {
  if (!test.contains("initialStates")) return true;
  const json& states = test["initialStates"];
  return std::find(states.begin(), states.end(), "Data state") != states.end();
}

std::vector<SeenTag> expected_tags(const json& output, bool escaped) {
  const auto text = [escaped](const std::string& given) {
    return escaped ? unescape(given).value_or(given) : given;
  };
  std::vector<SeenTag> tags;
  for (const json& token : output) {
    if (!token.is_array() || (token[0] != "StartTag" && token[0] != "EndTag")) continue;
    SeenTag tag{token[0] == "EndTag", text(token[1]), {}, token.size() > 3 && token[3].get<bool>()};
    if (!tag.closing) {
      for (const auto& [name, value] : token[2].items()) tag.attributes[text(name)] = text(value);
    }
    tags.push_back(std::move(tag));
  }
  return tags;
}

void run_case(const std::string& file, const json& test, Tally& tally) {
  if (!in_data_state(test)) {
    ++tally.excluded["another initial state"];
    return;
  }
  const bool escaped = test.value("doubleEscaped", false);
  std::string input = test["input"];
  if (escaped) {
    const auto plain = unescape(input);
    if (!plain) {
      ++tally.excluded["input with a lone surrogate, which UTF-8 cannot hold"];
      return;
    }
    input = *plain;
  }
  ++tally.compared;
  EXPECT_EQ(scan(preprocess(input)), expected_tags(test["output"], escaped))
      << file << ": " << test["description"] << ": " << test["input"];
}

TEST(Html, AgreesWithHtml5libTokenizerCases) {
  const auto folder = track::corpus_folder("html5lib-tokenizer");
  if (!folder) GTEST_SKIP() << "no corpus";
  Tally tally;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".test") continue;
    const json cases = json::parse(track::read_file(entry.path()));
    if (!cases.contains("tests")) {
      tally.excluded["coercion of names to XML, an option of the suite"] += cases.begin()->size();
      continue;
    }
    for (const json& test : cases["tests"]) run_case(entry.path().filename(), test, tally);
  }
  std::cout << tally.compared << " cases compared\n";
  for (const auto& [reason, count] : tally.excluded) std::cout << count << " excluded: " << reason << "\n";
  EXPECT_GT(tally.compared, 6000u);
}

struct ScanCase {
  const char* html;
  std::vector<SeenTag> tags;
};

TEST(Html, TagsWithinOtherTextAreNoTags) {
  const ScanCase cases[] = {
      {"<!-- <a href=x> --><b>", {{false, "b", {}}}},
      {"<!--[if mso]><a href=x><![endif]--><b>", {{false, "b", {}}}},
      {"<![if !mso]><b><![endif]>", {{false, "b", {}}}},
      {"<!--><b>", {{false, "b", {}}}},
      {"<!---><b>", {{false, "b", {}}}},
      {"<!----!><b>", {{false, "b", {}}}},
      {"<style>a > b {} <b></style><i>", {{false, "style", {}}, {true, "style", {}}, {false, "i", {}}}},
      {"<TITLE><b></tItLe ><i>", {{false, "title", {}}, {true, "title", {}}, {false, "i", {}}}},
      {"<style></styles></style><i>", {{false, "style", {}}, {true, "style", {}}, {false, "i", {}}}},
      {"<script>if (a<b) '<a href=x>'</script><i>",
       {{false, "script", {}}, {true, "script", {}}, {false, "i", {}}}},
      {"<script><!--<script></script><a></script><i>--></script><b>",
       {{false, "script", {}},
        {true, "script", {}},
        {false, "i", {}},
        {true, "script", {}},
        {false, "b", {}}}},
      {"<script><!--<script>--></script><b>",
       {{false, "script", {}}, {true, "script", {}}, {false, "b", {}}}},
      {"<script><!--></script><b>", {{false, "script", {}}, {true, "script", {}}, {false, "b", {}}}},
      {"<plaintext><b>", {{false, "plaintext", {}}}},
      {"a < b <3 <b>", {{false, "b", {}}}},
      {"</ b><!x <b>><i>", {{false, "i", {}}}},
      {"<b", {}},
      {"<a href='x", {}},
      {"<a href=x", {}},
  };
  for (const ScanCase& one : cases) EXPECT_EQ(scan(one.html), one.tags) << one.html;
}

TEST(Html, TellsWhetherTheTextIsWhole) {
  const auto nothing = [](const Tag&) {};
  for (const char* whole : {"", "a", "<b>", "a < b", "<!-- --> x", "<style></style>", "<b/>"}) {
    EXPECT_TRUE(scan_tags(whole, nothing)) << whole;
  }
  for (const char* open : {"<", "a</", "<b", "<b x='", "<!--", "<!-- --", "<style>", "<style></style",
                           "<script><!--", "<!doctype", "<?x", "</x", "<plaintext>", "<title>x"}) {
    EXPECT_FALSE(scan_tags(open, nothing)) << open;
  }
}

TEST(Html, RangesAreExact) {
  const std::string html = "x<A  HREF = \"u v\" b='c' d=e f/>y";
  std::vector<Tag> tags;
  scan_tags(html, [&](const Tag& tag) { tags.push_back(tag); });
  ASSERT_EQ(tags.size(), 1u);
  const Tag& tag = tags[0];
  EXPECT_EQ(tag.all.of(html), "<A  HREF = \"u v\" b='c' d=e f/>");
  EXPECT_EQ(tag.name.of(html), "A");
  ASSERT_EQ(tag.attributes.size(), 4u);
  EXPECT_EQ(tag.attributes[0].name.of(html), "HREF");
  EXPECT_EQ(tag.attributes[0].value.of(html), "u v");
  EXPECT_EQ(tag.attributes[0].quote, '"');
  EXPECT_EQ(tag.attributes[1].quote, '\'');
  EXPECT_EQ(tag.attributes[2].value.of(html), "e");
  EXPECT_EQ(tag.attributes[2].quote, 0);
  EXPECT_FALSE(tag.attributes[3].has_value);
  EXPECT_TRUE(tag.self_closing);
  EXPECT_EQ(find_attribute(html, tag, "href"), &tag.attributes[0]);
  EXPECT_EQ(find_attribute(html, tag, "hre"), nullptr);
}

struct ValueCase {
  const char* value;
  const char* text;
};

TEST(Html, AttributeReferencesFollowAttributeRules) {
  const ValueCase cases[] = {
      {"?a=1&amp;b=2", "?a=1&b=2"},
      {"?a=1&b=2", "?a=1&b=2"},
      {"?a=1&sectionid=1", "?a=1&sectionid=1"},
      {"?a=1&sect=1", "?a=1&sect=1"},
      {"?a=1&copy", "?a=1\u00A9"},
      {"?a=1&copy&x", "?a=1\u00A9&x"},
      {"?a=1&copy=2", "?a=1&copy=2"},
      {"?a=1&copy;=2", "?a=1\u00A9=2"},
      {"&notit;", "&notit;"},
      {"&notin;", "\u2209"},
      {"&lang=en", "&lang=en"},
      {"&lang;", "\u27E8"},
      {"&#104;&#x74;&#X74p", "http"},
      {"&#x80;&#0;&#xD800;&#1114112;&#99999999999;", "\u20AC\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"&#;&#x;&;&", "&#;&#x;&;&"},
      {"&#xZ", "&#xZ"},
      {"&CounterClockwiseContourIntegral;", "\u2233"},
      {"&CounterClockwiseContourIntegralX;", "&CounterClockwiseContourIntegralX;"},
      {"&NotEqualTilde;", "\u2242\u0338"},
      {"", ""},
  };
  for (const ValueCase& one : cases) EXPECT_EQ(decode_attribute(one.value), one.text) << one.value;
}

TEST(Html, EncodedAttributesDecodeToTheSame) {
  for (const char* text : {"", "a", "&amp;", "&copy=1", "\"'<>=` \t\r\n\f", "https://x.example/?a=1&b=2#c"}) {
    for (const char quote : {'"', '\'', '\0'}) {
      const std::string value = encode_attribute(text, quote);
      EXPECT_EQ(decode_attribute(value), text);
      if (quote == 0) {
        EXPECT_EQ(value.find_first_of(" \t\r\n\f>\"'"), std::string::npos);
      } else {
        EXPECT_EQ(value.find(quote), std::string::npos);
      }
    }
  }
}

TEST(Html, LargeHostileInputsAreReadToTheEnd) {
  const auto repeat = [](std::string_view piece, std::size_t size) {
    std::string text;
    while (text.size() < size) text += piece;
    return text;
  };
  constexpr std::size_t size = 1 << 20;
  for (const char* piece : {"<a ", "<", "</", "&", "<!--", "<a b='", "--", "<script>", "<script><!--",
                            "</script", "<a>", "a=b ", "<style><", "<!-", "&a", "&#"}) {
    const std::string text = repeat(piece, size);
    std::size_t tags = 0;
    scan_tags(text, [&](const Tag& tag) {
      ++tags;
      EXPECT_LE(tag.attributes.size(), 1000u);
    });
    EXPECT_LE(tags, size);
    EXPECT_LE(decode_attribute(text).size(), 2 * text.size());
    scan_tags("<a " + text + ">", [](const Tag&) {});
  }
}

}  // namespace
}  // namespace signpost::mail::html
