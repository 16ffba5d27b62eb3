#include "daemon/ingest/report_rows.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "mail/address.h"

namespace signpost::daemon::ingest {
namespace {

constexpr std::size_t kMaxRows = 20;
constexpr std::size_t kNameBytes = 16;

}  // namespace

std::string report_source(const std::string& name) {
  const base::Digest digest = base::sha256(name);
  return std::string(store::kReportMark) + base::encode_hex(base::as_bytes(digest).substr(0, kNameBytes));
}

bool is_about(const feedback::Row& row, const ReturnedTo& to, const feedback::ReturnPaths& paths) {
  if (!to.path || to.path->is_shared()) return false;
  const auto address = mail::parse_address(row.address);
  if (!address) return false;
  const std::string canonical = mail::canonical_key(*address);
  return to.recipient.empty() ? paths.is_for(*to.path, canonical) : canonical == to.recipient;
}

std::vector<feedback::Row> rows_to_take(const feedback::Report& report, const ReturnedTo& to,
                                        const feedback::ReturnPaths& paths) {
  const auto shown =
      report.rows.begin() + static_cast<std::ptrdiff_t>(std::min(report.rows.size(), kMaxRows));
  std::vector<feedback::Row> rows(report.rows.begin(), shown);
  const auto about = std::find_if(shown, report.rows.end(),
                                  [&](const feedback::Row& row) { return is_about(row, to, paths); });
  if (about != report.rows.end()) rows.push_back(*about);
  return rows;
}

}  // namespace signpost::daemon::ingest
