#include "store/link_store.h"

#include <utility>

#include "store/tables.h"

namespace signpost::store {

base::Result<std::vector<list::LinkBlock>> LinkStore::load() const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  std::vector<list::LinkBlock> blocks;
  base::Result<void> read;
  const auto scanned = transaction->scan(tables::links, "", [&](const lmdb::Transaction::Pair& pair) {
    auto block = list::parse_link_block(pair.key, pair.value);
    if (block) {
      blocks.push_back(std::move(*block));
    } else {
      read = tl::unexpected(std::move(block).error());
    }
    return read.has_value();
  });
  if (!scanned || !read) return tl::unexpected((scanned ? read : scanned).error());
  return blocks;
}

base::Result<bool> LinkStore::block(list::LinkBlock block) {
  const std::string key = list::link_key(block.scope, block.value);
  if (key.size() > lmdb::kMaxKeyBytes) return base::invalid("the value is too long");
  bool created = false;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    const auto bytes = transaction.get(tables::links, key);
    if (!bytes) return tl::unexpected(bytes.error());
    created = !bytes->has_value();
    if (!created) {
      const auto before = list::parse_link_block(key, **bytes);
      if (before) block.since = before->since;
    }
    return transaction.put(tables::links, key, list::format_link_block(block));
  });
  if (!written) return tl::unexpected(written.error());
  return created;
}

base::Result<bool> LinkStore::unblock(std::string_view scope, std::string_view value) {
  return writer_.erase(tables::links, list::link_key(scope, value));
}

}  // namespace signpost::store
