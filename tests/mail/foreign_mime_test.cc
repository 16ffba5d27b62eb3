// A second opinion on MIME: GMime must see the same parts with the same content in the corpus and in the
// samples below, wherever our walker trusts what it sees. (GMime reads only: its writer changes messages.)
// Built only where GMime is installed.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gmime/gmime.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "mail/file/message_file.h"
#include "mail/message.h"
#include "mail/mime.h"
#include "mail/transfer.h"
#include "tests/support/source_dir.h"

namespace signpost::mail {
namespace {

/// One part, children before the next sibling.
struct Seen {
  int depth = 0;
  std::string type;
  std::string content;  ///< leaves: decoded; CR is left out, since readers treat line ends differently
  bool operator==(const Seen&) const = default;
};

void PrintTo(const Seen& seen, std::ostream* out) {
  *out << std::string(static_cast<std::size_t>(2 * seen.depth), ' ') << seen.type << " ("
       << seen.content.size() << " bytes) " << seen.content.substr(0, 60);
}

std::string without_cr(std::string text) {
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();  // whose the last line end is, readers disagree
  return text;
}

// ---- ours

std::string decoded(const Part& part, std::string_view body) {
  const auto encoding = find_encoding(part.encoding);
  const auto text = Decoded::decode(part.content.of(body), encoding.value_or(Encoding::identity));
  return without_cr(text ? std::string(text->text()) : "?" + text.error().text);
}

void walk(const Part& part, std::string_view body, int depth, std::vector<Seen>& seen) {
  const bool leaf = part.children.empty();
  const bool opaque =
      leaf && (part.type.value.starts_with("message/") || part.type.value.starts_with("multipart/"));
  seen.push_back({depth, part.type.value, leaf && !opaque ? decoded(part, body) : ""});
  for (const Part& child : part.children) walk(child, body, depth + 1, seen);
}

// ---- GMime's

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename Object>
using Owned = std::unique_ptr<Object, Unref>;

std::string gmime_content(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  if (content == nullptr) return {};
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, stream.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return without_cr({reinterpret_cast<const char*>(bytes->data), bytes->len});
}

void gmime_walk(GMimeObject* object, int depth, std::vector<Seen>& seen) {
  GMimeContentType* type = g_mime_object_get_content_type(object);
  char* name = g_mime_content_type_get_mime_type(type);
  seen.push_back({depth, base::lower(name), ""});
  g_free(name);
  if (GMIME_IS_MULTIPART(object)) {
    GMimeMultipart* multipart = GMIME_MULTIPART(object);
    for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i)
      gmime_walk(g_mime_multipart_get_part(multipart, i), depth + 1, seen);
  } else if (GMIME_IS_PART(object) && !seen.back().type.starts_with("message/")) {
    seen.back().content = gmime_content(GMIME_PART(object));
  }
}

std::vector<Seen> gmime_sees(const std::string& raw) {
  static const bool ready = [] {
    g_mime_init();
    return true;
  }();
  (void)ready;
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(raw.data(), raw.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  std::vector<Seen> seen;
  if (message && g_mime_message_get_mime_part(message.get()) != nullptr)
    gmime_walk(g_mime_message_get_mime_part(message.get()), 0, seen);
  return seen;
}

bool doubtful(const Part& part) {
  return part.several_types || part.several_encodings ||
         std::any_of(part.children.begin(), part.children.end(), doubtful);
}

/// Empty where nothing would be rewritten anyway: our walker does not trust the structure, or a line within
/// the header is not a field (an MTA ends the header there, GMime reads on).
std::vector<Seen> we_see(const std::string& raw) {
  const Message message = parse_message(raw);
  const Structure structure = parse_mime(message.fields, message.body);
  const bool ends_in_blank_line =
      std::string_view(raw).substr(0, raw.size() - message.body.size()).ends_with("\r\n\r\n");
  std::vector<Seen> seen;
  if (structure.problem.empty() && !doubtful(structure.root) && ends_in_blank_line)
    walk(structure.root, message.body, 0, seen);
  return seen;
}

TEST(ForeignMime, GMimeSeesTheSamePartsInSamples) {
  const std::string alternative = "Content-Type: multipart/alternative; boundary=\"=_a\"\r\n\r\n";
  const std::string samples[] = {
      "Subject: plain\r\n\r\nhello\r\n",
      alternative +
          "preamble\r\n--=_a\r\n\r\none\r\n--=_a\r\nContent-Type: text/html\r\n\r\n<b>\r\n--=_a--\r\nend\r\n",
      alternative +
          "--=_a\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
          "a=3D=\r\n=c3=A9 \t\r\nb=20\r\n--=_a--\r\n",
      alternative +
          "--=_a\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: BASE64 \r\n\r\n"
          "aGVs\r\nbG8g\r\n\r\nd29ybGQ=\r\n--=_a--\r\n",
      alternative +
          "--=_a\r\nContent-Type: multipart/related; boundary=\"=_a_b\"\r\n\r\n--=_a_b\r\n\r\nx\r\n"
          "--=_a_b--\r\n--=_a \t\r\n\r\ny\r\n--=_a--\r\n",
      alternative + "--=_a\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--=_a--\r\n",
      alternative + "--=_a\r\nContent-Type: TEXT/Html;\r\n\tcharset=utf-8\r\n\r\nopen until the end",
      "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\nx\r\n--d--\r\n",
      "Content-Type: multipart/mixed; boundary*0=lo; boundary*1=ng\r\n\r\n--long\r\n\r\nx\r\n--long--\r\n",
  };
  for (const std::string& raw : samples) EXPECT_EQ(we_see(raw), gmime_sees(raw)) << raw;
}

TEST(ForeignMime, GMimeSeesTheSamePartsInTheCorpus) {
  const char* given = std::getenv("SIGNPOST_CORPUS");
  const std::filesystem::path root = given != nullptr
                                         ? std::filesystem::path(given)
                                         : std::filesystem::path(tests::source_dir()) / "../shared/corpus";
  if (!std::filesystem::is_directory(root)) GTEST_SKIP() << "no corpus";
  std::size_t files = 0, untrusted = 0, differ = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".eml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string raw =
        to_crlf(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>())).first;
    if (raw.starts_with("From ")) raw.erase(0, raw.find('\n') + 1);  // a mailbox's line, not the message's
    ++files;
    const std::vector<Seen> ours = we_see(raw);
    if (ours.empty()) {
      ++untrusted;
    } else if (ours != gmime_sees(raw)) {
      ++differ;
      EXPECT_EQ(ours, gmime_sees(raw)) << entry.path();
    }
  }
  std::cout << files << " messages, " << untrusted << " not trusted, " << differ << " seen differently\n";
}

}  // namespace
}  // namespace signpost::mail
