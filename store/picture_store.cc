#include "store/picture_store.h"

#include <utility>

namespace signpost::store {

base::Result<std::optional<Picture>> PictureStore::find(const CampaignName& name) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto bytes = transaction->get(Table::hits, format_picture_key(name));
  if (!bytes) return tl::unexpected(bytes.error());
  auto picture = *bytes ? parse_picture(**bytes) : base::Result<Picture>(base::invalid("there is none"));
  return picture ? std::optional(std::move(*picture)) : std::nullopt;
}

base::Result<void> PictureStore::put(const CampaignName& name, const Picture& picture) {
  return writer_.run([&](WriteTransaction& transaction) {
    return transaction.put(Table::hits, format_picture_key(name), format_picture(picture));
  });
}

}  // namespace signpost::store
