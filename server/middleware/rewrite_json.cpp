// Recursion is as deep as the text, which was valid, and so at most kJsonDepthMax.
#include "server/middleware/rewrite_json.hpp"

#include <utility>

#include "shared/json/json_reader.hpp"

namespace dialogue::middleware {
namespace {

class Rewriter {
 public:
  explicit Rewriter(const ReplaceValue& replace) : replace_(replace) {}

  void value(std::string_view raw) {
    if (auto text = replace_(path_, raw)) {
      has_replaced_ = true;
      out_ += *text;
      return;
    }
    JsonReader reader(raw);
    const char first = reader.peek();
    if (first == '{')
      object(reader);
    else if (first == '[')
      array(reader);
    else
      out_ += raw;
  }

  [[nodiscard]] std::optional<std::string> take() { return has_replaced_ ? std::optional(std::move(out_)) : std::nullopt; }

 private:
  void object(JsonReader& reader) {
    std::string key;
    std::string_view raw;
    const std::size_t path_size = path_.size();
    if (!reader.enter_object()) return;
    out_ += '{';
    while (reader.next_key(key) && reader.read_raw(raw)) {
      if (out_.back() != '{') out_ += ',';
      append_json_string(out_, key);
      out_ += ':';
      if (!path_.empty()) path_ += '.';
      path_ += key;
      value(raw);
      path_.resize(path_size);
    }
    out_ += '}';
  }

  void array(JsonReader& reader) {
    std::string_view raw;
    if (!reader.enter_array()) return;
    out_ += '[';
    while (reader.next_element() && reader.read_raw(raw)) {
      if (out_.back() != '[') out_ += ',';
      value(raw);
    }
    out_ += ']';
  }

  const ReplaceValue& replace_;
  std::string out_, path_;
  bool has_replaced_ = false;
};

}  // namespace

std::optional<std::string> rewrite_json(std::string_view json, const ReplaceValue& replace) {
  Rewriter rewriter(replace);
  rewriter.value(json);
  return rewriter.take();
}

}  // namespace dialogue::middleware
