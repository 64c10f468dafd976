// A request's text through the same steps as on a socket.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "server/http/request/handshake_fsm.hpp"

namespace dialogue::test {

using namespace http;

inline const HttpLimits kUsualHttpLimits{};
inline const HandshakeFsm::Rules kUsualRules{kUsualHttpLimits, {}, 1024 * 1024};

struct ParsedRequest {
  explicit ParsedRequest(std::string_view text) {
    HandshakeFsm fsm(kUsualRules, {}, {});
    fsm.admitted(std::nullopt);
    const HandshakeFsm::Step step = fsm.resume(text);
    complete = step.consumed > 0;
    status = step.refused.status;
    if (step.action == HandshakeFsm::Action::serve) request = fsm.take_request();
    if (request.parser) checked = request.checked;
  }
  [[nodiscard]] const RequestHeader& header() const { return request.parser->get(); }

  HandshakeFsm::Request request;  ///< of one that was accepted
  CheckedRequest checked;
  unsigned status = 0;  ///< 0: accepted, or not complete
  bool complete = false;
};

inline unsigned request_status(std::string_view text) { return ParsedRequest(text).status; }

}  // namespace dialogue::test
