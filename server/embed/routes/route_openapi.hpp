// The routes of the application for the OpenAPI document. Pure.
#pragma once
#include <string>

#include "server/embed/routes/route_table.hpp"

namespace dialogue {

/// Path items of all routes, as members of an object ("/shop/v1/orders":{...},...); empty: there are none. They have a server of
/// their own, "/", since the document's is /api/v1.
[[nodiscard]] std::string route_path_items(const RouteTable& table);

}  // namespace dialogue
