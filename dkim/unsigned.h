// The fixed words of `unsigned=` in the log, as values: why a message has no signature of ours, whether it went out
// or not. docs/log.md explains each word.
#pragma once

#include <iosfwd>
#include <span>

#include "mail/field/author.h"

namespace signpost::dkim {

enum class Unsigned {
  no,  ///< it is signed, or it is not known yet that it will not be
  no_from,
  several_from,
  several_authors,
  empty_group,
  bad_from,
  foreign_domain,
  key_unreadable,
  key_waiting,
  key_of_other_tenant,
  no_key_for_domain,
  // What comes after the choice of keys:
  sign_error,
  too_many_fields,
  apply_failed,
  internal,
  not_accepted,
};

struct UnsignedWord {
  Unsigned why;
  const char* word;
};
/// All of them, in the order of the enumerators; `no` is "-", which no line shows.
std::span<const UnsignedWord> unsigned_words();
const char* unsigned_word(Unsigned why);
/// For the messages of tests.
std::ostream& operator<<(std::ostream& out, Unsigned why);

Unsigned unsigned_because(mail::NoAuthor reason);

}  // namespace signpost::dkim
