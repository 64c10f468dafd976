// What the API reads of the server as a whole, as JSON texts. On any thread. server/embed fills them in; what is not set is
// answered 422.
#pragma once
#include <functional>
#include <string>

namespace dialogue::api {

struct Observation {
  using Ask = std::function<void(std::function<void(std::string json)> done)>;
  Ask overview{}, store{}, hooks{};            ///< whole answers
  Ask top_events{};                            ///< an array
  std::function<std::string()> settings{};     ///< an array
  std::function<std::string()> definitions{};  ///< a whole answer
};

}  // namespace dialogue::api
