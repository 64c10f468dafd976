// The heads of requests and responses on their way through a proxy (RFC 9110 section 7.6, RFC 7239). Pure; safe from any thread.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/request/http_check.hpp"

namespace dialogue::proxy {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// The client of a request, as the forwarded fields describe it to the backend.
struct Asker {
  std::string address;
  std::string_view scheme;   ///< "http" or "https"
  bool is_by_proxy = false;  ///< a trusted proxy passed the request on, so its forwarded fields are kept
};

/// Names of fields that are for one connection only, in lower case: those of HTTP, and what Connection lists.
[[nodiscard]] std::vector<std::string> hop_by_hop_names(const std::vector<std::string>& connection_values);

/// Request line and fields with the empty line. `framing`: the field that says how long the body is, or empty.
[[nodiscard]] std::string forwarded_request(const http::RequestHeader& header, const Asker& asker, std::string_view framing);

/// What the client gets of a backend's fields.
[[nodiscard]] Fields forwarded_fields(const Fields& fields);

}  // namespace dialogue::proxy
