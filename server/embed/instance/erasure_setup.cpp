// What erasing needs of its instance.
#include <utility>

#include "server/embed/erasure/user_eraser.hpp"
#include "server/embed/instance/instance_state.hpp"

namespace dialogue {

void InstanceState::add_erasures() {
  // The listeners are open a moment before the rest of the server is in its place.
  const auto await_start = [this] {
    std::unique_lock lock(server_mutex);
    phase_changed.wait(lock, [this] { return phase != Phase::starting; });
  };
  const auto shard_count = [this] {
    const std::shared_lock lock(server_mutex);
    return server ? server->shard_count() : 0;
  };
  const auto ask_shard = [this](std::uint32_t shard, core::ApplicationCall asked, calls::CallDone done) {
    const std::shared_lock lock(server_mutex);
    if (server) server->ask(shard, std::move(asked), std::move(done));
  };
  const ShardQuestions shards({await_start, shard_count, ask_shard});
  const ErasureNotices notices({config.definitions, store, config.logger}, shards);
  const DocumentErasure documents(config.definitions, stores, shards);
  const bool is_recording = !config.record.empty();

  auto of_events = std::make_unique<EventErasures>(EventErasures::Settings{
      [all = stores] { return all->all(); }, store, [documents](const std::string& room) { return documents.prepare_room(room); },
      [notices](const store::ErasedRoom& room) { return notices.publish(room); }, is_recording});
  event_erasures = of_events.get();
  capabilities.push_back(std::move(of_events));

  const auto forget_in_audit = [this](const std::string& user_id, const std::vector<std::string>& deleted_rooms) {
    return audit.forget_user(user_id, deleted_rooms);
  };
  const auto forget_changes = [slot = change_slot](const std::string& user_id) { slot->forget_user(user_id); };
  const auto count_revocations = [list = revocations.list()](const std::string& user_id) { return list->count_of(user_id); };
  const UserEraser eraser({config.definitions, capabilities, is_recording, forget_in_audit, forget_changes, count_revocations},
                          stores, shards, notices);
  user_erasures = std::make_unique<UserErasures>(UserErasures::Steps{
      [eraser](const api::ErasureRequest& what, const auto& is_cancelled) { return eraser.erase(what, is_cancelled); },
      [notices] { return notices.has_kept(); }, [notices](const auto& is_cancelled) { notices.publish_kept(is_cancelled); }});
}

}  // namespace dialogue
