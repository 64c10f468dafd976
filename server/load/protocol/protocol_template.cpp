#include "server/load/protocol/protocol_template.hpp"

#include "shared/base/setup_error.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::load {
namespace {

constexpr const char* kKeys = "The keys are path, subprotocol, binary, greet, answers, joined, publish and marker.";

class ProtocolTemplateFile {
 public:
  ProtocolTemplateFile(std::string_view text, const std::string& name) : reader_(text), name_(name) {}

  ProtocolTemplate read() {
    if (!reader_.enter_object()) fail("a dialect is a JSON object", kKeys);
    for (std::string key; reader_.next_key(key);) read_key(key);
    if (!reader_.at_end()) fail("this is not one JSON object", kKeys);
    return std::move(dialect_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& advice) const {
    throw SetupError(name_ + ", byte " + std::to_string(reader_.offset() + 1), problem, advice);
  }

  std::string text_of(const std::string& key) {
    std::string text;
    if (!reader_.read_string(text)) fail("\"" + key + "\" takes a string", "");
    return text;
  }

  void read_key(const std::string& key) {
    if (key == "path") {
      const std::string path = text_of(key);
      if (!path.starts_with('/')) fail("\"path\" begins with /", R"(Write, for example, "/{room}".)");
      dialect_.path = TemplateText(path);
    } else if (key == "subprotocol") {
      dialect_.subprotocol = text_of(key);
    } else if (key == "binary") {
      if (!reader_.read_boolean(dialect_.is_binary)) fail("\"binary\" takes true or false", "");
    } else if (key == "greet") {
      if (!reader_.enter_array()) fail("\"greet\" takes an array of strings", "");
      while (reader_.next_element()) dialect_.greet.emplace_back(text_of(key));
    } else if (key == "answers") {
      if (!reader_.enter_array()) fail("\"answers\" takes an array of objects", R"(As [{"is": "2", "say": "3"}].)");
      while (reader_.next_element()) read_answer();
    } else if (key == "joined") {
      dialect_.joined = text_of(key);
    } else if (key == "publish") {
      const std::string publish = text_of(key);
      if (publish.find("{body}") == std::string::npos)
        fail("\"publish\" has no {body}", "The stamp of each publication is in it.");
      dialect_.publish = TemplateText(publish);
    } else if (key == "marker") {
      dialect_.marker = text_of(key);
      if (dialect_.marker.empty()) fail("\"marker\" is empty", "It precedes the number in the messages that members receive.");
    } else {
      fail("there is no key \"" + key + "\"", kKeys);
    }
  }

  void read_answer() {
    ProtocolTemplate::Answer answer;
    bool has_say = false;
    if (!reader_.enter_object()) fail("an answer is an object", R"(As {"is": "2", "say": "3"}.)");
    for (std::string key; reader_.next_key(key);) {
      if (key == "say") {
        answer.say = TemplateText(text_of(key));
        has_say = true;
        continue;
      }
      if (key == "is")
        answer.match = ProtocolTemplate::Match::is;
      else if (key == "starts")
        answer.match = ProtocolTemplate::Match::starts;
      else if (key == "within")
        answer.match = ProtocolTemplate::Match::within;
      else
        fail("an answer has no key \"" + key + "\"", R"(It has "say" and one of "is", "starts" and "within".)");
      answer.when = text_of(key);
    }
    if (!has_say || answer.when.empty())
      fail("an answer is not complete", R"(It has "say" and one of "is", "starts" and "within", which is not empty.)");
    dialect_.answers.push_back(std::move(answer));
  }

  JsonReader reader_;
  const std::string& name_;
  ProtocolTemplate dialect_;
};

}  // namespace

bool ProtocolTemplate::Answer::fits(std::string_view message) const {
  switch (match) {
    case Match::is:
      return message == when;
    case Match::starts:
      return message.starts_with(when);
    case Match::within:
      return message.find(when) != std::string_view::npos;
  }
  return false;
}

ProtocolTemplate read_dialect(std::string_view text, const std::string& name) { return ProtocolTemplateFile(text, name).read(); }

}  // namespace dialogue::load
