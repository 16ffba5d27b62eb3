// The operator's words about a file.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "importers/layout.h"

namespace signpost::importers {
namespace {

constexpr std::array<std::string_view, 8> kColumns = {"address", "reason",  "tenant", "stream",
                                                      "created", "expires", "note",   "subdomains"};

}  // namespace

base::Result<std::vector<std::pair<std::string, std::string>>> parse_columns_option(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> columns;
  for (const std::string_view one : base::split(text, ',')) {
    const std::size_t colon = one.find(':');
    if (colon == std::string_view::npos || colon + 1 == one.size())
      return base::invalid("columns= needs pairs such as address:Email,reason:Grund; found '" +
                           std::string(one) + "'");
    const std::string ours(base::trim(one.substr(0, colon)));
    if (std::find(kColumns.begin(), kColumns.end(), ours) == kColumns.end()) {
      return base::invalid("columns= names '" + ours +
                           "', which is not one of address, reason, tenant, stream, created, expires, note, "
                           "subdomains; ours come first: columns=address:Email");
    }
    for (const auto& [other, theirs] : columns) {
      if (other == ours && ours != "note") return base::invalid("columns= names " + ours + " twice");
    }
    columns.emplace_back(ours, base::trim(one.substr(colon + 1)));
  }
  return columns;
}

base::Result<std::pair<std::string, std::string>> parse_tag_option(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size())
    return base::invalid("a tag and its stream are written tag:NAME=STREAM; found 'tag:" +
                         std::string(text.substr(0, 60)) + "'");
  return std::pair<std::string, std::string>(text.substr(0, equals), text.substr(equals + 1));
}

base::Result<std::vector<policy::Reason>> parse_kept_option(std::string_view text) {
  if (text == "yes")
    return std::vector{policy::Reason::hard_bounce, policy::Reason::unsubscribe, policy::Reason::complaint};
  std::vector<policy::Reason> kept;
  for (const std::string_view word : base::split(text, ',')) {
    const auto reason = policy::parse_reason(base::trim(word));
    if (!reason)
      return tl::unexpected(
          base::in_context("keep-expired=" + std::string(text.substr(0, 60)), reason.error()));
    if (*reason == policy::Reason::soft_bounce)
      return base::invalid("keep-expired= cannot keep soft-bounce: a mailbox that was full once is not dead");
    kept.push_back(*reason);
  }
  return kept;
}

}  // namespace signpost::importers
