// One hit in the spool as bytes: length, checksum, payload. Knows how a record is framed and what it may
// hold; not files (web_spool_writer, web_spool_reader) and not whether its token is genuine.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "track/hit.h"

namespace signpost::web::spool {

constexpr std::size_t kMaxSpoolRecord = 16u << 10;  ///< bytes, with its frame

/// What a segment begins with.
constexpr std::string_view kSpoolHeader = "signpost-spool 1\n";

std::string format_spool_record(const track::Hit& hit);

struct SpoolRecord {
  track::Hit hit;
  std::size_t size = 0;  ///< bytes of the input that it took
};
/// The record at the start of `bytes`. Errors: `unavailable` if it is not there whole yet, `limit` if it is whole and of a
/// version that this program does not know yet, `corrupt` if these bytes can never become one. A hit that is read is well-formed, but not necessarily true: the writer of the
/// spool may lie.
base::Result<SpoolRecord> parse_spool_record(std::string_view bytes);

/// "hits-ULID.spool": names sort by age and are never used twice.
bool is_segment_name(std::string_view name);

}  // namespace signpost::web::spool
