// See replay.hpp.
#include "server/replay/replay.hpp"

#include <deque>
#include <utility>

#include "server/replay/replayed_shard.hpp"

namespace dialogue::replay {
namespace {

using Outcome = ReplayReport::Outcome;

/// The configuration with hooks that are given their answers by the shard that runs.
void set_application(const RecordingHead& head, core::ShardConfig& config, ReplayedShard* const& running) {
  const auto hook = [&running](core::HookClient& client, auto&&...) { return running->hook(client); };
  const auto listener = [&running](core::HookClient& client, auto&&...) { static_cast<void>(running->hook(client)); };
  if (head.hooks.on_connect) config.hooks.on_connect = hook;
  if (head.hooks.on_join) config.hooks.on_join = hook;
  if (head.hooks.on_joined) config.hooks.on_joined = listener;
  if (head.hooks.on_leave) config.hooks.on_leave = listener;
  if (head.hooks.on_disconnect) config.hooks.on_disconnect = listener;
  if (head.hooks.on_event) config.hooks.on_event = [](const core::Publication&) {};
  const core::HookSource later = [](core::HookQuestion&&, const std::function<void(core::HookVerdict)>&) {
  };  // the recording has the answers
  if (head.hooks.ask_connect) config.hooks.ask_connect = later;
  if (head.hooks.ask_join) config.hooks.ask_join = later;
  for (const auto& [room, waits] : head.hooks.middleware) {
    core::Middleware& step = config.hooks.middleware.emplace_back();
    step.room = room;
    if (waits)
      step.ask = later;
    else
      step.judge = [&running](const core::Draft&) { return running->judge(); };
  }
}

std::string fault_of(const std::deque<ReplayedShard>& shards) {
  for (const ReplayedShard& shard : shards)
    if (!shard.fault().empty()) return shard.fault();
  return {};
}

/// Round robin, until no shard can continue.
void run_all(std::deque<ReplayedShard>& shards, ReplayedShard*& running, const ReplayedShard::Each& each) {
  ReplayedMessages messages;
  bool goes_on = true;
  while (goes_on) {
    goes_on = false;
    for (ReplayedShard& shard : shards) {
      running = &shard;
      goes_on = shard.run(messages, each) || goes_on;
    }
    goes_on = goes_on && fault_of(shards).empty();
  }
}

ReplayReport verdict(const std::deque<ReplayedShard>& shards) {
  for (const ReplayedShard& shard : shards)
    if (!shard.difference().empty())
      return {Outcome::different,
              "The decisions differ from those recorded, first " + shard.difference() +
                  ". Was it recorded by another build? The same build decides the same, so this would be a bug.",
              0, 0};
  std::string missing;
  for (const ReplayedShard& shard : shards)
    if (!shard.is_done()) missing += (missing.empty() ? "" : "; ") + shard.missing();
  if (missing.empty()) return {Outcome::same, "The same decisions as recorded.", 0, 0};
  return {Outcome::incomplete,
          "The same decisions as recorded, as far as the recording goes: " + missing +
              ". This is normal for a recording written while the server was running.",
          0, 0};
}

ReplayReport show_all(const RecordingFile& file, std::deque<ReplayedShard>& shards, const ReplayedShard::Each& each) {
  std::uint64_t dropped = 0;
  for (const RecordedShard& shard : file.shards) dropped += shard.dropped;
  for (ReplayedShard& shard : shards) shard.show(each);
  return {Outcome::inputs_only,
          "The first " + std::to_string(dropped) +
              " inputs are missing because the recording was full. The server's state at that point cannot be rebuilt, so the "
              "inputs are shown without decisions. A larger --record-bytes keeps more.",
          0, 0};
}

}  // namespace

ReplayReport verify(std::string_view recording, const std::function<void(const ReplayedInput&)>& each) {
  RecordingFile file = read_recording(recording);
  if (!file.fault.empty()) return {Outcome::damaged, std::move(file.fault), 0, 0};
  ReplayedShard* running = nullptr;
  core::ShardConfig& config = *file.head.config;
  set_application(file.head, config, running);
  std::deque<ReplayedShard> shards;
  bool is_whole = true;
  for (std::uint32_t i = 0; i < file.head.shards; ++i) {
    shards.emplace_back(ReplayedShard::Setup{file.head, config, i}, file.shards[i]);
    is_whole = is_whole && file.shards[i].dropped == 0;
  }
  ReplayReport report;
  if (is_whole)
    run_all(shards, running, each);
  else
    report = show_all(file, shards, each);
  if (const std::string fault = fault_of(shards); !fault.empty())
    report = {Outcome::damaged, fault, 0, 0};
  else if (is_whole)
    report = verdict(shards);
  for (std::uint32_t i = 0; i < file.head.shards; ++i) {
    report.inputs += shards[i].inputs() - file.shards[i].dropped;
    report.decisions += shards[i].decisions();
  }
  return report;
}

}  // namespace dialogue::replay
