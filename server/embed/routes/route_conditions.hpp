// Conditional requests and ranges (RFC 9110 sections 13 and 14) for responses of routes that are whole. Pure; safe from any
// thread.
#pragma once
#include <dialogue/route.hpp>
#include "server/http/request/http_check.hpp"

namespace dialogue {

/// Of a 200 for GET or HEAD: makes it a 304 where If-None-Match has its ETag, and a 206 or 416 where Range asks for one part of
/// its body. Several ranges are answered by the whole body. Other responses stay.
void apply_conditions(const http::RequestHeader& header, RouteResponse& response);

}  // namespace dialogue
