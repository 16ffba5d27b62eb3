// The author first, then whose the domain is, then the keys: the first reason found is the one reported.
#include "dkim/select.h"

namespace signpost::dkim {

Selection select(const Settings& settings, const tl::expected<mail::Address, mail::NoAuthor>& author,
                 Ownership ownership) {
  if (!author) return {{}, mail::no_author_word(author.error())};
  if (ownership == Ownership::foreign) return {{}, "foreign-domain"};
  const auto keys = settings.keys.find(author->domain);
  if (keys == settings.keys.end() || keys->second.empty()) return {{}, "no-key-for-domain"};
  return {keys->second, {}};
}

}  // namespace signpost::dkim
