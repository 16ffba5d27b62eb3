#include "store/picture_store.h"

#include <utility>

#include "store/tables.h"

namespace signpost::store {

base::Result<std::optional<list::Picture>> PictureStore::find(const CampaignName& name) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto bytes = transaction->get(tables::hits, format_picture_key(name));
  if (!bytes) return tl::unexpected(bytes.error());
  auto picture = *bytes ? list::parse_picture(**bytes)
                        : base::Result<list::Picture>(base::invalid("the campaign has no layout stored"));
  return picture ? std::optional(std::move(*picture)) : std::nullopt;
}

base::Result<void> PictureStore::put(const CampaignName& name, const list::Picture& picture) {
  return writer_.run([&](lmdb::WriteTransaction& transaction) {
    return transaction.put(tables::hits, format_picture_key(name), list::format_picture(picture));
  });
}

base::Result<std::vector<CampaignName>> PictureStore::samples_of(const IsPerson& is_person) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  std::vector<CampaignName> names;
  const auto scanned = transaction->scan(tables::hits, "s", [&](const lmdb::Transaction::Pair& pair) {
    auto name = parse_picture_key(pair.key);
    const auto picture = list::parse_picture(pair.value);
    const bool named = name && picture && !picture->person.empty();
    if (named && is_person(name->tenant, picture->person)) names.push_back(std::move(*name));
    return pair.key.starts_with('s');
  });
  if (!scanned) return tl::unexpected(scanned.error());
  return names;
}

base::Result<std::uint64_t> PictureStore::erase_samples_of(const IsPerson& is_person) {
  const auto names = samples_of(is_person);
  if (!names) return tl::unexpected(names.error());
  for (const CampaignName& name : *names) {
    auto picture = find(name);
    if (!picture) return tl::unexpected(picture.error());
    if (!*picture) continue;
    if (auto done = put(name, {(*picture)->hour, std::move((*picture)->skeleton), {}, {}}); !done)
      return tl::unexpected(done.error());
  }
  return names->size();
}

}  // namespace signpost::store
