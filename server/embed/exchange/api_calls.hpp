// Calls by HTTP: checked, handled and answered as those of clients, without a connection. Safe from any thread.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/remote_call.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "server/embed/capability.hpp"
#include "server/embed/task_thread.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue {

inline constexpr std::size_t kApiCallsMax = 1'024;             ///< under way; more are too_many_calls
inline constexpr std::uint64_t kApiCallTimeoutMaxMs = 12'000;  ///< the HTTP side waits for 15 s

class ApiCalls final : public Capability {
 public:
  using Log = std::function<void(core::LogLine)>;
  ApiCalls(const Definitions& definitions, core::ExchangeSource source, Log log, std::function<std::uint64_t()> now_ms)
      : definitions_(definitions), source_(std::move(source)), log_(std::move(log)), now_ms_(std::move(now_ms)) {}

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server&) override {
    if (!definitions_.calls.empty()) open();
  }
  /// Those under way are answered `draining`.
  void stop() override;
  /// `done` is called once, on any thread, perhaps before this returns. `closed` before start(), `draining` after stop().
  void make(api::RemoteCall what, std::function<void(api::RemoteCallAnswer)> done);

  // configure() and start() in parts, for tests.
  void set_catalogue(CatalogueView catalogue, std::size_t message_bytes_max);
  void open();
  [[nodiscard]] std::size_t under_way() const;

 private:
  struct Waiting {
    std::uint32_t call = 0;
    std::function<void(api::RemoteCallAnswer)> done;
    std::shared_ptr<core::ExchangeHandler> handler{};  ///< null: it has not returned yet
    std::uint64_t due_ms = 0, timeout_ms = 0;
  };

  /// The call, or what speaks against it.
  [[nodiscard]] std::optional<core::Error> refusal(api::RemoteCall& what, std::uint32_t& call) const;
  [[nodiscard]] std::optional<core::Error> fault_in(std::string_view entry, std::string& json) const;
  void answer(Waiting&& waiting, core::ExchangeResult&& result) const;
  [[nodiscard]] api::RemoteCallAnswer answer_of(std::uint32_t call, core::ExchangeResult&& result) const;
  void end(Waiting&& waiting, const core::Error& reason) const;
  /// Ends what is due. Returns when to be called next.
  [[nodiscard]] std::uint64_t end_due();

  const Definitions& definitions_;
  const core::ExchangeSource source_;
  const Log log_;
  const std::function<std::uint64_t()> now_ms_;
  CatalogueView catalogue_;
  std::vector<std::uint8_t> catalogue_bytes_;
  std::size_t message_bytes_max_ = 0;

  /// The table of pending calls, which outlives this object for late replies.
  struct Table {
    /// Removes a call to answer it; settle() follows. Returns no value if the call has ended.
    [[nodiscard]] std::optional<Waiting> take(std::uint64_t number);
    void settle();

    std::mutex mutex;
    std::condition_variable settled;
    std::map<std::uint64_t, Waiting> waiting;
    std::size_t answering = 0;              ///< that were taken out and not settled
    ErrorCode refuses = ErrorCode::closed;  ///< ok: it is open
  };
  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
  std::uint64_t next_ = 1;            ///< under the table's mutex
  std::optional<TaskThread> thread_;  ///< ends calls at their deadlines
};

}  // namespace dialogue
