#include "feedback/readable.h"

#include <algorithm>

#include "base/text.h"
#include "feedback/report.h"
#include "mail/mime.h"
#include "mail/transfer.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kMaxWords = std::size_t{16} * 1024;
constexpr std::size_t kMaxStatus = std::size_t{2} * 1024 * 1024;
constexpr std::size_t kMaxReturnedHeader = std::size_t{64} * 1024;

/// Without lines of blanks at the beginning: what shows a message may put them there.
std::string_view without_blank_lines(std::string_view raw) {
  const std::size_t first = raw.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  const std::size_t line = raw.substr(0, first).find_last_of("\r\n");
  return line == std::string_view::npos ? raw : raw.substr(line + 1);
}

/// CRLF, LF and CR become CRLF; the bytes before the header (mbox line, empty lines) go.
std::string to_wire(std::string_view raw) {
  raw = raw.substr(0, kMaxReportBytes);
  raw = without_blank_lines(raw);
  while (raw.starts_with("From ") || raw.starts_with(">From ")) {
    const std::size_t end = raw.find_first_of("\r\n");
    if (end == std::string_view::npos) return {};
    raw = without_blank_lines(raw.substr(end));
  }
  std::string wire;
  wire.reserve(raw.size() + raw.size() / 32);
  while (!raw.empty()) {
    const std::size_t end = raw.find_first_of("\r\n");
    wire.append(raw.substr(0, end));
    if (end == std::string_view::npos) break;
    wire += "\r\n";
    raw.remove_prefix(end + (raw.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return wire;
}

std::string to_lf(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text)
    if (c != '\r') out += c;
  return out;
}

/// What Sendmail itself makes of a reply stands in its transcript below the reply, and is wrong for many: of any bare 550 it
/// makes "User unknown". Only the lines of the dialogue stay.
std::string without_echo(std::string_view text) {
  std::string kept;
  bool in_dialogue = false;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    const std::string_view line = rest.substr(0, end + 1);
    if (base::trim(line).empty()) in_dialogue = false;
    const bool is_dialogue = line.starts_with("<<<") || line.starts_with(">>>");
    if (!in_dialogue || is_dialogue) kept += line;
    if (line.starts_with("... while talking to ")) in_dialogue = true;
    rest.remove_prefix(end + 1);
  }
  return kept;
}

/// Decoded as far as it can be: a broken encoding leaves the bytes as they are.
std::string decode(const mail::Part& part, std::string_view body, std::size_t max_bytes) {
  const std::string_view encoded = part.content.of(body).substr(0, max_bytes * 2);
  const auto encoding = mail::find_encoding(part.encoding);
  if (encoding && *encoding != mail::Encoding::identity) {
    if (const auto decoded = mail::Decoded::decode(encoded, *encoding))
      return to_lf(decoded->text().substr(0, max_bytes));
  }
  return to_lf(encoded.substr(0, max_bytes));
}

/// True if the line introduces the returned message: "--- Below this line is a copy of the message."
bool is_cut_line(std::string_view line) {
  line = base::trim(line);
  if (line.size() < 8 || line.size() > 120) return false;
  const char last = line.back();
  if (line.front() != '-' && line.front() != '=' && last != ':' && last != '-' &&
      !line.ends_with("follows.") && !line.ends_with("follow.") && !line.ends_with("follows"))
    return false;
  for (const std::string_view telling :
       {"copy of the message", "copy of the original", "original message", "unsent message", "message header",
        "returned message", "header of the original", "message follows", "copy of your message",
        "original mail"})
    if (base::find_ignore_case(line, telling) != std::string_view::npos) return true;
  return false;
}

/// True for a field that begins the header of a message under way.
bool is_trace_line(std::string_view line) {
  for (const std::string_view name : {"Received: ", "Return-Path: ", "DKIM-Signature: ", "Delivered-To: "})
    if (base::starts_with_ignore_case(line, name)) return true;
  return false;
}

struct Cut {
  std::size_t words_end;
  std::size_t header_begin;
};

/// Where the words end and the returned message begins.
Cut find_returned(std::string_view text) {
  std::size_t at = 0;
  bool after_empty = true;
  while (at < text.size()) {
    const std::size_t newline = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, newline - at);
    if (after_empty && is_trace_line(line)) return {at, at};
    if (is_cut_line(line)) {
      std::size_t next = newline;
      while (next < text.size() && base::is_space(text[next])) ++next;
      const std::size_t begin = text.rfind('\n', next);
      return {at, begin == std::string_view::npos || begin < newline ? next : begin + 1};
    }
    const std::string_view trimmed = base::trim(line);
    after_empty = trimmed.empty() || trimmed.find_first_not_of("-=_*") == std::string_view::npos;
    at = newline + 1;
  }
  return {text.size(), text.size()};
}

std::vector<mail::Field> header_of(std::string_view message) {
  std::string head(message.substr(0, kMaxReturnedHeader));
  return mail::parse_message(to_wire(head)).fields;
}

class Collector {
 public:
  Collector(Pieces& pieces, std::string_view body) : pieces_(pieces), body_(body) {}

  // Depth is bounded by parse_mime.
  void collect(const mail::Part& part) {
    if (!part.children.empty()) {
      for (const mail::Part& child : part.children) collect(child);
      return;
    }
    const std::string_view type = part.type.value;
    if (type.ends_with("delivery-status")) {
      if (pieces_.delivery_status.size() < kMaxStatus) {
        pieces_.delivery_status += decode(part, body_, kMaxStatus);
        pieces_.delivery_status += "\n\n";
      }
    } else if (type == "message/feedback-report") {
      if (pieces_.feedback_report.empty()) pieces_.feedback_report = decode(part, body_, kMaxWords);
    } else if (type.starts_with("message/") || type == "text/rfc822-headers" || type == "text/rfc822") {
      if (!seen_returned_) pieces_.returned = header_of(decode(part, body_, kMaxReturnedHeader));
      seen_returned_ = true;
    } else if (type == "text/html") {
      if (!seen_returned_) html_ += strip_tags(decode(part, body_, kMaxWords * 4)).substr(0, kMaxWords);
    } else if (type.starts_with("text/") && !seen_returned_) {
      put_words(decode(part, body_, kMaxWords * 4));
    }
  }

  void finish() {
    if (base::trim(pieces_.words).empty()) put_words(html_);
  }

 private:
  void put_words(std::string_view text) {
    const Cut cut = find_returned(text);
    if (pieces_.words.size() < kMaxWords)
      pieces_.words += text.substr(0, std::min(cut.words_end, kMaxWords - pieces_.words.size()));
    pieces_.words += '\n';
    if (cut.header_begin < text.size() && pieces_.returned.empty())
      pieces_.returned = header_of(text.substr(cut.header_begin));
  }

  Pieces& pieces_;
  std::string_view body_;
  std::string html_;
  bool seen_returned_ = false;
};

}  // namespace

std::string strip_tags(std::string_view html) {
  std::string text;
  text.reserve(html.size());
  std::size_t at = 0;
  while (at < html.size()) {
    const std::size_t open = std::min(html.find('<', at), html.size());
    text.append(html.substr(at, open - at));
    if (open == html.size()) break;
    std::string_view closing = ">";
    for (const std::string_view hidden : {"<style", "<script", "<!--"}) {
      if (!base::starts_with_ignore_case(html.substr(open), hidden)) continue;
      closing = hidden == "<style" ? "</style>" : hidden == "<script" ? "</script>" : "-->";
    }
    const std::size_t close = base::find_ignore_case(html, closing, open);
    if (close == std::string_view::npos) break;
    // "<a@b.example>" stands in broken HTML for an address.
    const std::string_view tag = html.substr(open + 1, close - open - 1);
    if (closing == ">" && tag.size() < 320 && tag.find('@') != tag.npos && tag.find(' ') == tag.npos)
      text += tag;
    const bool is_block = base::starts_with_ignore_case(tag, "br") ||
                          base::starts_with_ignore_case(tag, "p") ||
                          base::starts_with_ignore_case(tag, "/") || base::starts_with_ignore_case(tag, "t");
    text += is_block && !base::starts_with_ignore_case(tag, "/b") && !base::starts_with_ignore_case(tag, "/a")
                ? '\n'
                : ' ';
    at = close + closing.size();
  }
  for (const std::string_view blank : {"&nbsp;", "&#160;"})
    for (std::size_t found = text.find(blank); found != std::string::npos; found = text.find(blank, found))
      text.replace(found, blank.size(), " " + std::string(blank.size() - 1, ' '));
  return text;
}

Pieces take_apart(std::string_view raw) {
  Pieces pieces;
  mail::Message message = mail::parse_message(to_wire(raw));
  const mail::Structure structure = mail::parse_mime(message.fields, message.body);
  const std::string* type = structure.root.type.parameter("report-type");
  pieces.is_feedback_type = type != nullptr && base::equals_ignore_case(*type, "feedback-report");
  Collector collector(pieces, message.body);
  collector.collect(structure.root);
  collector.finish();
  // Without its Content-Type or boundaries the report is still there.
  if (pieces.delivery_status.empty() &&
      base::find_ignore_case(std::string_view(message.body).substr(0, kMaxWords * 4), "\nfinal-recipient:") !=
          std::string_view::npos)
    pieces.delivery_status = to_lf(std::string_view(message.body).substr(0, kMaxStatus));
  if (pieces.feedback_report.empty() &&
      base::find_ignore_case(std::string_view(message.body).substr(0, kMaxWords), "\nfeedback-type:") !=
          std::string_view::npos)
    pieces.feedback_report = to_lf(std::string_view(message.body).substr(0, kMaxWords));
  if (base::trim(pieces.words).empty() && structure.root.children.empty())
    pieces.words = to_lf(std::string_view(message.body).substr(0, kMaxWords));
  if (pieces.words.find("... while talking to ") != std::string::npos)
    pieces.words = without_echo(pieces.words);
  pieces.fields = std::move(message.fields);
  return pieces;
}

}  // namespace signpost::feedback
