// The operations about the server itself: what it is, its last drain, its settings' reload, and this API's document.
#include <array>
#include <string>
#include <vector>

#include "server/api/api_call.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::uint64_t kReloadRetryMs = 1000, kProtocolVersion = 1;

/// As `dialogue codegen --ts` writes a fingerprint.
std::string hex_of(std::uint64_t fingerprint) {
  constexpr std::size_t kDigits = 13;
  std::string digits(kDigits, '0');
  for (std::size_t i = kDigits; i > 0; --i, fingerprint /= 16) digits[i - 1] = "0123456789abcdef"[fingerprint % 16];
  return digits;
}

void get_info(const ApiCallPtr& call) {
  const CatalogueView& catalogue = call->api.catalogue();
  std::vector<std::string> names;
  for (std::uint32_t event = 0; event < catalogue.event_count(); ++event)
    if (catalogue.is_event(event)) names.emplace_back(catalogue.event(event).name);
  JsonText info;
  info.text("version", call->api.settings().version).number("protocol", kProtocolVersion);
  info.text("catalogue", hex_of(catalogue.fingerprint())).raw("events", json_array(names, json_string));
  call->done(json_answer(200, info.number("connections", call->host.connection_count()).take()));
}

void get_drain(const ApiCallPtr& call) {
  const auto& drain = call->api.settings().drain;
  std::string receipt = drain ? drain() : std::string();
  if (receipt.empty()) return call->refuse({404, ErrorCode::not_supported, "There is no drain receipt.", {}});
  call->done(json_answer(200, std::move(receipt)));
}

void reload_settings(const ApiCallPtr& call) {
  const auto& reload = call->api.settings().reload;
  if (!reload) return call->refuse({422, ErrorCode::not_supported, "This server cannot reload its settings."});
  const bool is_dry_run = call->request.query.flag("dry_run");
  call->note("dryRun", is_dry_run ? "true" : "false");
  reload(is_dry_run, [call](std::string refusal, std::string diff, bool is_busy) {
    if (is_busy) return call->refuse({429, ErrorCode::rate_limited, std::move(refusal), {}, kReloadRetryMs});
    if (!refusal.empty()) return call->refuse({422, ErrorCode::request_invalid, std::move(refusal)});
    call->done(json_answer(200, std::move(diff)));
  });
}

void get_openapi(const ApiCallPtr& call) {
  HttpResponse answer = json_answer(200, {});
  answer.body = call->api.openapi();
  call->done(std::move(answer));
}

using Kind = ApiParameter::Kind;

constexpr std::array kReloadQuery = {
    ApiParameter{"dry_run", "Change nothing, and return the changes that a reload would make.", Kind::flag},
};

constexpr std::array kServerRoutes = {
    Route{.run = get_info,
          .operation_id = "getInfo",
          .method = "GET",
          .path = "/info",
          .summary = "Returns the server's name, version and limits.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "Info"},
    Route{.run = get_drain,
          .operation_id = "getDrain",
          .method = "GET",
          .path = "/drain",
          .summary = "Returns the receipt of the last drain of the previous server on this store.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "DrainReceipt",
          .refusals = "404"},
    Route{.run = reload_settings,
          .operation_id = "reloadSettings",
          .method = "POST",
          .path = "/reload",
          .summary = "Reloads the server's settings, as SIGHUP does, and returns the changes.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "Reload",
          .refusals = "422",
          .query = kReloadQuery},
    Route{.run = get_openapi,
          .operation_id = "getOpenApi",
          .method = "GET",
          .path = "/openapi.json",
          .summary = "This document.",
          .right = std::nullopt,
          .scope = ApiScope::none,
          .answer = "OpenApi"},
};

}  // namespace

std::span<const Route> server_routes() { return kServerRoutes; }

}  // namespace dialogue::api
