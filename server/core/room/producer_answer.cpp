// See producer_answer.hpp.
#include "server/core/room/producer_answer.hpp"

#include <string>

namespace dialogue::core {

void answer_unfresh(PublishResponse& answer, const ProducerCheck& check, std::uint64_t epoch) {
  const ProducerReceipt& receipt = check.receipt;
  switch (check.verdict) {
    case ProducerVerdict::fresh:
      break;
    case ProducerVerdict::hole:
      answer.fault = {ErrorCode::producer_hole, std::to_string(check.expected), {}};
      answer.expected = check.expected;
      break;
    case ProducerVerdict::conflict:
      answer.fault = {ErrorCode::producer_conflict, {}, {}};
      break;
    case ProducerVerdict::unknown:
      answer.fault = {ErrorCode::producer_unknown, {}, {}};
      break;
    case ProducerVerdict::refused:
      answer.fault = {ErrorCode::too_many_producers, std::to_string(kProducersPerRoomMax), {}};
      break;
    case ProducerVerdict::duplicate:
      if (receipt.refused == ErrorCode::ok) {
        answer.fault = {};
        answer.duplicate = true;
        answer.position = {epoch, receipt.seq, receipt.timestamp_ms};
      } else if (answer.fault.code != receipt.refused) {
        answer.fault = {receipt.refused, {}, {}};
      }
      break;
  }
}

}  // namespace dialogue::core
