// Who asks: one type for every door through which commands come. A peer of the control socket fills it
// (daemon/control/access); an API key will.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::daemon::commands {

/// What a command needs. Scopes of API keys become further rights.
enum class Right : unsigned {
  read = 1,   ///< look
  write = 2,  ///< change what is stored about recipients, tenants and limits
  admin = 4,  ///< change the daemon itself: its configuration, keys, files
};

/// "read", "write" or "admin".
std::string_view right_word(Right right);

/// A set of rights. No right implies another one.
class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(std::initializer_list<Right> rights) {
    for (const Right right : rights) bits_ |= static_cast<unsigned>(right);
  }
  constexpr bool has(Right right) const { return (bits_ & static_cast<unsigned>(right)) != 0; }
  constexpr bool none() const { return bits_ == 0; }
  bool operator==(const Rights&) const = default;

 private:
  unsigned bits_ = 0;
};

struct Caller {
  Rights rights;
  std::string name;  ///< for listings and overrides: "operator uid=0"
  /// The tenant that the caller is bound to: nothing of another one is shown or changed. Absent: all tenants.
  std::optional<std::string> tenant;

  bool sees(std::string_view other) const { return !tenant || *tenant == other; }
};

}  // namespace signpost::daemon::commands
