// A request's text through the same steps as on a socket: find_head, Beast's parser, check_request.
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

#include "server/net/http_check.hpp"
#include "server/net/http_head.hpp"

namespace dialogue::test {

struct ParsedRequest {
  explicit ParsedRequest(std::string_view text) {
    const HttpHead head = find_head(text, HttpLimits{});
    complete = head.size != 0;
    status = head.status;
    if (!complete) return;
    boost::beast::error_code error;
    parser.header_limit(static_cast<std::uint32_t>(head.size + 1));
    parser.put(boost::asio::buffer(text.substr(0, head.size)), error);
    if (error) {
      status = error == boost::beast::http::error::bad_version ? 505 : 400;
      return;
    }
    const auto verdict = check_request(header());
    if (const auto* fault = std::get_if<RequestError>(&verdict))
      status = fault->status;
    else
      checked = std::get<CheckedRequest>(verdict);
  }
  [[nodiscard]] const RequestHeader& header() const { return parser.get(); }

  boost::beast::http::request_parser<boost::beast::http::string_body> parser;
  CheckedRequest checked;
  unsigned status = 0;  ///< 0: accepted, or not complete
  bool complete = false;
};

inline unsigned request_status(std::string_view text) { return ParsedRequest(text).status; }

}  // namespace dialogue::test
