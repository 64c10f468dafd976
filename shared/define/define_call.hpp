// define_call<Request, Answer>(name, options, errors...), define_stream<Request, Item>(...), define_duplex<Request, Item,
// Write>(...): requests with typed answers, and streams of items. The types are described by describe<T>; no_value stands for
// null.
//
//   constexpr auto create_order = define_call<NewOrder, Order>("orders.create", {.idempotent = true, .timeout = "5s"},
//                                                              call_error<Stock>("out_of_stock"));
//   constexpr auto follow_logs  = define_stream<LogQuery, LogRow>("logs.follow");
//
// Constants. Safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "shared/define/define_room.hpp"
#include "shared/define/define_schema.hpp"

namespace dialogue {

/// The type of a request or an answer that carries nothing: null in JSON.
struct no_value {
  friend constexpr bool operator==(no_value, no_value) { return true; }
};

// Every member has a default, so that g++ does not warn about those that an author leaves out.
struct CallOptions {
  std::string_view description = {};
  NameList access = by_default;          ///< "*" all users, "role:NAME", "user:ID"; {}: no user; not given: all users
  bool idempotent = false;               ///< clients repeat the call by themselves if its outcome is unknown; its answer is kept
  std::string_view timeout = {};         ///< "5s": longest time to its end; empty: 10 s for a call, none for a stream
  std::optional<Limit> rate_limit = {};  ///< of one connection; absent: none
};

/// An error that a call declares, made by call_error().
template <class DataType>
struct DeclaredCallError {
  using Data = DataType;
  std::string_view code;
};

/// `code` is 1 to 24 of a-z 0-9 _; `Data` is the value that comes with it.
template <class Data = no_value>
consteval DeclaredCallError<Data> call_error(std::string_view code) {
  if (!is_call_error(code)) definition_error("a call's error is 1 to 24 of a-z 0-9 _");
  return {code};
}

template <CallKind kind, class RequestType, class AnswerType, class WriteType, class... Errors>
struct Call {
  using Request = RequestType;
  using Answer = AnswerType;  ///< of a stream: an item
  using Write = WriteType;    ///< of a duplex stream: an item of the client
  static constexpr CallKind kKind = kind;
  std::string_view name;
  CallOptions options;
  std::tuple<Errors...> errors;
};

namespace define_detail {

template <class T>
inline constexpr bool is_call = false;
template <CallKind kind, class Request, class Answer, class Write, class... Errors>
inline constexpr bool is_call<Call<kind, Request, Answer, Write, Errors...>> = true;

consteval void check_call(std::string_view name, const CallOptions& options, CallKind kind) {
  if (!is_call_name(name)) definition_error("a call's name is 1 to 96 of A-Z a-z 0-9 _ - . : @");
  if (is_reserved_event(name)) definition_error("names that begin with \"dialogue.\" are the server's own");
  if (options.idempotent && kind != CallKind::call) definition_error("only a call is idempotent");
  for (const std::string_view grant : options.access)
    if (grant != "*" && !(grant.size() > 5 && (grant.starts_with("role:") || grant.starts_with("user:"))))
      definition_error("a grant of a call is \"*\", \"role:NAME\" or \"user:ID\"");
  if (!options.timeout.empty() && duration_or_error(options.timeout) > kCallTimeoutMaxMs)
    definition_error("a call's timeout is at most 10 minutes");
}

template <CallKind kind, class Request, class Answer, class Write, class... Errors>
consteval auto make_call(std::string_view name, const CallOptions& options, Errors... errors) {
  check_call(name, options, kind);
  return Call<kind, Request, Answer, Write, Errors...>{name, options, {errors...}};
}

template <class T>
NodeIndex call_value(Definitions& out, SchemaBuilder& schemas) {
  if constexpr (std::is_same_v<T, no_value>) {
    SchemaNode nothing;
    nothing.types = kNull;
    return out.schemas.add(std::move(nothing));
  } else {
    return schemas.template add<T>(std::tuple<>{});
  }
}

template <CallKind kind, class Request, class Answer, class Write, class... Errors>
void add_call(Definitions& out, SchemaBuilder& schemas, const Call<kind, Request, Answer, Write, Errors...>& call) {
  CallDefinition made;
  made.name = call.name;
  made.kind = kind;
  made.request = call_value<Request>(out, schemas);
  made.answer = call_value<Answer>(out, schemas);
  if constexpr (kind == CallKind::duplex) made.write = call_value<Write>(out, schemas);
  const auto add_error = [&]<class Data>(const DeclaredCallError<Data>& error) {
    made.errors.push_back({std::string(error.code), call_value<Data>(out, schemas)});
  };
  std::apply([&](const auto&... each) { (add_error(each), ...); }, call.errors);
  if (call.options.access.given()) made.access = Grants(call.options.access.begin(), call.options.access.end());
  made.is_idempotent = call.options.idempotent;
  if (!call.options.timeout.empty()) made.timeout_ms = parse_duration_ms(call.options.timeout).value_or(0);
  if (call.options.rate_limit)
    made.rate_limit = RateLimit{call.options.rate_limit->max_events, call.options.rate_limit->window_ms};
  made.description = call.options.description;
  out.calls.push_back(std::move(made));
}

}  // namespace define_detail

/// A request with one answer.
template <class Request, class Answer, class... Errors>
consteval auto define_call(std::string_view name, const CallOptions& options = {}, Errors... errors) {
  return define_detail::make_call<CallKind::call, Request, Answer, no_value>(name, options, errors...);
}
/// A request that is answered by a stream of items.
template <class Request, class Item, class... Errors>
consteval auto define_stream(std::string_view name, const CallOptions& options = {}, Errors... errors) {
  return define_detail::make_call<CallKind::stream, Request, Item, no_value>(name, options, errors...);
}
/// The same, and the client writes a stream of items, too.
template <class Request, class Item, class Write, class... Errors>
consteval auto define_duplex(std::string_view name, const CallOptions& options = {}, Errors... errors) {
  return define_detail::make_call<CallKind::duplex, Request, Item, Write>(name, options, errors...);
}

/// JSON of a value of a call.
template <class T>
[[nodiscard]] std::string call_value_to_json(const T& value) {
  if constexpr (std::is_same_v<T, no_value>)
    return "null";
  else
    return to_json(value);
}
/// A value of a call from JSON that its schema accepts.
template <class T>
[[nodiscard]] std::optional<T> call_value_from_json(std::string_view text) {
  if constexpr (std::is_same_v<T, no_value>)
    return no_value{};
  else
    return from_json<T>(text);
}

}  // namespace dialogue
