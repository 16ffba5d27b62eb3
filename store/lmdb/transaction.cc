// Reading and writing within a transaction; store/lmdb/env.cc begins and ends it.
#include <string>
#include <utility>
#include <vector>

#include "store/lmdb/handle.h"

namespace signpost::store::lmdb {
namespace {

MDB_val value_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // LMDB reads through it only
}
std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

base::ErrorKind kind_of(int code) {
  switch (code) {
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_CURSOR_FULL:
      return base::ErrorKind::corrupt;
    case MDB_BAD_VALSIZE:
      return base::ErrorKind::invalid;
    default:
      return base::ErrorKind::unavailable;
  }
}

}  // namespace

Cursor open_cursor(MDB_txn* txn, MDB_dbi table, int& code) {
  MDB_cursor* cursor = nullptr;
  code = mdb_cursor_open(txn, table, &cursor);
  return Cursor(cursor);
}

base::Error lmdb_error(const char* what, int code) {
  return {kind_of(code), std::string("store: ") + what + ": " + mdb_strerror(code)};
}

base::Result<std::optional<std::string_view>> Transaction::get(Table table, std::string_view key) const {
  if (key.empty() || key.size() > kMaxKeyBytes) return std::nullopt;  // put refuses such keys
  if (auto sound = handle_->damages->check_key(table, key); !sound) return tl::unexpected(sound.error());
  MDB_val wanted = value_of(key);
  MDB_val found{};
  const int code = mdb_get(handle_->txn, handle_->tables[static_cast<std::size_t>(table)], &wanted, &found);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(lmdb_error("cannot read", code));
  return view_of(found);
}

base::Result<void> Transaction::scan(Table table, std::string_view from,
                                     const std::function<bool(const Pair&)>& visit) const {
  if (auto sound = handle_->damages->check_walk(table, from); !sound) return sound;
  int code = 0;
  const Cursor cursor = open_cursor(handle_->txn, handle_->tables[static_cast<std::size_t>(table)], code);
  if (code != 0) return tl::unexpected(lmdb_error("cannot read", code));
  MDB_val key = value_of(from);
  MDB_val value{};
  code = mdb_cursor_get(cursor.get(), &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (code == 0 && visit({view_of(key), view_of(value)})) {
    code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
  }
  if (code != 0 && code != MDB_NOTFOUND) return tl::unexpected(lmdb_error("cannot read", code));
  return {};
}

base::Result<std::uint64_t> Transaction::count(Table table) const {
  MDB_stat stat{};
  const int code = mdb_stat(handle_->txn, handle_->tables[static_cast<std::size_t>(table)], &stat);
  if (code != 0) return tl::unexpected(lmdb_error("cannot read", code));
  return stat.ms_entries;
}

base::Result<std::optional<std::string_view>> Transaction::last_key(Table table) const {
  if (auto sound = handle_->damages->check_walk(table, {}); !sound) return tl::unexpected(sound.error());
  int code = 0;
  const Cursor cursor = open_cursor(handle_->txn, handle_->tables[static_cast<std::size_t>(table)], code);
  if (code != 0) return tl::unexpected(lmdb_error("cannot read", code));
  MDB_val key{};
  MDB_val value{};
  code = mdb_cursor_get(cursor.get(), &key, &value, MDB_LAST);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(lmdb_error("cannot read", code));
  return view_of(key);
}

void WriteTransaction::note(int code) {
  if (failed_ == 0) failed_ = code;
}

base::Result<void> WriteTransaction::put(Table table, std::string_view key, std::string_view value) {
  return put_with(0, table, key, value);
}

base::Result<void> WriteTransaction::append(Table table, std::string_view key, std::string_view value) {
  return put_with(MDB_APPEND, table, key, value);
}

base::Result<void> WriteTransaction::put_with(unsigned flags, Table table, std::string_view key,
                                              std::string_view value) {
  if (key.empty() || key.size() > kMaxKeyBytes) return base::invalid("store: a key must have 1 to 511 bytes");
  MDB_val key_value = value_of(key);
  MDB_val data = value_of(value);
  const int code =
      mdb_put(handle_->txn, handle_->tables[static_cast<std::size_t>(table)], &key_value, &data, flags);
  if (code == 0) return {};
  note(code);
  return tl::unexpected(lmdb_error("cannot write", code));
}

base::Result<bool> WriteTransaction::erase(Table table, std::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes) return false;
  MDB_val wanted = value_of(key);
  const int code = mdb_del(handle_->txn, handle_->tables[static_cast<std::size_t>(table)], &wanted, nullptr);
  if (code == 0) return true;
  if (code == MDB_NOTFOUND) return false;
  note(code);
  return tl::unexpected(lmdb_error("cannot write", code));
}

base::Result<void> WriteTransaction::forget_border(Table table, std::string_view key) {
  // A page that begins with the key ends within as many bytes. Emptied, it is removed together with its border; the
  // pairs that are put back get new borders.
  MDB_stat stat{};
  const int code = mdb_stat(handle_->txn, handle_->tables[static_cast<std::size_t>(table)], &stat);
  if (code != 0) return tl::unexpected(lmdb_error("cannot read", code));
  const std::size_t page_bytes = stat.ms_psize;
  std::vector<std::pair<std::string, std::string>> pairs;
  std::size_t bytes = 0;
  auto done = scan(table, key, [&](const Pair& pair) {
    pairs.emplace_back(pair.key, pair.value);
    const std::size_t size = pair.key.size() + pair.value.size();
    bytes += size < page_bytes / 2 - 32 ? size : pair.key.size();  // long values have pages of their own
    return bytes < 2 * page_bytes;
  });
  for (const auto& [name, value] : pairs) {
    if (done) done = erase(table, name).map([](bool) {});
  }
  for (const auto& [name, value] : pairs) {
    if (done) done = put(table, name, value);
  }
  return done;
}

}  // namespace signpost::store::lmdb
