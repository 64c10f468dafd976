// The API's queries about the server as a whole, as JSON texts. On any thread. server/embed sets them; one that is not set is
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
  std::function<std::string()> cluster{};      ///< a whole answer; not set: the server is not a node of a cluster, which is 404
};

}  // namespace dialogue::api
