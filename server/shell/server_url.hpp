// Where a shell's client connects: the URL that people write, taken apart. Pure; safe from any thread.
#pragma once
#include <string>
#include <string_view>

#include "server/load/wire/target.hpp"

namespace dialogue::shell {

struct ServerUrl {
  std::string text;  ///< as it was given
  load::Target target;
  bool is_tcp = false;  ///< a frame per line, without a WebSocket
};

/// ws://, wss://, http:// and https:// for the WebSocket at /dialogue or the URL's own path; tcp:// and tls:// with a port for
/// --tcp-listen. Throws SetupError for anything else.
[[nodiscard]] ServerUrl parse_server_url(std::string_view url);

}  // namespace dialogue::shell
