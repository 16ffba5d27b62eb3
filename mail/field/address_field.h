// Address fields in the form in which Sendmail leaves them alone. Sendmail shows a message to its milters and then
// writes every address field anew (commaize, crackaddr and ruleset 3 of 8.17): commas, blanks, quotes around names,
// a domain behind names without one. A signature over any other form breaks there. Postfix does all this before it
// asks its milters.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace signpost::mail {

/// True for the fields that Sendmail takes for lists of addresses, as far as they leave: From, Sender, Reply-To, To,
/// Cc, their Resent- forms, Errors-To, Disposition-Notification-To, Apparently-To.
bool is_address_field(std::string_view name);

/// Why there is no such form.
enum class AddressTrouble {
  unreadable,  ///< not a list of mailboxes and groups (RFC 5322 §3.4), or one with a route, "!" or "%" in an address
  unqualified,  ///< an address without a domain, and `host` is empty
  long_name,    ///< an address with its name or comment that is too long for Sendmail, which cuts it
};

/// The field's value as Sendmail would write it: each address stays the same, each name reads the same. Names with a
/// character that Sendmail quotes are in quotes, in an encoded word it is encoded; an address without a domain gets
/// `host`; list elements without an address go. The blanks at the beginning stay, lines are folded as Sendmail does.
/// Giving the result again changes nothing. `value` in milter form (mail/message.h).
tl::expected<std::string, AddressTrouble> sendmail_form(std::string_view name, std::string_view value,
                                                        std::string_view host);

}  // namespace signpost::mail
