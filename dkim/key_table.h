// The configured keys by their domain. A key is read and parsed when it is first needed, once, and shared by
// all threads and by the tables of later configurations. Where its bytes come from the table's maker knows.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/crypto.h"
#include "base/mutex.h"
#include "base/result.h"

namespace signpost::dkim {

/// A key that can sign, as sign() takes it.
struct SigningKey {
  std::string domain;    ///< d=, canonical
  std::string selector;  ///< s=
  std::shared_ptr<const base::PrivateKey> key;
};

/// What the publish gate lets a key do (dkim/gate).
enum class Standing : std::uint8_t {
  signs,
  waits,  ///< for its DNS record to be seen
  rests,  ///< replaced by another key
};

/// A file as it was found: two equal ones have the same bytes.
struct KeyFile {
  std::string path;
  std::int64_t changed = 0;  ///< status change, in nanoseconds since 1970
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::string password_file = {};  ///< of an encrypted one; may be empty
  bool operator==(const KeyFile&) const = default;
};

/// Thread-safe. Immutable but for being parsed once and for its standing.
class Key {
 public:
  using Parsed = std::shared_ptr<const base::PrivateKey>;
  /// Reads and parses the key of that file; shared by the keys of one table.
  using Read = std::function<base::Result<Parsed>(const KeyFile&)>;

  Key(std::string domain, std::string selector, KeyFile file, std::shared_ptr<const Read> read);
  explicit Key(SigningKey parsed);

  const std::string& domain() const { return domain_; }
  const std::string& selector() const { return selector_; }
  const KeyFile& file() const { return file_; }

  /// The first call reads; threads that need the same key meanwhile wait for it, others do not. A key that
  /// could not be read is tried again the next time.
  base::Result<Parsed> parsed() const;
  /// Absent until it is first needed.
  Parsed parsed_already() const;

  Standing standing() const { return standing_.load(std::memory_order_relaxed); }
  void set_standing(Standing standing) const { standing_.store(standing, std::memory_order_relaxed); }

 private:
  std::string domain_;
  std::string selector_;
  KeyFile file_;
  std::shared_ptr<const Read> read_;
  /// Held across I/O: while the key, this one alone, is read through `read_`.
  mutable base::Mutex reading_;
  mutable Parsed parsed_;  ///< written once under `reading_`, before `is_parsed_` says so
  mutable std::atomic<bool> is_parsed_{false};
  mutable std::atomic<Standing> standing_{Standing::signs};
};

/// A key and whose mail it signs.
struct KeyUse {
  std::shared_ptr<const Key> key;
  std::string tenant;       ///< empty: every tenant's
  bool subdomains = false;  ///< also authors below its domain
};

class KeyTable {
 public:
  /// The domain of a key that signs as whatever domain the author has.
  static constexpr std::string_view kAnyDomain = "*";

  void add(KeyUse use);
  /// One that is parsed already, for every tenant.
  void add(SigningKey key) { add({std::make_shared<const Key>(std::move(key)), {}, false}); }
  /// In the order they were added; empty if there is none.
  const std::vector<KeyUse>& of(std::string_view domain) const;
  /// nullptr if there is none.
  const KeyUse* find(std::string_view domain, std::string_view selector) const;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using ByDomain = std::unordered_map<std::string, std::vector<KeyUse>, Hash, std::equal_to<>>;
  const ByDomain& all() const { return by_domain_; }

 private:
  ByDomain by_domain_;
};

}  // namespace signpost::dkim
