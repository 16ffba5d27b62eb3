// The layout of the store: how keys are spelled and what the values hold. Pure; every decoder takes hostile
// bytes, and a record that is not exactly what format_* writes is `corrupt`, never "not listed".
// docs/store.md explains how the tables fit together.
//
// clang-format off
//   meta       "format", "normalisation"         a number each
//              "replacing"                       Replacing; none if no set is being replaced
//              "hash-key" NUL ID                 a hash of that key of the ring
//              "folds"                           what the index of folded addresses was made for
//              "scrub"                           a number that changes so that something is committed
//   addresses  net.example NUL bob               Record; the domain's labels are reversed, so a domain's
//                                                addresses are neighbours
//   domains    net.example                       Record; a domain listing, with or without the names below it
//   hashed     ID HASH (store/list/hash_keys)         Record; an address or domain known by its keyed hash only
//   folded     see store/list/foldings
//   sets       reason, tenant                    Set
//   runtime    "pause" NUL tenant                Pause
//              "limit" NUL name                  LimitOverride
//   links      scope NUL value                   LinkBlock
//   hits       see store/hit_keys
//
// Names have at most 253 octets and canonical local parts 200 (mail/local_part), so no key comes near LMDB's 511.
// clang-format on
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/address.h"
#include "policy/limits/overrides.h"
#include "policy/suppression.h"

namespace signpost::store::list {

/// Of the tables and records. 2 brought hashed listings, which a program of version 1 would not find; 3
/// checksums that hold a record to its key.
inline constexpr std::uint64_t kFormatVersion = 3;
/// Of mail::canonical_key. 2 brought NFC before the "@". Raise it with every change of which addresses are equal: a
/// store of an older version is re-keyed when it is opened (store/migration).
inline constexpr std::uint64_t kNormalisationVersion = 2;

/// "mail.example.net" as "net.example.mail", and back with the same call; an address literal
/// ("[192.0.2.1]") stays as it is.
std::string reversed_domain(std::string_view domain);

/// The key of an address in `addresses`, of its canonical form.
std::string address_key(const mail::Address& address);
/// The canonical address of such a key. Error `corrupt` if it is not such a key.
base::Result<mail::Address> parse_address_key(std::string_view key);

/// A listing and the generation of the set it belongs to. Within one record (scope, reason,
/// generation) is unique.
struct Entry {
  policy::Listing listing;  ///< address and as_given come from the key if they agree with it
  std::uint64_t generation = 0;
  bool operator==(const Entry&) const = default;
};

/// All entries of one address or domain, under that key; with a version and a checksum, which is over the key
/// too: what is found where it does not belong is damaged. `address` is the canonical one of the key. Records
/// of format 2 and before, whose checksum leaves out the key, are read as well.
std::string format_record(std::string_view key, const std::vector<Entry>& entries);
base::Result<std::vector<Entry>> parse_record(std::string_view key, std::string_view address,
                                              std::string_view bytes);

/// The listings of one reason and tenant ("": everywhere). Only entries of its current generation count, so
/// that replacing a whole set is one write of this record.
struct Set {
  std::uint64_t generation = 0;
  std::uint64_t entries = 0;  ///< of that generation, expired ones included
  bool operator==(const Set&) const = default;
};
std::string set_key(policy::Reason reason, std::string_view tenant);
struct SetName {
  policy::Reason reason;
  std::string tenant;
};
base::Result<SetName> parse_set_key(std::string_view key);
std::string format_set(const Set& set);
base::Result<Set> parse_set(std::string_view bytes);

/// A running replacement, under kReplacingKey in `meta`: what others add to that set meanwhile is added to the coming
/// generation too.
struct Replacing {
  SetName name;
  std::uint64_t generation = 0;
  std::uint64_t added = 0;  ///< entries that others added
};
inline constexpr std::string_view kReplacingKey = "replacing";
std::string format_replacing(const Replacing& replacing);
base::Result<Replacing> parse_replacing(std::string_view bytes);

std::string format_pause(const policy::limits::Pause& pause);
base::Result<policy::limits::Pause> parse_pause(std::string_view bytes);
std::string format_limit_override(const policy::limits::LimitOverride& limit);
base::Result<policy::limits::LimitOverride> parse_limit_override(std::string_view bytes);

/// The links that an operator switched off. "host" H, "tenant" name, "campaign" C, "msg" ULID or "kid" number.
struct LinkBlock {
  std::string scope;
  std::string value;
  base::Wall since{};
  std::string by;
  std::string note;
  bool operator==(const LinkBlock&) const = default;
};
std::string link_key(std::string_view scope, std::string_view value);
std::string format_link_block(const LinkBlock& block);
/// Scope and value come from the key.
base::Result<LinkBlock> parse_link_block(std::string_view key, std::string_view bytes);

/// The layout of a campaign's message, for its click map.
struct Picture {
  std::uint32_t hour = 0;  ///< since 1970, when it was made
  std::string skeleton;    ///< as campaign::format_skeleton writes it
  std::string sample;      ///< as campaign::make_sample writes it; empty: none is kept
  /// Whose message the sample is, as a keyed hash; empty: that of no one or of several people.
  std::string person;
  bool operator==(const Picture&) const = default;
};
std::string format_picture(const Picture& picture);
base::Result<Picture> parse_picture(std::string_view bytes);

std::string format_number(std::uint64_t number);
base::Result<std::uint64_t> parse_number_record(std::string_view bytes);

}  // namespace signpost::store::list
