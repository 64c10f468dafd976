// See server_stores.hpp.
#include "server/embed/erasure/server_stores.hpp"

#include <algorithm>

#include "server/embed/erasure/store_code.hpp"
#include "server/store/memory/shared_memory_store.hpp"
#include "shared/base/names.hpp"

namespace dialogue {
namespace {

store::UserQuery step_of(const api::UserDataQuery& query) {
  store::UserQuery step{query.user_id};
  if (query.room.empty()) return step;
  step.after = {{{}, query.room}, query.since >= kSafeIntegerMax ? store::UserCursor{}.seq : query.since};
  return step;
}

api::UserDataPage page_of(store::UserPage&& found, const api::UserDataQuery& query, bool is_last_part) {
  api::UserDataPage page;
  page.code = found.is_supported ? code_of(found.status) : ErrorCode::not_supported;
  for (store::UserRecord& each : found.records) page.events.push_back({each.room.room, each.epoch, std::move(each.record)});
  if (found.next)
    page.next = {query.user_id, query.part, found.next->room.room, std::min(found.next->seq, kSafeIntegerMax)};
  else if (!is_last_part)
    page.next = {query.user_id, query.part + 1, {}, 0};
  return page;
}

}  // namespace

void ServerStores::configure(host::ServerConfig& server_config) {
  {
    const std::lock_guard lock(mutex_);
    all_.clear();
    if (durable_) all_.push_back(durable_);
  }
  server_config.make_memory_store = [this](std::uint64_t seed) {
    auto made = std::make_unique<store::SharedMemoryStore>(seed);
    const std::lock_guard lock(mutex_);
    all_.push_back(made->another());
    return made;
  };
  server_config.api.find_user_data = [this](api::UserDataQuery query, const auto& done) {
    const All parts = all();
    if (query.part >= parts.size()) return done({});
    const bool is_last = query.part + 1 == parts.size();
    const store::UserQuery step = step_of(query);
    parts[query.part]->find_user(step, [query = std::move(query), is_last, done](store::UserPage found) {
      done(page_of(std::move(found), query, is_last));
    });
  };
}

ServerStores::All ServerStores::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace dialogue
