// The machine-readable part of a delivery status notification (RFC 3464 §2): groups of fields. Read as it occurs: empty
// lines at wrong places, fields in any order, continuation lines without their blank.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "feedback/report.h"

namespace signpost::feedback {

struct DeliveryStatus {
  std::string reporting_mta;
  std::vector<Row> rows;  ///< `words` are empty
  std::size_t rows_left_out = 0;
};

/// Reads the text of a message/delivery-status part, or a text that has such fields somewhere; lines end in LF. A new row
/// begins where a field comes again, or Final-Recipient or Action after an empty line. Linear; at most kMaxRows rows.
DeliveryStatus parse_delivery_status(std::string_view text);

/// A field's value without its type: "dns; mx.example.org" is "mx.example.org", "rfc822;a@b" is "a@b".
std::string_view without_type(std::string_view value);

}  // namespace signpost::feedback
