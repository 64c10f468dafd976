// Texts of the tables hold neither quotes nor backslashes (a test says so), so nothing has to be escaped here, and a program that
// has only the tables can be built of this file and routes.cpp.
#include "server/api/openapi.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "server/api/api_types.hpp"
#include "server/api/table/observe_schemas.hpp"
#include "server/api/table/routes.hpp"
#include "server/api/table/schemas.hpp"

namespace dialogue::api {
namespace {

constexpr std::string_view kHead = R"({"openapi":"3.1.0","info":{"title":"Dialogue HTTP API","version":"1.0.0",)"
                                   R"("summary":"Publish, read and manage from a backend in any language.",)"
                                   R"("license":{"name":"MIT","identifier":"MIT"}},"servers":[{"url":"/api/v1"}],)"
                                   R"("paths":{)";
constexpr std::string_view kSecurity =
    R"("securitySchemes":{"apiKey":{"type":"http","scheme":"bearer",)"
    R"("description":"A key of --api-key-file or --api-key-env. It needs the scope that the route names, or admin."},)"
    R"("token":{"type":"http","scheme":"bearer","bearerFormat":"JWT","description":"A client token, if the )"
    R"(server accepts tokens: with manage for the room in the path, or for every room if the path has none. Routes )"
    R"(without manage take any client's token."}})";

std::string key_parameter(const Route& route) {
  return std::string(R"({"name":"Idempotency-Key","in":"header","schema":{"type":"string","maxLength":81},)"
                     R"("description":"Makes a retry safe: 1 to 64 of A-Z a-z 0-9 _ - . : @ ~)") +
         (route.may_count ? ", or PRODUCER/NUMBER for a sequence." : ".") + R"("})";
}

struct StatusText {
  std::string_view status, text;
};
constexpr std::array kStatusTexts = {
    StatusText{"200", "Done."},
    StatusText{"201", "Created."},
    StatusText{"204", "Done."},
    StatusText{"400", "The request is malformed."},
    StatusText{"401", "The key is missing or wrong."},
    StatusText{"403", "Not allowed: no key is set, a scope or right is missing, or the page's origin is not listed."},
    StatusText{"404", "The resource does not exist."},
    StatusText{"405", "The path does not support this method; Allow lists the supported ones."},
    StatusText{"409", "The request conflicts with the current state."},
    StatusText{"413", "The body is too large."},
    StatusText{"415", "The body is not application/json."},
    StatusText{"422", "The body or a parameter is invalid: see code and path."},
    StatusText{"429", "The rate limit is exceeded: wait for Retry-After."},
    StatusText{"500", "The server failed, or its stored data is damaged."},
    StatusText{"503", "Temporarily unavailable: the server is shutting down, overloaded, or cannot reach its store."},
};

std::string json_string(std::string_view text) { return '"' + std::string(text) + '"'; }

/// The schema without the line ends that it has in the source.
std::string on_one_line(std::string_view json) {
  std::string line(json);
  line.erase(std::remove(line.begin(), line.end(), '\n'), line.end());
  return line;
}

std::string reference(std::string_view schema) { return R"({"$ref":"#/components/schemas/)" + std::string(schema) + "\"}"; }

std::string content(std::string_view media_type, std::string_view schema) {
  return R"("content":{)" + json_string(media_type) + R"(:{"schema":)" + reference(schema) + "}}";
}

std::string bounds(std::string_view least_name, std::uint64_t least, std::string_view most_name, std::uint64_t most) {
  return "," + json_string(least_name) + ":" + std::to_string(least) + "," + json_string(most_name) + ":" + std::to_string(most);
}

std::string schema_of(const ApiParameter& parameter) {
  switch (parameter.kind) {
    case ApiParameter::Kind::integer:
      return R"({"type":"integer")" + bounds("minimum", parameter.least, "maximum", parameter.most) + "}";
    case ApiParameter::Kind::flag:
      return R"({"type":"boolean"})";
    case ApiParameter::Kind::texts:
      return R"({"type":"array","items":{"type":"string"})" + bounds("minItems", parameter.least, "maxItems", parameter.most) +
             "}";
    default:
      return R"({"type":"string")" + bounds("minLength", parameter.least, "maxLength", parameter.most) + "}";
  }
}

std::string parameter(const ApiParameter& parameter) {
  return R"({"name":)" + json_string(parameter.name) +
         (parameter.is_in_path ? R"(,"in":"path","required":true)" : R"(,"in":"query")") + R"(,"description":)" +
         json_string(parameter.description) + R"(,"schema":)" + schema_of(parameter) + '}';
}

std::vector<std::string> parameters_of(const Route& route) {
  std::vector<std::string> all;
  for (std::size_t open = route.path.find('{'); open != std::string_view::npos; open = route.path.find('{', open + 1))
    all.push_back(parameter(path_parameter(route.path.substr(open + 1, route.path.find('}', open) - open - 1))));
  for (const ApiParameter& each : route.query) all.push_back(parameter(each));
  if (route.takes_key) all.push_back(key_parameter(route));
  return all;
}

template <typename Items>
std::string joined(const Items& items) {
  std::string all;
  for (const auto& item : items) all.append(all.empty() ? "" : ",").append(item);
  return all;
}

std::string description_of(std::string_view status) {
  const auto row =
      std::find_if(kStatusTexts.begin(), kStatusTexts.end(), [status](const auto& each) { return each.status == status; });
  return R"("description":)" + json_string(row->text);
}

/// Statuses of a route that are not its success, in their order.
std::vector<std::string> refusals_of(const Route& route) {
  std::vector<std::string> all = {"400", "403", "405", "429", "500", "503"};
  if (route.right) all.emplace_back("401");
  for (std::size_t at = 0; at < route.refusals.size(); at += 4) all.emplace_back(route.refusals.substr(at, 3));
  std::sort(all.begin(), all.end());
  return all;
}

std::string responses(const Route& route) {
  const std::string status = std::to_string(route.status);
  std::vector<std::string> all;
  const std::string_view media_type = "application/json";
  all.push_back(json_string(status) + ":{" + description_of(status) +
                (route.answer.empty() ? "" : "," + content(media_type, route.answer)) + "}");
  for (const std::string& refusal : refusals_of(route))
    all.push_back(json_string(refusal) + R"(:{"$ref":"#/components/responses/)" + refusal + "\"}");
  return joined(all);
}

/// Either is enough. What stands in the brackets is the key's scope and the token's right.
std::string security_of(const Route& route) {
  if (route.is_own) return R"(,"security":[{"token":[]}])";
  return R"(,"security":[{"apiKey":[)" + json_string(name_of(route.scope)) + R"(]},{"token":["manage"]}])";
}

std::string operation(const Route& route) {
  std::string method(route.method);
  std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  std::string text = json_string(method) + R"(:{"operationId":)" + json_string(route.operation_id) + R"(,"summary":)" +
                     json_string(route.summary);
  text += !route.right ? R"(,"security":[])" : security_of(route);
  if (const auto parameters = parameters_of(route); !parameters.empty()) text += R"(,"parameters":[)" + joined(parameters) + "]";
  if (!route.body.empty()) text += R"(,"requestBody":{"required":true,)" + content("application/json", route.body) + "}";
  return text + R"(,"responses":{)" + responses(route) + "}}";
}

std::string paths() {
  std::vector<std::string> all;
  std::vector<std::string_view> told;
  for (const Route& first : api_routes()) {
    if (std::find(told.begin(), told.end(), first.path) != told.end()) continue;
    told.push_back(first.path);
    std::vector<std::string> operations;
    for (const Route& route : api_routes())
      if (route.path == first.path) operations.push_back(operation(route));
    all.push_back(json_string(first.path) + ":{" + joined(operations) + "}");
  }
  return joined(all);
}

std::string schemas() {
  std::vector<std::string> all;
  for (const ApiSchema& schema : kBodySchemas) all.push_back(json_string(schema.name) + ":" + on_one_line(schema.json));
  for (const ApiSchema& schema : kObserveSchemas) all.push_back(json_string(schema.name) + ":" + on_one_line(schema.json));
  for (const ApiSchema& schema : kAnswerSchemas) all.push_back(json_string(schema.name) + ":" + on_one_line(schema.json));
  return joined(all);
}

/// Header fields of every answer to a request that counted against a limit. Documented only with the answers that need them.
std::string quota_headers() {
  std::string all;
  for (const auto& [name, text] : {std::pair{"Limit", "Requests per minute."},
                                   {"Remaining", "Remaining requests."},
                                   {"Reset", "Seconds until the allowance is full."}})
    all +=
        R"(,"RateLimit-)" + std::string(name) + R"(":{"description":)" + json_string(text) + R"(,"schema":{"type":"integer"}})";
  return all;
}

/// What is refused, once for all routes.
std::string refusal_responses() {
  std::vector<std::string> all;
  for (const StatusText& row : kStatusTexts) {
    if (row.status < "400") continue;
    const bool has_time = row.status == "429" || row.status == "503";
    all.push_back(json_string(row.status) + ":{" + description_of(row.status) +
                  (has_time ? R"(,"headers":{"Retry-After":{"description":"Seconds.","schema":{"type":"integer"}})" +
                                  std::string(row.status == "429" ? quota_headers() : "") + "}"
                            : "") +
                  "," + content("application/problem+json", "Problem") + "}");
  }
  return joined(all);
}

}  // namespace

std::string openapi_document(std::string_view more_paths) {
  return std::string(kHead) + paths() + (more_paths.empty() ? "" : ",") + std::string(more_paths) +
         R"(},"components":{"schemas":{)" + schemas() + R"(},"responses":{)" + refusal_responses() + "}," +
         std::string(kSecurity) + "}}";
}

}  // namespace dialogue::api
