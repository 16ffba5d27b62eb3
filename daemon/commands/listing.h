// A listing from a command's values, and as a body line of a reply.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/commands/reply.h"
#include "daemon/commands/table.h"
#include "policy/settings.h"
#include "policy/suppression.h"
#include "store/list/suppression_store.h"

namespace signpost::daemon::commands {

/// A listing of that address, domain or hash, canonical, with the spelling kept where it is in the clear. What else
/// it says is for the caller.
policy::Listing make_listing(const ListedValue& listed);

/// The answer where somebody is to be forgotten while an import runs, which may already have read the address.
void refuse_to_forget(Reply& reply);

/// A scope is everywhere, one tenant, or one tenant's stream; "all but one stream" needs no tenant.
base::Result<void> check_scope(const policy::Listing& listing);
/// "@ru" alone lists only mail to the host "ru"; who means the domains below it, or that host, must say so.
base::Result<void> check_top_level(const policy::Listing& listing, bool says_subdomains);
/// The scope, and that its tenant is configured: a misspelt name would block nothing.
base::Result<void> check_listing(const policy::Listing& listing, const policy::Settings& settings,
                                 const Caller& caller);

/// The options reason, tenant and stream of a command: what a new listing gets, and which listings are meant.
/// "-" as tenant or stream is the scope that has none.
policy::Reason reason_option(const Request& request);
std::string scope_option(const Request& request, std::string_view name);
store::list::ListingFilter filter_options(const Request& request);
/// The tenant of a new listing: what the option says. Without it, what one customer's recipient asked for, what
/// one customer's mail met, and what names a stream is that customer's own where there is only one; else it holds
/// everywhere.
std::string new_tenant(const Request& request, policy::Reason reason, const policy::Settings& settings);
/// The same of a listing that is a tenant's own whatever its reason.
std::string own_tenant(const Request& request, const policy::Settings& settings);

/// All its values; none for those that are not set.
Fields listing_fields(const policy::Listing& listing);
/// The same for a caller bound to a tenant: of what holds everywhere only that it does, as in the reply to its mail,
/// since it may come from another tenant's recipients.
Fields shown_to(const Caller& caller, const policy::Listing& listing);

}  // namespace signpost::daemon::commands
