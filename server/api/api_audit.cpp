// See api_audit.hpp.
#include "server/api/api_audit.hpp"

#include <utility>

#include "server/api/api.hpp"

namespace dialogue::api {
namespace {

/// The values of the parameters in the route's path.
AuditItems path_items(const Route& route, const std::vector<std::string>& parameters) {
  AuditItems items;
  std::string_view path = route.path;
  for (const std::string& value : parameters) {
    path.remove_prefix(path.find('{') + 1);
    items.emplace_back(path.substr(0, path.find('}')), value);
  }
  return items;
}

}  // namespace

AuditItems audit_items(const AdmittedRequest& request, const ApiHost& host) {
  AuditItems items{{"actor", request.caller}, {"address", host.address}, {"peer", host.peer}};
  for (auto& item : path_items(*request.route, request.parameters)) items.push_back(std::move(item));
  return items;
}

void add_call(JsonText& fields, const RouteMatch& match) {
  if (match.route == nullptr) return;
  fields.text("operation", match.route->operation_id);
  for (const auto& [name, value] : path_items(*match.route, match.parameters)) fields.text(name, value);
}

ApiAudit::ApiAudit(const AdmittedRequest& request, const ApiHost& host) : log_(host.log) {
  fields_.text("operation", request.route->operation_id).text("caller", request.caller);
  fields_.text("address", host.address).text("peer", host.peer);
  if (!host.trace.empty()) fields_.text("trace", host.trace);
  if (request.route->hides_path) return;
  for (const auto& [name, value] : path_items(*request.route, request.parameters)) fields_.text(name, value);
}

ApiAudit::~ApiAudit() {
  if (!log_) return;
  fields_.text("outcome", "unknown");
  write();
}

void ApiAudit::end(unsigned status) {
  if (!log_) return;
  fields_.number("status", status);
  write();
}

void ApiAudit::write() { std::exchange(log_, nullptr)({core::LogLevel::info, "api_write", fields_.take()}); }

}  // namespace dialogue::api
