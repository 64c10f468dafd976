// The part of an HTTP session that passes requests on to connections which live apart from it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "server/http/http_session.hpp"
#include "server/http/request_transport.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::http {

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve_call(const RequestTransport& wanted, Parser& parser,
                                                                  const CheckedRequest& request) {
  const std::optional<RequestHeader> own_head = head_without_trailers(parser);
  const RequestTransport::Asked asked{context_, own_head ? *own_head : parser.get(), request, source(), loop_};
  if (auto refusal = wanted.judge_head(asked)) co_return co_await finish(parser, std::move(*refusal));
  const unsigned status = co_await read_wanted_body(parser, wanted.body_bytes_max());
  if (!stream_.is_open()) co_return Next::gone;
  if (status != 0) co_return co_await write(wanted.body_refusal(asked, status), false);
  auto judged = wanted.judge(asked, std::move(parser.get().body()));
  if (auto* refusal = std::get_if<HttpResponse>(&judged)) {
    if (refusal->status != 0)
      log_refusal(loop_, client_, socket_peer_, {refusal->status, "A request for a connection was refused."});
    co_return co_await write(std::move(*refusal), parser.keep_alive() && !loop_.draining());
  }
  std::unique_ptr<RequestCall> call = std::get<std::unique_ptr<RequestCall>>(std::move(judged));
  loop::ShardLoop& to = call->destination();
  if (call->takes_socket()) {
    stream_.detach();  // it may go to another thread
    call->take_socket(std::move(stream_), {std::move(count_), std::move(counted_)});
    loop_.hand_over(std::move(call), to);
    co_return Next::gone;
  }
  auto pending = begin_waiting<HttpResponse>();
  call->respond_by(Responder(pending.give, waiting_));
  const std::uint64_t wait_ms = call->wait_ms();
  watch_peer(call->on_peer_left());
  loop_.hand_over(std::move(call), to);
  HttpResponse answer = co_await wait_for_response(std::move(pending), wait_ms);
  if (!stream_.is_open()) co_return Next::gone;
  co_return co_await write(std::move(answer), parser.keep_alive() && !loop_.draining());
}

// It ends with the next byte of the peer at the latest, which is that of its next request.
void HttpSession::watch_peer(std::function<void()> left) {
  boost::asio::co_spawn(
      loop_.executor(),
      [self = shared_from_this(), waiting = std::weak_ptr(waiting_), left = std::move(left)]() -> Awaitable<void> {
        const bool has_left = co_await self->stream_.peer_left();
        if (!has_left || waiting.expired()) co_return;
        if (left) left();
        self->abandon();
      },
      boost::asio::detached);
}

}  // namespace dialogue::http
