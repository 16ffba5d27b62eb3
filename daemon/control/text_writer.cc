#include "daemon/control/text_writer.h"

namespace signpost::daemon::control {
namespace {

using commands::Fields;

/// A text, made safe for a single line.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "; ";
    } else {
      line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
  return line;
}

std::string format_ok(const std::string& word, const Fields& fields) {
  std::string line = "ok";
  if (!word.empty()) line += " " + one_line(word);
  if (!fields.empty()) line += " " + format_fields_text(fields);
  return line + "\n";
}

std::string format_error(const commands::Refusal& refusal) {
  return "error " + std::string(refusal.kind) + " " + one_line(refusal.text) + "\n";
}

struct LineForm {
  std::string operator()(const Fields& fields) const { return format_fields_text(fields) + "\n"; }
  std::string operator()(const commands::TextLine& line) const { return line.text + "\n"; }
  std::string operator()(const commands::Repeated& repeated) const {
    std::string lines;
    for (const std::string& value : repeated.values)
      lines += format_fields_text(Fields{{repeated.key, value}}) + "\n";
    return lines;
  }
};

std::string format_end(std::uint64_t count, const std::string& next) {
  Fields fields = {{"n", count}};
  if (!next.empty()) fields.emplace_back("next", next);
  return "end " + format_fields_text(fields) + "\n";
}

}  // namespace

bool TextWriter::take(const commands::Reply& reply, bool is_last) {
  std::string text;
  if (!has_head_) {
    if (reply.is_ok()) text += format_ok(reply.word(), reply.fields());
    if (!reply.is_ok() && reply.refusal()) text += format_error(*reply.refusal());
    has_head_ = true;
  }
  for (const commands::ReplyLine& line : reply.lines()) text += std::visit(LineForm{}, line);
  if (is_last) {
    // After `ok` an error means that the list is incomplete.
    if (reply.is_ok() && reply.refusal()) {
      text += format_error(*reply.refusal());
    } else if (reply.count()) {
      text += format_end(*reply.count(), reply.next());
    }
    text += "\n";
  }
  return channel_.write(text);
}

}  // namespace signpost::daemon::control
