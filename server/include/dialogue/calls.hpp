// Handlers of calls and streams (docs/guides/calls.md).
//
//   server.handle(create_order, [](const NewOrder& order, const dialogue::CallHandle& call) {
//     if (order.quantity > 10) throw dialogue::CallFailure::of(out_of_stock, Stock{10});
//     return Order{next_id(), call.question().identity->user_id};
//   });
//
// A handler runs on the thread of a shard and must not block; async_call() in <dialogue/async_calls.hpp> makes one of a
// coroutine. One that throws is logged, and its caller gets handler_failed.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "server/core/messages/exchange_messages.hpp"
#include "shared/base/errors.hpp"
#include "shared/define/define.hpp"

namespace dialogue {

class ExchangeChannel;

/// Thrown by a handler: the call ends with one of its declared errors.
struct CallFailure : std::runtime_error {
  /// `value` is the JSON of the error's value.
  explicit CallFailure(std::string code, std::string value = "null")
      : std::runtime_error("the call failed: " + code), error(std::move(code)), json(std::move(value)) {}
  template <class Data>
  [[nodiscard]] static CallFailure of(const DeclaredCallError<Data>& error, const Data& value = {}) {
    return CallFailure(std::string(error.code), call_value_to_json(value));
  }
  std::string error, json;
};

/// One call or stream, as its handler sees it. Copies refer to the same call, which ends with handler_failed if the last copy is
/// destroyed without a result. Safe from any thread.
class CallHandle {
 public:
  /// `full`: not sent, since the client has not granted more items yet. `over`: not sent, since the stream has ended.
  enum class Sent : std::uint8_t { sent, full, over };

  explicit CallHandle(std::shared_ptr<ExchangeChannel> channel);

  /// The caller and its request. `request` is JSON that fits the schema.
  [[nodiscard]] const core::ExchangeQuestion& question() const;

  // Results: only the first counts.
  void answer(std::string json) const;
  void finish() const;  ///< of a stream
  void fail(std::string_view error, std::string json = "null") const;
  /// Ends with a code of the server, such as forbidden; `argument` completes its message.
  void refuse(ErrorCode code, std::string_view argument = {}) const;

  // Streams.
  [[nodiscard]] Sent send(std::string json) const;
  /// Returns the oldest item of the client that was not received yet; no value if there is none.
  [[nodiscard]] std::optional<std::string> receive() const;
  /// Whether the client has finished writing, and every item was received.
  [[nodiscard]] bool is_read_out() const;
  [[nodiscard]] bool can_send() const;
  /// Returns why the call has ended: ok by its result, aborted, connection_lost, call_timeout; no value while it runs.
  [[nodiscard]] std::optional<ErrorCode> over() const;
  /// Sets a function that is called after each grant, item and end, on the shard's thread, until the call has ended; also at once
  /// if one came already. The function must not own the last copy of this handle.
  void on_change(std::function<void()> changed) const;

 private:
  struct Hold;
  std::shared_ptr<Hold> hold_;
};

/// Handles one call or stream.
using CallFunction = std::function<void(CallHandle)>;

/// A call or stream made by define_call, define_stream or define_duplex.
template <class CallType>
concept TypedCall = define_detail::is_call<std::remove_cv_t<CallType>>;

namespace call_detail {

template <TypedCall CallType>
class TypedHandle : public CallHandle {
 public:
  explicit TypedHandle(CallHandle handle) : CallHandle(std::move(handle)) {}
  void answer(const typename CallType::Answer& value) const { CallHandle::answer(call_value_to_json(value)); }
  template <class Data>
  void fail(const DeclaredCallError<Data>& error, const Data& value = {}) const {
    CallHandle::fail(error.code, call_value_to_json(value));
  }
  [[nodiscard]] Sent send(const typename CallType::Answer& item) const { return CallHandle::send(call_value_to_json(item)); }
  [[nodiscard]] std::optional<typename CallType::Write> receive() const {
    const auto json = CallHandle::receive();
    if (!json) return std::nullopt;
    auto item = call_value_from_json<typename CallType::Write>(*json);
    if (!item) throw std::range_error("an item does not fit the C++ type of the stream");
    return item;
  }
};

/// The request with its C++ type. Throws when it fits the schema, but not the type: a number beyond an int, for instance.
template <TypedCall CallType>
typename CallType::Request request_of(const CallHandle& call) {
  auto request = call_value_from_json<typename CallType::Request>(call.question().request);
  if (!request) throw std::range_error("the request does not fit the C++ type of the call");
  return std::move(*request);
}

/// A handler of a definition as one of JSON.
template <TypedCall CallType, class Handler>
CallFunction function_of(Handler handler) {
  using Request = typename CallType::Request;
  return [handler = std::move(handler)](const CallHandle& call) mutable {
    const TypedHandle<CallType> typed(call);
    if constexpr (std::is_invocable_v<Handler&, const Request&, const TypedHandle<CallType>&>) {
      if constexpr (std::is_void_v<std::invoke_result_t<Handler&, const Request&, const TypedHandle<CallType>&>>)
        handler(request_of<CallType>(call), typed);
      else
        typed.answer(handler(request_of<CallType>(call), typed));
    } else {
      static_assert(std::is_invocable_r_v<typename CallType::Answer, Handler&, const Request&>,
                    "a handler takes the request, and the handle of the call if it needs it; it returns the answer, or nothing "
                    "when it answers by the handle");
      typed.answer(handler(request_of<CallType>(call)));
    }
  };
}

}  // namespace call_detail

/// A CallHandle with the types of a definition: TypedCallHandle<decltype(create_order)>.
template <TypedCall CallType>
using TypedCallHandle = call_detail::TypedHandle<std::remove_cv_t<CallType>>;

}  // namespace dialogue
