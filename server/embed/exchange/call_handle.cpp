// See <dialogue/calls.hpp>.
#include <dialogue/calls.hpp>

#include <utility>

#include "server/embed/exchange/exchange_channel.hpp"

namespace dialogue {

/// Ends what all handles have dropped unanswered.
struct CallHandle::Hold {
  explicit Hold(std::shared_ptr<ExchangeChannel> its_channel) : channel(std::move(its_channel)) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { channel->end({ErrorCode::handler_failed, {}, {}, 0}); }
  const std::shared_ptr<ExchangeChannel> channel;
};

CallHandle::CallHandle(std::shared_ptr<ExchangeChannel> channel) : hold_(std::make_shared<Hold>(std::move(channel))) {}

const core::ExchangeQuestion& CallHandle::question() const { return hold_->channel->question(); }
void CallHandle::answer(std::string json) const { hold_->channel->end({ErrorCode::ok, {}, std::move(json), 0}); }
void CallHandle::finish() const { answer({}); }
void CallHandle::fail(std::string_view error, std::string json) const {
  hold_->channel->end({ErrorCode::call_failed, std::string(error), std::move(json), 0});
}
void CallHandle::refuse(ErrorCode code, std::string_view argument) const {
  const bool is_usable = code != ErrorCode::ok && code != ErrorCode::call_failed;
  hold_->channel->end({is_usable ? code : ErrorCode::handler_failed, std::string(argument), {}, 0});
}
CallHandle::Sent CallHandle::send(std::string json) const { return hold_->channel->send(std::move(json)); }
std::optional<std::string> CallHandle::receive() const { return hold_->channel->receive(); }
bool CallHandle::is_read_out() const { return hold_->channel->is_read_out(); }
bool CallHandle::can_send() const { return hold_->channel->can_send(); }
std::optional<ErrorCode> CallHandle::over() const { return hold_->channel->over(); }
void CallHandle::on_change(std::function<void()> changed) const { hold_->channel->on_change(std::move(changed)); }

}  // namespace dialogue
