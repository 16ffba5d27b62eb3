// The dkim command that replaces a key by a new one. daemon/upkeep/dkim_watch then moves both through
// their states.
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/key_loader.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/make_keys.h"
#include "daemon/upkeep/dkim_watch.h"
#include "dkim/record.h"
#include "system/file.h"

namespace signpost::daemon::commands {
namespace {

/// The active key to replace.
base::Result<const dkim::KeyUse*> find_old(const Request& request, const ControlContext& context,
                                           const dkim::KeyTable& table) {
  const std::string& domain = request.text("DOMAIN");
  std::vector<const dkim::KeyUse*> active;
  std::vector<std::string> selectors;
  for (const dkim::KeyUse& use : table.of(domain)) {
    if (request.has("from") && use.key->selector() != request.text("from")) continue;
    const auto progress = context.dkim_watch.progress(domain, use.key->selector());
    if (!progress || progress->state != dkim::KeyState::active) continue;
    active.push_back(&use);
    selectors.push_back(use.key->selector());
  }
  if (active.empty())
    return base::fail(base::ErrorKind::not_found, "domain " + domain + " has no active key");
  if (active.size() > 1)
    return base::invalid("several keys of " + domain +
                         " are active: choose one with from=" + base::join(selectors, " or from="));
  return active.front();
}

/// "s20261124", then "s20261124b" and so on.
base::Result<std::string> new_selector(const Request& request, const ControlContext& context) {
  const std::string& domain = request.text("DOMAIN");
  if (request.has("to")) {
    auto selector = config::parse_selector(request.text("to"));
    // DOMAIN.SELECTOR.pem: what is before the last dot would be taken for the domain.
    if (selector && selector->find('.') != std::string::npos)
      return base::invalid(
          "a key file named DOMAIN.SELECTOR.pem (dkim.key_files) cannot have a selector with a dot");
    return selector;
  }
  const std::string day = base::format_time(context.clock.wall());
  const std::string selector = "s" + day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2);
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    std::string candidate = letter == 'a' ? selector : selector + letter;
    if (!context.dkim_watch.progress(domain, candidate)) return candidate;
  }
  return base::invalid("too many keys were made today: choose a selector with to=SELECTOR");
}

base::Result<DkimKeyRequest> request_key(const Request& request, const ControlContext& context,
                                         const dkim::KeyUse& old) {
  const config::DnsWatchSettings settings = context.dkim_watch.settings();
  if (settings.key_pattern.empty())
    return base::invalid("set dkim.key_files: it says where the new key is written");
  if (!old.tenant.empty() || old.subdomains != settings.subdomains) {
    return base::invalid(
        "key " + old.key->selector() +
        " has a [[dkim.key]] of its own: make the new key with `signpostctl dkim genkey` and "
        "give it a [[dkim.key]] like that one");
  }
  if (!old.key->file().password_file.empty()) {
    return base::invalid(
        "key " + old.key->selector() +
        " is encrypted, and the new key would be written unencrypted: make it with "
        "`signpostctl dkim genkey` elsewhere and encrypt it (openssl pkcs8 -topk8 -v2 aes-256-cbc)");
  }
  DkimKeyRequest key;
  auto selector = new_selector(request, context);
  if (!selector) return tl::unexpected(selector.error());
  key.domain = old.key->domain();
  key.selector = std::move(*selector);
  key.directory = settings.key_pattern.substr(0, settings.key_pattern.rfind('/'));
  if (request.has("type")) {
    const auto type = key_kind_of(request.text("type"));
    if (!type) return tl::unexpected(type.error());
    key.type = type->type;
    key.bits = type->bits;
    return key;
  }
  const auto parsed = old.key->parsed();
  if (!parsed) return tl::unexpected(parsed.error());
  key.type = (*parsed)->type();
  if (const int bits = (*parsed)->bits(); bits == 3072 || bits == 4096) key.bits = bits;
  return key;
}

/// The new key's file gets its name only after the plan is on disk: a key that is found is already waiting.
base::Result<DkimKeyMade> make_key(const DkimKeyRequest& key, const dkim::KeyUse& old,
                                   ControlContext& context) {
  auto made = generate_dkim_key(key, ".new");
  if (!made) return made;
  const std::string hidden = made->file + ".new";
  if (auto planned = context.dkim_watch.plan(key.domain, old.key->selector(), key.selector); !planned) {
    ::unlink(hidden.c_str());
    return tl::unexpected(planned.error());
  }
  if (auto renamed = system::rename_file(hidden, made->file); !renamed)
    return tl::unexpected(renamed.error());
  return made;
}

}  // namespace

void dkim_rotate(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const auto old = find_old(request, context, snapshot->dkim.keys);
  if (!old) return reply.error(old.error());
  const auto key = request_key(request, context, **old);
  if (!key) return reply.error(key.error());
  const auto made = make_key(*key, **old, context);
  if (!made) return reply.error(made.error());
  if (const ReloadResult reloaded = context.daemon.reload(); !reloaded)
    return reply.error("invalid", made->file + " was made, but the configuration has errors: " +
                                      base::join(reloaded.error(), "; ") + "; the record to publish is " +
                                      made->zone_record);
  reply.ok({}, {{"selector", key->selector}, {"replaces", (*old)->key->selector()}});
  reply.line({{"file", made->file}});
  reply.line({{"name", dkim::record_name(key->domain, key->selector)}});
  reply.line({{"record", made->record}});
  reply.line({{"zone", made->zone_record}});
}

}  // namespace signpost::daemon::commands
