// How coroutines of this layer wait: an operation gives its error code as a value.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dialogue::doctor {

inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<>> kAwait{};

}  // namespace dialogue::doctor
