// The suppression lists of other services, as one table: by which columns each is known, what they mean, which reason
// and scope its words stand for, and who says so. Knows no bytes; importers/layout finds the format of a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "importers/records.h"
#include "policy/reason.h"

namespace signpost::importers {

/// For whose mail an entry holds.
enum class Scope {
  by_reason,      ///< as with `suppress add` of that reason
  everywhere,     ///< all tenants, unless the import names one
  own,            ///< the tenant of the import
  bulk,           ///< its streams other than transactional
  transactional,  ///< its stream transactional
};

enum class Fate {
  take,
  ignore,  ///< what the file says is not a reason to suppress
  ask,     ///< the file does not say why: the operator must
};

/// What becomes of a record.
struct Meaning {
  Fate fate = Fate::take;
  policy::Reason reason = policy::Reason::manual;
  Scope scope = Scope::by_reason;
  /// The record itself names the reason; otherwise `reason=` of the operator counts instead, for what is ignored too.
  bool is_told = true;
  /// Soft bounces of a file without expiry end after kSoftBounceDays.
  bool ends = false;
};
inline constexpr int kSoftBounceDays = 7;

/// Values of Format::keys in the same order, squeezed (importers/records) as in the file: "" is an empty one, "*" any,
/// "4*" one that begins so, "!email" any other. What is not named is any.
struct Rule {
  std::vector<std::string_view> values;
  Meaning meaning;
};

/// A column that is set where something holds: such a record can say several things at once. `value` is squeezed; "*":
/// anything but nothing and FALSE.
struct Flag {
  std::string_view column;
  std::string_view value;
  Meaning meaning;
};

enum class Shape { csv, json, any };

/// What stands where the address does.
enum class NameKind {
  address,
  access,           ///< a pattern of an access table of Postfix
  sendmail_access,  ///< likewise of Sendmail, without its tag
  sender,           ///< a pattern of a list server's list of senders
};

/// One kind of file. All column names are squeezed.
struct Format {
  std::string_view name = {};    ///< for format=
  std::string_view title = {};   ///< for people
  std::string_view source = {};  ///< who says that it is so
  Shape shape = Shape::any;
  std::vector<std::string_view> signature = {};  ///< columns that must be there
  std::vector<std::string_view> absent = {};     ///< and that must not
  /// The signature is too small to tell it from an ordinary file: no other column may be there, and the file's name
  /// holds this, or the operator says format=. With several names one of them.
  std::vector<std::string_view> file_names = {};
  bool needs_name = false;
  bool is_exact = false;  ///< no other columns
  /// It has no header line but so many columns, named by their numbers, of which those of the signature must be there;
  /// 0: it has one.
  std::size_t headless_width = 0;
  char separator = '\0';           ///< of a file without a header; '\0': found out; '\n': a line is one field
  MapKind map = MapKind::none;     ///< its records are those of importers/map_records
  std::string_view comments = {};  ///< what the lines between the records begin with, if not #
  std::string_view address = {};
  NameKind names = NameKind::address;
  /// Nothing confirms how the column of addresses is called: what to say where `columns=address:` does not name it.
  std::string_view address_advice = {};
  std::string_view domain = {};  ///< of an entry that is a domain
  std::string_view created = {};
  std::string_view expires = {};
  std::vector<std::string_view> notes = {};
  std::string_view subaccount = {};     ///< what the provider keeps apart and the file has together
  std::string_view whole_account = {};  ///< its value, squeezed, where nothing is apart
  std::string_view tags = {};  ///< kinds of mail, between commas, that the operator can name streams for
  std::vector<std::string_view> keys = {};
  std::vector<Rule> rules = {};  ///< the first that fits; none: the record is bad
  /// Instead of keys and rules: each that is set is an entry, none: the record is ignored.
  std::vector<Flag> flags = {};
  /// What TRUE means in the columns that nothing else names; their names become the note.
  std::optional<Meaning> other_flags = {};
  /// This is not a suppression list: why.
  std::string_view refusal = {};
  std::string_view remark = {};  ///< what the operator should know about every such list
};

const std::vector<Format>& formats();
/// By its name; nullptr if none has it.
const Format* find_format(std::string_view name);

/// What a word in a column of reasons that an operator named stands for: our own words, and what other programs write
/// ("Bounced", "spam complaint", "opted out", "subscribed"). nullopt for others.
std::optional<Meaning> meaning_of_word(std::string_view word);

}  // namespace signpost::importers
