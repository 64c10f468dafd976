// A request to a push service (RFC 8030 section 5). Pure but for the system's chance.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/http_client/http_connection.hpp"
#include "server/push/device.hpp"
#include "server/push/job.hpp"
#include "server/push/web/endpoint.hpp"

namespace dialogue::push {

/// Returns the request that sends a notification to a device; no value if the device's keys are invalid. `authorization`: the
/// text that VapidSigner makes.
[[nodiscard]] std::optional<http_client::HttpRequest> web_request(const Device& device, const Endpoint& endpoint, const Job& job,
                                                                  const std::string& authorization, std::uint64_t now_ms);

}  // namespace dialogue::push
