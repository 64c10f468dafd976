// The verdict of middleware on a client that connects.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace dialogue::socketio {

struct SocketRecord;

struct Admission {
  /// The message of the client's `connect_error`: at most 256 bytes of UTF-8, what is longer is cut. Absent: it may connect.
  std::optional<std::string> refusal;
  std::string data;  ///< JSON, the `data` of that error; empty: none

  [[nodiscard]] static Admission allow() { return {}; }
  [[nodiscard]] static Admission refuse(std::string message, std::string data_json = {}) {
    return {std::move(message), std::move(data_json)};
  }
};

/// The decision of asynchronous middleware. May be copied and used later, on any thread; the first call counts. When all
/// copies are gone without one, the client is refused.
class Next {
 public:
  Next(std::shared_ptr<SocketRecord> record, std::size_t step);

  void allow() const;
  void refuse(std::string message, std::string data_json = {}) const;

 private:
  struct Decision;
  std::shared_ptr<Decision> decision_;
};

}  // namespace dialogue::socketio
