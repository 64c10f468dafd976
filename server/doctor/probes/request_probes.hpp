// Single requests: the largest body that a message needs, and one as a page of this origin sends it.
#pragma once
#include "server/doctor/probes/probe.hpp"

namespace dialogue::doctor {

[[nodiscard]] boost::asio::awaitable<BodyResult> probe_body(Course course);
[[nodiscard]] boost::asio::awaitable<OriginResult> probe_origin(Course course);

}  // namespace dialogue::doctor
