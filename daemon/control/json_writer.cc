#include "daemon/control/json_writer.h"

#include <nlohmann/json.hpp>

namespace signpost::daemon::control {
namespace {

using Json = nlohmann::ordered_json;
using commands::Fields;
using commands::Value;

struct JsonForm {
  Json operator()(const Value::None&) const { return nullptr; }
  template <class T>
  Json operator()(const T& value) const {
    return value;
  }
};

void put(Json& object, const commands::Field& field) {
  object[field.key] = std::visit(JsonForm{}, field.value.held());
}

Json object_of(const Fields& fields) {
  Json object = Json::object();
  for (const commands::Field& field : fields) put(object, field);
  return object;
}

/// Bytes that are not UTF-8 must not break the line.
std::string format_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json head_of(const commands::Reply& reply) {
  Json object = {{"ok", true}};
  if (!reply.word().empty()) object["result"] = reply.word();
  for (const commands::Field& field : reply.fields()) put(object, field);
  return object;
}

Json object_of(const commands::Refusal& refusal) {
  return {{"ok", false}, {"kind", refusal.kind}, {"text", refusal.text}};
}

/// A line of one thing that the reply describes: one value is a member; several belong together and become an object
/// among `lines`.
struct AddTo {
  Json& whole;
  void operator()(const Fields& fields) const {
    if (fields.size() == 1 && !whole.contains(fields.front().key)) return put(whole, fields.front());
    whole["lines"].push_back(object_of(fields));
  }
  void operator()(const commands::Repeated& repeated) const { whole[repeated.key] = repeated.values; }
  void operator()(const commands::TextLine& line) const { whole["lines"].push_back(line.text); }
};

std::string format_whole(const commands::Reply& reply) {
  Json whole = reply.refusal() ? object_of(*reply.refusal()) : head_of(reply);
  for (const commands::ReplyLine& line : reply.lines()) std::visit(AddTo{whole}, line);
  return format_line(whole);
}

struct LineForm {
  std::string operator()(const Fields& fields) const { return format_line(object_of(fields)); }
  std::string operator()(const commands::TextLine& line) const { return format_line({{"line", line.text}}); }
  std::string operator()(const commands::Repeated& repeated) const {
    return format_line({{repeated.key, repeated.values}});
  }
};

}  // namespace

bool JsonWriter::take(const commands::Reply& reply, bool is_last) {
  if (reply.body() == commands::Body::fields) return channel_.write(format_whole(reply) + "\n");
  std::string text;
  const bool says_something = !reply.word().empty() || !reply.fields().empty();
  if (!std::exchange(has_head_, true) && reply.is_ok() && says_something) text += format_line(head_of(reply));
  for (const commands::ReplyLine& line : reply.lines()) text += std::visit(LineForm{}, line);
  if (is_last) {
    if (reply.refusal()) text += format_line(object_of(*reply.refusal()));
    if (!reply.next().empty()) text += format_line({{"next", reply.next()}});
    text += "\n";
  }
  return channel_.write(text);
}

base::Result<std::optional<JsonStatus>> parse_json_status(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return base::invalid("not a reply of signpostd in JSON");
  const auto ok = object.find("ok");
  if (ok == object.end() || !ok->is_boolean()) return std::optional<JsonStatus>();
  JsonStatus status;
  status.ok = ok->get<bool>();
  const auto text_of = [&](const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!status.ok) status = {false, text_of("kind"), text_of("text")};
  return std::optional<JsonStatus>(std::move(status));
}

std::optional<std::string> find_json_text(std::string_view line, std::string_view key) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains(key)) return std::nullopt;
  const Json& value = object[std::string(key)];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace signpost::daemon::control
