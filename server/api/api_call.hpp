// One admitted request on its way, and the operations that answer it. Held by the functions that wait for its letters; each call
// is used by one thread at a time.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/api/api.hpp"
#include "server/api/api_audit.hpp"

namespace dialogue::api {

struct ApiCall {
  const Api& api;
  AdmittedRequest request;
  std::string body;
  ApiHost host;
  std::function<void(HttpResponse)> done;
  std::shared_ptr<ApiAudit> audit = nullptr;  ///< null: the route writes nothing

  /// Adds a field to the log line, if the call has one. Must be called before `done`.
  void note(std::string_view name, std::string_view value) const {
    if (audit) audit->fields().text(name, value);
  }
  void note(std::string_view name, std::uint64_t value) const {
    if (audit) audit->fields().number(name, value);
  }
  void refuse(const ApiProblem& problem) const {
    note("code", error_name(problem.code));
    done(problem_answer(problem));
  }
  void refuse(const core::Error& fault) const { refuse(problem_of(fault)); }
  /// Asks the shards and calls `answered` with the Result. If the shards answer without a Result, the call is refused.
  template <typename Call, typename Answered>
  static void ask(const std::shared_ptr<ApiCall>& self, std::string_view room_id, Call asked, Answered answered) {
    calls::CallDone done = calls::call_done<Call>(std::move(answered), [self](const core::Error& fault) { self->refuse(fault); });
    self->host.ask(room_id, std::move(asked), std::move(done));
  }
  /// Checks the body against the route's schema. Refuses the call and returns false if the body is invalid.
  [[nodiscard]] bool has_good_body() const;
};

using ApiCallPtr = std::shared_ptr<ApiCall>;

}  // namespace dialogue::api
