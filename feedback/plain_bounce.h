// Recipients in bounces that only people were meant to read: qmail, Exim, Sendmail's transcript, Exchange, Yahoo, Gmail
// and the many like them. They share a shape: a line that begins with an address, and below it what happened.
#pragma once

#include <string_view>
#include <vector>

#include "feedback/report.h"

namespace signpost::feedback {

/// One row for each address that begins a line of its own ("<a@b>:", "  a@b", "* a@b", "550 <a@b>... text"), its words up to the
/// next. If there is none: the first address in the words that is neither `sender` nor a service's own, with all the words.
/// At most kMaxRows rows. Linear, up to a look-up by address.
std::vector<Row> find_recipients(std::string_view words, std::string_view sender);

/// Gives the rows of a delivery status what the readable part says about each.
void add_words(std::vector<Row>& rows, std::string_view words, std::string_view sender);

/// Rows of Amazon SES's bounce and complaint notifications, which are JSON in a plain message. Empty for every other text.
std::vector<Row> find_notification_rows(std::string_view words);

}  // namespace signpost::feedback
