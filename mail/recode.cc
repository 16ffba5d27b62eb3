#include "mail/recode.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/text.h"
#include "mail/lines/encoded_lines.h"
#include "mail/mime.h"
#include "mail/signed_content.h"
#include "mail/transfer.h"

namespace signpost::mail {
namespace {

constexpr std::string_view kEncodingField = "Content-Transfer-Encoding";

/// Every line end but CRLF is a character of the text and becomes =0D or =0A, so that decoding
/// gives the same octets.
std::string encode_quoted_printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool at_line_end = i + 1 == text.size() || text[i + 1] == '\r' || text[i + 1] == '\n';
    const bool blank = c == ' ' || c == '\t';
    const bool plain = (c > ' ' && c < 0x7f && c != '=') || (blank && !at_line_end);
    const std::size_t width = plain ? 1 : 3;
    if (column + width > kMaxEncodedLine - 1) {  // room for the "=" of a soft break
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += {'=', digits[octet >> 4], digits[octet & 15]};
    }
    column += width;
  }
  return out;
}

std::string encode_base64_lines(std::string_view bytes) {
  Base64Lines lines(kMaxEncodedLine, "\r\n", 0, bytes.size());
  lines.add(bytes);
  return std::move(lines).finish();
}

/// Where the value of a part's Content-Transfer-Encoding stands in `header`, without its last line end;
/// npos if there is none.
Range find_encoding_value(std::string_view header) {
  std::size_t at = 0;
  while (at < header.size()) {
    std::size_t end = std::min(header.find('\n', at), header.size() - 1) + 1;
    while (end < header.size() && (header[end] == ' ' || header[end] == '\t'))  // its folds
      end = std::min(header.find('\n', end), header.size() - 1) + 1;
    const std::string_view field = header.substr(at, end - at);
    const std::size_t colon = field.find(':');
    if (colon != field.npos && base::equals_ignore_case(base::trim(field.substr(0, colon)), kEncodingField)) {
      const std::size_t last = field.find_last_not_of("\r\n");
      return {at + colon + 1, at + std::max(last, colon) + 1};
    }
    at = end;
  }
  return {std::string_view::npos, std::string_view::npos};
}

/// Sendmail's mailers for direct delivery break lines above 990 octets unless told otherwise.
constexpr std::size_t kFoldedLine = 988;

/// Appends the line, broken before blanks so that each piece has at most `room` octets, the
/// next ones kFoldedLine.
void fold_line(std::string_view line, std::size_t room, std::string& out) {
  while (line.size() > room) {
    const std::size_t text = std::min(line.find_first_not_of(" \t"), line.size());
    std::size_t blank = line.substr(0, room + 1).find_last_of(" \t");
    if (blank == line.npos || blank <= text) blank = line.find_first_of(" \t", text);
    // A line of blanks alone would be obsolete syntax (RFC 5322 §4.2).
    if (blank == line.npos || line.find_first_not_of(" \t", blank) == line.npos) break;
    out += line.substr(0, blank);
    out += '\n';
    line.remove_prefix(blank);
    room = kFoldedLine;
  }
  out += line;
}

class Recoder {
 public:
  Recoder(const std::vector<Field>& fields, std::string_view body, const RecodeRules& rules)
      : fields_(fields), body_(body), rules_(rules) {}

  Recoded run() {
    const Structure structure = parse_mime(fields_, body_);
    if (structure.problem.empty()) walk(structure.root, true);
    return std::move(done_);
  }

 private:
  static bool is_named_wide(const Part& part) { return part.encoding == "8bit" || part.encoding == "binary"; }

  /// True if nothing above 127 is left in the part afterwards.
  bool walk(const Part& part, bool root) {
    const std::string_view content = part.content.of(body_);
    const bool doubtful = part.several_types || part.several_encodings ||
                          (!root && part.content.begin == part.header.end);  // no empty line between them
    if (doubtful || !seal_of(part).empty()) return !has_eight_bit(content);
    if (!part.children.empty()) return walk_children(part, root);
    const bool eight_bit = has_eight_bit(content);
    const bool named =
        std::find(rules_.parts.begin(), rules_.parts.end(), part.content.begin) != rules_.parts.end();
    if (named || (rules_.long_lines && has_long_line(content, rules_.max_line)) ||
        (rules_.eight_bit && (eight_bit || part.encoding == "binary"))) {
      if (encode(part, content, root)) return true;
    }
    // An MTA believes the name: it would encode for a 7bit peer what is called 8bit.
    if (rules_.eight_bit && !eight_bit && is_named_wide(part))
      name_encoding(part, "7bit", root, done_.body.size());
    return !eight_bit;
  }

  bool walk_children(const Part& part, bool root) {
    bool clean = true;
    // The multipart's own field stands before its children: a place is kept for its new value.
    const std::size_t place = done_.body.size();
    for (const Part& child : part.children) clean = walk(child, false) && clean;
    if (rules_.eight_bit && clean && is_named_wide(part)) name_encoding(part, "7bit", root, place);
    return clean;
  }

  bool encode(const Part& part, std::string_view content, bool root) {
    const std::string& type = part.type.value;
    if (type.starts_with("message/") || type.starts_with("multipart/")) return false;
    const auto encoding = find_encoding(part.encoding);
    if (!encoding) return false;
    const auto decoded = Decoded::decode(content, *encoding);
    if (!decoded) return false;
    const bool text = type.starts_with("text/");
    if (text && !find_inline_pgp(decoded->text()).empty()) return false;
    if (root && !name_type(decoded->text())) return false;
    const bool base64 = !text || *encoding == Encoding::base64;
    name_encoding(part, base64 ? "base64" : "quoted-printable", root, done_.body.size());
    std::string encoded =
        base64 ? encode_base64_lines(decoded->text()) : encode_quoted_printable(decoded->text());
    if (root && base64) encoded += "\r\n";
    done_.body.push_back({part.content.begin, part.content.end, std::move(encoded)});
    ++done_.parts;
    return true;
  }

  /// A message without MIME needs its fields before an encoding means anything. False if its
  /// charset is not known.
  bool name_type(std::string_view text) {
    if (find_field(fields_, "MIME-Version") == nullptr) {
      if (find_field(fields_, "Content-Type") == nullptr) {
        if (!base::is_utf8(text)) return false;
        const char* charset = has_eight_bit(text) ? "utf-8" : "us-ascii";
        done_.header.emplace_back(
            AppendField{"Content-Type", std::string(" text/plain; charset=") + charset});
      }
      done_.header.emplace_back(AppendField{"MIME-Version", " 1.0"});
    }
    return true;
  }

  /// `place`: where in done_.body the splice belongs, so that they stay in ascending order.
  void name_encoding(const Part& part, std::string_view name, bool root, std::size_t place) {
    if (part.encoding == name) return;
    if (root) {
      const Field* field = find_field(fields_, kEncodingField);
      if (field != nullptr) {
        done_.header.emplace_back(ChangeField{field->name, 1, field->value, " " + std::string(name)});
      } else {
        done_.header.emplace_back(AppendField{std::string(kEncodingField), " " + std::string(name)});
      }
      return;
    }
    const std::string_view header = part.header.of(body_);
    const Range value = find_encoding_value(header);
    Replacement named;
    if (value.begin == std::string_view::npos) {
      named = {part.header.begin, part.header.begin,
               std::string(kEncodingField) + ": " + std::string(name) + "\r\n"};
    } else {
      named = {part.header.begin + value.begin, part.header.begin + value.end, " " + std::string(name)};
    }
    done_.body.insert(done_.body.begin() + static_cast<std::ptrdiff_t>(place), std::move(named));
  }

  const std::vector<Field>& fields_;
  std::string_view body_;
  const RecodeRules& rules_;
  Recoded done_;
};

}  // namespace

bool LongLineScan::ends_fitting_line(std::string_view bytes, std::size_t lf) const {
  const bool cr = lf > 0 ? bytes[lf - 1] == '\r' : ends_in_cr_;
  return open_ + lf <= max_line_ + (cr ? 1 : 0);
}

void LongLineScan::update(std::string_view bytes) {
  while (!found_ && !bytes.empty()) {
    // An LF must be among these octets, or the line is too long; the last of them is where
    // the next line begins.
    const std::string_view window = bytes.substr(0, max_line_ + 2 - open_);
    const void* const last = ::memrchr(window.data(), '\n', window.size());
    if (last == nullptr) {
      open_ += window.size();
      ends_in_cr_ = window.back() == '\r';
      found_ = open_ >= max_line_ + 2;
      bytes.remove_prefix(window.size());
      continue;
    }
    const auto lf = static_cast<std::size_t>(static_cast<const char*>(last) - window.data());
    // Only a line as long as the whole window can be too long by the one octet that a CR would be.
    found_ = open_ + lf > max_line_ && !ends_fitting_line(window, lf) &&
             ::memrchr(window.data(), '\n', lf) == nullptr;
    open_ = 0;
    ends_in_cr_ = false;
    bytes.remove_prefix(lf + 1);
  }
}

bool has_long_line(std::string_view text, std::size_t max_line) {
  LongLineScan scan(max_line);
  scan.update(text);
  return scan.found();
}

bool has_eight_bit(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  while (text.size() >= 64) {
    std::uint64_t words[8];
    std::memcpy(words, text.data(), sizeof words);
    std::uint64_t any = 0;
    for (const std::uint64_t word : words) any |= word;
    if ((any & kHighBits) != 0) return true;
    text.remove_prefix(sizeof words);
  }
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
}

Recoded recode(const std::vector<Field>& fields, std::string_view body, const RecodeRules& rules) {
  const bool wanted =
      rules.eight_bit || !rules.parts.empty() || (rules.long_lines && has_long_line(body, rules.max_line));
  return wanted ? Recoder(fields, body, rules).run() : Recoded{};
}

std::string refold(std::string_view name, std::string_view value) {
  std::string out;
  std::size_t taken = name.size() + 1;
  for (;;) {
    const std::size_t end = value.find('\n');
    const std::string_view line = value.substr(0, end);
    if (taken + line.size() > kMaxLine) {
      fold_line(line, kFoldedLine - std::min(kFoldedLine, taken), out);
    } else {
      out += line;
    }
    if (end == value.npos) return out;
    out += '\n';
    value.remove_prefix(end + 1);
    taken = 0;
  }
}

}  // namespace signpost::mail
