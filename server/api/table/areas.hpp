// The routes of each area. A new route is a row and a function in the file of its area, server/api/operations/.
#pragma once
#include <span>

#include "server/api/table/routes.hpp"

namespace dialogue::api {

[[nodiscard]] std::span<const Route> publish_routes();
[[nodiscard]] std::span<const Route> call_routes();
[[nodiscard]] std::span<const Route> room_routes();
[[nodiscard]] std::span<const Route> document_routes();
[[nodiscard]] std::span<const Route> people_routes();
[[nodiscard]] std::span<const Route> push_routes();
[[nodiscard]] std::span<const Route> heads_routes();
[[nodiscard]] std::span<const Route> socketio_routes();
[[nodiscard]] std::span<const Route> privacy_routes();
[[nodiscard]] std::span<const Route> audit_routes();
[[nodiscard]] std::span<const Route> observe_routes();
[[nodiscard]] std::span<const Route> why_routes();
[[nodiscard]] std::span<const Route> server_routes();

}  // namespace dialogue::api
