// A question is held by the function that the store has to call: when the store lets go of that, it will never answer. The watch
// holds questions weakly, and nothing that a question holds holds the store: one that never answers does not keep itself.
#include "server/store/guarded_store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <thread>

#include "server/core/util/log_limiter.hpp"
#include "server/store/store_values.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::store {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count());
}

/// What can be given up by somebody else.
struct Unanswered {
  virtual ~Unanswered() = default;
  virtual void give_up(bool is_late) = 0;
};

constexpr auto kNoFault = [](auto&) { return std::string(); };

bool is_error(core::StoreStatus status) { return status != core::StoreStatus::ok; }

bool is_error(const std::vector<core::StoreStatus>& statuses) {
  return std::any_of(statuses.begin(), statuses.end(), [](core::StoreStatus status) { return is_error(status); });
}

template <typename Answer>
bool is_error(const Answer& answer) {
  return is_error(answer.status);
}

}  // namespace

/// Which questions are unanswered, and since when. One thread looks at the oldest of them.
class GuardedStore::Watch {
 public:
  struct Entry {
    Clock::time_point due;
    std::weak_ptr<Unanswered> question;
  };
  using Place = std::list<Entry>::iterator;

  explicit Watch(StoreGuardSettings settings) : settings_(std::move(settings)) {
    if (settings_.timeout_ms > 0) thread_ = std::thread([this] { run(); });
  }

  [[nodiscard]] std::uint64_t timeout_ms() const { return settings_.timeout_ms; }

  /// The status to answer with where the store is not to be asked; ok: it is, and `place` is the question's until forget().
  [[nodiscard]] core::StoreStatus enter(const std::shared_ptr<Unanswered>& question, Place& place) {
    const std::lock_guard lock(mutex_);
    if (has_failed_) return core::StoreStatus::failed;
    if (entries_.size() >= kUnansweredMax) return core::StoreStatus::busy;
    const bool was_empty = entries_.empty();
    place = entries_.insert(entries_.end(), {Clock::now() + std::chrono::milliseconds(settings_.timeout_ms), question});
    if (was_empty) wake_.notify_one();
    return core::StoreStatus::ok;
  }
  void forget(Place place) {
    const std::lock_guard lock(mutex_);
    entries_.erase(place);
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  [[nodiscard]] bool has_failed() const {
    const std::lock_guard lock(mutex_);
    return has_failed_;
  }
  [[nodiscard]] bool has_ended() const { return has_ended_; }

  /// The store is asked nothing from here on.
  void fail() {
    const std::lock_guard lock(mutex_);
    has_failed_ = true;
  }

  void log(core::LogLevel level, const char* event, const About& about, const std::string& message) {
    if (!settings_.log || has_ended_) return;  // the logger may be gone with who waited
    {
      const std::lock_guard lock(log_mutex_);
      if (!limiter_.admit(event, now_ms())) return;
    }
    JsonText fields;
    fields.text("call", about.call).text("message", message);
    if (!about.room.empty()) fields.text("room", about.room);
    settings_.log({level, event, fields.take()});
  }

  void end() {
    fail();
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    give_up(Clock::time_point::max(), false);
    has_ended_ = true;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
      if (entries_.empty()) {
        wake_.wait(lock);
        continue;
      }
      const Clock::time_point due = entries_.front().due;
      if (wake_.wait_until(lock, due) == std::cv_status::timeout) {
        lock.unlock();
        give_up(Clock::now(), true);
        lock.lock();
      }
    }
  }

  /// Those that were due by then. They are answered without the lock: an answer may ask again.
  void give_up(Clock::time_point by, bool is_late) {
    std::vector<std::shared_ptr<Unanswered>> due;
    {
      const std::lock_guard lock(mutex_);
      for (const Entry& entry : entries_) {
        if (entry.due > by) break;
        if (auto question = entry.question.lock()) due.push_back(std::move(question));
      }
    }
    for (const auto& question : due) question->give_up(is_late);
  }

  const StoreGuardSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Entry> entries_;  ///< the oldest first
  bool has_failed_ = false, is_ending_ = false;
  std::atomic<bool> has_ended_{false};
  std::mutex log_mutex_;
  core::LogLimiter limiter_;
  std::thread thread_;  ///< last: it uses the others
};

template <typename Answer>
class GuardedStore::Question final : public Unanswered {
 public:
  Question(std::shared_ptr<Watch> watch, About about, Done<Answer> done, std::function<Answer(core::StoreStatus)> failing,
           std::function<std::string(Answer&)> check)
      : watch_(std::move(watch)),
        about_(std::move(about)),
        done_(std::move(done)),
        failing_(std::move(failing)),
        check_(std::move(check)) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() override {
    if (take()) break_off("store_let_go", "the store dropped a request without answering it");
  }

  /// Whether the store is to be asked; else this has answered.
  [[nodiscard]] bool begin(const std::shared_ptr<Question>& self) {
    const core::StoreStatus status = watch_->enter(self, place_);
    if (status == core::StoreStatus::ok) return true;
    is_taken_ = true;
    done_(failing_(status));
    return false;
  }

  void answer(Answer what) {
    if (!take())
      return watch_->log(core::LogLevel::error, "store_answered_twice", about_,
                         "the store answered again, or late: this is ignored");
    const std::string fault = check_(what);
    if (!fault.empty())
      watch_->log(core::LogLevel::error, "store_value_refused", about_,
                  "the store answered what cannot be: " + fault + "; nothing of it is shown to clients");
    done_(std::move(what));
  }

  void threw(const char* what) {
    if (take())
      break_off("store_threw", std::string("the store threw: ") + what);
    else
      watch_->log(core::LogLevel::error, "store_threw", about_, std::string("the store threw after it had answered: ") + what);
  }

  void give_up(bool is_late) override {
    if (!take()) return;
    if (is_late) {
      watch_->fail();
      watch_->log(core::LogLevel::error, "store_silent", about_,
                  "the store has not answered for " + std::to_string(watch_->timeout_ms()) + " ms: it counts as failed");
    }
    done_(failing_(core::StoreStatus::failed));
  }

 private:
  /// True once.
  [[nodiscard]] bool take() {
    if (is_taken_.exchange(true)) return false;
    watch_->forget(place_);
    return true;
  }

  void break_off(const char* event, const std::string& message) {
    if (about_.writes) watch_->fail();
    watch_->log(core::LogLevel::error, event, about_,
                message + (about_.writes ? ": the outcome is unknown, so the store counts as failed" : ": it is asked again"));
    done_(failing_(about_.writes ? core::StoreStatus::failed : core::StoreStatus::busy));
  }

  const std::shared_ptr<Watch> watch_;
  const About about_;
  const Done<Answer> done_;
  const std::function<Answer(core::StoreStatus)> failing_;
  const std::function<std::string(Answer&)> check_;
  Watch::Place place_;
  std::atomic<bool> is_taken_{false};
};

GuardedStore::GuardedStore(std::shared_ptr<Store> store, StoreGuardSettings settings)
    : store_(std::move(store)), metrics_(settings.metrics), watch_(std::make_shared<Watch>(std::move(settings))) {}

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
void GuardedStore::ask(About about, Done<Answer> done, Failing failing, Check check, const Call& call) {
  const auto question =
      std::make_shared<Question<Answer>>(watch_, std::move(about), std::move(done), std::move(failing), std::move(check));
  if (!question->begin(question)) return;
  try {
    call([question](Answer answer) { question->answer(std::move(answer)); });
  } catch (const std::exception& error) { question->threw(error.what()); } catch (...) {
    question->threw("an exception that is no std::exception");
  }
}

void GuardedStore::open(core::RoomKey key, Done<core::RoomOpened> done) {
  const auto check = [](core::RoomOpened& opened) {
    std::string fault = opened.status == core::StoreStatus::ok ? fault_of(opened) : std::string();
    if (!fault.empty()) opened = with_status<core::RoomOpened>(core::StoreStatus::damaged);
    return fault;
  };
  About about{"open", key.room, false};
  ask<core::RoomOpened>(std::move(about), counted(metrics::StoreOperation::open, std::move(done)), with_status<core::RoomOpened>,
                        check, [&](auto answer) { store_->open(std::move(key), std::move(answer)); });
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
  About about{"append", count == 1 ? writes.front().key.room : std::string(), true};
  ask<Statuses>(
      std::move(about), counted(metrics::StoreOperation::append, timed(events, std::move(done))),
      [count](core::StoreStatus status) { return Statuses(count, status); }, check,
      [&](auto answer) { store_->append(std::move(writes), std::move(answer)); });
}

void GuardedStore::read(core::ReadRange range, Done<core::LogPage> done) {
  const auto check = [](core::LogPage& page) { return page.status == core::StoreStatus::ok ? mend(page) : std::string(); };
  About about{"read", range.key.room, false};
  ask<core::LogPage>(std::move(about), counted(metrics::StoreOperation::read, std::move(done)), with_status<core::LogPage>, check,
                     [&](auto answer) { store_->read(std::move(range), std::move(answer)); });
}

void GuardedStore::trim(core::TrimLog trim, Done<core::LogTrimmed> done) {
  const auto check = [](core::LogTrimmed& trimmed) {
    std::string fault = trimmed.status == core::StoreStatus::ok ? fault_of(trimmed) : std::string();
    if (!fault.empty()) trimmed = with_status<core::LogTrimmed>(core::StoreStatus::damaged);
    return fault;
  };
  About about{"trim", trim.key.room, true};
  ask<core::LogTrimmed>(std::move(about), counted(metrics::StoreOperation::trim, std::move(done)), with_status<core::LogTrimmed>,
                        check, [&](auto answer) { store_->trim(std::move(trim), std::move(answer)); });
}

void GuardedStore::erase(core::RoomKey key, Done<core::StoreStatus> done) {
  About about{"erase", key.room, true};
  ask<core::StoreStatus>(
      std::move(about), counted(metrics::StoreOperation::erase, std::move(done)), [](core::StoreStatus status) { return status; },
      kNoFault, [&](auto answer) { store_->erase(std::move(key), std::move(answer)); });
}

void GuardedStore::put_kept(KeptWrite write, Done<core::StoreStatus> done) {
  ask<core::StoreStatus>(
      {"put_kept", {}, true}, counted(metrics::StoreOperation::put_kept, std::move(done)),
      [](core::StoreStatus status) { return status; }, kNoFault,
      [&](auto answer) { store_->put_kept(std::move(write), std::move(answer)); });
}

void GuardedStore::list_kept(KeptQuery query, Done<KeptList> done) {
  const auto check = [kind = query.kind](KeptList& list) {
    std::string fault = list.status == core::StoreStatus::ok && list.is_kept ? fault_of(list, kind) : std::string();
    if (!fault.empty()) list = with_status<KeptList>(core::StoreStatus::damaged);
    return fault;
  };
  ask<KeptList>({"list_kept", {}, false}, counted(metrics::StoreOperation::list_kept, std::move(done)), with_status<KeptList>,
                check, [&](auto answer) { store_->list_kept(query, std::move(answer)); });
}

FollowResult GuardedStore::follow(FollowStart start, FollowWakeUp wake_up) {
  const About about{"follow", start.room ? start.room->room : std::string(), false};
  if (watch_->has_failed()) return {FollowStatus::failed};
  const auto checked = [watch = watch_, about, wake_up = std::move(wake_up)](const LogHead& head) {
    if (watch->has_ended()) return;
    const std::string fault = head.status == core::StoreStatus::ok ? fault_of(head) : std::string();
    if (fault.empty()) return wake_up(head);
    watch->log(core::LogLevel::error, "store_value_refused", about,
               "the store woke a follower with what cannot be: " + fault + "; the log counts as damaged");
    wake_up({core::StoreStatus::damaged});
  };
  FollowResult result;
  try {
    result = store_->follow(std::move(start), checked);
    if (result.status == FollowStatus::ok && !result.handle) {
      watch_->log(core::LogLevel::error, "store_value_refused", about, "the store says that it follows, and gives no handle");
      return {FollowStatus::failed};
    }
    if (result.status == FollowStatus::unsupported)
      watch_->log(core::LogLevel::error, "store_cannot_follow", about,
                  "this store cannot follow, so several servers cannot share it: use one that can, or run one server");
  } catch (const std::exception& error) {
    watch_->log(core::LogLevel::error, "store_threw", about, std::string("the store threw: ") + error.what());
    return {FollowStatus::failed};
  } catch (...) {
    watch_->log(core::LogLevel::error, "store_threw", about, "the store threw an exception that is no std::exception");
    return {FollowStatus::failed};
  }
  return result;
}

std::string GuardedStore::damage() const {
  try {
    return store_->damage();
  } catch (const std::exception& error) { return std::string("the store threw: ") + error.what(); } catch (...) {
    return "the store threw an exception that is no std::exception";
  }
}

}  // namespace dialogue::store
