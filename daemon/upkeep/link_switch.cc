#include "daemon/upkeep/link_switch.h"

#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "mail/address.h"
#include "policy/settings.h"
#include "web/spool/blocks_file.h"

namespace signpost::daemon::upkeep {

track::Blocks published_blocks(const std::vector<store::list::LinkBlock>& blocks) {
  track::Blocks published;
  for (const store::list::LinkBlock& block : blocks) {
    if (block.scope == "host") published.hosts.insert(block.value);
    if (block.scope == "tenant") published.tenants.insert(policy::tenant_id(block.value));
    if (block.scope == "campaign") published.campaigns.insert(block.value);
    if (block.scope == "msg") published.messages.insert(block.value);
    if (block.scope == "kid")
      published.key_ids.insert(static_cast<std::uint8_t>(base::parse_number(block.value).value_or(0)));
  }
  return published;
}

base::Result<std::string> link_value(std::string_view scope, std::string_view value) {
  if (scope == "host") return mail::canonical_domain(value);
  if (scope == "msg") {
    if (!base::is_ulid(value))
      return base::invalid("a message's id must be the 26 letters and digits that the log shows as id=");
    return std::string(value);
  }
  if (scope == "kid") {
    const auto id = base::parse_number(value);
    if (!id || *id == 0 || *id > 255)
      return base::invalid(
          "a key's id must be a number from 1 to 255, the first word of its line in the key ring");
    return std::to_string(*id);
  }
  if (value.empty() || value.size() > 128) return base::invalid("expected a name of at most 128 bytes");
  return std::string(value);
}

base::Result<void> LinkSwitch::publish() {
  base::MutexLock lock(publishing_);
  auto done = links_.load().and_then([&](const std::vector<store::list::LinkBlock>& blocks) {
    return web::spool::publish_blocks(path_, published_blocks(blocks));
  });
  state_ = done ? State::fresh : State::stale;
  return done;
}

base::Result<bool> LinkSwitch::published(bool changed) {
  if (auto done = publish(); !done) {
    return base::fail(base::ErrorKind::unavailable, "stored, but not yet published: " + done.error().text +
                                                        "; it is tried again every few seconds");
  }
  return changed;
}

base::Result<bool> LinkSwitch::block(store::list::LinkBlock block) {
  return links_.block(std::move(block)).and_then([&](bool created) { return published(created); });
}

base::Result<bool> LinkSwitch::unblock(const std::string& scope, const std::string& value) {
  return links_.unblock(scope, value).and_then([&](bool erased) { return published(erased); });
}

}  // namespace signpost::daemon::upkeep
