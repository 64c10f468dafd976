// The store's queue, as server/store/sqlite/sqlite_store.cpp has it: what writes waits in one queue and is joined to one commit;
// what reads goes its own way. Answers come later, in any order.
#include <iterator>

#include "server/core/effects/ask_application.hpp"
#include "tests/simulation/world/backend.hpp"

namespace dialogue::simulation {

using namespace core;

void Backend::ask_store(std::uint32_t shard, StoreRequest&& request) {
  const auto task = std::make_shared<Task>(Task{shard, std::move(request)});
  const std::uint64_t delay_us = chance_.below(run_->setup.store_delay_us + 1);
  if (std::holds_alternative<ReadRange>(*task->request.what))
    return later(delay_us, [this, task](Run&) { read(std::move(*task)); });
  run_->writes.push_back(std::move(*task));
  if (!std::exchange(run_->is_writing, true)) later(delay_us, [this](Run&) { write(); });
}

void Backend::answer(std::uint32_t shard, StoreResponse given) {
  const auto kept = std::make_shared<StoreResponse>(std::move(given));
  later(chance_.below(run_->setup.store_delay_us + 1),
        [this, shard, kept](Run&) { when_awake(shard, [this, shard, kept] { apply(shard, StoreReplied{std::move(*kept)}); }); });
}

/// The verdict comes later too, as if a key had to be fetched.
void Backend::identify(std::uint32_t shard, AskIdentity&& ask) {
  identify_(std::move(*ask.question), [this, shard, from = ask.from, ticket = ask.ticket](AuthResult result) {
    const auto kept = std::make_shared<AuthResult>(std::move(result));
    later(chance_.below(run_->setup.store_delay_us + 1), [this, shard, from, ticket, kept](Run&) {
      when_awake(shard, [this, shard, from, ticket, kept] { apply(shard, IdentityResolved{from, ticket, std::move(*kept)}); });
    });
  });
}

/// The application takes its time, so that answers overtake each other.
void Backend::ask(std::uint32_t shard, AskHook&& about) {
  ask_application(
      run_->config->hooks, std::move(about), [this, shard](ConnectionId from, std::uint64_t ticket, HookVerdict verdict) {
        const auto kept = std::make_shared<HookVerdict>(std::move(verdict));
        later(chance_.below(run_->setup.store_delay_us + 1), [this, shard, from, ticket, kept](Run&) {
          when_awake(shard, [this, shard, from, ticket, kept] { apply(shard, HookReplied{from, ticket, std::move(*kept)}); });
        });
      });
}

/// The power failed in the middle of what was just asked of the disk, so the server is no more.
bool Backend::has_died() {
  if (!disk_.is_dark()) return false;
  end(chance_.one_in(2) ? End::killed : End::power_lost);
  return true;
}

void Backend::read(Task task) {
  LogPage page = disk_.log().read(std::get<ReadRange>(*task.request.what));
  if (!has_died()) answer(task.shard, {task.request.ticket, std::move(page)});
}

void Backend::write() {
  run_->is_writing = false;
  std::vector<Task> appends;
  for (Task& task : std::exchange(run_->writes, {})) {
    if (std::holds_alternative<AppendLogs>(*task.request.what)) {
      appends.push_back(std::move(task));
      continue;
    }
    commit(appends);
    if (has_died()) return;
    const std::uint64_t ticket = task.request.ticket;
    if (const auto* open = std::get_if<OpenLog>(&*task.request.what)) answer(task.shard, {ticket, disk_.log().open(open->key)});
    if (const auto* trim = std::get_if<TrimLog>(&*task.request.what)) answer(task.shard, {ticket, disk_.log().trim(*trim)});
    if (const auto* erase = std::get_if<EraseLog>(&*task.request.what))
      answer(task.shard, {ticket, disk_.log().erase(erase->key)});
    if (has_died()) return;
  }
  commit(appends);
  if (has_died()) return;
  disk_.log().checkpoint_when_due();
  constexpr std::uint64_t kSeldom = 8;
  if (chance_.one_in(kSeldom)) static_cast<void>(disk_.log().tidy());
  static_cast<void>(has_died());
}

void Backend::commit(std::vector<Task>& appends) {
  if (appends.empty()) return;
  std::vector<RoomWrite> all;
  std::vector<std::size_t> counts;
  for (Task& task : appends) {
    auto& writes = std::get<AppendLogs>(*task.request.what).writes;
    counts.push_back(writes.size());
    std::move(writes.begin(), writes.end(), std::back_inserter(all));
  }
  const std::vector<StoreStatus> statuses = disk_.log().append(all);
  auto from = statuses.begin();
  for (std::size_t i = 0; i < appends.size(); ++i) {
    const auto to = std::next(from, static_cast<std::ptrdiff_t>(counts[i]));
    answer(appends[i].shard, {appends[i].request.ticket, std::vector<StoreStatus>(from, to)});
    from = to;
  }
  appends.clear();
}

}  // namespace dialogue::simulation
