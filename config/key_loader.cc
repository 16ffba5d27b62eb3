// 100,000 key files cost one listing and one look at each file; their bytes wait until a message needs them.
#include "config/key_loader.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <fnmatch.h>

#include "base/text.h"
#include "config/private_keys.h"
#include "config/reader/key_files.h"
#include "mail/address.h"
#include "policy/tenant.h"

namespace signpost::config {
namespace {

constexpr int kWeakRsaBits = 2048;
constexpr std::size_t kMaxReported = 20;  ///< bad key files that are named, of one directory

/// Where a setting's value stands in the file, or its table if it has none.
reader::Position place_in(const reader::Value& table, std::string_view name) {
  const reader::Value* value = table.find(name);
  return value == nullptr ? table.at : value->at;
}

dkim::KeyFile key_file_of(const reader::Secret& secret, const std::string& password_file) {
  return {secret.path, secret.facts.changed, secret.facts.size, secret.facts.inode, password_file};
}

class Loader {
 public:
  Loader(SigningDraft& draft, const DnsWatchSettings& publish, const policy::Settings& policy,
         const reader::Value& root, const system::Files& files, const dkim::KeyTable* former,
         reader::Diagnostics& diagnostics)
      : draft_(draft),
        publish_(publish),
        policy_(policy),
        root_(root),
        files_(files),
        former_(former),
        diagnostics_(diagnostics) {}

  void load_all() {
    for (std::size_t i = 0; i < draft_.keys.size(); ++i) load_single(draft_.keys[i], *draft_.key_tables[i]);
    if (!publish_.key_pattern.empty()) load_directory();
    check_default_domain();
  }

 private:
  std::shared_ptr<const dkim::Key::Read> reader() const {
    return std::make_shared<const dkim::Key::Read>([&files = files_](const dkim::KeyFile& file) {
      return load_private_key(files, file.path, file.password_file);
    });
  }

  /// The key in force if its file did not change, else a new one.
  std::shared_ptr<const dkim::Key> key_of(const std::string& domain, const std::string& selector,
                                          dkim::KeyFile file,
                                          const std::shared_ptr<const dkim::Key::Read>& read) const {
    const dkim::KeyUse* known = former_ == nullptr ? nullptr : former_->find(domain, selector);
    if (known != nullptr && known->key->file() == file) return known->key;
    return std::make_shared<const dkim::Key>(domain, selector, std::move(file), read);
  }

  // ---- [[dkim.key]]

  void load_single(const KeyDraft& draft, const reader::Value& table) {
    if (draft.file.empty() || draft.domain.empty() || draft.selector.empty()) return;
    check_owner(draft, table);
    const reader::Position at = place_in(table, "file");
    const auto secret = reader::find_secret(files_, draft.file);
    if (!secret) return diagnostics_.error(at, "dkim.key.file: " + secret.error().text);
    const auto key =
        key_of(draft.domain, draft.selector, key_file_of(*secret, draft.password_file), reader());
    const auto parsed = key->parsed();
    if (!parsed) return diagnostics_.error(at, "dkim.key.file: " + parsed.error().text);
    if ((*parsed)->type() == base::KeyType::rsa && (*parsed)->bits() < kWeakRsaBits) {
      diagnostics_.warning(at, "dkim.key.file: " + draft.file + " has " + std::to_string((*parsed)->bits()) +
                                   " bits; some receivers ignore signatures made with fewer than 2048");
    }
    keys().add({key, draft.tenant, draft.subdomains.value_or(publish_.subdomains)});
  }

  /// A key that its tenant could never use.
  void check_owner(const KeyDraft& draft, const reader::Value& table) {
    if (draft.tenant.empty()) return;
    const policy::Tenant* owner = policy::owner_of_domain(policy_, draft.domain);
    if (owner == nullptr || owner->name == draft.tenant) return;
    diagnostics_.error(place_in(table, "tenant"),
                       "dkim.key.tenant: " + draft.domain + " belongs to tenant '" + owner->name +
                           "', so the key cannot sign it for '" + draft.tenant + "'");
  }

  // ---- dkim.key_files

  void load_directory() {
    const std::size_t slash = publish_.key_pattern.rfind('/');
    const std::string pattern = publish_.key_pattern.substr(slash + 1);
    const auto directory = reader::resolve_key_directory(files_, publish_.key_pattern.substr(0, slash + 1));
    if (!directory) return report(directory.error().text);
    const auto names = files_.list(*directory);
    if (!names) return report(names.error().text);
    const auto read = reader();
    std::size_t bad = 0;
    for (const std::string& name : *names) {
      if (::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) != 0) continue;
      const auto added = add_file(*directory, name, read);
      if (!added && ++bad <= kMaxReported) report(added.error().text);
    }
    if (bad > kMaxReported) report(std::to_string(bad - kMaxReported) + " more files cannot be used");
  }

  base::Result<void> add_file(const std::string& directory, const std::string& name,
                              const std::shared_ptr<const dkim::Key::Read>& read) {
    const auto parts = names_of(name);
    if (!parts) return tl::unexpected(base::in_context(directory + "/" + name, parts.error()));
    const auto secret = reader::find_secret_in(files_, directory, name);
    if (!secret) return tl::unexpected(secret.error());
    dkim::KeyFile file = key_file_of(*secret, draft_.key_password_file);
    if (const dkim::KeyUse* single = keys().find(parts->domain, parts->selector)) {
      if (single->key->file().path == file.path) return {};  // a [[dkim.key]] says more about it
      return base::invalid(file.path +
                           ": a [[dkim.key]] with the same domain and selector names another file");
    }
    keys().add({key_of(parts->domain, parts->selector, std::move(file), read), {}, publish_.subdomains});
    return {};
  }

  /// The name of a key in force needs no check.
  base::Result<KeyFileName> names_of(const std::string& name) const {
    const std::size_t end = name.rfind('.');
    const std::size_t dot = end == std::string::npos || end == 0 ? end : name.rfind('.', end - 1);
    if (former_ != nullptr && dot != std::string::npos && name.ends_with(".pem")) {
      KeyFileName parts{name.substr(0, dot), name.substr(dot + 1, end - dot - 1)};
      if (former_->find(parts.domain, parts.selector) != nullptr) return parts;
    }
    return parse_key_file_name(name);
  }

  void report(const std::string& text) {
    diagnostics_.error(place_in(*root_.find("dkim"), "key_files"), "dkim.key_files: " + text);
  }

  // ---- dkim.default_domain

  void check_default_domain() {
    const std::string& domain = draft_.settings.default_domain;
    if (domain.empty()) return;
    const reader::Position at = place_in(*root_.find("dkim"), "default_domain");
    if (keys().of(domain).empty())
      diagnostics_.error(at, "dkim.default_domain: there is no key for " + domain);
    if (const policy::Tenant* owner = policy::owner_of_domain(policy_, domain)) {
      diagnostics_.warning(at, "dkim.default_domain: " + domain + " belongs to tenant '" + owner->name +
                                   "', so the key signs that tenant's mail only");
    }
  }

  dkim::KeyTable& keys() { return draft_.settings.keys; }

  SigningDraft& draft_;
  const DnsWatchSettings& publish_;
  const policy::Settings& policy_;
  const reader::Value& root_;
  const system::Files& files_;
  const dkim::KeyTable* former_;
  reader::Diagnostics& diagnostics_;
};

}  // namespace

base::Result<std::string> parse_selector(std::string_view text) {
  for (const std::string_view label : base::split(text, '.')) {
    const bool is_label =
        !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
        std::all_of(label.begin(), label.end(), [](char c) { return base::is_alnum(c) || c == '-'; });
    if (!is_label)
      return base::invalid(
          "'" + std::string(text) +
          "' is not a selector: use letters, digits and hyphens, with a letter or digit at both ends");
  }
  return base::lower(text);
}

base::Result<KeyFileName> parse_key_file_name(std::string_view name) {
  constexpr std::string_view kSuffix = ".pem";
  const tl::unexpected<base::Error> bad = base::invalid("the file name must be DOMAIN.SELECTOR.pem");
  if (!name.ends_with(kSuffix)) return bad;
  name.remove_suffix(kSuffix.size());
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return bad;
  auto domain = mail::canonical_domain(name.substr(0, dot));
  auto selector = parse_selector(name.substr(dot + 1));
  if (!domain || !selector || domain->find('.') == std::string::npos || domain->starts_with('[')) return bad;
  return KeyFileName{std::move(*domain), std::move(*selector)};
}

void load_signing_keys(SigningDraft& draft, const DnsWatchSettings& publish, const policy::Settings& policy,
                       const reader::Value& root, const system::Files& files, const dkim::KeyTable* former,
                       reader::Diagnostics& diagnostics) {
  Loader(draft, publish, policy, root, files, former, diagnostics).load_all();
}

}  // namespace signpost::config
