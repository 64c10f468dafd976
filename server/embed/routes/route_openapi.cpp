// See route_openapi.hpp.
#include "server/embed/routes/route_openapi.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "shared/json/json_reader.hpp"

namespace dialogue {
namespace {

std::string json_string_of(std::string_view text) {
  std::string made;
  append_json_string(made, text);
  return made;
}

/// Returns a bound as JSON, without decimals if it is an integer.
std::string bound_text(double bound) {
  std::string text = std::to_string(bound);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string schema_text(const RouteParameter& parameter) {
  using Kind = RouteParameter::Kind;
  if (parameter.kind == Kind::flag) return R"({"type":"boolean"})";
  const bool is_text = parameter.kind == Kind::text;
  std::string schema = std::string(R"({"type":")") +
                       (is_text                           ? "string"
                        : parameter.kind == Kind::integer ? "integer"
                                                          : "number") +
                       '"';
  if (parameter.min != 0 || !is_text)
    schema += std::string(is_text ? ",\"minLength\":" : ",\"minimum\":") + bound_text(parameter.min);
  if (std::isfinite(parameter.max))
    schema += std::string(is_text ? ",\"maxLength\":" : ",\"maximum\":") + bound_text(parameter.max);
  return schema + '}';
}

std::string parameter_text(const RouteParameter& parameter, bool is_in_path) {
  std::string text = "{\"name\":" + json_string_of(parameter.name) + ",\"in\":" + (is_in_path ? "\"path\"" : "\"query\"");
  if (is_in_path || parameter.is_required) text += ",\"required\":true";
  if (!parameter.description.empty()) text += ",\"description\":" + json_string_of(parameter.description);
  return text + ",\"schema\":" + schema_text(parameter) + '}';
}

std::string operation_text(const Route& route) {
  std::string parameters;
  const auto add = [&](const RouteParameter& parameter, bool is_in_path) {
    parameters += (parameters.empty() ? "" : ",") + parameter_text(parameter, is_in_path);
  };
  const auto& declared = route.options.parameters;
  for (const std::string& name : route.names) {
    const auto found = std::find_if(declared.begin(), declared.end(), [&](const auto& each) { return each.name == name; });
    add(found == declared.end() ? RouteParameter{.name = name} : *found, true);
  }
  for (const RouteParameter& parameter : declared)
    if (std::find(route.names.begin(), route.names.end(), parameter.name) == route.names.end()) add(parameter, false);
  std::string method = route.method;
  std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  std::string text = json_string_of(method) + ":{\"tags\":[\"application\"]";
  if (!route.options.summary.empty()) text += ",\"summary\":" + json_string_of(route.options.summary);
  if (!parameters.empty()) text += ",\"parameters\":[" + parameters + ']';
  if (!route.options.body_event.empty())
    text += ",\"requestBody\":{\"required\":true,\"description\":" +
            json_string_of("A payload of the event " + route.options.body_event + ".") +
            ",\"content\":{\"application/json\":{}}}";
  return text + R"(,"responses":{"default":{"description":"As the application answers, or a problem document."}}})";
}

}  // namespace

std::string route_path_items(const RouteTable& table) {
  std::map<std::string, std::string> operations;
  table.each([&](const Route& route) {
    std::string& of_path = operations[route.path];
    of_path += (of_path.empty() ? "" : ",") + operation_text(route);
  });
  std::string items;
  for (const auto& [path, text] : operations)
    items += (items.empty() ? "" : ",") + json_string_of(path) + R"(:{"servers":[{"url":"/"}],)" + text + '}';
  return items;
}

}  // namespace dialogue
