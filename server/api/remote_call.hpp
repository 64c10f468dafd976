// A call of the definitions that a caller of the HTTP API makes: request and answer. Plain values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "server/core/access/identity.hpp"
#include "server/core/messages/error.hpp"

namespace dialogue::api {

struct RemoteCall {
  std::string name, request;  ///< `request`: JSON text
  std::string from = std::string(core::kSystemUserId);
  std::string key{};             ///< of an idempotent call; empty: none
  std::uint64_t timeout_ms = 0;  ///< 0: the call's own
};

/// `fault` ok: `json` is the answer. call_failed: `error` is a declared code and `json` its value.
struct RemoteCallAnswer {
  core::Error fault{};
  std::string error{}, json{};
  std::uint64_t retry_after_ms = 0;
};

using MakeCall = std::function<void(RemoteCall what, std::function<void(RemoteCallAnswer)> done)>;

}  // namespace dialogue::api
