// The answer to a publication whose producer number is not the next one.
#pragma once
#include <cstdint>

#include "server/core/log/producer_table.hpp"
#include "server/core/messages/membership_messages.hpp"

namespace dialogue::core {

/// Fills the answer from a check whose number is not fresh; content that was refused before is refused again, with the same code.
/// For a fresh number, the answer stays unchanged.
void answer_unfresh(PublishResponse& answer, const ProducerCheck& check, std::uint64_t epoch);

}  // namespace dialogue::core
