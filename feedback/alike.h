// When many recipients of one provider get one answer that no rule knows, within minutes, it concerns the sender and not the
// addresses. This knows which answers may be such, and when two are the same; daemon/ingest/alike counts them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "feedback/classify.h"

namespace signpost::feedback {

/// So many different recipients. One mailing finds two or three dead addresses at a small provider; that five die there within
/// minutes, with words that no rule for dead addresses knows, is rarer than a block that nobody has described yet.
inline constexpr std::size_t kManyAlike = 5;
/// Within so long.
inline constexpr std::chrono::minutes kAlikeWithin{10};

/// What it is then.
inline constexpr Classification kAlike = {Class::block, "many-alike", "many-alike"};

/// The server's words in a form that is equal for all recipients: small letters, without addresses, names of hosts, and words with
/// digits. Empty if the row is not dead by its codes alone, if a rule knows the words ("user unknown" is one text for many dead
/// addresses), if the code speaks of the recipient's domain, whose recipients all get one text, or if hardly any words are left.
/// `found` is classify's. Linear. Limitation: a text that names the mailbox without its domain differs for each.
std::string alike_text(const Report& report, const Row& row, const Classification& found);

}  // namespace signpost::feedback
