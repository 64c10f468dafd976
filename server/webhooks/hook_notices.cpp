// One coroutine: it waits for notices, takes a batch, and keeps at it until the batch is delivered or given up.
#include "server/webhooks/hook_notices.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

namespace dialogue::webhooks {
namespace {

namespace asio = boost::asio;

/// The process ends soon, however long an answer may take otherwise.
constexpr auto kLastTellingMax = std::chrono::milliseconds(2'000);
constexpr asio::as_tuple_t<asio::use_awaitable_t<>> kAwait{};

}  // namespace

HookNotices::HookNotices(HookContext& context)
    : context_(context), connection_(context.make_connection()), pause_(context.io), end_(context.io) {
  asio::co_spawn(context_.io, run(), asio::detached);
}

void HookNotices::add(core::HookQuestion&& notice) {
  if (waiting_.size() >= context_.settings.notices_max) {
    waiting_.pop_front();
    ++overflow_;
    ++untold_;
  }
  waiting_.push_back(std::move(notice));
  if (is_idle_) pause_.cancel();
}

asio::awaitable<void> HookNotices::run() {
  for (;;) {
    while (waiting_.empty() && !is_ending_) {
      is_idle_ = true;
      pause_.expires_at(std::chrono::steady_clock::time_point::max());
      static_cast<void>(co_await pause_.async_wait(kAwait));
      is_idle_ = false;
    }
    if (waiting_.empty()) co_return end();
    co_await send(take_batch());
  }
}

HookNotices::Batch HookNotices::take_batch() {
  Batch batch{context_.request_ids.next(), {}};
  for (; !waiting_.empty() && batch.notices.size() < context_.settings.batch_max; waiting_.pop_front())
    batch.notices.push_back(std::move(waiting_.front()));
  under_way_ = batch.notices.size();
  return batch;
}

asio::awaitable<void> HookNotices::send(Batch batch) {
  auto pause = std::chrono::milliseconds(context_.settings.notice_backoff_ms);
  for (std::uint32_t retries = 0;; ++retries, pause *= 2) {
    const std::string fault = co_await try_once(batch);
    report_overflow();
    if (fault.empty()) break;
    if (is_ending_ || retries == context_.settings.notice_retries_max) {
      drop(batch.notices.size(), fault);
      break;
    }
    pause_.expires_after(pause);
    static_cast<void>(co_await pause_.async_wait(kAwait));
  }
  last_number_ += batch.notices.size();
  under_way_ = 0;
}

/// Sent again, a batch is the same: the same id, the same numbers.
asio::awaitable<std::string> HookNotices::try_once(const Batch& batch) {
  std::vector<NumberedHook> hooks;
  for (const core::HookQuestion& notice : batch.notices) hooks.push_back({last_number_ + hooks.size() + 1, &notice});
  const std::uint64_t told = untold_;
  http_client::HttpRequest request = hook_request(context_.secret, batch.id, hook_body(batch.id, told, hooks));
  const trace::TracePtr traced = trace_request(context_.tracer.get(), "hook notices", hooks.size(), request);
  const http_client::HttpOutcome outcome = co_await connection_->ask(std::move(request), context_.now() + context_.timeout());
  end_trace(traced, outcome);
  if (const auto* fault = std::get_if<http_client::HttpError>(&outcome)) co_return fault->words;
  const auto& answer = std::get<http_client::HttpClientResponse>(outcome);
  if (boost::beast::http::to_status_class(answer.result()) != boost::beast::http::status_class::successful)
    co_return "it answered with status " + std::to_string(answer.result_int());
  untold_ -= told;
  co_return "";
}

void HookNotices::drop(std::size_t count, const std::string& why) {
  untold_ += count;
  context_.log.write(core::LogLevel::warn, "hook_notices_dropped", "notices could not be delivered to the hook backend: " + why,
                     count, context_.now_ms());
}

void HookNotices::report_overflow() {
  if (overflow_ == 0) return;
  context_.log.write(core::LogLevel::warn, "hook_notices_dropped",
                     "the queue of notices to the hook backend is full; the oldest were dropped", std::exchange(overflow_, 0),
                     context_.now_ms());
}

void HookNotices::finish(std::function<void()> done) {
  done_ = std::move(done);
  is_ending_ = true;
  pause_.cancel();
  end_.expires_after(std::min(context_.timeout(), kLastTellingMax));
  end_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end();
  });
}

void HookNotices::end() {
  end_.cancel();
  report_overflow();
  if (const std::size_t left = waiting_.size() + under_way_; left != 0) drop(left, "the server is stopping");
  waiting_.clear();
  under_way_ = 0;
  if (const auto done = std::exchange(done_, nullptr)) done();
}

}  // namespace dialogue::webhooks
