#include "server/load/members/template_member.hpp"

namespace dialogue::load {

void TemplateMember::start() { web_socket_.open(dialect_.path.with(values()), dialect_.subprotocol); }

void TemplateMember::say(const TemplateText& text) {
  web_socket_.send(dialect_.is_binary ? transport::Opcode::binary : transport::Opcode::text, text.with(values()));
  audience_.wants_flush(*this);
}

void TemplateMember::join() {
  is_joined = true;
  audience_.joined(*this);
}

void TemplateMember::opened(std::string_view) {
  for (const TemplateText& text : dialect_.greet) say(text);
  if (dialect_.joined.empty()) join();
}

void TemplateMember::heard(std::string_view message) {
  for (const ProtocolTemplate::Answer& answer : dialect_.answers)
    if (answer.fits(message)) say(answer.say);
  if (!is_joined && message.find(dialect_.joined) != std::string_view::npos) return join();
  while (const auto stamp = take_stamp(message, dialect_.marker)) audience_.delivered(*this, *stamp);
}

void TemplateMember::publish(const Stamp& stamp, std::string body) {
  web_socket_.send(dialect_.is_binary ? transport::Opcode::binary : transport::Opcode::text,
                   dialect_.publish.with({room, body, index, stamp.n}));
  audience_.wants_flush(*this);
}

void TemplateMember::close() { wire.close(transport::close_code::kNormal); }

void TemplateMember::ended(std::uint16_t, const std::string& why, bool) { audience_.lost(*this, why, Loss::final); }

}  // namespace dialogue::load
