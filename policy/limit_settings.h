// One limit as the configuration has it: what it counts by, how much may pass, which mail it covers, and for which
// keys another rate holds. How full it is, is policy/limits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "policy/login_pattern.h"

namespace signpost::policy {

namespace limits {
class Selector;
class Exceptions;
}  // namespace limits

enum class LimitKeyPart { tenant, stream, login, sender, sender_domain, client, rcpt_domain, rcpt_provider };
inline constexpr LimitKeyPart kLimitKeyParts[] = {LimitKeyPart::tenant,        LimitKeyPart::stream,
                                                  LimitKeyPart::login,         LimitKeyPart::sender,
                                                  LimitKeyPart::sender_domain, LimitKeyPart::client,
                                                  LimitKeyPart::rcpt_domain,   LimitKeyPart::rcpt_provider};
const char* key_part_word(LimitKeyPart part);
enum class Weight { recipients, messages, bytes };
enum class LimitAction { observe, defer, hold, refuse };

/// "20k/h": at most `count` in any `window`.
struct Rate {
  std::uint64_t count = 0;
  std::chrono::nanoseconds window{};
  bool operator==(const Rate&) const = default;
};
/// "1000/h", "20k/h", "5000/d", "2M/w", "10MB/h": the time is s, m, h, d or w; k and M are 1000 and its
/// square, KB, MB and GB (for the weight `bytes`) powers of 1024. Errors say what was expected. 0 is one, and
/// so is above 10^15.
base::Result<Rate> parse_rate(std::string_view text);
std::string format_rate(const Rate& rate);

/// Names of mail, each list as the configuration has it. An empty list names nothing.
struct MailNames {
  std::vector<std::string> tenants;
  std::vector<std::string> streams;
  std::vector<std::string>
      logins;  ///< patterns (policy/login_pattern); compared with the case rule of the mail's tenant
  std::vector<SenderPattern> senders;
  std::vector<base::Network> clients;
};

/// Which mail a limit covers (policy/limits/selector).
struct When {
  MailNames only;    ///< each list that is not empty must name the mail
  MailNames except;  ///< no list may name it
};

/// One part of a key as an exception names it: a value, or several at once.
struct KeyTerm {
  enum class Form {
    whole,      ///< the value of the part
    domain,     ///< of logins: all of a domain
    beginning,  ///< of senders: what their local part begins with; "" for all of a domain
    network,    ///< of clients
  };
  LimitKeyPart part = LimitKeyPart::tenant;
  Form form = Form::whole;
  std::string text;  ///< in canonical form, as people read it; a login keeps its case
  /// Of a beginning, its length; of a network, the bits of its prefix.
  std::size_t size = 0;
  SenderPattern sender = {};   ///< of senders but the null one
  base::Network network = {};  ///< of networks
  bool operator==(const KeyTerm&) const = default;
};
/// What `text` names of that part: a login or "@domain"; an address, the beginning of one, "@domain" or "<>" (the null
/// sender); a domain; an address or network, or "local" (a client without an address); a name. Error `invalid` for
/// anything else, and for more than 255 octets: it says what is expected.
base::Result<KeyTerm> parse_key_term(LimitKeyPart part, std::string_view text);

/// One [[limit.override]]: for keys with these parts, other rates hold (policy/limits/exceptions).
struct LimitException {
  std::vector<KeyTerm> terms;          ///< at most one for each part of the limit's key
  std::vector<Rate> rates;             ///< empty: no limit
  std::optional<std::uint64_t> burst;  ///< absent: the limit's
};
/// "login=bulk@acme.example client=192.0.2.0/24"
std::string format_terms(const LimitException& exception);

inline constexpr std::uint64_t kDefaultMaxKeys = 100'000;

struct LimitSettings {
  std::string name;
  std::vector<LimitKeyPart> key;
  std::vector<Rate> rates;
  std::optional<std::uint64_t> burst;  ///< absent: quota (sliding window); given: pace (GCRA)
  Weight weight = Weight::recipients;
  LimitAction action = LimitAction::defer;
  When when;
  std::vector<LimitException> exceptions;
  /// Made of `when` and `exceptions` by Settings::index_limits, and of no use if they change afterwards.
  std::shared_ptr<const limits::Selector> selector;
  std::shared_ptr<const limits::Exceptions> exception_index;
  /// How many keys may have a count of their own at once; further ones share one (policy/limits/capped_buckets).
  std::uint64_t max_keys = kDefaultMaxKeys;
  /// If an exception set the rates: its terms (format_terms).
  std::string exception = {};
};

/// Who set the rates that hold for a key.
enum class RatesBy { configuration, exception, operator_ };
/// "configuration", "exception", "operator"
const char* rates_by_word(RatesBy by);

}  // namespace signpost::policy
