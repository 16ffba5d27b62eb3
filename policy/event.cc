// The two spellings of a policy-log line and the escaping of one value. Whatever bytes come in, a line stays
// one line of at most 8 KiB.
#include "policy/event.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace signpost::policy {

namespace {

constexpr std::size_t kMaxLine = 8192;

using Kind = EventField::Kind;

/// What stands at the start of a text: one character, or one byte that is not part of a character.
struct Piece {
  std::size_t length = 1;
  std::uint32_t code = 0;  ///< code point; the byte itself if it is not UTF-8
  bool valid = true;
  /// Control characters, C1, bidirectional marks and the Unicode line ends: what a terminal or an eye takes
  /// for something else.
  bool hostile() const {
    return !valid || code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  }
};

Piece first_piece(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, first, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (text.size() < length || !base::is_utf8(text.substr(0, length))) return {1, first, false};
  std::uint32_t code = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3Fu);
  return {length, code, true};
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  while (digits-- > 0) out += "0123456789abcdef"[value >> (4 * digits) & 0xF];
}

/// One piece inside quotes, text form: `\"`, `\\`, `\xNN`.
void append_text_piece(std::string& out, std::string_view bytes, const Piece& piece) {
  if (piece.hostile()) {
    for (const char c : bytes) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(c), 2);
    }
    return;
  }
  if (piece.code == '"' || piece.code == '\\') out += '\\';
  out += bytes;
}

/// One piece inside quotes, JSON form. A byte that is not UTF-8 has no JSON spelling and
/// becomes the text `\xNN`.
void append_json_piece(std::string& out, std::string_view bytes, const Piece& piece) {
  if (!piece.valid) {
    out += "\\\\x";
    append_hex(out, piece.code, 2);
  } else if (piece.hostile()) {
    out += "\\u";
    append_hex(out, piece.code, 4);
  } else {
    if (piece.code == '"' || piece.code == '\\') out += '\\';
    out += bytes;
  }
}

using AppendPiece = void (*)(std::string&, std::string_view, const Piece&);

/// `value` in quotes; at most `max_bytes` octets of it once escaped. False if it was cut.
bool append_quoted(std::string& out, std::string_view value, std::size_t max_bytes, AppendPiece append) {
  bool whole = true;
  const std::size_t begin = out.size();
  out += '"';
  for (std::size_t i = 0; i < value.size();) {
    const Piece piece = first_piece(value.substr(i));
    const std::size_t before = out.size();
    append(out, value.substr(i, piece.length), piece);
    if (out.size() - begin > max_bytes) {
      out.resize(before);
      whole = false;
      break;
    }
    i += piece.length;
  }
  out += '"';
  return whole;
}

bool is_bare(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(),
                                       [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; });
}

bool append_text_value(std::string& out, std::string_view value, std::size_t max_bytes) {
  if (!is_bare(value)) return append_quoted(out, value, max_bytes, append_text_piece);
  out += value.substr(0, max_bytes);
  return value.size() <= max_bytes;
}

/// A JSON number (RFC 8259 §6) as far as `number` fields are ever written: digits, perhaps a dot and digits.
bool is_number(std::string_view text) {
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), base::is_digit);
  };
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  if (!digits(whole) || (whole.size() > 1 && whole[0] == '0')) return false;
  return dot == std::string_view::npos || digits(text.substr(dot + 1));
}

std::string shown_address(const EventField& field, const AddressView& view) {
  return view && !field.value.empty() ? view(field.value) : field.value;
}

bool append_text_field(std::string& out, const EventField& field, const AddressView& view,
                       std::size_t max_bytes) {
  out += ' ';
  out += field.key;
  out += '=';
  if (field.kind == Kind::address)
    return append_text_value(out, "<" + shown_address(field, view) + ">", max_bytes);
  const bool is_hidden = field.kind == Kind::words && view;
  if (is_hidden || (field.value.empty() && field.kind != Kind::text)) {
    out += '-';
    return true;
  }
  return append_text_value(out, field.value, max_bytes);
}

bool append_json_list(std::string& out, std::string_view value, std::size_t max_bytes) {
  out += '[';
  bool whole = true;
  if (!value.empty()) {
    for (const std::string_view word : base::split(value, ',')) {
      if (out.back() != '[') out += ',';
      const std::size_t before = out.size();
      whole = append_quoted(out, word, max_bytes, append_json_piece) && whole;
      max_bytes -= std::min(max_bytes, out.size() - before);
      if (!whole) break;
    }
  }
  out += ']';
  return whole;
}

bool append_json_field(std::string& out, const EventField& field, const AddressView& view,
                       std::size_t max_bytes) {
  out += ',';
  append_quoted(out, field.key, kMaxLine, append_json_piece);
  out += ':';
  if (field.kind == Kind::list) return append_json_list(out, field.value, max_bytes);
  if (field.kind == Kind::address)
    return append_quoted(out, shown_address(field, view), max_bytes, append_json_piece);
  if (field.kind == Kind::number && field.value.size() <= max_bytes && is_number(field.value)) {
    out += field.value;
    return true;
  }
  const bool is_hidden = field.kind == Kind::words && view;
  const bool absent = is_hidden || (field.value.empty() && field.kind != Kind::text);
  return append_quoted(out, absent ? "-" : field.value, max_bytes, append_json_piece);
}

using AppendField = bool (*)(std::string&, const EventField&, const AddressView&, std::size_t);

/// The longest values are cut first: the cap on a value halves until all fields fit. A field that finds no
/// room even then is left out.
std::string format_line(const Event& event, const AddressView& view, const std::string& head,
                        AppendField append, std::string_view end, std::string_view cut_end) {
  constexpr std::size_t kMinValue = 64;
  const std::size_t room = kMaxLine - std::max(end.size(), cut_end.size());
  for (std::size_t max_bytes = kMaxLine;; max_bytes /= 2) {
    std::string line = head;
    bool whole = true;
    bool fits = true;
    for (const EventField& field : event.fields) {
      const std::size_t before = line.size();
      whole = append(line, field, view, max_bytes) && whole;
      if (line.size() <= room) continue;
      line.resize(before);
      fits = false;
      if (max_bytes > kMinValue) break;
    }
    if (fits || max_bytes <= kMinValue) return line.append(whole && fits ? end : cut_end);
  }
}

std::optional<unsigned char> hex_byte(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(base::to_lower(c));
    if (digit == std::string_view::npos) return {};
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return static_cast<unsigned char>(value);
}

/// Takes one escape off the front of `text`, which begins with a backslash.
std::optional<char> take_escape(std::string_view& text) {
  if (text.size() < 2) return {};
  const char c = text[1];
  if (c == '"' || c == '\\') {
    text.remove_prefix(2);
    return c;
  }
  if (c != 'x' || text.size() < 4) return {};
  const auto byte = hex_byte(text.substr(2, 2));
  text.remove_prefix(4);
  if (!byte) return {};
  return static_cast<char>(*byte);
}

}  // namespace

const std::string* Event::find(std::string_view key) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [key](const EventField& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &found->value;
}

std::string format_event_text(const Event& event, const AddressView& view) {
  return format_line(event, view, base::format_time(event.at), append_text_field, "", " cut=yes");
}

std::string format_event_json(const Event& event, const AddressView& view) {
  const std::string head = "{\"time\":\"" + base::format_time(event.at) + "\"";
  return format_line(event, view, head, append_json_field, "}", ",\"cut\":\"yes\"}");
}

std::string format_value(std::string_view value) {
  std::string out;
  if (is_bare(value)) return out.append(value);
  append_quoted(out, value, std::string::npos, append_text_piece);
  return out;
}

base::Result<std::string> parse_value(std::string_view text) {
  if (text.empty() || text.front() != '"') {
    if (is_bare(text)) return std::string(text);
    return base::invalid(
        "a value with blanks, quotes, backslashes or anything but printable ASCII must be quoted");
  }
  std::string value;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() != '\\') {
      value += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto byte = take_escape(text);
    if (!byte) return base::invalid("unknown escape: expected \\\", \\\\ or \\xNN");
    value += *byte;
  }
  if (text.empty()) return base::invalid("a quote is not closed");
  if (text.size() > 1) return base::invalid("text right after the closing quote");
  return value;
}

}  // namespace signpost::policy
