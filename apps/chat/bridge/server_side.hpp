// The application's Realtime on a Dialogue server.
#pragma once
#include <dialogue/dialogue.hpp>

#include "apps/chat/api/service.hpp"
#include "apps/chat/bridge/eraser.hpp"
#include "apps/chat/bridge/outbox_publisher.hpp"

namespace chat {

class ServerSide : public Realtime {
 public:
  /// What it needs exists once the service does: set before the server listens.
  void attach(dialogue::Instance& server, OutboxPublisher& outbox, Eraser& eraser);

  void publish_outbox() override;
  void remove(std::string_view user_id, std::string_view room_id) override;
  void end_session(std::string_view session_id) override;
  void rooms_changed(std::string_view user_id) override;
  void invitations_changed(std::string_view user_id) override;
  void marked(std::string_view user_id, const boost::json::object& counts) override;
  void profile_changed(std::string_view user_id, const std::vector<std::string>& rooms, const boost::json::object& user) override;
  void erase_deleted() override;

 private:
  dialogue::Instance* server_ = nullptr;
  OutboxPublisher* outbox_ = nullptr;
  Eraser* eraser_ = nullptr;

  void tell(std::string_view user_id, std::string_view event, std::string_view json);
};

}  // namespace chat
