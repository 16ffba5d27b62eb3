#include "policy/own_report.h"

#include <algorithm>

#include "base/text.h"
#include "mail/field/received.h"
#include "policy/tenant.h"

namespace signpost::policy {

bool is_made_by_mta(const mail::Envelope& envelope, const std::vector<mail::Field>& fields) {
  if (!envelope.null_sender() || envelope.host.empty() || !envelope.login.empty() ||
      way_of(envelope) != Way::loopback)
    return false;
  const auto is_received = [](const mail::Field& field) { return mail::has_name(field, "Received"); };
  if (std::count_if(fields.begin(), fields.end(), is_received) != 1) return false;
  const auto received = mail::parse_received(std::find_if(fields.begin(), fields.end(), is_received)->value);
  if (!received || !base::equals_ignore_case(received->by, envelope.host) || !received->protocol.empty())
    return false;
  const bool by_postfix =
      received->from.empty() && received->client.empty() && received->software == "Postfix";
  const bool by_sendmail = received->from == "localhost" && received->client == "localhost";
  return by_postfix || by_sendmail;
}

}  // namespace signpost::policy
