#include "dkim/signature.h"

#include <algorithm>
#include <unordered_map>

#include "base/encoding.h"
#include "base/text.h"
#include "dkim/canonical.h"
#include "dkim/tags.h"

namespace signpost::dkim {

namespace {

/// Beyond the year 9000 no time is meant; it must stay countable in milliseconds.
constexpr std::uint64_t kLatest = 250'000'000'000;

/// RFC 6376 §3.7: the value of b=, with all white space around it, counts as empty.
std::string without_b(std::string_view value) {
  std::string result;
  result.reserve(value.size());
  bool first = true;
  for (const std::string_view piece : base::split(value, ';')) {
    if (!first) result += ';';
    first = false;
    const std::size_t equals = piece.find('=');
    const bool is_b = equals != std::string_view::npos && base::trim(piece.substr(0, equals)) == "b";
    result += is_b ? piece.substr(0, equals + 1) : piece;
  }
  return result;
}

/// "relaxed/simple"; what is missing is simple (RFC 6376 §3.5). False for any other word.
bool read_canon(std::string_view text, Signature& signature) {
  const std::size_t slash = text.find('/');
  const auto read = [](std::string_view word, Canon& canon) {
    canon = word == "relaxed" ? Canon::relaxed : Canon::simple;
    return word == "relaxed" || word == "simple";
  };
  const bool header = read(text.substr(0, slash), signature.header_canon);
  return header && (slash == std::string_view::npos || read(text.substr(slash + 1), signature.body_canon));
}

base::Result<void> read_algorithm(const TagList& tags, Signature& signature) {
  if (*tags.find("v") != "1") return base::invalid("v= is not 1");
  const std::string& algorithm = *tags.find("a");
  if (algorithm == "ed25519-sha256") {
    signature.type = base::KeyType::ed25519;
  } else if (algorithm != "rsa-sha256") {  // RFC 8301 §3.1: rsa-sha1 is not to be verified
    return base::invalid("an unknown algorithm");
  }
  if (const std::string* canon = tags.find("c"); canon != nullptr && !read_canon(*canon, signature))
    return base::invalid("an unknown canonicalization");
  if (const std::string* query = tags.find("q"); query != nullptr) {
    const auto methods = base::split(*query, ':');
    const auto is_dns = [](std::string_view method) { return base::trim(method) == "dns/txt"; };
    if (std::none_of(methods.begin(), methods.end(), is_dns))
      return base::invalid("q= has no known query method");
  }
  return {};
}

/// d=, s=, i=, h= (RFC 6376 §6.1.1).
base::Result<void> read_names(const TagList& tags, Signature& signature) {
  signature.domain = base::lower(*tags.find("d"));
  signature.selector = base::lower(*tags.find("s"));
  if (signature.domain.empty() || signature.selector.empty()) return base::invalid("an empty d= or s=");
  signature.identity = signature.domain;
  if (const std::string* identity = tags.find("i")) {
    const std::size_t at = identity->rfind('@');
    if (at == std::string::npos) return base::invalid("i= without \"@\"");
    signature.identity = base::lower(std::string_view(*identity).substr(at + 1));
    if (signature.identity != signature.domain && !signature.identity.ends_with("." + signature.domain))
      return base::invalid("i= is outside of d=");
  }
  for (const std::string_view name : base::split(*tags.find("h"), ':'))
    signature.names.push_back(base::lower(base::trim(name)));
  if (std::find(signature.names.begin(), signature.names.end(), "from") == signature.names.end())
    return base::invalid("From is not signed");
  return {};
}

base::Result<std::optional<std::uint64_t>> read_number(const TagList& tags, std::string_view name) {
  const std::string* const value = tags.find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = base::parse_number(*value);
  if (!number) return base::invalid(std::string(name) + "= is not a number");
  return *number;
}

base::Result<void> read_numbers(const TagList& tags, Signature& signature) {
  const auto length = read_number(tags, "l");
  const auto made = read_number(tags, "t");
  const auto expires = read_number(tags, "x");
  for (const auto* number : {&length, &made, &expires}) {
    if (!*number) return tl::unexpected(number->error());
  }
  signature.length = *length;
  if (!*expires) return {};
  if (*made && **expires < **made) return base::invalid("x= before t=");
  const auto seconds = std::chrono::seconds(std::min(**expires, kLatest));
  signature.expires = base::Wall(std::chrono::duration_cast<std::chrono::milliseconds>(seconds));
  return {};
}

base::Result<void> read_bytes(const TagList& tags, Signature& signature) {
  auto hash = base::decode_base64(without_space(*tags.find("bh")));
  auto bytes = base::decode_base64(without_space(*tags.find("b")));
  if (!hash || !bytes || bytes->empty()) return base::invalid("b= or bh= is not base64");
  if (hash->size() != base::Digest{}.size()) return base::invalid("bh= is not a SHA-256 digest");
  signature.body_hash = std::move(*hash);
  signature.bytes = std::move(*bytes);
  return {};
}

}  // namespace

base::Result<Signature> parse_signature(std::string_view value) {
  const auto tags = parse_tags(value);
  if (!tags) return tl::unexpected(tags.error());
  for (const char* name : {"v", "a", "b", "bh", "d", "h", "s"}) {
    if (tags->find(name) == nullptr) return base::invalid(std::string("no ") + name + "=");
  }
  Signature signature;
  for (const auto read : {read_algorithm, read_names, read_numbers, read_bytes}) {
    if (const auto done = read(*tags, signature); !done) return tl::unexpected(done.error());
  }
  signature.value_without_b = without_b(value);
  return signature;
}

base::Digest header_digest(const std::vector<mail::Field>& fields, std::size_t own,
                           const Signature& signature) {
  std::unordered_map<std::string, std::vector<std::size_t>> left;  // of each name, the topmost first
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i != own) left[base::lower(base::trim(fields[i].name))].push_back(i);
  }
  std::string canonical;
  for (const std::string& name : signature.names) {
    const auto instances = left.find(name);
    if (instances == left.end() || instances->second.empty()) continue;  // counts as empty (§5.4)
    append_canonical(canonical, fields[instances->second.back()], signature.header_canon);
    canonical += "\r\n";
    instances->second.pop_back();  // RFC 6376 §5.4.2: from the bottom up, each once
  }
  append_canonical(canonical, {fields[own].name, signature.value_without_b}, signature.header_canon);
  return base::sha256(canonical);
}

}  // namespace signpost::dkim
