// A store behind a guard, so that nothing it does wrong hangs or ends the server or reaches clients: each question has one
// answer, in time, and values that a log can hold (store_values.hpp). An Instance puts one before the application's store. Any
// thread.
//
// What writes and throws, or lets go of its answer, has an unknown outcome: the store counts as failed from then on, as if it had
// answered `failed`. A question that only reads is answered `busy` then, and asked again. Whatever is not answered in time makes
// the store a failed one. A second answer is ignored. Each of these is a line in the log.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/store/store.hpp"

namespace dialogue::store {

inline constexpr std::uint64_t kStoreTimeoutMs = 60'000;

struct StoreGuardSettings {
  std::uint64_t timeout_ms = kStoreTimeoutMs;       ///< for one answer; 0: no bound
  std::function<void(const core::LogLine&)> log{};  ///< on any thread; must not throw; empty: no log
  std::shared_ptr<metrics::SharedCells> metrics{};  ///< where requests are counted; null: nowhere
};

class GuardedStore final : public Store {
 public:
  /// So many questions may be unanswered; one more is answered `busy`, and the store does not hear of it.
  static constexpr std::size_t kUnansweredMax = 65'536;

  GuardedStore(std::shared_ptr<Store> store, StoreGuardSettings settings);
  ~GuardedStore() override;  ///< end()

  void open(core::RoomKey key, Done<core::RoomOpened> done) override;
  void append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) override;
  void read(core::ReadRange range, Done<core::LogPage> done) override;
  void trim(core::TrimLog trim, Done<core::LogTrimmed> done) override;
  void erase(core::RoomKey key, Done<core::StoreStatus> done) override;
  void put_kept(KeptWrite write, Done<core::StoreStatus> done) override;
  void list_kept(KeptQuery query, Done<KeptList> done) override;
  /// A store that cannot follow is a line in the log. A position that no log can have is passed on as `damaged`. Once end() has
  /// returned no wake-up begins.
  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override;
  [[nodiscard]] std::string damage() const override;

  /// Nobody waits any more: what is unanswered is answered `failed`, on this thread, and so is what comes from here on.
  void end();
  [[nodiscard]] std::size_t unanswered() const;

 private:
  /// Counts answers that are errors, by operation.
  template <typename Answer>
  [[nodiscard]] Done<Answer> counted(metrics::StoreOperation operation, Done<Answer> done) const;
  [[nodiscard]] Done<std::vector<core::StoreStatus>> timed(std::size_t events, Done<std::vector<core::StoreStatus>> done) const;

  class Watch;
  template <typename Answer>
  class Question;
  /// A question as the guard needs to know it.
  struct About {
    const char* call;
    std::string room;  ///< empty: of none
    bool writes;
  };

  /// Asks the store by `call(done)`. `failing` makes the answer of a status, `check` may change what the store answers and says
  /// what was wrong with it.
  template <typename Answer, typename Failing, typename Check, typename Call>
  void ask(About about, Done<Answer> done, Failing failing, Check check, const Call& call);

  const std::shared_ptr<Store> store_;
  const std::shared_ptr<metrics::SharedCells> metrics_;
  const std::shared_ptr<Watch> watch_;
};

}  // namespace dialogue::store
