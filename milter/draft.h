// The message while it is transformed: each transform reads the result of the ones before and adds its edits. Keeps
// fields, body and edits consistent; decides nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/edit.h"
#include "mail/message.h"
#include "mail/patch.h"
#include "milter/session.h"
#include "milter/transaction.h"

namespace signpost::milter {

class Draft {
 public:
  /// Starts without the fields that an application added for us (Signpost-*). The transaction must outlive it.
  explicit Draft(const Transaction& transaction);

  const std::vector<mail::Field>& fields() const { return fields_; }
  /// Empty if the body was not kept.
  std::string_view body() { return body_.text(); }
  /// The same, to be read in pieces.
  const mail::Patch& changed_body() const { return body_; }
  bool body_changed() const { return body_.changed(); }

  /// A header edit on fields(). False, and nothing done, if it does not fit, or the MTA could not be told of it.
  bool edit(mail::Edit edit);
  /// Replacements on body(). False, and nothing done, if they do not fit.
  bool replace(std::vector<mail::Replacement> replacements) { return body_.replace(std::move(replacements)); }

  /// All edits. The draft must not be used afterwards.
  Outcome take() &&;

 private:
  std::vector<mail::Field> fields_;
  std::vector<mail::Edit> edits_;
  mail::Patch body_;
};

}  // namespace signpost::milter
