// A walk over the MIME tree that stops wherever somebody's signature, encryption or enclosed message begins.
#include "mail/html/parts.h"

#include <utility>

#include "base/text.h"
#include "mail/signed_content.h"

namespace signpost::mail::html {
namespace {

/// RFC 2183 §2.8: a disposition nobody knows counts as an attachment.
bool is_inline(const mail::Part& part) {
  return part.disposition.value.empty() || part.disposition.value == "inline";
}

/// True if the text begins with the byte order mark of UTF-16 or UTF-32.
bool has_wide_mark(std::string_view text) {
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
         text.starts_with(std::string_view("\0\0\xFE\xFF", 4));
}

class Chooser {
 public:
  Chooser(std::string_view body, bool plain_text) : body_(body), plain_text_(plain_text) {}

  /// Which of the chosen HTML parts stand in this one, the one that readers show first.
  std::vector<std::size_t> walk(const mail::Part& part) {
    const std::size_t chosen = chosen_.parts.size();
    if (const std::string_view seal = mail::seal_of(part); !seal.empty()) {
      note(seal);
    } else if (part.type.value.starts_with("multipart/")) {
      return walk_children(part);
    } else if (is_inline(part) && (part.type.value == "text/html" || part.type.value == "text/plain")) {
      choose(part);
    }
    if (chosen_.parts.size() == chosen || !chosen_.parts.back().html) return {};
    return {chosen};
  }

  Candidates take(std::vector<std::size_t> shown) {
    if (!pgp_.empty()) return {{}, {}, std::string(pgp_)};
    chosen_.shown = std::move(shown);
    return std::move(chosen_);
  }

 private:
  std::vector<std::size_t> walk_children(const mail::Part& part) {
    std::vector<std::size_t> shown;
    const bool last_first = part.type.value == "multipart/alternative";
    for (const mail::Part& child : part.children) {
      const std::vector<std::size_t> below = walk(child);
      shown.insert(last_first ? shown.begin() : shown.end(), below.begin(), below.end());
    }
    return shown;
  }

  void choose(const mail::Part& part) {
    const bool html = part.type.value == "text/html";
    const bool wanted = html || plain_text_;
    // A text that will not be changed is only searched for PGP, which every encoding but
    // base64 shows as it is.
    if (!wanted && part.encoding != "base64") return search_pgp(part.content.of(body_));
    const auto encoding = mail::find_encoding(part.encoding);
    if (part.several_types || part.several_encodings) return note_if(wanted, "bad-structure");
    if (!encoding) return note_if(wanted, "bad-encoding");
    auto decoded = mail::Decoded::decode(part.content.of(body_), *encoding);
    if (!decoded) return note_if(wanted, "bad-encoding");
    search_pgp(decoded->text());
    if (!wanted) return;

    const std::string* charset_name = part.type.parameter("charset");
    const Charset charset =
        find_charset(charset_name == nullptr ? std::string_view() : *charset_name, decoded->text());
    if (charset == Charset::unsafe || has_wide_mark(decoded->text())) return note("charset");
    const auto says = [&part](std::string_view name, std::string_view value) {
      const std::string* given = part.type.parameter(name);
      return given != nullptr && base::equals_ignore_case(*given, value);
    };
    const bool joins_lines = !html && says("format", "flowed") && says("delsp", "yes");
    chosen_.parts.push_back({part.content, html, charset, std::move(*decoded), joins_lines});
  }

  void search_pgp(std::string_view text) {
    if (pgp_.empty()) pgp_ = mail::find_inline_pgp(text);
  }
  void note(std::string_view word) {
    if (chosen_.reason.empty()) chosen_.reason = word;
  }
  void note_if(bool wanted, std::string_view word) {
    if (wanted) note(word);
  }

  std::string_view body_;
  bool plain_text_;
  Candidates chosen_;
  std::string_view pgp_;
};

}  // namespace

Candidates choose_parts(const mail::Structure& structure, std::string_view body, bool plain_text) {
  Chooser chooser(body, plain_text);
  return chooser.take(chooser.walk(structure.root));
}

std::string_view why_not_by_type(const mail::Part& root, bool plain_text) {
  if (const std::string_view seal = mail::seal_of(root); !seal.empty()) return seal;
  const std::string& type = root.type.value;
  if (type.starts_with("multipart/")) return {};
  const bool text = type == "text/html" || (plain_text && type == "text/plain");
  return text && is_inline(root) ? std::string_view() : "no-html";
}

}  // namespace signpost::mail::html
