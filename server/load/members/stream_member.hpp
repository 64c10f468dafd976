// A member that listens by a push stream (Server-Sent Events) and never publishes. It does not reconnect: a lost stream ends
// the run. Used by the loop's thread.
#pragma once
#include "server/load/members/member.hpp"
#include "server/load/protocol/template_text.hpp"
#include "server/load/wire/event_stream_client.hpp"

namespace dialogue::load {

class StreamMember final : public Member {
 public:
  /// `path` outlives the member.
  StreamMember(Seat seat, const TemplateText& path) : Member(std::move(seat), stream_), stream_(context_, *this), path_(path) {}

  void start() override { stream_.open(path_.with({room, {}, index, 0})); }
  void publish(const Stamp&, std::string) override {}
  [[nodiscard]] bool can_publish() const override { return false; }
  void flush() override { stream_.flush(); }
  void close() override { stream_.close(0); }

  void opened(std::string_view answer) override;
  void heard(std::string_view data) override;
  void ended(std::uint16_t code, const std::string& why, bool is_refused) override;

 private:
  EventStreamClient stream_;
  const TemplateText& path_;
};

}  // namespace dialogue::load
