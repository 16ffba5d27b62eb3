#include "store/lmdb/page_file.h"

#include "system/file.h"

namespace signpost::store::lmdb {

tl::unexpected<base::Error> damaged(std::uint64_t page, const std::string& what) {
  return base::fail(base::ErrorKind::corrupt, "page " + std::to_string(page) + " " + what);
}

base::Result<std::string> read_at(int file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const auto got = system::read_at(file, offset, bytes.data(), size);
  if (!got) return tl::unexpected(base::in_context("the store", got.error()));
  bytes.resize(*got);
  return bytes;
}

base::Result<MetaPage> newest_meta(int file) {
  constexpr std::size_t kEnough = 512;
  auto head = read_at(file, 0, kEnough);
  if (!head) return tl::unexpected(head.error());
  auto first = parse_meta_page(*head);
  if (!first) return first;
  auto rest = read_at(file, first->page_bytes, kEnough);
  if (!rest) return tl::unexpected(rest.error());
  auto second = parse_meta_page(*rest);
  if (!second) return second;
  if (second->page_bytes != first->page_bytes)
    return damaged(1, "has a different page size than the one before it");
  return second->transaction > first->transaction ? second : first;
}

}  // namespace signpost::store::lmdb
