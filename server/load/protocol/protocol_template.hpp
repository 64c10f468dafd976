// How to speak to a server that is not Dialogue: a few templates, read from a JSON file (docs/guides/load.md).
//
//   {
//     "path": "/{room}", "subprotocol": "", "binary": false,
//     "greet": ["..."],                              what a member sends first
//     "answers": [{"starts": "40", "say": "..."}],   what it says when it receives that: "is", "starts" or "within"
//     "joined": "text within the message that says so, or empty: joined when the WebSocket stands",
//     "publish": "{body}", "marker": "\"n\":"
//   }
//
// Immutable; safe from any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "server/load/protocol/stamp.hpp"
#include "server/load/protocol/template_text.hpp"

namespace dialogue::load {

struct ProtocolTemplate {
  enum class Match : std::uint8_t { is, starts, within };
  struct Answer {
    Match match = Match::is;
    std::string when;
    TemplateText say{""};
    [[nodiscard]] bool fits(std::string_view message) const;
  };

  TemplateText path{"/{room}"};
  std::string subprotocol;
  bool is_binary = false;
  std::vector<TemplateText> greet;
  std::vector<Answer> answers;
  std::string joined;
  TemplateText publish{"{body}"};
  std::string marker{kStampMarker};
};

/// `text` is the file's, `name` what an error calls it. Throws SetupError.
[[nodiscard]] ProtocolTemplate read_dialect(std::string_view text, const std::string& name);

}  // namespace dialogue::load
