#include "policy/limits/exceptions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/bytes.h"

namespace signpost::policy::limits {
namespace {

std::string bytes_of(const base::Ip& ip) {
  return {ip.bytes.begin(), ip.bytes.end()};
}

/// What a term is looked for by. A whole login as keys with that case rule have it.
std::string wanted(const KeyTerm& term, LoginCase login_case) {
  switch (term.form) {
    case KeyTerm::Form::whole:
      if (term.part == LimitKeyPart::login) return login_key(term.text, login_case);
      return term.sender.domain.empty() ? term.text : term.sender.local + "@" + term.sender.domain;
    case KeyTerm::Form::domain:
      return term.text.substr(1);
    case KeyTerm::Form::beginning:
      return term.sender.local + "@" + term.sender.domain;
    case KeyTerm::Form::network:
      break;
  }
  return bytes_of(term.network.base);
}

/// The first octets of a sender's local part with its domain; of a sender that cannot be read, which stands in the key
/// as it was given, only the domain.
std::optional<std::string> beginning_of(std::string_view sender, std::size_t size) {
  const std::size_t at = sender.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view domain = sender.substr(at);
  const bool is_read = !sender.starts_with('<');
  if (!is_read && domain.ends_with('>')) domain.remove_suffix(1);
  if (size > (is_read ? at : 0)) return std::nullopt;
  return std::string(sender.substr(0, size)).append(domain);
}

std::optional<std::string> domain_of(std::string_view login) {
  const std::size_t at = login.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  return std::string(login.substr(at + 1));
}

}  // namespace

bool Exceptions::Shape::is_narrower(const Shape& other) const {
  return std::make_tuple(probes.size(), whole, size) >
         std::make_tuple(other.probes.size(), other.whole, other.size);
}

Exceptions::Exceptions(const LimitSettings& limit) {
  limits_.reserve(limit.exceptions.size());
  for (const LimitException& exception : limit.exceptions) {
    LimitSettings other;
    other.name = limit.name;
    other.key = limit.key;
    other.rates = exception.rates;
    if (!exception.rates.empty()) other.burst = exception.burst ? exception.burst : limit.burst;
    other.weight = limit.weight;
    other.action = limit.action;
    other.max_keys = limit.max_keys;
    other.exception = format_terms(exception);
    const std::size_t place = limits_.size();
    limits_.push_back(std::move(other));
    add(exception, place, limit.key, LoginCase::folded);
    const bool names_login =
        std::any_of(exception.terms.begin(), exception.terms.end(), [](const KeyTerm& term) {
          return term.part == LimitKeyPart::login && term.form == KeyTerm::Form::whole;
        });
    if (names_login) add(exception, place, limit.key, LoginCase::exact);
  }
  std::stable_sort(shapes_.begin(), shapes_.end(),
                   [](const Shape& a, const Shape& b) { return a.is_narrower(b); });
}

void Exceptions::add(const LimitException& exception, std::size_t place, const std::vector<LimitKeyPart>& key,
                     LoginCase login_case) {
  std::vector<std::pair<Probe, std::string>> found;
  Shape shape;
  for (const KeyTerm& term : exception.terms) {
    Probe probe;
    probe.position = static_cast<std::size_t>(std::find(key.begin(), key.end(), term.part) - key.begin());
    if (probe.position == key.size()) return;
    probe.form = term.form;
    probe.size = term.size;
    if (term.part == LimitKeyPart::login && term.form == KeyTerm::Form::whole) probe.login_case = login_case;
    if (term.form == KeyTerm::Form::whole) ++shape.whole;
    shape.size += term.size;
    found.emplace_back(probe, wanted(term, login_case));
  }
  std::sort(found.begin(), found.end());
  base::ByteWriter values;
  for (auto& [probe, value] : found) {
    shape.probes.push_back(probe);
    values.text(value);
  }
  auto known = std::find_if(shapes_.begin(), shapes_.end(),
                            [&](const Shape& other) { return other.probes == shape.probes; });
  if (known == shapes_.end()) known = shapes_.insert(known, std::move(shape));
  known->places.emplace(values.bytes(), place);
}

std::optional<std::string> Exceptions::look(const Shape& shape, const Key& key) {
  base::ByteWriter values;
  for (const Probe& probe : shape.probes) {
    std::optional<std::string> value;
    const std::string& text = key.values[probe.position];
    switch (probe.form) {
      case KeyTerm::Form::whole:
        if (!probe.login_case || *probe.login_case == key.login_case) value = text;
        break;
      case KeyTerm::Form::domain:
        value = domain_of(text);
        break;
      case KeyTerm::Form::beginning:
        value = beginning_of(text, probe.size);
        break;
      case KeyTerm::Form::network:
        if (key.client) value = bytes_of(base::masked(*key.client, static_cast<int>(probe.size)));
        break;
    }
    if (!value) return std::nullopt;
    values.text(*value);
  }
  return std::string(values.bytes());
}

const LimitSettings* Exceptions::find(const Key& key) const {
  const Shape* narrowest = nullptr;
  std::size_t first = limits_.size();
  for (const Shape& shape : shapes_) {
    if (narrowest != nullptr && narrowest->is_narrower(shape)) break;
    const auto values = look(shape, key);
    if (!values) continue;
    const auto found = shape.places.find(*values);
    if (found == shape.places.end()) continue;
    narrowest = &shape;
    first = std::min(first, found->second);
  }
  return narrowest == nullptr ? nullptr : &limits_[first];
}

const LimitSettings* Exceptions::find_terms(std::string_view terms) const {
  const auto found = std::find_if(limits_.begin(), limits_.end(),
                                  [&](const LimitSettings& limit) { return limit.exception == terms; });
  return found == limits_.end() ? nullptr : &*found;
}

const LimitSettings& limit_for(const LimitSettings& limit, std::string_view key) {
  if (!limit.exception_index) return limit;
  if (is_shared_key(key)) {
    const LimitSettings* found = limit.exception_index->find_terms(exception_of_shared(key));
    return found == nullptr ? limit : *found;
  }
  auto values = parse_key(limit, key);
  if (!values) return limit;
  for (const LoginCase login_case : {LoginCase::folded, LoginCase::exact}) {
    values->login_case = login_case;
    if (const LimitSettings* found = limit.exception_index->find(*values)) return *found;
  }
  return limit;
}

}  // namespace signpost::policy::limits
