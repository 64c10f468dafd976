// A ShardDriver whose inputs and actions a Recorder writes down; the recorder is the shard's EffectLog, too. Nothing that the
// shard decides changes by it. Used as ShardDriver; the recorder outlives it.
#pragma once
#include <cstddef>
#include <span>
#include <utility>

#include "server/core/shard/shard_driver.hpp"
#include "server/replay/recorder.hpp"

namespace dialogue::replay {

class RecordingDriver final : public core::ShardDriver {
 public:
  RecordingDriver(const Setup& setup, core::ShardHost& host, Recorder& recorder)
      : core::ShardDriver({setup.config, setup.index, setup.count, setup.seed, &recorder}, host), recorder_(recorder) {}

 protected:
  core::Applied decide(core::Input&& input, core::Time now, core::Actions& out) override {
    const std::size_t begin = out.size();
    recorder_.applied(input, now);
    const core::Applied applied = core::ShardDriver::decide(std::move(input), now, out);
    recorder_.decided(applied, std::span(out).subspan(begin));
    return applied;
  }

 private:
  Recorder& recorder_;
};

}  // namespace dialogue::replay
