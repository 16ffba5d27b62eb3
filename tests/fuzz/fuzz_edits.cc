// parse_edits: a file that is read prints and reads back the same; its edits, applied where they
// fit, undo exactly.
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/edit.h"
#include "mail/file/edit_file.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  const auto file = mail::parse_edits(text);
  if (!file) return;
  require(mail::parse_edits(mail::format_edits(*file)) == *file);
  mail::Message message;
  message.fields = {{"A", " 1"}, {"B", " 2"}};
  message.body = "0123456789";
  const auto applied = mail::apply_edits(message, file->edits);
  if (!applied) return;
  const auto undone = mail::undo_edits(*applied, file->edits);
  require(undone && undone->fields == message.fields && undone->body == message.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
