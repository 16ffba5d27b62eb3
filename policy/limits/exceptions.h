// For which keys of a limit other rates hold: [[limit.override]], found without walking them. Made once per Snapshot.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/limit_settings.h"
#include "policy/limits/key.h"

namespace signpost::policy::limits {

/// Of several exceptions that name a key, the one decides that names more of its parts; then the one that names more of
/// them wholly, not by a domain, beginning or network; then the longer beginning or network; then the first.
///
/// Immutable, so thread-safe. A look-up costs O(log n) for each shape that the exceptions have: which parts they name,
/// and each wholly or by which length. A site has few shapes, however many exceptions.
class Exceptions {
 public:
  /// `limit.exceptions`; their terms must be parts of the limit's key.
  explicit Exceptions(const LimitSettings& limit);

  /// The limit as it is for that key: with its name, key, weight and action, but other rates (none: no limit).
  /// nullptr: no exception names the key. The result lives as long as this.
  const LimitSettings* find(const Key& key) const;
  /// The same by the terms of the exception (format_terms). Walks them all.
  const LimitSettings* find_terms(std::string_view terms) const;

 private:
  /// How one term is looked for in a key.
  struct Probe {
    std::size_t position = 0;  ///< in the key
    KeyTerm::Form form = KeyTerm::Form::whole;
    std::size_t size = 0;
    std::optional<LoginCase> login_case;             ///< of whole logins: for keys with this rule only
    auto operator<=>(const Probe&) const = default;  // NOLINT(modernize-use-nullptr)
  };
  /// Exceptions whose terms are looked for in the same way.
  struct Shape {
    std::vector<Probe> probes;
    std::size_t whole = 0;                                   ///< terms that name a value
    std::size_t size = 0;                                    ///< sum of the probes' sizes
    std::map<std::string, std::size_t, std::less<>> places;  ///< what is looked for -> place in `limits_`
    bool is_narrower(const Shape& other) const;
  };
  void add(const LimitException& exception, std::size_t place, const std::vector<LimitKeyPart>& key,
           LoginCase login_case);
  static std::optional<std::string> look(const Shape& shape, const Key& key);

  std::vector<LimitSettings> limits_;
  std::vector<Shape> shapes_;  ///< narrowest first
};

/// The limit as it is for the bucket of that key (format_key), whatever an operator set. The result is `limit` or lives
/// as long as it. Of a login, the case rule is not known: a folded one is taken if there is an exception for it.
const LimitSettings& limit_for(const LimitSettings& limit, std::string_view key);

}  // namespace signpost::policy::limits
