// The log line of a call that writes: the caller, its address, the operation and the result; never a payload or a secret. One
// line per call: when it ends, or when it is dropped because the server stops before it has an answer. Used by one thread at a
// time.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "server/api/api_types.hpp"
#include "server/api/audit_trail.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {

struct AdmittedRequest;

/// Returns the caller, its address, and the values of the path's parameters by their names.
[[nodiscard]] AuditItems audit_items(const AdmittedRequest& request, const ApiHost& host);

/// Adds the operation, and the values of its path's parameters, if the request has a route.
void add_call(JsonText& fields, const RouteMatch& match);

class ApiAudit {
 public:
  /// Begins with operation, caller, address and peer, and the values of the path's parameters.
  ApiAudit(const AdmittedRequest& request, const ApiHost& host);
  ApiAudit(const ApiAudit&) = delete;
  ApiAudit& operator=(const ApiAudit&) = delete;
  ~ApiAudit();

  /// Fields of the line, to be added before it ends.
  [[nodiscard]] JsonText& fields() { return fields_; }
  void end(unsigned status);

 private:
  void write();

  std::function<void(const core::LogLine&)> log_;
  JsonText fields_;
};

}  // namespace dialogue::api
