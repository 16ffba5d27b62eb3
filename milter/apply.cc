#include "milter/apply.h"

#include <variant>

#include <libmilter/mfapi.h>

namespace signpost::milter {
namespace {

/// libmilter takes char* but does not write to it.
char* writable(const std::string& text) {
  return const_cast<char*>(text.c_str());
}

/// Makes one edit. Returns the name of the call if it failed, else "". Splices are in the outcome's new body already.
struct Apply {
  smfi_str* context;
  std::string operator()(const mail::InsertField& edit) const {
    const int rc =
        smfi_insheader(context, static_cast<int>(edit.index), writable(edit.name), writable(edit.value));
    return rc == MI_SUCCESS ? "" : "insheader";
  }
  std::string operator()(const mail::AppendField& edit) const {
    const int rc = smfi_addheader(context, writable(edit.name), writable(edit.value));
    return rc == MI_SUCCESS ? "" : "addheader";
  }
  std::string operator()(const mail::RemoveField& edit) const {
    const int rc = smfi_chgheader(context, writable(edit.name), static_cast<int>(edit.nth), nullptr);
    return rc == MI_SUCCESS ? "" : "chgheader";
  }
  std::string operator()(const mail::ChangeField& edit) const {
    const int rc =
        smfi_chgheader(context, writable(edit.name), static_cast<int>(edit.nth), writable(edit.after));
    return rc == MI_SUCCESS ? "" : "chgheader";
  }
  std::string operator()(const mail::Splice&) const { return {}; }
  std::string operator()(const mail::DeleteRecipient& edit) const {
    return smfi_delrcpt(context, writable(edit.given)) == MI_SUCCESS ? "" : "delrcpt";
  }
  std::string operator()(const mail::ChangeSender& edit) const {
    const int rc = smfi_chgfrom(context, writable(edit.sender), writable(edit.parameters));
    return rc == MI_SUCCESS ? "" : "chgfrom";
  }
};

}  // namespace

std::string apply_edits(smfi_str* context, Outcome& outcome) {
  for (const mail::Edit& edit : outcome.edits) {
    if (std::string failed = std::visit(Apply{context}, edit); !failed.empty()) return failed;
  }
  if (outcome.new_body) {
    std::string& body = *outcome.new_body;
    const int size = static_cast<int>(body.size());
    if (smfi_replacebody(context, reinterpret_cast<unsigned char*>(body.data()), size) != MI_SUCCESS) {
      return "replacebody";
    }
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
