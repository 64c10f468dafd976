// See probes.hpp.
#include "server/doctor/probes/probes.hpp"

#include "server/doctor/wire/http_status.hpp"
#include "shared/json/json_member.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

/// Whether GET /dialogue without an Upgrade gets the refusal that only this server gives.
asio::awaitable<bool> serves_dialogue(asio::any_io_executor executor, const Route& route) {
  HttpExchange exchange(executor, route);
  HttpAsk what{.path = "/dialogue", .fields = {}, .body = {}};
  const Time until = Clock::now() + kAnswerTime;
  const bool is_open = co_await exchange.ask(std::move(what), until);
  const bool is_whole = is_open && co_await exchange.whole(until);
  const bool is_so = is_whole && exchange.status() == status::kUpgradeRequired &&
                     exchange.body().find("WebSockets are served here") != std::string::npos;
  exchange.wire().close();
  co_return is_so;
}

void note(AddressResult& result, HttpExchange& exchange) {
  Wire& wire = exchange.wire();
  result.peer = wire.peer();
  result.connect_ms = ms_of(wire.connect_time());
  if (wire.certificate()) {
    result.tls = wire.certificate()->protocol;
    result.days_left = wire.certificate()->days_left;
  }
  if (exchange.status() == 0) return;
  result.http_version = exchange.version();
  result.keeps_alive = exchange.keeps_alive();
}

}  // namespace

asio::awaitable<AddressResult> probe_address(asio::any_io_executor executor, Route& route) {
  AddressResult result;
  result.is_checked = !route.terms.trust.believes_anybody;
  const Time until = Clock::now() + kAnswerTime;
  result.fault = co_await look_up(executor, route, until);
  if (!result.fault.empty()) co_return result;
  HttpExchange health(executor, route);
  HttpAsk ask_health{.path = "/health", .fields = {}, .body = {}};
  if (!(co_await health.ask(std::move(ask_health), until))) {
    result.fault = route.terms.url.authority() + ": " + health.wire().end();
    co_return result;
  }
  const bool has_health = co_await health.whole(until);
  result.health = co_await answer_of(health);
  note(result, health);
  result.is_dialogue = has_health && json_text_member(health.body(), "status") == "ok";
  health.wire().close();
  if (!result.is_dialogue) result.is_dialogue = co_await serves_dialogue(executor, route);
  if (!result.is_dialogue) co_return result;
  HttpExchange ready(executor, route);
  HttpAsk ask_ready{.path = "/ready", .fields = {}, .body = {}};
  const bool is_open = co_await ready.ask(std::move(ask_ready), Clock::now() + kAnswerTime);
  const bool is_whole = is_open && co_await ready.whole(Clock::now() + kAnswerTime);
  result.ready = co_await answer_of(ready);
  if (is_whole && result.ready.detail.empty()) result.ready.detail = json_text_member(ready.body(), "status");
  ready.wire().close();
  co_return result;
}

}  // namespace dialogue::doctor
