// What the sources of HttpConnection have in common. Pure functions; safe from any thread.
#pragma once
#include <boost/system/error_code.hpp>
#include <cstddef>

#include "server/http_client/http_connection.hpp"

namespace dialogue::http_client {

inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;  ///< of a response

/// Whether the connection ended, for no reason that was given.
[[nodiscard]] bool is_break(const boost::system::error_code& error);
[[nodiscard]] HttpError fault_of(const boost::system::error_code& error);

}  // namespace dialogue::http_client
