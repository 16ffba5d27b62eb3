#include "milter/apply.h"

#include <variant>

#include <libmilter/mfapi.h>

namespace signpost::milter {
namespace {

/// libmilter takes char* but does not write to it.
char* writable(const std::string& text) {
  return const_cast<char*>(text.c_str());
}

/// One edit; the name of the call if it failed, else nullptr. Splices are in the outcome's new body already.
struct Apply {
  smfi_str* context;
  const char* operator()(const mail::InsertField& edit) const {
    const int rc =
        smfi_insheader(context, static_cast<int>(edit.index), writable(edit.name), writable(edit.value));
    return rc == MI_SUCCESS ? nullptr : "insheader";
  }
  const char* operator()(const mail::RemoveField& edit) const {
    const int rc = smfi_chgheader(context, writable(edit.name), static_cast<int>(edit.nth), nullptr);
    return rc == MI_SUCCESS ? nullptr : "chgheader";
  }
  const char* operator()(const mail::ChangeField& edit) const {
    const int rc =
        smfi_chgheader(context, writable(edit.name), static_cast<int>(edit.nth), writable(edit.after));
    return rc == MI_SUCCESS ? nullptr : "chgheader";
  }
  const char* operator()(const mail::Splice&) const { return nullptr; }
  const char* operator()(const mail::DeleteRecipient& edit) const {
    return smfi_delrcpt(context, writable(edit.given)) == MI_SUCCESS ? nullptr : "delrcpt";
  }
};

}  // namespace

std::string apply_edits(smfi_str* context, Outcome& outcome) {
  for (const mail::Edit& edit : outcome.edits) {
    if (const char* failed = std::visit(Apply{context}, edit)) return failed;
  }
  if (outcome.new_body) {
    auto* bytes = reinterpret_cast<unsigned char*>(outcome.new_body->data());
    if (smfi_replacebody(context, bytes, static_cast<int>(outcome.new_body->size())) != MI_SUCCESS)
      return "replacebody";
  }
  return {};
}

bool set_reply(smfi_str* context, const policy::Reply& reply) {
  if (reply.code == 0) return true;
  constexpr std::size_t kMaxText = 960;  // of 980, with room for the codes
  std::string text;
  for (char c : reply.text) {
    if (text.size() >= kMaxText) break;
    const bool printable = c >= 0x20 && c < 0x7f;
    text += printable ? c : '?';
    if (c == '%') text += '%';
  }
  std::string code = std::to_string(reply.code);
  std::string enhanced = reply.enhanced;
  return smfi_setreply(context, code.data(), enhanced.data(), text.data()) == MI_SUCCESS;
}

}  // namespace signpost::milter
