// Conditional requests and ranges (RFC 9110 sections 13 and 14) for responses of routes that are whole. Pure; safe from any
// thread.
#pragma once
#include <dialogue/route.hpp>
#include "server/http/request/http_check.hpp"

namespace dialogue {

/// Turns a 200 response to GET or HEAD into a 304 if If-None-Match has its ETag, or into a 206 or 416 if Range asks for one part
/// of its body. Several ranges are answered by the whole body. Other responses stay unchanged.
void apply_conditions(const http::RequestHeader& header, RouteResponse& response);

}  // namespace dialogue
