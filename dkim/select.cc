// The author first, then whose the domain is, then the keys: the first reason found is the one reported; of
// the reasons why keys were passed over, the one that is nearest to a signature.
#include "dkim/select.h"

#include <algorithm>
#include <utility>

namespace signpost::dkim {
namespace {

/// One search; ends as soon as there are keys, or one that cannot be read.
class Search {
 public:
  Search(const KeyTable& table, const Sender& sender) : table_(table), sender_(sender) {}

  void at_domain(std::string_view domain) { look(table_.of(domain), domain, domain, false); }

  void at_parents(std::string_view domain) {
    for (std::size_t dot = domain.find('.'); dot != std::string_view::npos && !ended_;
         dot = domain.find('.', dot + 1)) {
      const std::string_view parent = domain.substr(dot + 1);
      look(table_.of(parent), parent, parent, true);
    }
  }

  void as_any(std::string_view domain) { look(table_.of(KeyTable::kAnyDomain), domain, domain, false); }

  Selection finish() && {
    if (ended_ && !keys_.empty()) {
      std::stable_partition(keys_.begin(), keys_.end(),
                            [](const SigningKey& key) { return key.key->type() == base::KeyType::rsa; });
      return {std::move(keys_), {}};
    }
    if (ended_) return {{}, Unsigned::key_unreadable, std::move(key_error_)};
    if (waiting_) return {{}, Unsigned::key_waiting};
    return {{}, other_tenant_ ? Unsigned::key_of_other_tenant : Unsigned::no_key_for_domain};
  }

 private:
  void look(const std::vector<KeyUse>& uses, std::string_view domain, std::string_view signing_domain,
            bool below) {
    if (ended_ || uses.empty() || sender_.is_foreign(domain)) return;
    take(uses, signing_domain, below, sender_.tenant);
    if (!ended_) take(uses, signing_domain, below, {});
    other_tenant_ =
        other_tenant_ || std::any_of(uses.begin(), uses.end(), [&](const KeyUse& use) {
          return !use.tenant.empty() && use.tenant != sender_.tenant && (use.subdomains || !below);
        });
  }

  /// The keys of exactly that tenant.
  void take(const std::vector<KeyUse>& uses, std::string_view signing_domain, bool below,
            std::string_view tenant) {
    for (const KeyUse& use : uses) {
      if (use.tenant != tenant || (below && !use.subdomains)) continue;
      if (use.key->standing() != Standing::signs) {
        waiting_ = waiting_ || use.key->standing() == Standing::waits;
        continue;
      }
      auto parsed = use.key->parsed();
      ended_ = true;
      if (!parsed) {
        key_error_ = parsed.error().text;
        return keys_.clear();
      }
      keys_.push_back({std::string(signing_domain), use.key->selector(), std::move(*parsed)});
    }
  }

  const KeyTable& table_;
  const Sender& sender_;
  std::vector<SigningKey> keys_;
  std::string key_error_;
  bool ended_ = false;
  bool waiting_ = false;
  bool other_tenant_ = false;
};

}  // namespace

Selection select(const Settings& settings, const tl::expected<mail::Address, mail::NoAuthor>& author,
                 const Sender& sender) {
  if (!author) return {{}, unsigned_because(author.error())};
  if (!sender.may_use_author) return {{}, Unsigned::foreign_domain};
  Search search(settings.keys, sender);
  search.at_domain(author->domain);
  search.at_parents(author->domain);
  search.as_any(author->domain);
  if (!settings.default_domain.empty()) search.at_domain(settings.default_domain);
  return std::move(search).finish();
}

}  // namespace signpost::dkim
