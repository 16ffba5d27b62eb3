// Byte-exactness over the generator: what is decoded by hand differs from the original in link values alone,
// each token leads where the value led, everything outside the part is the same, undo gives the original, and
// a second time changes nothing. SIGNPOST_SHAPES=DIR writes the messages before and after for
// judges from outside.
#include <algorithm>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "mail/file/message_file.h"
#include "mail/html/html.h"
#include "tests/track/gumbo_links.h"
#include "tests/track/judges.h"
#include "tests/track/mail_shapes.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"
#include "track/target.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

constexpr std::string_view kOurs = "https://click.example.com/c/";

/// The value that a rewritten link had: up to what ended it.
std::string_view old_value(std::string_view html, std::size_t at, char ended_by) {
  const std::string_view rest = html.substr(at);
  if (ended_by == '"' || ended_by == '\'') return rest.substr(0, rest.find(ended_by));
  return rest.substr(0, rest.find_first_of(" \t\r\n\f>"));
}

/// Walks both texts side by side. How many values differ, or -1 after a failure.
int compare_html(std::string_view before, std::string_view after, const Sealer& sealer) {
  int changed = 0;
  std::size_t at = 0;  // in `before`
  for (std::size_t i = 0; i < after.size();) {
    const bool differs = !before.substr(at).starts_with(after.substr(i, kOurs.size()));
    if (!after.substr(i).starts_with(kOurs) || !differs) {
      if (at >= before.size() || before[at++] != after[i++]) return -1;
      continue;
    }
    const std::size_t end = std::min(after.find_first_of("\"'> \t\r\n", i), after.size());
    const auto found = find_token(after.substr(i, end - i));
    const auto token = found ? sealer.open(found->token, Purpose::click) : base::invalid("no token");
    const std::string_view value = old_value(before, at, end < after.size() ? after[end] : '>');
    if (!token || read_link(mail::html::decode_attribute(value), "").target != token->target) return -1;
    at += value.size();
    i = end;
    ++changed;
  }
  return at == before.size() ? changed : -1;
}

class Fidelity : public testing::Test {
 protected:
  /// Builds, rewrites and checks one message. Expects `links` rewritten, unless the lines
  /// are too long for it.
  void check(const EncodingShape& encoding, const StructureShape& structure, const std::string& html,
             std::size_t links, Dice& dice) {
    const std::string encoded = encoding.encode(html, dice);
    const Structured built = structure.build(encoding.header, encoded);
    const mail::Message& message = built.message;
    const Rewritten result = rewrite(message.fields, message.body, lab_.context);
    const auto splices = mail::splices_of(message.body, result.replacements);
    const std::string body = mail::apply_splices(message.body, splices).value_or("cannot apply");
    show_to_judges(std::to_string(++messages_) + ".eml", message, body);
    ASSERT_EQ(mail::undo_splices(body, splices), message.body);
    const Rewritten again = rewrite(message.fields, body, lab_.context);
    EXPECT_TRUE(again.replacements.empty());
    EXPECT_EQ(again.links, result.links);
    if (!structure.touched) {
      EXPECT_EQ(body, message.body);
      return;
    }
    const std::size_t tail = message.body.size() - built.part_begin - built.part_size;
    ASSERT_GE(body.size(), built.part_begin + tail);
    EXPECT_EQ(body.substr(0, built.part_begin), message.body.substr(0, built.part_begin));
    EXPECT_EQ(body.substr(body.size() - tail), message.body.substr(message.body.size() - tail));
    const std::string after =
        decode_by_hand(std::string_view(body).substr(built.part_begin, body.size() - tail - built.part_begin),
                       encoding.header);
    const std::string before = decode_by_hand(
        std::string_view(message.body).substr(built.part_begin, built.part_size), encoding.header);
    const int changed = compare_html(before, after, lab_.sealer);
    EXPECT_EQ(changed, static_cast<int>(result.rewritten)) << after;
    if (result.reason != "line-too-long") {
      EXPECT_EQ(result.rewritten, links) << after;
    }
    links_ += result.rewritten;
  }

  Lab lab_;
  std::size_t messages_ = 0;
  std::size_t links_ = 0;
};

TEST_F(Fidelity, EveryEncodingStructureAndOddity) {
  Dice dice(20261124);
  for (const EncodingShape& encoding : encoding_shapes()) {
    for (const StructureShape& structure : structure_shapes()) {
      for (const HtmlShape& html : html_shapes()) {
        SCOPED_TRACE(std::string(encoding.name) + " / " + structure.name + " / " + html.name);
        check(encoding, structure, html.html, html.links, dice);
      }
    }
  }
  std::cout << messages_ << " messages, " << links_ << " links rewritten\n";
}

TEST_F(Fidelity, MixturesOfOddities) {
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    Dice dice(seed);
    std::string html;
    std::size_t links = 0;
    for (std::size_t pieces = 1 + dice.below(12); pieces > 0; --pieces) {
      const HtmlShape& piece = html_shapes()[dice.below(html_shapes().size())];
      html += piece.html;
      links += piece.links;
      if (!piece.closed) break;
      html += dice.one_in(2) ? "\r\n" : "<p>text</p>\r\n";
    }
    const EncodingShape& encoding = encoding_shapes()[dice.below(encoding_shapes().size())];
    const StructureShape& structure = structure_shapes()[dice.below(structure_shapes().size())];
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + encoding.name + " / " + structure.name);
    check(encoding, structure, html, links, dice);
  }
  std::cout << messages_ << " messages, " << links_ << " links rewritten\n";
}

TEST_F(Fidelity, GumboFindsTheSameLinksInEveryOddity) {
  if (!links_by_gumbo("")) GTEST_SKIP() << "no gumbo";
  for (const HtmlShape& shape : html_shapes()) {
    const std::string html = mail::from_crlf(shape.html, {true, {}});  // gumbo reads every line end as LF
    EXPECT_EQ(links_by_scanner(html), links_by_gumbo(html)) << shape.name;
  }
}

TEST_F(Fidelity, LinksOfAnyLengthInEveryEncoding) {
  Dice dice(7);
  for (const std::size_t length : {100u, 900u, 998u, 2000u, 4000u, 4096u, 4097u, 8192u}) {
    const std::string url = "http://a.example/" + std::string(length - 17, 'x');
    for (const EncodingShape& encoding : encoding_shapes()) {
      SCOPED_TRACE(std::string(encoding.name) + ", " + std::to_string(length));
      for (const StructureShape& structure : structure_shapes()) {
        check(encoding, structure, "<p>\r\n<a href=\"" + url + "\">t</a>\r\n", length <= 4096 ? 1 : 0, dice);
      }
    }
  }
}

}  // namespace
}  // namespace signpost::track
