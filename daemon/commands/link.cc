// link block, unblock, blocked: the kill switch for tracking links.
#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "daemon/upkeep/link_switch.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::array<std::string_view, 5> kScopes = {"host", "tenant", "campaign", "msg", "kid"};

/// Scope and value of the one option that was given. Otherwise nullopt, and the error is already in the reply.
std::optional<store::list::LinkBlock> named_links(const Request& request, Reply& reply) {
  if (std::count_if(kScopes.begin(), kScopes.end(),
                    [&](std::string_view scope) { return request.has(scope); }) != 1) {
    reply.error("usage", "expected exactly one of host=, tenant=, campaign=, msg= and kid=");
    return {};
  }
  const std::string_view scope =
      *std::find_if(kScopes.begin(), kScopes.end(), [&](std::string_view one) { return request.has(one); });
  const auto* number = request.find<std::uint64_t>(scope);
  auto value = upkeep::link_value(scope, number != nullptr ? std::to_string(*number) : request.text(scope));
  if (!value) {
    reply.error("invalid", std::string(scope) + ": " + value.error().text);
    return {};
  }
  return store::list::LinkBlock{std::string(scope), std::move(*value), {}, {}, {}};
}

/// Scope and value; a key's id is a number.
Fields block_fields(const store::list::LinkBlock& block) {
  const auto number = base::parse_number(block.value);
  if (block.scope == "kid" && number) return {{block.scope, *number}};
  return {{block.scope, block.value}};
}

}  // namespace

void link_block(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  auto block = named_links(request, reply);
  if (!block) return;
  if (block->scope == "tenant" && context.snapshots.get()->policy.find_tenant(block->value) == nullptr)
    return reply.error("not-found", "no tenant is named '" + block->value + "'; `tenant list` shows all");
  block->since = context.clock.wall();
  block->by = request.caller.name;
  block->note = request.text("note");
  Fields told = block_fields(*block);
  const auto created = context.links.block(std::move(*block));
  if (!created) return reply.error(created.error());
  reply.ok(*created ? "blocked" : "changed", std::move(told));
}

void link_unblock(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto block = named_links(request, reply);
  if (!block) return;
  Fields told = block_fields(*block);
  const auto erased = context.links.unblock(block->scope, block->value);
  if (!erased) return reply.error(erased.error());
  if (!*erased) return reply.error("not-found", "not blocked: " + format_fields_text(told));
  reply.ok("unblocked", std::move(told));
}

void link_blocked(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  const auto blocks = context.links.load();
  if (!blocks) return reply.error(blocks.error());
  reply.ok();
  for (const store::list::LinkBlock& block : *blocks) {
    Fields fields = block_fields(block);
    fields.emplace_back("since", base::format_time(block.since));
    fields.emplace_back("by", block.by);
    if (!block.note.empty()) fields.emplace_back("note", block.note);
    reply.line(std::move(fields));
  }
  reply.end(blocks->size());
}

}  // namespace signpost::daemon::commands
