// parse_evidence: a kept report comes back as it was; any other line is an error or some report.
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/facts/evidence.h"

namespace {

using namespace signpost::daemon::facts;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view text) {
  if (const auto parsed = parse_evidence(text)) {
    const auto again = parse_evidence(format_evidence(*parsed));
    require(again && again->raw == parsed->raw.substr(0, kMaxEvidence) && again->id == parsed->id);
  }
  Evidence made;
  made.local_parts = {std::string(text.substr(0, 64))};
  made.raw = text;
  const std::string line = format_evidence(made);
  require(line.size() < 64 * 1024 && line.find('\n') == std::string::npos);
  const auto back = parse_evidence(line);
  require(back && back->raw == text.substr(0, kMaxEvidence));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
