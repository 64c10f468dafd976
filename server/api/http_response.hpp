// A response as a value: what a handler decides and the session writes. The body is shared, never copied.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"

namespace dialogue::api {

struct HttpResponse {
  unsigned status = 200;
  std::vector<std::pair<std::string_view, std::string>>
      fields{};              ///< names are literals; Date, Content-Length and Connection are added
  core::SharedBytes body{};  ///< null: none, and no Content-Length
};

}  // namespace dialogue::api
