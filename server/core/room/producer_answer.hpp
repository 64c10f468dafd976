// What a producer's publication is answered with where its number is not the next one.
#pragma once
#include <cstdint>

#include "server/core/log/producer_table.hpp"
#include "server/core/messages/membership_messages.hpp"

namespace dialogue::core {

/// Content that was refused before is refused again, with the same code. Of a fresh number nothing changes.
void answer_unfresh(PublishResponse& answer, const ProducerCheck& check, std::uint64_t epoch);

}  // namespace dialogue::core
