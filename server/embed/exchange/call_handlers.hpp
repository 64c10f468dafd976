// The handlers of an instance's calls and streams, by name, and what becomes of their results. Set before the instance listens;
// then safe from any thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <dialogue/calls.hpp>
#include "server/embed/capability.hpp"
#include "server/embed/exchange/answer_memory.hpp"

namespace dialogue {

class CallHandlers final : public Capability {
 public:
  /// `threw(name, what)` logs that a handler threw.
  using Threw = std::function<void(const std::string& name, const char* what)>;

  CallHandlers(const Definitions& definitions, Threw threw, std::function<std::uint64_t()> now_ms);

  /// Adds the handler of a call. Throws SetupError if the definitions lack the call, or it has a handler.
  void add(std::string_view name, CallFunction handler);
  /// Sets what handles calls, not streams, that have no handler of their own; empty: nothing does.
  void set_backend(core::ExchangeSource backend) { part_->backend = std::move(backend); }
  [[nodiscard]] bool has(std::string_view name) const { return part_->handlers.contains(name); }
  /// Returns a function that logs an exception of the handler of `name`. It outlives this object, and holds no handler, since
  /// handlers hold it.
  [[nodiscard]] std::function<void(const char*)> threw(std::string_view name) const {
    return [threw = part_->threw, name = std::string(name)](const char* what) { threw(name, what); };
  }
  /// Returns the source of handlers for the server. It outlives this object.
  [[nodiscard]] core::ExchangeSource source() const;

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server&) override {}
  void stop() override {}
  [[nodiscard]] bool erase_user(const std::string& user_id, const std::function<bool()>&) override {
    part_->memory.forget_user(user_id);
    return true;
  }

 private:
  struct Part : std::enable_shared_from_this<Part> {
    std::map<std::string, CallFunction, std::less<>> handlers;
    core::ExchangeSource backend;
    std::vector<bool> is_stream;  ///< by index in Definitions::calls
    AnswerMemory memory;
    Threw threw;

    Part(Threw on_throw, std::function<std::uint64_t()> now_ms) : memory(std::move(now_ms)), threw(std::move(on_throw)) {}
    /// Begins to handle a call; returns null if nothing handles it.
    std::shared_ptr<core::ExchangeHandler> handle(core::ExchangeQuestion&& question, core::ExchangeReplies reply);
    std::shared_ptr<core::ExchangeHandler> handle_once(core::ExchangeQuestion&& question, core::ExchangeReplies reply);
  };

  const Definitions& definitions_;
  const std::shared_ptr<Part> part_;
};

}  // namespace dialogue
