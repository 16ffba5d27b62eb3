// Pages of an LMDB file as store/lmdb/page_check and store/lmdb/page_lookup read them, which is without LMDB. The bytes are
// hostile.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/lmdb/page_bytes.h"

namespace signpost::store::lmdb {

/// Reads up to `size` bytes; fewer at the end of the file.
base::Result<std::string> read_at(int file, std::uint64_t offset, std::size_t size);

/// The meta page that LMDB would use. Errors: corrupt, unavailable.
base::Result<MetaPage> newest_meta(int file);

/// "page N WHAT", of kind `corrupt`.
tl::unexpected<base::Error> damaged(std::uint64_t page, const std::string& what);

}  // namespace signpost::store::lmdb
