// A question is held by the function that the store has to call: when the store destroys that, it will never answer. The watch
// holds questions weakly, and nothing that a question holds holds the store: one that never answers does not keep itself.
#include "server/store/guard/guarded_store.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "server/store/store_values.hpp"

namespace dialogue::store {
namespace {

/// Returns the message of the exception that is being caught.
std::string thrown() {
  try {
    throw;
  } catch (const std::exception& error) { return error.what(); } catch (...) {
    return "an exception that is not a std::exception";
  }
}

}  // namespace

template <typename Answer>
class GuardedStore::Question final : public Unanswered {
 public:
  Question(std::shared_ptr<StoreWatch> watch, StoreCall about, Done<Answer> done,
           std::function<Answer(core::StoreStatus)> failing, std::function<std::string(Answer&)> check)
      : watch_(std::move(watch)),
        about_(std::move(about)),
        done_(std::move(done)),
        failing_(std::move(failing)),
        check_(std::move(check)) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() override {
    if (take(false)) break_off("store_let_go", "the store dropped a request without answering it");
  }

  /// Whether the store is to be asked; else this has answered.
  [[nodiscard]] bool begin(const std::shared_ptr<Question>& self) {
    const core::StoreStatus status = watch_->enter(self, about_, place_);
    if (status == core::StoreStatus::ok) return true;
    is_taken_ = true;
    finish(failing_(status));
    return false;
  }

  void answer(Answer what) {
    if (!take(true))
      return watch_->log(core::LogLevel::error, "store_answered_twice", about_,
                         "the store answered again, or late: this is ignored");
    const std::string fault = check_(what);
    if (!fault.empty())
      watch_->log(core::LogLevel::error, "store_value_refused", about_,
                  "the store returned an invalid value: " + fault + "; it is not sent to clients");
    finish(std::move(what));
  }

  void threw(const std::string& what) {
    if (take(false))
      break_off("store_threw", "the store threw: " + what);
    else
      watch_->log(core::LogLevel::error, "store_threw", about_, "the store threw after it had answered: " + what);
  }

  void give_up(bool is_late) override {
    if (!take(false)) return;
    if (!is_late) return finish(failing_(core::StoreStatus::failed));
    const std::string silence = "the store has not answered for " + std::to_string(watch_->timeout_ms()) + " ms: ";
    if (about_.writes) watch_->fail();
    watch_->log(about_.writes ? core::LogLevel::error : core::LogLevel::warn, "store_silent", about_,
                silence + (about_.writes ? "the call counts as failed" : "the call is answered as busy"));
    finish(failing_(about_.writes ? core::StoreStatus::failed : core::StoreStatus::busy));
  }

 private:
  /// True once.
  [[nodiscard]] bool take(bool is_answered) {
    if (is_taken_.exchange(true)) return false;
    watch_->forget(place_, is_answered);
    return true;
  }

  void break_off(const char* event, const std::string& message) {
    if (about_.writes) watch_->fail();
    watch_->log(core::LogLevel::error, event, about_,
                message + (about_.writes ? ": the outcome is unknown, so the store counts as failed" : ": the call is repeated"));
    finish(failing_(about_.writes ? core::StoreStatus::failed : core::StoreStatus::busy));
  }

  /// After take(). Frees what the callback holds; the store may keep this.
  void finish(Answer what) { std::exchange(done_, nullptr)(std::move(what)); }

  const std::shared_ptr<StoreWatch> watch_;
  const StoreCall about_;
  Done<Answer> done_;  ///< used by the thread whose take() was true
  const std::function<Answer(core::StoreStatus)> failing_;
  const std::function<std::string(Answer&)> check_;
  StoreWatch::Place place_;
  std::atomic<bool> is_taken_{false};
};

GuardedStore::GuardedStore(std::shared_ptr<Store> store, StoreGuardSettings settings)
    : store_(std::move(store)),
      metrics_(settings.metrics),
      watch_(std::make_shared<StoreWatch>(settings.timeout_ms, std::move(settings.log))) {}

GuardedStore::~GuardedStore() { end(); }

void GuardedStore::end() { watch_->end(); }

std::size_t GuardedStore::unanswered() const { return watch_->size(); }

template <typename Answer>
GuardedStore::Done<Answer> GuardedStore::counted(metrics::StoreOperation operation, Done<Answer> done) const {
  if (!metrics_) return done;
  return [cells = metrics_, operation, done = std::move(done)](Answer answer) {
    if (is_error(answer)) cells->count(metrics::Metric::store_errors_total, operation);
    done(std::move(answer));
  };
}

GuardedStore::Done<std::vector<core::StoreStatus>> GuardedStore::timed(std::size_t events,
                                                                       Done<std::vector<core::StoreStatus>> done) const {
  using metrics::Metric;
  if (!metrics_) return done;
  metrics_->observe(Metric::store_batch_events, 0, events);
  metrics_->change(Metric::store_writer_queue_events, 0, static_cast<std::int64_t>(events));
  return
      [cells = metrics_, events, asked_ns = metrics::now_ns(), done = std::move(done)](std::vector<core::StoreStatus> statuses) {
        cells->observe(Metric::store_commit_seconds, 0, metrics::now_ns() - asked_ns);
        cells->change(Metric::store_writer_queue_events, 0, -static_cast<std::int64_t>(events));
        done(std::move(statuses));
      };
}

template <typename Answer, typename Failing, typename Check, typename Call>
void GuardedStore::ask(StoreCall about, Done<Answer> done, Failing failing, Check check, const Call& call) {
  const auto question =
      std::make_shared<Question<Answer>>(watch_, std::move(about), std::move(done), std::move(failing), std::move(check));
  if (!question->begin(question)) return;
  try {
    call([question](Answer answer) { question->answer(std::move(answer)); });
  } catch (...) { question->threw(thrown()); }
}

template <typename Answer, typename Check, typename Call>
void GuardedStore::ask_about(StoreCall about, metrics::StoreOperation operation, Done<Answer> done, Check check,
                             const Call& call) {
  ask<Answer>(std::move(about), counted(operation, std::move(done)), failed_with<Answer>, std::move(check), call);
}

void GuardedStore::open(core::RoomKey key, Done<core::RoomOpened> done) {
  StoreCall about{"open", key.room, false};
  ask_about(std::move(about), metrics::StoreOperation::open, std::move(done), kDamagedIfWrong,
            [&](auto answer) { store_->open(std::move(key), std::move(answer)); });
}

void GuardedStore::append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) {
  using Statuses = std::vector<core::StoreStatus>;
  const std::size_t count = writes.size();
  std::size_t events = 0;
  for (const core::RoomWrite& write : writes) events += write.records.size();
  const auto check = [count, watch = watch_](Statuses& statuses) {
    if (statuses.size() == count) return std::string();
    std::string fault = std::to_string(statuses.size()) + " statuses for " + std::to_string(count) + " writes";
    statuses.assign(count, core::StoreStatus::failed);
    watch->fail();
    return fault;
  };
  StoreCall about{"append", count == 1 ? writes.front().key.room : std::string(), true};
  ask<Statuses>(
      std::move(about), counted(metrics::StoreOperation::append, timed(events, std::move(done))),
      [count](core::StoreStatus status) { return Statuses(count, status); }, check,
      [&](auto answer) { store_->append(std::move(writes), std::move(answer)); });
}

void GuardedStore::read(core::ReadRange range, Done<core::LogPage> done) {
  StoreCall about{"read", range.key.room, false};
  ask_about(std::move(about), metrics::StoreOperation::read, std::move(done), kMended,
            [&](auto answer) { store_->read(std::move(range), std::move(answer)); });
}

void GuardedStore::trim(core::TrimLog trim, Done<core::LogTrimmed> done) {
  StoreCall about{"trim", trim.key.room, true};
  ask_about(std::move(about), metrics::StoreOperation::trim, std::move(done), kDamagedIfWrong,
            [&](auto answer) { store_->trim(std::move(trim), std::move(answer)); });
}

void GuardedStore::erase(core::RoomKey key, Done<core::StoreStatus> done) {
  StoreCall about{"erase", key.room, true};
  ask_about(std::move(about), metrics::StoreOperation::erase, std::move(done), kAsItIs,
            [&](auto answer) { store_->erase(std::move(key), std::move(answer)); });
}

void GuardedStore::put_kept(KeptWrite write, Done<core::StoreStatus> done) {
  ask_about({"put_kept", {}, true}, metrics::StoreOperation::put_kept, std::move(done), kAsItIs,
            [&](auto answer) { store_->put_kept(std::move(write), std::move(answer)); });
}

void GuardedStore::list_kept(KeptQuery query, Done<KeptList> done) {
  const auto check = [kind = query.kind](KeptList& list) {
    std::string fault = list.status == core::StoreStatus::ok && list.is_kept ? fault_of(list, kind) : std::string();
    if (!fault.empty()) list = with_status<KeptList>(core::StoreStatus::damaged);
    return fault;
  };
  ask_about({"list_kept", {}, false}, metrics::StoreOperation::list_kept, std::move(done), check,
            [&](auto answer) { store_->list_kept(query, std::move(answer)); });
}

void GuardedStore::find_user(UserQuery query, Done<UserPage> done) {
  ask_about({"find_user", {}, false}, metrics::StoreOperation::find_user, std::move(done), kMended,
            [&](auto answer) { store_->find_user(std::move(query), std::move(answer)); });
}

void GuardedStore::erase_user(UserQuery query, Done<UserErased> done) {
  ask_about({"erase_user", {}, true}, metrics::StoreOperation::erase_user, std::move(done), kAsItIs,
            [&](auto answer) { store_->erase_user(std::move(query), std::move(answer)); });
}

void GuardedStore::erase_records(RecordErasure what, Done<UserErased> done) {
  const std::string room = what.room.room;
  ask_about({"erase_records", room, true}, metrics::StoreOperation::erase_records, std::move(done), kAsItIs,
            [&](auto answer) { store_->erase_records(std::move(what), std::move(answer)); });
}

void GuardedStore::scrub(ScrubQuery query, Done<ScrubReport> done) {
  ask_about({"scrub", {}, false, false}, metrics::StoreOperation::scrub, std::move(done), kAsItIs,
            [&](auto answer) { store_->scrub(std::move(query), std::move(answer)); });
}

FollowResult GuardedStore::follow(FollowStart start, FollowWakeUp wake_up) {
  const StoreCall about{"follow", start.room ? start.room->room : std::string(), false};
  if (watch_->has_failed()) return {FollowStatus::failed};
  const auto checked = [watch = watch_, about, wake_up = std::move(wake_up)](const LogHead& head) {
    if (watch->has_ended()) return;
    const std::string fault = head.status == core::StoreStatus::ok ? fault_of(head) : std::string();
    if (fault.empty()) return wake_up(head);
    watch->log(core::LogLevel::error, "store_value_refused", about,
               "the store notified a follower with an invalid value: " + fault + "; the log counts as damaged");
    wake_up({core::StoreStatus::damaged});
  };
  FollowResult result;
  try {
    result = store_->follow(std::move(start), checked);
    if (result.status == FollowStatus::ok && !result.handle) {
      watch_->log(core::LogLevel::error, "store_value_refused", about, "the store accepts a follower, but returns no handle");
      return {FollowStatus::failed};
    }
    if (result.status == FollowStatus::unsupported)
      watch_->log(core::LogLevel::error, "store_cannot_follow", about,
                  "this store cannot follow, so several servers cannot share it: use one that can, or run one server");
  } catch (...) {
    watch_->log(core::LogLevel::error, "store_threw", about, "the store threw: " + thrown());
    return {FollowStatus::failed};
  }
  return result;
}

std::string GuardedStore::damage() const {
  try {
    return store_->damage();
  } catch (...) { return "the store threw: " + thrown(); }
}

StoreSizes GuardedStore::sizes() const {
  try {
    return store_->sizes();
  } catch (...) {
    watch_->log(core::LogLevel::error, "store_threw", {"sizes", {}, false}, "the store threw: " + thrown());
    return {};
  }
}

BusState GuardedStore::bus() const {
  try {
    return store_->bus();
  } catch (...) {
    watch_->log(core::LogLevel::error, "store_threw", {"bus", {}, false}, "the store threw: " + thrown());
    return {};
  }
}

}  // namespace dialogue::store
