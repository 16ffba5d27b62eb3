#include "store/key_store.h"

#include <utility>

#include "store/tables.h"

namespace signpost::store {

base::Result<KeyProgresses> KeyStore::load() const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  KeyProgresses progresses;
  base::Result<void> read;
  const auto scanned =
      transaction->scan(tables::runtime, std::string(kPrefix), [&](const lmdb::Transaction::Pair& pair) {
        if (!pair.key.starts_with(kPrefix)) return false;
        const std::string name(pair.key.substr(kPrefix.size()));
        auto progress = dkim::parse_progress(pair.value);
        if (progress) {
          progresses.emplace(name, std::move(*progress));
        } else {
          read = tl::unexpected(base::in_context("state of key " + name, progress.error()));
        }
        return read.has_value();
      });
  if (!scanned || !read) return tl::unexpected((scanned ? read : scanned).error());
  return progresses;
}

base::Result<void> KeyStore::put(const KeyProgresses& progresses) {
  return writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    for (const auto& [name, progress] : progresses) {
      const auto done =
          transaction.put(tables::runtime, std::string(kPrefix) + name, dkim::format_progress(progress));
      if (!done) return done;
    }
    return {};
  });
}

}  // namespace signpost::store
