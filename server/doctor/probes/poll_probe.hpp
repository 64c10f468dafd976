// Long polling: whether a poll that the server holds is answered, and where it is not, after how long it is cut.
#pragma once
#include "server/doctor/probes/probe.hpp"

namespace dialogue::doctor {

[[nodiscard]] boost::asio::awaitable<PollResult> probe_poll(Course course);

}  // namespace dialogue::doctor
