#include "dkim/unsigned.h"

#include <cstddef>
#include <iterator>
#include <ostream>

namespace signpost::dkim {
namespace {

constexpr UnsignedWord kWords[] = {
    {Unsigned::no, "-"},
    {Unsigned::no_from, "no-from"},
    {Unsigned::several_from, "several-from"},
    {Unsigned::several_authors, "several-authors"},
    {Unsigned::empty_group, "empty-group"},
    {Unsigned::bad_from, "bad-from"},
    {Unsigned::foreign_domain, "foreign-domain"},
    {Unsigned::key_unreadable, "key-unreadable"},
    {Unsigned::key_waiting, "key-waiting"},
    {Unsigned::key_of_other_tenant, "key-of-other-tenant"},
    {Unsigned::no_key_for_domain, "no-key-for-domain"},
    {Unsigned::sign_error, "sign-error"},
    {Unsigned::too_many_fields, "too-many-fields"},
    {Unsigned::apply_failed, "apply-failed"},
    {Unsigned::internal, "internal"},
    {Unsigned::not_accepted, "not-accepted"},
};

constexpr bool are_in_order() {
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (static_cast<std::size_t>(kWords[i].why) != i) return false;
  }
  return std::size(kWords) == static_cast<std::size_t>(Unsigned::not_accepted) + 1;
}
static_assert(are_in_order());

}  // namespace

std::span<const UnsignedWord> unsigned_words() {
  return kWords;
}

const char* unsigned_word(Unsigned why) {
  return kWords[static_cast<std::size_t>(why)].word;
}

std::ostream& operator<<(std::ostream& out, Unsigned why) {
  return out << unsigned_word(why);
}

Unsigned unsigned_because(mail::NoAuthor reason) {
  switch (reason) {
    case mail::NoAuthor::missing:
      return Unsigned::no_from;
    case mail::NoAuthor::several_fields:
      return Unsigned::several_from;
    case mail::NoAuthor::several_mailboxes:
      return Unsigned::several_authors;
    case mail::NoAuthor::empty_group:
      return Unsigned::empty_group;
    case mail::NoAuthor::unreadable:
      break;
  }
  return Unsigned::bad_from;
}

}  // namespace signpost::dkim
