// Properties over mail that others wrote: undo gives the original bit for bit, rewriting twice is rewriting
// once, the links found are those that another parser (gumbo) finds, and nearly all of them are rewritten.
// Skipped without the corpus.
#include "tests/track/corpus.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/text.h"
#include "mail/edit.h"
#include "tests/track/ring.h"
#include "track/html.h"
#include "track/rewrite.h"
#include "track/target.h"

#ifdef SIGNPOST_GUMBO
#include <gumbo.h>
#endif

namespace signpost::track {
namespace {

std::vector<std::filesystem::path> files_of(const std::string& folder, const std::string& extension) {
  std::vector<std::filesystem::path> files;
  const auto root = corpus_folder(folder);
  if (!root) return files;
  for (const auto& entry : std::filesystem::directory_iterator(*root)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Quoted-printable as Python's quopri writes it: soft breaks at 76, blanks at a line's end escaped.
std::string to_quoted_printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.substr(i).starts_with("\r\n")) {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool before_line_end = i + 1 == text.size() || text[i + 1] == '\r';
    const bool plain = (c > ' ' && c < 127 && c != '=') || ((c == ' ' || c == '\t') && !before_line_end);
    const std::size_t width = plain ? 1 : 3;
    if (column + width >= 76) {
      out += "=\r\n";
      column = 0;
    }
    column += width;
    if (plain) {
      out += c;
    } else {
      out += '=';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::string to_base64(std::string_view text) {
  const std::string encoded = base::encode_base64(text);
  std::string out;
  for (std::size_t at = 0; at < encoded.size(); at += 76) out += encoded.substr(at, 76) + "\r\n";
  return out;
}

struct Wrapping {
  const char* name;
  const char* encoding;
  bool multipart;
};
constexpr Wrapping kWrappings[] = {
    {"quoted-printable", "quoted-printable", false},
    {"base64", "base64", false},
    {"8bit", "8bit", false},
    {"7bit alternative", "7bit", true},
};

mail::Message wrap(std::string_view html, const Wrapping& wrapping) {
  const std::string charset = base::is_utf8(html) ? "utf-8" : "windows-1252";
  const std::string encoding = wrapping.encoding;
  std::string body = encoding == "base64"             ? to_base64(html)
                     : encoding == "quoted-printable" ? to_quoted_printable(html)
                                                      : std::string(html);
  if (!body.ends_with("\r\n")) body += "\r\n";
  const std::string type = "text/html; charset=" + charset;
  mail::Message message;
  if (!wrapping.multipart) {
    message.fields = {{"Content-Type", " " + type}, {"Content-Transfer-Encoding", " " + encoding}};
    message.body = std::move(body);
    return message;
  }
  message.fields = {{"Content-Type", " multipart/alternative; boundary=\"=_b\""}};
  message.body =
      "--=_b\r\nContent-Type: text/plain\r\n\r\nhttps://plain.example/\r\n--=_b\r\nContent-Type: " + type +
      "\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + body + "--=_b--\r\n";
  return message;
}

/// Rewrites, and checks what must hold for every message there is.
Rewritten check(const mail::Message& message, const Context& context, const std::string& name) {
  const Rewritten result = rewrite(message.fields, message.body, context);
  const auto body = mail::apply_splices(message.body, result.splices);
  EXPECT_TRUE(body.has_value()) << name;
  if (!body) return result;
  EXPECT_EQ(mail::undo_splices(*body, result.splices), message.body) << name;
  const Rewritten again = rewrite(message.fields, *body, context);
  EXPECT_TRUE(again.splices.empty()) << name;
  EXPECT_EQ(again.links, result.links) << name;
  EXPECT_EQ(result.splices.empty(), !result.reason.empty() && result.rewritten == 0 && !result.pixel) << name;
  const auto words = unrewritten_words();
  EXPECT_TRUE(
      result.reason.empty() ||
      std::any_of(words.begin(), words.end(), [&](const auto& one) { return one.word == result.reason; }))
      << name << ": " << result.reason;
  return result;
}

TEST(Corpus, HtmlIsRewrittenAndUndone) {
  const auto files = files_of("html", ".html");
  if (files.empty()) GTEST_SKIP() << "no corpus";
  Lab lab;
  lab.context.opens = true;
  std::map<std::string, std::vector<std::string>> table;  // by what became of it
  std::size_t with_links = 0;
  std::size_t all_rewritten = 0;
  for (const auto& file : files) {
    const std::string html = mail::to_crlf(read_file(file)).first;
    for (const Wrapping& wrapping : kWrappings) {
      const std::string name = file.filename().string() + " (" + wrapping.name + ")";
      const Rewritten result = check(wrap(html, wrapping), lab.context, name);
      // Without opens the reason says what became of the links.
      Lab clicks;
      const Rewritten plain = check(wrap(html, wrapping), clicks.context, name);
      EXPECT_EQ(plain.rewritten, result.rewritten) << name;
      const bool done = plain.reason.empty();
      table[done ? "rewritten" : plain.reason].push_back(name);
      if (plain.reason == "no-links" || plain.reason == "excluded") continue;
      ++with_links;
      all_rewritten += done ? 1 : 0;
    }
  }
  for (const auto& [reason, names] : table) {
    std::cout << reason << ": " << names.size() << "\n";
    if (reason == "rewritten") continue;
    for (const std::string& name : names) std::cout << "    " << name << "\n";
  }
  EXPECT_GE(static_cast<double>(all_rewritten), 0.98 * static_cast<double>(with_links));
}

TEST(Corpus, MimeIsRewrittenAndUndone) {
  const auto files = files_of("mime", ".eml");
  if (files.empty()) GTEST_SKIP() << "no corpus";
  for (const bool plain_text : {false, true}) {
    Lab lab;
    lab.context.opens = true;
    lab.settings.plain_text = plain_text;
    std::map<std::string, std::size_t> table;
    for (const auto& file : files) {
      const auto message = mail::parse_message(mail::to_crlf(read_file(file)).first);
      const Rewritten result = check(message, lab.context, file.filename().string());
      ++table[result.reason.empty() ? "rewritten" : result.reason];
    }
    for (const auto& [reason, count] : table) std::cout << reason << ": " << count << "\n";
  }
}

#ifdef SIGNPOST_GUMBO

void collect_links(const GumboNode* node, std::multiset<std::string>& links) {
  if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) return;
  const GumboElement& element = node->v.element;
  if (element.tag == GUMBO_TAG_A || element.tag == GUMBO_TAG_AREA) {
    const GumboAttribute* href = gumbo_get_attribute(&element.attributes, "href");
    if (href != nullptr && read_link(href->value, "").kind != LinkKind::other) links.insert(href->value);
  }
  for (unsigned i = 0; i < element.children.length; ++i) {
    collect_links(static_cast<const GumboNode*>(element.children.data[i]), links);
  }
}

std::multiset<std::string> links_by_gumbo(const std::string& html) {
  GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  std::multiset<std::string> links;
  collect_links(output->root, links);
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return links;
}

std::multiset<std::string> links_by_scanner(const std::string& html) {
  std::multiset<std::string> links;
  scan_tags(html, [&](const Tag& tag) {
    if (tag.closing || (!is_named(html, tag, "a") && !is_named(html, tag, "area"))) return;
    const Attribute* href = find_attribute(html, tag, "href");
    if (href == nullptr) return;
    const std::string value = decode_attribute(href->value.of(html));
    if (read_link(value, "").kind != LinkKind::other) links.insert(value);
  });
  return links;
}

TEST(Corpus, GumboFindsTheSameLinks) {
  const auto files = files_of("html", ".html");
  if (files.empty()) GTEST_SKIP() << "no corpus";
  std::size_t count = 0;
  for (const auto& file : files) {
    const std::string html = read_file(file);
    const auto links = links_by_scanner(html);
    EXPECT_EQ(links, links_by_gumbo(html)) << file;
    count += links.size();
  }
  std::cout << count << " links in " << files.size() << " files\n";
}

#endif  // SIGNPOST_GUMBO

}  // namespace
}  // namespace signpost::track
