// The board is used by its thread alone: shards, callers of the API and the store post to it.
#include "server/embed/heads/heads_capability.hpp"

#include <chrono>
#include <future>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "server/embed/heads/watched_rooms.hpp"
#include "server/embed/steady_clock.hpp"
#include "server/embed/store_answer.hpp"
#include "server/embed/task_thread.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/store/kept/kept_writer.hpp"
#include "server/store/memory/memory_store.hpp"

namespace dialogue {
namespace {

constexpr std::uint64_t kLookMs = 60'000, kSharedLookMs = 2'000;

std::uint64_t unix_s() { return metrics::unix_now_ns() / metrics::kSecond; }

/// The board's thread, for all who post to it, the store included: after its end nothing runs any more.
class BoardThread {
 public:
  void begin(std::function<std::uint64_t()> at_deadline) {
    const std::lock_guard lock(mutex_);
    thread_ = std::make_unique<TaskThread>(steady_now_ms, std::move(at_deadline));
  }
  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    if (thread_) thread_->post(std::move(task));
  }
  /// Runs what was posted. Not on this thread.
  void end() {
    std::unique_ptr<TaskThread> ended;
    {
      const std::lock_guard lock(mutex_);
      ended = std::move(thread_);
    }
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<TaskThread> thread_;
};

}  // namespace

struct HeadsCapability::State : std::enable_shared_from_this<State> {
  State(std::shared_ptr<store::Store> in, bool shared, const store::KeptList& kept)
      : store(std::move(in)),
        is_shared(shared),
        writer({store, [thread = thread](std::function<void()> task) { thread->post(std::move(task)); }, unix_s, shared,
                [this](const store::KeptList& list, store::KeptKind) { board.marks_changed(marks.take(list)); }},
               {{store::KeptKind::mark, kept.epoch, kept.version}}),
        board({[this](core::HistoryQuery query, heads::HeadBoard::Asked done) { ask(std::move(query), std::move(done)); },
               [this](store::KeptWriter::Unit unit) { writer.submit(std::move(unit)); }, steady_now_ms, unix_s,
               [this](std::string_view room, bool is_watched) { watched.watch(room, is_watched); }, shared,
               shared ? kSharedLookMs : kLookMs},
              marks) {
    static_cast<void>(marks.take(kept));
  }

  ~State() { thread->end(); }

  void post(std::function<void()> task) const { thread->post(std::move(task)); }
  void ask(core::HistoryQuery query, heads::HeadBoard::Asked done) {
    const auto answered = [weak = weak_from_this(), done = std::move(done)](core::HistoryQuery::Result result) {
      const auto state = weak.lock();
      if (!state) return;
      state->post([done, shared = std::make_shared<core::HistoryQuery::Result>(std::move(result))] { done(std::move(*shared)); });
    };
    if (host::Server* const asked = server.load())
      return asked->ask(0, std::move(query), calls::call_done<core::HistoryQuery>(answered));
    core::HistoryQuery::Result none;
    none.fault = {ErrorCode::store_unavailable, {}, {}};
    answered(std::move(none));
  }
  void take_moves() {
    WatchedRooms::Moves moves = watched.take();
    for (heads::Move& move : moves.all) board.moved(std::move(move));
    if (moves.has_lost) board.look_again();
  }
  std::uint64_t tick() {
    take_moves();
    return board.tick();
  }

  const std::shared_ptr<BoardThread> thread = std::make_shared<BoardThread>();
  const std::shared_ptr<store::Store> store;
  const bool is_shared;
  std::atomic<host::Server*> server{nullptr};
  std::atomic<std::uint64_t> numbers{0};
  WatchedRooms watched;
  heads::MarkTable marks;
  store::KeptWriter writer;
  heads::HeadBoard board;
};

namespace {

/// One stream, on the side of its shard.
class HeadsStream final : public core::ExchangeHandler {
 public:
  using Post = std::function<void(core::ExchangeNews&&)>;
  explicit HeadsStream(Post post) : post_(std::move(post)) {}
  void take(core::ExchangeNews&& news) override { post_(std::move(news)); }

 private:
  const Post post_;
};

}  // namespace

HeadsCapability::~HeadsCapability() = default;

void HeadsCapability::configure(host::ServerConfig& server_config) {
  const std::shared_ptr<store::Store> store = settings_.store ? settings_.store : std::make_shared<store::MemoryStore>(1);
  state_ = std::make_shared<State>(store, settings_.is_shared, kept_section(*store, store::KeptKind::mark, "marks"));
  const std::shared_ptr<State> state = state_;
  state->thread->begin([state = state.get()] { return state->tick(); });

  core::Hooks& hooks = server_config.shard.hooks;
  hooks.on_event = [state, otherwise = std::move(hooks.on_event)](const core::Publication& publication) {
    if (otherwise) otherwise(publication);
    if (state->watched.add(publication)) state->post([state = state.get()] { state->take_moves(); });
  };
  hooks.on_leave = [state, otherwise = std::move(hooks.on_leave)](core::HookClient& client, std::string_view room) {
    if (otherwise) otherwise(client, room);
    if (state->watched.is_empty()) return;
    state->post([state = state.get(), session = std::string(client.session_id()), room = std::string(room)] {
      state->board.left(session, room);
    });
  };
  server_config.shard.exchanges = [state, otherwise = std::move(server_config.shard.exchanges)](
                                      core::ExchangeQuestion&& question,
                                      core::ExchangeReplies reply) -> std::shared_ptr<core::ExchangeHandler> {
    if (!question.heads) return otherwise ? otherwise(std::move(question), std::move(reply)) : nullptr;
    const std::uint64_t number = ++state->numbers;
    state->post([state = state.get(), number, asked = std::make_shared<core::ExchangeQuestion>(std::move(question)),
                 reply = std::move(reply)] { state->board.begin(number, *asked, reply); });
    return std::make_shared<HeadsStream>([state, number](core::ExchangeNews&& news) {
      state->post([state = state.get(), number, shared = std::make_shared<core::ExchangeNews>(std::move(news))] {
        state->board.take(number, std::move(*shared));
      });
    });
  };
  server_config.api.heads.show = [state](api::HeadsRequest what, auto done) {
    state->post([state = state.get(), what = std::move(what), done = std::move(done)] { state->board.show(what, done); });
  };
  server_config.api.heads.mark = [state](api::MarkRequest what, auto done) {
    state->post([state = state.get(), what = std::move(what), done = std::move(done)] { state->board.mark(what, done); });
  };
}

void HeadsCapability::start(host::Server& server) {
  state_->server = &server;
  state_->post([state = state_.get()] { state->writer.follow(); });
}

void HeadsCapability::stop() {
  state_->server = nullptr;
  state_->post([state = state_.get()] { state->writer.unfollow(); });
  state_->thread->end();
}

bool HeadsCapability::erase_kept(const std::string& user_id, const std::function<bool()>& is_cancelled) {
  constexpr std::chrono::milliseconds kPause(100);
  const auto promise = std::make_shared<std::promise<bool>>();
  auto is_erased = promise->get_future();
  state_->post([state = state_.get(), user_id, promise] {
    state->writer.submit({[state, user_id] { return state->marks.removals(user_id); },
                          [state, user_id, promise](core::StoreStatus status) {
                            if (status == core::StoreStatus::ok) state->board.forget_marks(user_id);
                            promise->set_value(status == core::StoreStatus::ok);
                          }});
  });
  while (is_erased.wait_for(kPause) != std::future_status::ready)
    if (is_cancelled()) return false;
  return is_erased.get();
}

}  // namespace dialogue
