// A store behind a guard, so that its faults cannot hang or end the server or reach clients: each call has one answer, in time,
// and values that are valid for a log (store_values.hpp). An Instance puts one before the application's store. Any thread.
//
// A write that throws, or drops its answer, has an unknown outcome: the store counts as failed from then on, as if it had
// answered `failed`. The same holds for a write without an answer, once no write was answered for the timeout. A read is answered
// `busy` in each of these cases, and repeated. A second answer is ignored. Each of these is a line in the log.
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
#include "server/store/guard/store_watch.hpp"
#include "server/store/store.hpp"

namespace dialogue::store {

inline constexpr std::uint64_t kStoreTimeoutMs = 60'000;

struct StoreGuardSettings {
  std::uint64_t timeout_ms = kStoreTimeoutMs;       ///< as in Config::store_timeout_ms
  std::function<void(const core::LogLine&)> log{};  ///< on any thread; must not throw; empty: no log
  std::shared_ptr<metrics::SharedCells> metrics{};  ///< where requests are counted; null: nowhere
};

class GuardedStore final : public Store {
 public:
  /// The maximum of unanswered calls; one more is answered `busy`, without calling the store.
  static constexpr std::size_t kUnansweredMax = StoreWatch::kUnansweredCallsMax;

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
  void find_user(UserQuery query, Done<UserPage> done) override;
  void erase_user(UserQuery query, Done<UserErased> done) override;
  void erase_records(RecordErasure what, Done<UserErased> done) override;
  /// Searching large files takes long: the one call without a timeout.
  void scrub(ScrubQuery query, Done<ScrubReport> done) override;
  [[nodiscard]] std::string damage() const override;
  [[nodiscard]] StoreSizes sizes() const override;
  [[nodiscard]] BusState bus() const override;

  /// The guard ends: unanswered calls are answered `failed`, on this thread, and so are later ones.
  void end();
  [[nodiscard]] std::size_t unanswered() const;

 private:
  /// Counts answers that are errors, by operation.
  template <typename Answer>
  [[nodiscard]] Done<Answer> counted(metrics::StoreOperation operation, Done<Answer> done) const;
  [[nodiscard]] Done<std::vector<core::StoreStatus>> timed(std::size_t events, Done<std::vector<core::StoreStatus>> done) const;

  template <typename Answer>
  class Question;

  /// Calls the store by `call(done)`. `failing` makes the answer for a status. `check` may change the store's answer and
  /// returns the error in it.
  template <typename Answer, typename Failing, typename Check, typename Call>
  void ask(StoreCall about, Done<Answer> done, Failing failing, Check check, const Call& call);
  /// Like ask(), but counts the call by operation; the answer to a failed call has a status only.
  template <typename Answer, typename Check, typename Call>
  void ask_about(StoreCall about, metrics::StoreOperation operation, Done<Answer> done, Check check, const Call& call);

  const std::shared_ptr<Store> store_;
  const std::shared_ptr<metrics::SharedCells> metrics_;
  const std::shared_ptr<StoreWatch> watch_;
};

}  // namespace dialogue::store
