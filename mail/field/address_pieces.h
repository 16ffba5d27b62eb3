// The pieces of an address field, comments and blanks included: enough to write it anew. mail/field/author, which decides who
// the author is, reads for itself.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace signpost::mail {

struct AddressPiece {
  enum class Kind {
    atom,
    encoded,  ///< an encoded word (RFC 2047 §2); its text may hold what stands in no atom: some programs write it so
    quoted,   ///< with its quotes
    literal,  ///< with its square brackets
    comment,  ///< with its parentheses, nested ones too
    special,  ///< one of "<>:;@,"
  };
  Kind kind = Kind::special;
  std::string_view text;     ///< of the value
  bool after_blank = false;  ///< a blank or fold stands before it
};

/// nullopt: something is not closed, or stands where it cannot. Linear in the value.
std::optional<std::vector<AddressPiece>> split_address_field(std::string_view value);

}  // namespace signpost::mail
