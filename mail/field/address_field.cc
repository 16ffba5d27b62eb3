// From pieces (mail/address_pieces) to elements, then the list. What is not
// plainly a list of mailboxes is left to the caller: guessing would change to whom the message says it goes.
#include "mail/field/address_field.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mail/address.h"
#include "mail/field/address_pieces.h"
#include "mail/field/author.h"

namespace signpost::mail {
namespace {

/// Sendmail's MustQuoteChars with its default: a name with one of these outside of quotes is quoted.
constexpr std::string_view kQuoted = "@,;:\\()[].'";
/// An address with its name and comments. Sendmail cuts it at 256 octets, or drops the name (tried on 8.17).
constexpr std::size_t kMaxElement = 250;
constexpr std::size_t kMaxValue = 65536;  // as in mail/field/author
constexpr std::size_t kLine = 78;
constexpr std::string_view kFold = ",\n        ";

using Piece = AddressPiece;
using Made = tl::expected<std::string, AddressTrouble>;

bool is_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return (octet < 0x20 && c != '\t' && c != '\n' && c != '\r') || octet == 0x7f;
}

/// An encoded word without the characters that Sendmail quotes: in quotes it would no longer be decoded. Only the
/// encoding "Q" can have any (RFC 2047 §4.2).
std::string bare_encoded_word(std::string_view word) {
  const std::size_t text = word.find('?', 2) + 3;
  std::string out(word.substr(0, text));
  for (const char c : word.substr(text, word.size() - 2 - text)) {
    if (kQuoted.find(c) == kQuoted.npos && c != '<' && c != '>' && c != '"') {
      out += c;
    } else {
      constexpr std::string_view digits = "0123456789ABCDEF";
      out += {'=', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
    }
  }
  return out + "?=";
}

std::string text_of(const Piece& piece) {
  if (piece.kind != Piece::Kind::encoded) return std::string(piece.text);
  const char encoding = piece.text[piece.text.find('?', 2) + 1];
  return encoding == 'q' || encoding == 'Q' ? bare_encoded_word(piece.text) : std::string(piece.text);
}

/// A quoted string's contents, its escapes and folds taken out.
std::string unquoted(std::string_view quoted) {
  std::string out;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 2 < quoted.size()) ++i;
    if (quoted[i] != '\n' && quoted[i] != '\r') out += quoted[i];
  }
  return out;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

class Writer {
 public:
  Writer(const std::vector<Piece>& pieces, std::string_view host) : pieces_(pieces), host_(host) {}

  /// The list's elements, as Sendmail separates them.
  tl::expected<std::vector<std::string>, AddressTrouble> run() {
    while (at_ < pieces_.size()) {
      if (is(at_, ',')) {
        ++at_;
      } else if (in_group_ && is(at_, ';')) {
        if (!end_group()) return tl::unexpected(AddressTrouble::unreadable);
      } else if (!read_element()) {
        return tl::unexpected(trouble_);
      }
    }
    if (in_group_) return tl::unexpected(AddressTrouble::unreadable);
    return std::move(elements_);
  }

 private:
  bool is(std::size_t at, char special) const {
    return at < pieces_.size() && pieces_[at].kind == Piece::Kind::special && pieces_[at].text[0] == special;
  }
  bool is_word(std::size_t at) const {
    return pieces_[at].kind == Piece::Kind::atom || pieces_[at].kind == Piece::Kind::quoted;
  }
  bool is_comment(std::size_t at) const { return pieces_[at].kind == Piece::Kind::comment; }
  bool fail(AddressTrouble trouble = AddressTrouble::unreadable) {
    trouble_ = trouble;
    return false;
  }

  bool end_group() {
    ++at_;
    in_group_ = false;
    if (group_.empty()) {
      elements_.back() += ';';
    } else {
      elements_.push_back(std::exchange(group_, {}) + ";");
    }
    return at_ == pieces_.size() || is(at_, ',');
  }

  bool read_element() {
    const std::size_t begin = at_;
    while (at_ < pieces_.size() && (pieces_[at_].kind != Piece::Kind::special || is(at_, '@'))) ++at_;
    if (is(at_, ':')) return begin_group(begin);
    Made element = is(at_, '<') ? named(begin) : bare(begin, at_);
    if (!element) return fail(element.error());
    if (at_ < pieces_.size() && !is(at_, ',') && !(in_group_ && is(at_, ';'))) return fail();
    if (!group_.empty()) *element = std::exchange(group_, {}) + " " + *element;
    if (element->size() > kMaxElement) return fail(AddressTrouble::long_name);
    elements_.push_back(std::move(*element));
    return true;
  }

  bool begin_group(std::size_t begin) {
    if (in_group_ || begin == at_) return fail();
    group_ = phrase(begin, at_) + ":";
    in_group_ = true;
    ++at_;
    return group_.size() < kMaxElement || fail(AddressTrouble::long_name);
  }

  /// Words, and comments between them. A run of words is quoted as a whole, as a reader shows it.
  std::string phrase(std::size_t begin, std::size_t end) const {
    std::string out;
    for (std::size_t i = begin; i < end;) {
      std::size_t next = i;
      while (next < end && !is_comment(next)) ++next;
      if (!out.empty()) out += ' ';
      if (next == i) {
        out += pieces_[next++].text;
      } else {
        append_words(out, i, next);
      }
      i = next;
    }
    return out;
  }

  void append_words(std::string& out, std::size_t begin, std::size_t end) const {
    std::string plain;
    std::string shown;
    bool needs_quotes = false;
    for (std::size_t i = begin; i < end; ++i) {
      const Piece& piece = pieces_[i];
      const std::string text = text_of(piece);
      const bool quoted = piece.kind == Piece::Kind::quoted;
      if (i > begin && piece.after_blank) {
        plain += ' ';
        shown += ' ';
      }
      plain += text;
      shown += quoted ? unquoted(piece.text) : text;
      needs_quotes = needs_quotes || (!quoted && text.find_first_of(kQuoted) != text.npos);
    }
    if (needs_quotes) {
      append_quoted(out, shown);
    } else {
      out += plain;
    }
  }

  /// Name and address in brackets, which begin at at_.
  Made named(std::size_t begin) {
    std::string name = phrase(begin, at_);
    const std::size_t inner = ++at_;
    while (at_ < pieces_.size() && !is(at_, '>')) ++at_;
    if (at_ == pieces_.size()) return tl::unexpected(AddressTrouble::unreadable);
    Made address = address_of(inner, at_++);
    if (!address) return address;
    std::string comments;
    for (; at_ < pieces_.size() && is_comment(at_); ++at_) comments += " " + std::string(pieces_[at_].text);
    if (!name.empty()) name += ' ';
    return name + "<" + *address + ">" + comments;
  }

  /// An address without brackets, comments before and behind it.
  Made bare(std::size_t begin, std::size_t end) {
    std::string before;
    std::string behind;
    for (; begin < end && is_comment(begin); ++begin) before += std::string(pieces_[begin].text) + " ";
    std::size_t last = end;
    while (last > begin && is_comment(last - 1)) --last;
    for (std::size_t i = last; i < end; ++i) behind += " " + std::string(pieces_[i].text);
    Made address = address_of(begin, last);
    return address ? Made(before + *address + behind) : address;
  }

  /// What stands between begin and end must be one address.
  Made address_of(std::size_t begin, std::size_t end) const {
    std::string local;
    std::size_t at = begin;
    for (; at < end && is_word(at); ++at) {
      if (at > begin && pieces_[at].after_blank) return tl::unexpected(AddressTrouble::unreadable);
      // Sendmail reads these as paths of hosts.
      if (pieces_[at].kind == Piece::Kind::atom &&
          pieces_[at].text.find_first_of("!%") != std::string_view::npos)
        return tl::unexpected(AddressTrouble::unreadable);
      local += pieces_[at].text;
    }
    // Put together, "=?utf-8?Q?x @ ?=" would be an encoded word.
    if (local.empty() || local.find("=?") != local.npos) return tl::unexpected(AddressTrouble::unreadable);
    if (at == end) return qualified(local);
    if (!is(at, '@') || at + 2 != end) return tl::unexpected(AddressTrouble::unreadable);
    const Piece& domain = pieces_[at + 1];
    if (domain.kind != Piece::Kind::atom && domain.kind != Piece::Kind::literal)
      return tl::unexpected(AddressTrouble::unreadable);
    std::string_view text = domain.text;
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.ends_with('.')) return tl::unexpected(AddressTrouble::unreadable);
    if (base::equals_ignore_case(text, "localhost")) return qualified(local);
    return local + "@" + std::string(text);
  }

  Made qualified(const std::string& local) const {
    if (host_.empty()) return tl::unexpected(AddressTrouble::unqualified);
    return local + "@" + std::string(host_);
  }

  const std::vector<Piece>& pieces_;
  std::string_view host_;
  std::vector<std::string> elements_;
  std::size_t at_ = 0;
  bool in_group_ = false;
  std::string group_;  ///< the name of a group before its first element
  AddressTrouble trouble_ = AddressTrouble::unreadable;
};

/// The elements on lines as Sendmail makes them, `column` octets of the first being taken.
void append_list(std::string& out, const std::vector<std::string>& elements, std::size_t column) {
  bool first = true;
  for (const std::string& element : elements) {
    column += element.size() + (first ? 0 : 2);
    if (!first && column > kLine) {
      out += kFold;
      column = kFold.size() - 2 + element.size();
    } else if (!first) {
      out += ", ";
    }
    out += element;
    first = false;
  }
}

/// What mail/field/author reads in `value` it must read in `form` too: an encoded word with a quote or a bracket in it could be
/// taken in two ways.
bool names_the_same(std::string_view value, std::string_view form, std::string_view host) {
  auto before = parse_address_list(value);
  if (!before) return true;
  const auto own = canonical_domain(host);
  for (Address& address : *before) {
    if (address.domain == "localhost" && own) address.domain = *own;
  }
  const auto after = parse_address_list(form);
  return after && *after == *before;
}

}  // namespace

bool is_address_field(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "from", "sender", "reply-to", "to", "cc", "errors-to", "disposition-notification-to", "apparently-to"};
  name = base::trim(name);
  if (base::starts_with_ignore_case(name, "resent-")) name.remove_prefix(7);
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [name](std::string_view one) { return base::equals_ignore_case(name, one); });
}

tl::expected<std::string, AddressTrouble> sendmail_form(std::string_view name, std::string_view value,
                                                        std::string_view host) {
  if (value.size() > kMaxValue || std::any_of(value.begin(), value.end(), is_control))
    return tl::unexpected(AddressTrouble::unreadable);
  const auto pieces = split_address_field(value);
  if (!pieces) return tl::unexpected(AddressTrouble::unreadable);
  if (pieces->empty()) return std::string(value);
  auto elements = Writer(*pieces, host).run();
  if (!elements) return tl::unexpected(elements.error());
  const std::size_t blanks = std::min(value.find_first_not_of(" \t\r\n"), value.size());
  std::string out(blanks, ' ');
  append_list(out, *elements, name.size() + 1 + blanks);
  if (!names_the_same(value, out, host)) return tl::unexpected(AddressTrouble::unreadable);
  return out;
}

}  // namespace signpost::mail
