// See engine_echo.hpp.
#include "server/transport/engineio/engine_echo.hpp"

#include <string_view>

#include "server/transport/engineio/engine_session.hpp"

namespace dialogue::transport {

void EngineEcho::on_message(std::span<char> data, bool is_binary) {
  const std::string_view bytes(data.data(), data.size());
  is_binary ? session_.send_binary(std::make_shared<const std::string>(bytes)) : session_.send_text(bytes);
}

}  // namespace dialogue::transport
