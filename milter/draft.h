// The message while it is transformed: each transform reads the result of the ones before and adds its edits. Keeps
// fields, body and edits consistent; decides nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/edit.h"
#include "mail/message.h"
#include "milter/session.h"
#include "milter/transaction.h"

namespace signpost::milter {

class Draft {
 public:
  /// Starts without the fields that an application added for us (Signpost-*). The transaction must outlive it.
  explicit Draft(const Transaction& transaction);

  const std::vector<mail::Field>& fields() const { return fields_; }
  /// Empty if the body was not kept.
  std::string_view body() const { return body_ ? std::string_view(*body_) : original_; }
  bool body_changed() const { return body_.has_value(); }

  /// A header edit on fields(). False, and nothing done, if it does not fit, or the MTA could not be told of it.
  bool edit(mail::Edit edit);
  /// Splices on body(). False, and nothing done, if they do not fit.
  bool splice(std::vector<mail::Splice> splices);

  /// All edits. The draft must not be used afterwards.
  Outcome take() &&;

 private:
  std::vector<mail::Field> fields_;
  std::vector<mail::Edit> edits_;
  std::string_view original_;
  std::optional<std::string> body_;
  std::vector<mail::Splice> splices_;  ///< from original_ to body_
};

}  // namespace signpost::milter
