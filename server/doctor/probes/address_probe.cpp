// See address_probe.hpp.
#include "server/doctor/probes/address_probe.hpp"

#include "server/doctor/wire/http_status.hpp"
#include "shared/json/json_member.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

/// What GET /dialogue without an Upgrade says of itself.
asio::awaitable<bool> serves_dialogue(asio::any_io_executor executor, const Route& route) {
  HttpTalk talk(executor, route);
  HttpAsk what{.path = "/dialogue", .fields = {}, .body = {}};
  const Time until = Clock::now() + kAnswerTime;
  const bool is_open = co_await talk.ask(std::move(what), until);
  const bool is_whole = is_open && co_await talk.whole(until);
  const bool is_so = is_whole && talk.status() == status::kUpgradeRequired &&
                     talk.body().find("WebSockets are served here") != std::string::npos;
  talk.wire().close();
  co_return is_so;
}

void note(AddressTrial& trial, HttpTalk& talk) {
  Wire& wire = talk.wire();
  trial.peer = wire.peer();
  trial.connect_ms = ms_of(wire.connect_time());
  if (wire.certificate()) {
    trial.tls = wire.certificate()->protocol;
    trial.days_left = wire.certificate()->days_left;
  }
  if (talk.status() == 0) return;
  trial.http_version = talk.version();
  trial.keeps_alive = talk.keeps_alive();
}

}  // namespace

asio::awaitable<AddressTrial> probe_address(asio::any_io_executor executor, Route& route) {
  AddressTrial trial;
  trial.is_checked = !route.terms.trust.believes_anybody;
  const Time until = Clock::now() + kAnswerTime;
  trial.fault = co_await look_up(executor, route, until);
  if (!trial.fault.empty()) co_return trial;
  HttpTalk health(executor, route);
  HttpAsk ask_health{.path = "/health", .fields = {}, .body = {}};
  if (!(co_await health.ask(std::move(ask_health), until))) {
    trial.fault = route.terms.url.authority() + ": " + health.wire().end();
    co_return trial;
  }
  const bool has_health = co_await health.whole(until);
  trial.health = co_await answer_of(health);
  note(trial, health);
  trial.is_dialogue = has_health && json_text_member(health.body(), "status") == "ok";
  health.wire().close();
  if (!trial.is_dialogue) trial.is_dialogue = co_await serves_dialogue(executor, route);
  if (!trial.is_dialogue) co_return trial;
  HttpTalk ready(executor, route);
  HttpAsk ask_ready{.path = "/ready", .fields = {}, .body = {}};
  const bool is_open = co_await ready.ask(std::move(ask_ready), Clock::now() + kAnswerTime);
  const bool is_whole = is_open && co_await ready.whole(Clock::now() + kAnswerTime);
  trial.ready = co_await answer_of(ready);
  if (is_whole && trial.ready.detail.empty()) trial.ready.detail = json_text_member(ready.body(), "status");
  ready.wire().close();
  co_return trial;
}

}  // namespace dialogue::doctor
