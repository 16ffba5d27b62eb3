#include "web/networks.h"

#include <optional>
#include <string>
#include <utility>

#include "base/text.h"

namespace signpost::web {
namespace {

constexpr std::string_view kCompiledIn =
#include "web/networks.inc"
    ;

std::optional<track::Network> parse_class(std::string_view word) {
  if (word == "scanner") return track::Network::scanner;
  if (word == "hosting") return track::Network::hosting;
  if (word == "none") return track::Network::unknown;
  return std::nullopt;
}

base::Result<void> add_line(std::string_view line, base::NetworkTable& table) {
  line = base::trim(line.substr(0, line.find('#')));
  if (line.empty()) return {};
  const std::size_t blank = line.find_first_of(" \t");
  const auto kind = parse_class(line.substr(0, blank));
  if (!kind || blank == line.npos)
    return base::invalid("expected a class (scanner, hosting or none), a blank and a network");
  const auto network = base::parse_network(base::trim(line.substr(blank)));
  if (!network) return tl::unexpected(network.error());
  table.add(*network, static_cast<std::size_t>(*kind));
  return {};
}

base::Result<void> add_lines(std::string_view text, base::NetworkTable& table) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (auto added = add_line(text.substr(0, end), table); !added)
      return tl::unexpected(base::in_context("line " + std::to_string(number), added.error()));
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

Networks::Networks() {
  // A line that is wrong here is found by a test.
  (void)add_lines(kCompiledIn, table_);
}

track::Network Networks::find(std::string_view address) const {
  const auto ip = base::parse_ip(address);
  if (!ip) return track::Network::unknown;
  const auto found = table_.find(*ip);
  return found ? static_cast<track::Network>(*found) : track::Network::unknown;
}

base::Result<Networks> parse_networks(std::string_view text) {
  base::NetworkTable table;
  if (auto added = add_lines(text, table); !added) return tl::unexpected(added.error());
  if (auto added = add_lines(kCompiledIn, table); !added) return tl::unexpected(added.error());
  return Networks(std::move(table));
}

}  // namespace signpost::web
