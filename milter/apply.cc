#include "milter/apply.h"

#include <variant>

#include <libmilter/mfapi.h>

namespace signpost::milter {
namespace {

/// libmilter takes char* but does not write to it.
char* writable(const std::string& text) {
  return const_cast<char*>(text.c_str());
}

/// Makes one edit. Returns the name of the call if it failed, else "". The body is not among them.
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
  std::string operator()(const mail::AddRecipient& edit) const {
    return smfi_addrcpt(context, writable(edit.address)) == MI_SUCCESS ? "" : "addrcpt";
  }
  std::string operator()(const mail::ChangeSender& edit) const {
    const int rc = smfi_chgfrom(context, writable(edit.sender),
                                edit.parameters.empty() ? nullptr : writable(edit.parameters));
    return rc == MI_SUCCESS ? "" : "chgfrom";
  }
};

/// The body in packets as large as libmilter makes them, whatever its pieces are.
class BodyWriter {
 public:
  explicit BodyWriter(smfi_str* context) : context_(context) { packet_.reserve(kPacket); }

  void add(std::string_view piece) {
    while (!piece.empty()) {
      if (packet_.empty() && piece.size() >= kPacket) {
        send(piece.substr(0, kPacket));
        piece.remove_prefix(kPacket);
        continue;
      }
      const std::string_view taken = piece.substr(0, kPacket - packet_.size());
      packet_ += taken;
      piece.remove_prefix(taken.size());
      if (packet_.size() == kPacket) flush();
    }
  }
  /// False if a call failed.
  bool finish() {
    if (!packet_.empty() || !sent_) flush();
    return good_;
  }

 private:
  static constexpr std::size_t kPacket = 65535;  // MILTER_CHUNK_SIZE

  void flush() {
    send(packet_);
    packet_.clear();
  }
  void send(std::string_view bytes) {
    sent_ = true;
    auto* const data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    good_ = good_ && smfi_replacebody(context_, data, static_cast<int>(bytes.size())) == MI_SUCCESS;
  }

  smfi_str* context_;
  std::string packet_;
  bool sent_ = false;
  bool good_ = true;
};

bool replace_body(smfi_str* context, const mail::Patch& body) {
  BodyWriter writer(context);
  body.for_each_piece([&](std::string_view piece) { writer.add(piece); });
  return writer.finish();
}

}  // namespace

std::string apply_edits(smfi_str* context, const Outcome& outcome) {
  for (const mail::Edit& edit : outcome.edits) {
    if (std::string failed = std::visit(Apply{context}, edit); !failed.empty()) return failed;
  }
  if (outcome.body && !replace_body(context, *outcome.body)) return "replacebody";
  return {};
}

std::string hold_message(smfi_str* context, const std::string& rule) {
  std::string reason = "signpost: held by " + rule;
  return smfi_quarantine(context, reason.data()) == MI_SUCCESS ? "" : "quarantine";
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
