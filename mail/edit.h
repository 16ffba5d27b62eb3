// Changes to a message as data. The pipeline makes Edits, milter/apply turns them into smfi_* calls, `message
// run` writes them to a file (mail/file/edit_file.h) and `message undo` goes back from it. Nothing here decides what to change.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "mail/message.h"

namespace signpost::mail {

/// A new field at `index` of all fields (0: above everything, even the MTA's Received). `value` with
/// its leading space.
struct InsertField {
  std::size_t index = 0;
  std::string name;
  std::string value;
  bool operator==(const InsertField&) const = default;
};
/// A new field below all others. What Sendmail would add itself (Date, Message-ID) must come this way, or it
/// adds its own beside it (tried on 8.17).
struct AppendField {
  std::string name;
  std::string value;
  bool operator==(const AppendField&) const = default;
};
/// Removes the field at `index` of all fields, which is this one to the letter. `nth` says the same in the
/// MTA's words: from 1 among the fields called `name` (see has_name).
struct RemoveField {
  std::string name;
  std::size_t nth = 1;
  std::size_t index = 0;
  std::string value;
  bool operator==(const RemoveField&) const = default;
};
/// Replaces the `nth` field's value; `before` for undo.
struct ChangeField {
  std::string name;
  std::size_t nth = 1;
  std::string before;
  std::string after;
  bool operator==(const ChangeField&) const = default;
};
/// In the body as it was before any splice: the bytes `before` at `offset` became `after`.
/// Ascending, not overlapping.
struct Splice {
  std::size_t offset = 0;
  std::string before;
  std::string after;
  bool operator==(const Splice&) const = default;
};
/// The recipient is removed from the envelope. Not part of the message: undo ignores it.
struct DeleteRecipient {
  std::string given;
  bool operator==(const DeleteRecipient&) const = default;
};
/// The recipient is added to the envelope. Not part of the message: undo ignores it.
struct AddRecipient {
  std::string address;  ///< in brackets
  bool operator==(const AddRecipient&) const = default;
};
/// The envelope sender is set (to what it was), with ESMTP parameters: how a DSN envelope id gets on its way. Not
/// part of the message: undo ignores it.
struct ChangeSender {
  std::string sender;      ///< in brackets
  std::string parameters;  ///< "ENVID=…"
  bool operator==(const ChangeSender&) const = default;
};
using Edit = std::variant<InsertField, AppendField, RemoveField, ChangeField, Splice, DeleteRecipient,
                          AddRecipient, ChangeSender>;

/// The body with the splices in it. One pass, linear. Error `invalid` if `before` does not
/// match or they overlap.
base::Result<std::string> apply_splices(std::string_view body, const std::vector<Splice>& splices);
/// The body as it was before them.
base::Result<std::string> undo_splices(std::string_view body, const std::vector<Splice>& splices);

/// One header edit. Error `invalid`, and nothing changed, if what it replaces is not there.
/// Others change no field.
base::Result<bool> apply_edit(std::vector<Field>& fields, const Edit& edit);

/// All edits on a message, in order (header edits one after the other; splices all relative to
/// the original body).
base::Result<Message> apply_edits(Message message, const std::vector<Edit>& edits);
base::Result<Message> undo_edits(Message message, const std::vector<Edit>& edits);

}  // namespace signpost::mail
