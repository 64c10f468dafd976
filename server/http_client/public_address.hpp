// Which addresses are of the public internet: what a server may connect to when another party chose the name. Pure; safe from any
// thread.
#pragma once
#include <boost/asio/ip/address.hpp>

namespace dialogue::http_client {

/// False for this machine, private and shared networks, links, groups, documentation, and for IPv6 addresses that stand for such
/// an IPv4 address.
[[nodiscard]] bool is_public_address(const boost::asio::ip::address& address);

}  // namespace dialogue::http_client
