// Hooks that ask a real backend, with what they answered and logged; and backends that answer in ways.
#pragma once
#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "server/webhooks/webhooks.hpp"
#include "tests/server/http_client/http_backend.hpp"
#include "tests/server/webhooks/hook_kit.hpp"

namespace dialogue::test {

using namespace core;
using namespace webhooks;

using nlohmann::json;

inline constexpr std::uint32_t kShortMs = 100, kLongMs = 20'000;

inline WebhookSettings settings_for(const std::string& url) {
  WebhookSettings settings;
  settings.url = url;
  settings.secret = std::string(32, 's');
  settings.verbs = {HookVerb::connect, HookVerb::join, HookVerb::publish, HookVerb::leave, HookVerb::disconnect};
  settings.fail = HookFailure::closed;
  settings.timeout_ms = kLongMs;
  settings.notice_backoff_ms = 1;
  return settings;
}

/// Hooks, with what they answered and logged.
struct Asking {
  explicit Asking(const WebhookSettings& settings)
      : webhooks(settings, [this](const LogLine& line) { lines.add(line.event + " " + line.fields); }),
        source(webhooks.source()) {}

  void ask(HookQuestion&& asked) {
    source(std::move(asked), [this](HookVerdict verdict) { verdicts.add(std::move(verdict)); });
  }
  /// Asks, and waits for the answer.
  HookVerdict answer(HookQuestion&& asked) {
    const std::size_t before = verdicts.now().size();
    ask(std::move(asked));
    return verdicts.wait(before + 1).back();
  }
  std::string log() {
    std::string all;
    for (const std::string& line : lines.now()) all += line + "\n";
    return all;
  }
  /// Waits until a line of this event was written, and gives it.
  std::string logged(const std::string& event) {
    for (std::size_t count = 1;; ++count)
      if (const std::string line = lines.wait(count)[count - 1]; line.starts_with(event)) return line;
  }

  Arrivals<std::string> lines;
  Arrivals<HookVerdict> verdicts;
  Webhooks webhooks;
  HookSource source;
};

inline json hooks_in(const BackendRequest& request) { return json::parse(request.body).at("hooks"); }

/// Answers each hook by `decide`.
template <typename Decide>
HttpBackend::Handler deciding(Decide decide) {
  return [decide](const BackendRequest& request) {
    json answers = json::array();
    for (const json& hook : hooks_in(request)) {
      json answer = decide(hook);
      answer["id"] = hook["id"];
      answers.push_back(std::move(answer));
    }
    return json_reply(json{{"answers", answers}}.dump());
  };
}

inline HttpBackend::Handler allowing() {
  return deciding([](const json&) { return json{{"allow", true}}; });
}

inline HttpBackend::Handler always(BackendReply reply) {
  return [reply = std::move(reply)](const BackendRequest&) { return reply; };
}

/// The first requests are answered one by one by these, the others by the last.
inline HttpBackend::Handler in_turn(std::vector<HttpBackend::Handler> handlers) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [handlers = std::move(handlers), next](const BackendRequest& request) {
    return handlers[std::min(next->fetch_add(1), handlers.size() - 1)](request);
  };
}

inline HttpBackend::Handler held(Gate& gate, HttpBackend::Handler then) {
  return [&gate, then = std::move(then)](const BackendRequest& request) {
    gate.wait();
    return then(request);
  };
}

inline std::vector<std::string> texts_in(const std::vector<BackendRequest>& requests) {
  std::vector<std::string> texts;
  for (const BackendRequest& request : requests)
    for (const json& hook : hooks_in(request)) texts.push_back(hook.value("reason", hook.value("room", "")));
  return texts;
}

}  // namespace dialogue::test
