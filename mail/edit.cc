// Applying edits to a message and taking them back. Every edit says what stood there before, so a wrong one
// is an error and never a damaged message. The file form is mail/edit_file.
#include "mail/edit.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace signpost::mail {

namespace {

/// Replaces, at `offset` plus what earlier splices shifted, `from` by `to`.
struct Replacing {
  std::size_t offset;
  std::string_view from;
  std::string_view to;
};

base::Result<std::string> replace_all(std::string_view body, const std::vector<Replacing>& replacings) {
  std::string out;
  std::size_t size = body.size();
  for (const Replacing& replacing : replacings) size += replacing.to.size();
  out.reserve(size);
  std::size_t at = 0;
  for (const Replacing& replacing : replacings) {
    if (replacing.offset < at || replacing.offset > body.size() ||
        body.substr(replacing.offset, replacing.from.size()) != replacing.from) {
      return base::invalid("a splice does not fit the body at offset " + std::to_string(replacing.offset));
    }
    out += body.substr(at, replacing.offset - at);
    out += replacing.to;
    at = replacing.offset + replacing.from.size();
  }
  out += body.substr(at);
  return out;
}

tl::unexpected<base::Error> does_not_fit(const char* what, const std::string& name) {
  return base::invalid(std::string(what) + " does not fit the header: " + name);
}

/// Position of the nth field of that name, or the number of fields.
std::size_t find_nth(const std::vector<Field>& fields, std::string_view name, std::size_t nth) {
  std::size_t i = 0;
  for (; i < fields.size(); ++i) {
    if (has_name(fields[i], name) && --nth == 0) break;
  }
  return i;
}

using Fields = std::vector<Field>;

base::Result<bool> insert(Fields& fields, std::size_t index, Field field) {
  if (index > fields.size()) return does_not_fit("an inserted field", field.name);
  fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(index), std::move(field));
  return true;
}

base::Result<bool> remove(Fields& fields, std::size_t index, const Field& field) {
  if (index >= fields.size() || fields[index] != field) return does_not_fit("a removed field", field.name);
  fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

base::Result<bool> change(Fields& fields, const ChangeField& edit, const std::string& from,
                          const std::string& to) {
  const std::size_t index = edit.nth == 0 ? fields.size() : find_nth(fields, edit.name, edit.nth);
  if (index == fields.size() || fields[index].value != from)
    return does_not_fit("a changed field", edit.name);
  fields[index].value = to;
  return true;
}

struct Apply {
  Fields& fields;
  base::Result<bool> operator()(const InsertField& edit) const {
    return insert(fields, edit.index, {edit.name, edit.value});
  }
  base::Result<bool> operator()(const AppendField& edit) const {
    return insert(fields, fields.size(), {edit.name, edit.value});
  }
  base::Result<bool> operator()(const RemoveField& edit) const {
    return remove(fields, edit.index, {edit.name, edit.value});
  }
  base::Result<bool> operator()(const ChangeField& edit) const {
    return change(fields, edit, edit.before, edit.after);
  }
  base::Result<bool> operator()(const Splice&) const { return true; }
  base::Result<bool> operator()(const DeleteRecipient&) const { return true; }
  base::Result<bool> operator()(const AddRecipient&) const { return true; }
  base::Result<bool> operator()(const ChangeSender&) const { return true; }
};

struct Undo {
  Fields& fields;
  base::Result<bool> operator()(const InsertField& edit) const {
    return remove(fields, edit.index, {edit.name, edit.value});
  }
  base::Result<bool> operator()(const AppendField& edit) const {
    return remove(fields, fields.size() - 1, {edit.name, edit.value});
  }
  base::Result<bool> operator()(const RemoveField& edit) const {
    return insert(fields, edit.index, {edit.name, edit.value});
  }
  base::Result<bool> operator()(const ChangeField& edit) const {
    return change(fields, edit, edit.after, edit.before);
  }
  base::Result<bool> operator()(const Splice&) const { return true; }
  base::Result<bool> operator()(const DeleteRecipient&) const { return true; }
  base::Result<bool> operator()(const AddRecipient&) const { return true; }
  base::Result<bool> operator()(const ChangeSender&) const { return true; }
};

std::vector<Splice> splices_of(const std::vector<Edit>& edits) {
  std::vector<Splice> splices;
  for (const Edit& edit : edits) {
    if (const auto* splice = std::get_if<Splice>(&edit)) splices.push_back(*splice);
  }
  return splices;
}

}  // namespace

base::Result<std::string> apply_splices(std::string_view body, const std::vector<Splice>& splices) {
  std::vector<Replacing> replacings;
  replacings.reserve(splices.size());
  for (const Splice& splice : splices) replacings.push_back({splice.offset, splice.before, splice.after});
  return replace_all(body, replacings);
}

base::Result<std::string> undo_splices(std::string_view body, const std::vector<Splice>& splices) {
  std::vector<Replacing> replacings;
  replacings.reserve(splices.size());
  std::size_t before = 0;  // octets that earlier splices took out and put in
  std::size_t after = 0;
  for (const Splice& splice : splices) {
    if (splice.offset < before) return base::invalid("the splices overlap");
    replacings.push_back({splice.offset - before + after, splice.after, splice.before});
    before += splice.before.size();
    after += splice.after.size();
  }
  return replace_all(body, replacings);
}

base::Result<bool> apply_edit(std::vector<Field>& fields, const Edit& edit) {
  return std::visit(Apply{fields}, edit);
}

base::Result<Message> apply_edits(Message message, const std::vector<Edit>& edits) {
  for (const Edit& edit : edits) {
    const auto done = apply_edit(message.fields, edit);
    if (!done) return tl::unexpected(done.error());
  }
  auto body = apply_splices(message.body, splices_of(edits));
  if (!body) return tl::unexpected(std::move(body).error());
  message.body = std::move(*body);
  return message;
}

base::Result<Message> undo_edits(Message message, const std::vector<Edit>& edits) {
  auto body = undo_splices(message.body, splices_of(edits));
  if (!body) return tl::unexpected(std::move(body).error());
  message.body = std::move(*body);
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    const auto done = std::visit(Undo{message.fields}, *edit);
    if (!done) return tl::unexpected(done.error());
  }
  return message;
}

}  // namespace signpost::mail
