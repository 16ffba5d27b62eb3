#include "daemon/commands/reply.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::size_t kFlushAt = std::size_t{16} * 1024;

/// A text of ours or of the system made safe for one line.
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

}  // namespace

void Reply::ok(std::string_view text) {
  add("ok");
  if (!text.empty()) add(" ");
  add(one_line(text));
  add("\n");
}

void Reply::error(std::string_view kind, std::string_view text) {
  add("error ");
  add(kind);
  add(" ");
  add(one_line(text));
  add("\n");
}

void Reply::error(const base::Error& error) {
  this->error(base::kind_word(error.kind), error.text);
}

void Reply::line(const policy::Fields& fields) {
  raw(policy::format_fields(fields));
}

void Reply::raw(std::string_view line) {
  add(line);
  add("\n");
}

void Reply::end(std::uint64_t count, std::string_view next) {
  policy::Fields fields = {{"n", std::to_string(count)}};
  if (!next.empty()) fields.emplace_back("next", std::string(next));
  add("end ");
  raw(policy::format_fields(fields));
}

bool Reply::finish() {
  add("\n");
  flush();
  return alive_;
}

void Reply::add(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kFlushAt) flush();
}

void Reply::flush() {
  alive_ = alive_ && channel_.write(buffer_);
  buffer_.clear();
}

}  // namespace signpost::daemon::commands
