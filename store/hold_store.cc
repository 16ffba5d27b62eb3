#include "store/hold_store.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/bytes.h"
#include "base/encoding.h"
#include "base/siphash.h"
#include "store/tables.h"

namespace signpost::store {
namespace {

using policy::limits::HeldMessage;

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSum = 4;  ///< octets of the checksum behind the record

void write_time(base::ByteWriter& out, base::Wall time) {
  out.signed_number(std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

base::Wall read_time(base::ByteReader& in) {
  return base::Wall{std::chrono::milliseconds{in.signed_number()}};
}

}  // namespace

std::string format_held_message(const HeldMessage& message) {
  base::ByteWriter out;
  out.byte(kVersion);
  out.text(message.queue_id);
  out.text(message.tenant);
  out.text(message.stream);
  out.text(message.login);
  out.text(message.sender);
  out.number(message.recipients.size());
  for (const std::string& recipient : message.recipients) out.text(recipient);
  out.number(message.listable.size());
  for (const std::string& address : message.listable) out.text(address);
  out.byte(message.judged_at_submit ? 1 : 0);
  out.number(message.charges.size());
  for (const policy::limits::HeldCharge& charge : message.charges) {
    out.text(charge.limit);
    out.text(charge.key);
    out.number(charge.amount);
  }
  out.number(message.signatures.size());
  for (const std::string& signature : message.signatures) out.text(signature);
  write_time(out, message.since);
  write_time(out, message.due);
  write_time(out, message.expires);
  out.word(base::checksum(out.bytes()));
  return out.take();
}

base::Result<HeldMessage> parse_held_message(std::string_view id, std::string_view value) {
  const std::string_view body = value.substr(0, value.size() - std::min(value.size(), kSum));
  base::ByteReader sum(value.substr(body.size()));
  const bool is_whole = sum.word() == base::checksum(body) && sum.ok();
  base::ByteReader in(body);
  HeldMessage message;
  message.id = id;
  const bool is_known = is_whole && base::is_ulid(id) && in.byte() == kVersion;
  message.queue_id = in.text();
  message.tenant = in.text();
  message.stream = in.text();
  message.login = in.text();
  message.sender = in.text();
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left)
    message.recipients.emplace_back(in.text());
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left)
    message.listable.emplace_back(in.text());
  const std::uint8_t judged = in.byte();
  message.judged_at_submit = judged == 1;
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) {
    policy::limits::HeldCharge charge;
    charge.limit = in.text();
    charge.key = in.text();
    charge.amount = in.number();
    message.charges.push_back(std::move(charge));
  }
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left)
    message.signatures.emplace_back(in.text());
  message.since = read_time(in);
  message.due = read_time(in);
  message.expires = read_time(in);
  if (!is_known || judged > 1 || !in.ok() || !in.at_end())
    return base::fail(base::ErrorKind::corrupt, "store: the record of a held message cannot be read");
  return message;
}

base::Result<std::vector<HeldMessage>> HoldStore::load() const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  std::vector<HeldMessage> messages;
  base::Result<void> read;
  const auto scanned = transaction->scan(tables::held, "", [&](const lmdb::Transaction::Pair& pair) {
    auto message = parse_held_message(pair.key, pair.value);
    if (message) {
      messages.push_back(std::move(*message));
    } else {
      read = tl::unexpected(std::move(message).error());
    }
    return read.has_value();
  });
  if (!scanned || !read) return tl::unexpected((scanned ? read : scanned).error());
  return messages;
}

base::Result<void> HoldStore::add(const HeldMessage& message) {
  const std::string value = format_held_message(message);
  return writer_.run(
      [&](lmdb::WriteTransaction& transaction) { return transaction.put(tables::held, message.id, value); });
}

base::Result<void> HoldStore::remove(std::span<const std::string> ids) {
  return writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    for (const std::string& id : ids) {
      const auto erased = transaction.erase(tables::held, id);
      if (!erased) return tl::unexpected(erased.error());
    }
    return {};
  });
}

}  // namespace signpost::store
