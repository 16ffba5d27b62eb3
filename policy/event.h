// An Event: one fact worth remembering, as the ordered keys of a policy-log line, and the line's two
// spellings (text, JSON). Escapes values; daemon/policy_log writes the lines. docs/log.md explains the keys.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::policy {

struct EventField {
  enum class Kind {
    word,     ///< a fixed word or an id; "-" if empty
    number,   ///< digits (a dot allowed); unquoted in JSON
    address,  ///< an address: <…> in text; hashed if the log says so
    list,     ///< words joined by commas
    words,    ///< as text, of somebody who may name a person in it: left out where addresses are hashed
    text,     ///< anything: quoted where needed, hostile bytes escaped
  };
  std::string_view key;  ///< a literal
  std::string value;
  Kind kind = Kind::word;
};

/// One line. `stage`, `action` and `reason` are fields like the others; keys never change meaning.
struct Event {
  base::Wall at{};
  std::vector<EventField> fields;
  void add(std::string_view key, std::string value, EventField::Kind kind = EventField::Kind::word) {
    fields.push_back({key, std::move(value), kind});
  }
  void add(std::string_view key, std::uint64_t number) {
    fields.push_back({key, std::to_string(number), EventField::Kind::number});
  }
  const std::string* find(std::string_view key) const;
};

/// Turns an address into what the log may show (hashing); empty: as it is.
using AddressView = std::function<std::string(std::string_view)>;

/// At most 8 KiB without the newline; a longer line has its longest values cut and ends in `cut=yes`. Control
/// bytes are \xNN, `"` and `\` are escaped; C1 controls, bidi marks, U+2028/9 and invalid UTF-8 are escaped
/// byte by byte; other UTF-8 is kept. An absent word is `-`.
std::string format_event_text(const Event& event, const AddressView& view = {});
/// The same keys, `time` first; lists are arrays, addresses stand without brackets, escapes are \uNNNN, and a
/// byte that is not UTF-8 becomes the text `\xNN`.
std::string format_event_json(const Event& event, const AddressView& view = {});

/// A value as a control-socket body line or a log line shows it: bare if it may be, else quoted and escaped.
std::string format_value(std::string_view value);
/// Back from format_value (quoted or bare). Error `invalid` for an unknown escape or an open quote.
base::Result<std::string> parse_value(std::string_view text);

/// Where events go. Never blocks; thread-safe.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void write(const Event& event) = 0;
  /// A fact to be remembered that others have logged already, such as a delivery.
  virtual void keep(const Event&) {}
};

}  // namespace signpost::policy
