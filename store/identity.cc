#include "store/identity.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/crypto.h"
#include "base/text.h"
#include "store/list/records.h"
#include "store/tables.h"
#include "system/file.h"

namespace signpost::store {
namespace {

constexpr std::string_view kNumberKey = "identity";
constexpr std::string_view kBegunKey = "begun";
constexpr std::string_view kFileBegin = "signpost-store ";
constexpr std::string_view kBeginning = " beginning";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kMaxFile = 256;

std::string digits(std::uint64_t number) {
  std::array<char, kDigits + 1> text{};
  (void)std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return std::string(text.data(), kDigits);
}

tl::unexpected<base::Error> mismatch(const std::string& text) {
  return base::fail(base::ErrorKind::corrupt, text);
}

base::Result<std::optional<IdentityText>> read_identity(const std::string& file) {
  const auto text = system::read_file(file, {.max_bytes = kMaxFile, .regular_only = true});
  if (!text && text.error().kind == base::ErrorKind::not_found) return std::optional<IdentityText>();
  if (!text) return tl::unexpected(base::in_context("reading " + file, text.error()));
  auto identity = parse_identity(*text);
  if (!identity) return tl::unexpected(base::in_context(file, identity.error()));
  return std::optional(*identity);
}

base::Result<void> write_identity(const std::string& file, const IdentityText& identity) {
  return system::replace_file(file, system::fill_with(format_identity(identity)));
}

base::Result<std::optional<std::uint64_t>> read_number(lmdb::Env& env, std::string_view key) {
  const auto transaction = env.read();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto bytes = transaction->get(tables::meta, key);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return std::optional<std::uint64_t>();
  const auto number = list::parse_number_record(**bytes);
  if (!number) return tl::unexpected(number.error());
  return std::optional(*number);
}

base::Wall time_of(std::uint64_t milliseconds) {
  return base::Wall(std::chrono::milliseconds(milliseconds));
}

/// Gives the list an identity; the file names it first as being begun, so that a start that was killed between the two
/// is known from a list that vanished.
base::Result<Identity> begin(lmdb::Env& env, const std::string& file, bool has_list, std::uint64_t number,
                             base::Wall now) {
  const auto begun = has_list ? base::Wall{} : now;
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(begun.time_since_epoch());
  auto done = write_identity(file, {number, true});
  if (done) {
    done = env.write([&](lmdb::WriteTransaction& transaction) {
      return transaction.put(tables::meta, kNumberKey, list::format_number(number)).and_then([&] {
        return transaction.put(tables::meta, kBegunKey,
                               list::format_number(static_cast<std::uint64_t>(milliseconds.count())));
      });
    });
  }
  if (done) done = write_identity(file, {number, false});
  if (!done) return tl::unexpected(done.error());
  return Identity{number, has_list ? Identity::Start::adopted : Identity::Start::first, begun};
}

base::Result<std::uint64_t> new_number() {
  const std::string random = base::random_bytes(sizeof(std::uint64_t));
  std::uint64_t number = 0;
  std::memcpy(&number, random.data(), sizeof number);
  return number;
}

}  // namespace

base::Result<IdentityText> parse_identity(std::string_view text) {
  const auto wrong =
      base::fail(base::ErrorKind::corrupt,
                 "expected one line: signpost-store and 16 hex digits, as signpostd writes it");
  if (!text.starts_with(kFileBegin) || !text.ends_with('\n')) return wrong;
  text = text.substr(kFileBegin.size(), text.size() - kFileBegin.size() - 1);
  IdentityText identity;
  if (text.ends_with(kBeginning)) {
    identity.is_beginning = true;
    text.remove_suffix(kBeginning.size());
  }
  if (text.size() != kDigits) return wrong;
  for (const char c : text) {
    const bool is_letter = c >= 'a' && c <= 'f';
    if (!is_letter && !base::is_digit(c)) return wrong;
    identity.number = identity.number << 4 | static_cast<std::uint64_t>(is_letter ? c - 'a' + 10 : c - '0');
  }
  return identity;
}

std::string format_identity(const IdentityText& identity) {
  return std::string(kFileBegin) + digits(identity.number) +
         (identity.is_beginning ? std::string(kBeginning) : std::string()) + "\n";
}

base::Result<Identity> settle_identity(lmdb::Env& env, const std::string& file, bool has_list,
                                       base::Wall now) {
  const auto listed = read_number(env, kNumberKey);
  if (!listed) return tl::unexpected(listed.error());
  const auto begun = read_number(env, kBegunKey);
  if (!begun) return tl::unexpected(begun.error());
  const auto named = read_identity(file);
  if (!named) return tl::unexpected(named.error());

  if (!*listed && !*named)
    return new_number().and_then(
        [&](std::uint64_t number) { return begin(env, file, has_list, number, now); });
  if (!*listed && (*named)->is_beginning) return begin(env, file, has_list, (*named)->number, now);
  if (!*listed) {
    return mismatch(
        "list.mdb is " + std::string(has_list ? "a list without an identity" : "missing or empty") +
        ", but " + file + " says that store " + digits((*named)->number) +
        " is here: mount its directory or put a backup of list.mdb in place; only to begin with " +
        (has_list ? "this list" : "an empty list") + ", remove " + file);
  }
  if (!*named) {
    return mismatch("list.mdb is store " + digits(**listed) + ", but " + file +
                    " is missing; if this is the right list, write it anew: echo 'signpost-store " +
                    digits(**listed) + "' > " + file);
  }
  if ((*named)->number != **listed) {
    return mismatch("list.mdb is store " + digits(**listed) + ", but " + file + " names store " +
                    digits((*named)->number) +
                    "; put the right list.mdb in place, or, if this is the right one: echo "
                    "'signpost-store " +
                    digits(**listed) + "' > " + file);
  }
  if ((*named)->is_beginning) {
    if (auto done = write_identity(file, {**listed, false}); !done) return tl::unexpected(done.error());
  }
  return Identity{**listed, Identity::Start::known, time_of(begun->value_or(0))};
}

}  // namespace signpost::store
