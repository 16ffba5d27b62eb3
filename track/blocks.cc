#include "track/blocks.h"

#include "base/encoding.h"
#include "base/text.h"

namespace signpost::track {
namespace {

constexpr std::string_view kFirstLine = "signpost-blocks 1";

bool blocks_host(const Blocks& blocks, std::string_view host) {
  for (;;) {
    if (blocks.hosts.find(host) != blocks.hosts.end()) return true;
    const std::size_t dot = host.find('.');
    if (dot == host.npos) return false;
    host.remove_prefix(dot + 1);
  }
}

std::string format_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && c != '%') {
      word += c;
    } else {
      word += "%" + base::encode_hex({&c, 1});
    }
  }
  return word;
}

/// Only the spelling of format_word, so that an entry has one spelling.
base::Result<std::string> parse_word(std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      text += word[i];
      continue;
    }
    const auto byte = base::decode_hex(word.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return base::invalid("a % without two hex digits");
    text += *byte;
    i += 2;
  }
  if (text.empty() || format_word(text) != word)
    return base::invalid("the entry is not in its canonical spelling");
  return text;
}

std::string format_tenant(std::uint32_t tenant) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(tenant >> shift);
  return base::encode_hex(bytes);
}

base::Result<std::uint32_t> parse_tenant(std::string_view word) {
  const auto bytes = base::decode_hex(word);
  if (!bytes || bytes->size() != 4) return base::invalid("a tenant must be eight hex digits");
  std::uint32_t tenant = 0;
  for (const char c : *bytes) tenant = tenant << 8 | static_cast<std::uint8_t>(c);
  return tenant;
}

/// Adds one line's entry; false if it was there before.
base::Result<bool> add_entry(Blocks& blocks, std::string_view kind, std::string_view word) {
  if (kind == "tenant") {
    const auto tenant = parse_tenant(word);
    if (!tenant) return tl::unexpected(tenant.error());
    return blocks.tenants.insert(*tenant).second;
  }
  if (kind == "key") {
    const auto id = base::parse_number(word);
    if (!id || *id == 0 || *id > 255) return base::invalid("a key id must be a number from 1 to 255");
    return blocks.key_ids.insert(static_cast<std::uint8_t>(*id)).second;
  }
  auto text = parse_word(word);
  if (!text) return tl::unexpected(text.error());
  if (kind == "host") return blocks.hosts.insert(base::lower(*text)).second;
  if (kind == "campaign") return blocks.campaigns.insert(std::move(*text)).second;
  if (kind == "message") return blocks.messages.insert(std::move(*text)).second;
  return base::invalid("'" + std::string(kind.substr(0, 32)) + "' is not a kind of entry");
}

}  // namespace

std::string target_host(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == url.npos) return {};
  std::string_view authority = url.substr(start + 3);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  const std::size_t at = authority.rfind('@');
  if (at != authority.npos) authority.remove_prefix(at + 1);
  const std::size_t port =
      authority.find(':', authority.find(']') == authority.npos ? 0 : authority.find(']'));
  authority = authority.substr(0, port);
  if (authority.ends_with('.')) authority.remove_suffix(1);
  return base::lower(authority);
}

bool is_blocked(const Blocks& blocks, const Token& token, std::string_view text) {
  if (blocks.key_ids.count(claimed_key(text).value_or(0)) > 0) return true;
  if (token.purpose == Purpose::unsubscribe) return false;
  if (blocks.tenants.count(token.tenant) > 0) return true;
  if (blocks.campaigns.count(token.campaign) > 0 || blocks.messages.count(token.message) > 0) return true;
  return token.purpose == Purpose::click && !blocks.hosts.empty() &&
         blocks_host(blocks, target_host(token.target));
}

std::string format_blocks(const Blocks& blocks) {
  std::string text(kFirstLine);
  text += '\n';
  for (const std::string& host : blocks.hosts) text += "host " + format_word(host) + "\n";
  for (const std::uint32_t tenant : blocks.tenants) text += "tenant " + format_tenant(tenant) + "\n";
  for (const std::string& campaign : blocks.campaigns) text += "campaign " + format_word(campaign) + "\n";
  for (const std::string& message : blocks.messages) text += "message " + format_word(message) + "\n";
  for (const std::uint8_t id : blocks.key_ids) text += "key " + std::to_string(id) + "\n";
  const std::size_t count = blocks.hosts.size() + blocks.tenants.size() + blocks.campaigns.size() +
                            blocks.messages.size() + blocks.key_ids.size();
  return text + "end " + std::to_string(count) + "\n";
}

base::Result<Blocks> parse_blocks(std::string_view text) {
  Blocks blocks;
  std::size_t line_number = 0;
  std::size_t count = 0;
  const auto wrong = [&line_number](const std::string& what) {
    return base::invalid("line " + std::to_string(line_number) + ": " + what);
  };
  bool ended = false;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = text.find('\n');
    if (end == text.npos) return wrong("cut short");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (ended) return wrong("text after the end");
    if (line_number == 1) {
      if (line != kFirstLine) return wrong("'" + std::string(kFirstLine) + "' was expected");
      continue;
    }
    const std::size_t blank = line.find(' ');
    if (blank == line.npos) return wrong("an entry must be a kind and a value");
    const std::string_view kind = line.substr(0, blank);
    const std::string_view value = line.substr(blank + 1);
    if (kind == "end") {
      if (base::parse_number(value) != count)
        return wrong("the count differs from the number of lines above");
      ended = true;
      continue;
    }
    const auto added = add_entry(blocks, kind, value);
    if (!added) return wrong(added.error().text);
    if (!*added) return wrong("the entry is repeated");
    ++count;
  }
  if (!ended) return base::invalid("the file is incomplete: its last line must be 'end COUNT'");
  return blocks;
}

}  // namespace signpost::track
