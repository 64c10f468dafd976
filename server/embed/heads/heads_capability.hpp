// Heads of rooms as something that an instance does: a thread with the board of all watches, to which publications of watched
// rooms come, and the built-in stream, the marks and the HTTP API. docs/decisions/348-heads-and-marks.md
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "server/embed/capability.hpp"
#include "server/store/store.hpp"

namespace dialogue {

class HeadsCapability final : public Capability {
 public:
  struct Settings {
    std::shared_ptr<store::Store> store;  ///< null: marks end with the process
    bool is_shared = false;               ///< other nodes use the store, too
  };
  explicit HeadsCapability(Settings settings) : settings_(std::move(settings)) {}
  ~HeadsCapability() override;

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server& server) override;
  void stop() override;
  [[nodiscard]] bool erase_kept(const std::string& user_id, const std::function<bool()>& is_cancelled) override;

 private:
  struct State;

  const Settings settings_;
  std::shared_ptr<State> state_;
};

}  // namespace dialogue
