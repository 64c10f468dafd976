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
  /// `body`: everything that has come since the stream began. The next block with data; nothing where none is complete.
  [[nodiscard]] std::optional<EventBlock> next(std::string_view body);

 private:
  std::size_t taken_ = 0;
};

}  // namespace dialogue::doctor
