// Properties over mail that others wrote: undo gives the original bit for bit, rewriting twice is rewriting
// once, the links found are those that another parser (gumbo) finds, and nearly all of them are rewritten.
// Skipped without the corpus.
#include "tests/track/corpus.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "mail/edit.h"
#include "mail/file/message_file.h"
#include "tests/track/gumbo_links.h"
#include "tests/track/judges.h"
#include "tests/track/mail_shapes.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"

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

/// The template as a message, alone or beside plain text.
mail::Message wrap(std::string_view html, const EncodingShape& encoding, const StructureShape& structure) {
  Dice dice(static_cast<std::uint32_t>(html.size()));
  std::string encoded = encoding.encode(html, dice);
  if (!encoded.ends_with("\r\n")) encoded += "\r\n";
  mail::Message message = structure.build(encoding.header, encoded).message;
  if (base::is_utf8(html)) return message;
  const auto rename = [](std::string& text) {
    const std::size_t at = text.find("charset=\"utf-8\"");
    if (at != text.npos) text.replace(at, 15, "charset=windows-1252");
  };
  for (mail::Field& field : message.fields) rename(field.value);
  rename(message.body);
  return message;
}

/// Rewrites, and checks what must hold for every message there is.
Rewritten check(const mail::Message& message, const Context& context, const std::string& name) {
  const Rewritten result = rewrite(message.fields, message.body, context);
  const auto splices = mail::splices_of(message.body, result.replacements);
  const auto body = mail::apply_splices(message.body, splices);
  EXPECT_TRUE(body.has_value()) << name;
  if (!body) return result;
  show_to_judges(name, message, *body);
  EXPECT_EQ(mail::undo_splices(*body, splices), message.body) << name;
  const Rewritten again = rewrite(message.fields, *body, context);
  EXPECT_TRUE(again.replacements.empty()) << name;
  EXPECT_EQ(again.links, result.links) << name;
  EXPECT_EQ(result.replacements.empty(), !result.reason.empty() && result.rewritten == 0 && !result.pixel)
      << name;
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
  std::size_t lost = 0;  // with links, of which none had room in its line
  for (const auto& file : files) {
    const std::string html = mail::to_crlf(read_file(file)).first;
    for (const EncodingShape& encoding : encoding_shapes()) {
      for (const StructureShape& structure : structure_shapes().first(2)) {
        const std::string name =
            file.stem().string() + " (" + encoding.name + ", " + structure.name + ").eml";
        const mail::Message message = wrap(html, encoding, structure);
        const Rewritten result = check(message, lab.context, name);
        // Without opens the reason says what became of the links.
        Lab clicks;
        const Rewritten plain = rewrite(message.fields, message.body, clicks.context);
        EXPECT_EQ(plain.rewritten, result.rewritten) << name;
        // Links that nobody could follow stay in some of them.
        const bool done = plain.rewritten > 0 && plain.too_long.empty();
        table[done ? "rewritten" : plain.reason].push_back(name);
        lost += plain.rewritten == 0 && !plain.too_long.empty() ? 1 : 0;
        if (plain.rewritten == 0 && plain.too_long.empty()) continue;
        ++with_links;
        all_rewritten += done ? 1 : 0;
      }
    }
  }
  for (const auto& [reason, names] : table) {
    std::cout << reason << ": " << names.size() << "\n";
    if (reason == "rewritten") continue;
    for (const std::string& name : names) std::cout << "    " << name << "\n";
  }
  std::cout << lost << " of " << with_links << " lose all links for their lines\n";
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

TEST(Corpus, GumboFindsTheSameLinks) {
  const auto files = files_of("html", ".html");
  if (files.empty() || !links_by_gumbo("")) GTEST_SKIP() << "no corpus or no gumbo";
  std::size_t count = 0;
  for (const auto& file : files) {
    const std::string html = read_file(file);
    const auto links = links_by_scanner(html);
    EXPECT_EQ(links, links_by_gumbo(html)) << file;
    count += links.size();
  }
  std::cout << count << " links in " << files.size() << " files\n";
}

}  // namespace
}  // namespace signpost::track
