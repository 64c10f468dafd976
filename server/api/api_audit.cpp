// See api_audit.hpp.
#include "server/api/api_audit.hpp"

#include <utility>

#include "server/api/api.hpp"

namespace dialogue::api {

ApiAudit::ApiAudit(const AdmittedRequest& request, const ApiHost& host) : log_(host.log) {
  const Route& route = *request.route;
  fields_.text("operation", route.operation_id).text("caller", request.caller);
  fields_.text("address", host.address).text("peer", host.peer);
  std::string_view path = route.path;
  for (const std::string& value : request.parameters) {
    path.remove_prefix(path.find('{') + 1);
    fields_.text(path.substr(0, path.find('}')), value);
  }
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
