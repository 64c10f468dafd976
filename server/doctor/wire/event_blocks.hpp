// The blocks of an event stream as they come, in pieces of any size: the type and the data of each; comments and ids are passed
// over. Sans-io; a value of one thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::doctor {

struct EventBlock {
  std::string type, data;
};

class EventBlocks {
 public:
  /// Returns the next block with data; no value if no further block is complete. `body`: all bytes since the stream began.
  [[nodiscard]] std::optional<EventBlock> next(std::string_view body);

 private:
  std::size_t taken_ = 0;
};

}  // namespace dialogue::doctor
