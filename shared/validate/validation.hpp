// One run of the validator: a recursive descent over the payload and the schema at once, as deep as the payload is nested.
// validator.cpp has single values, validator_containers.cpp arrays and objects, validator_one_of.cpp the choice of a branch.
// Used by validate() only; one instance for one payload.
#pragma once
#include <cstdint>
#include <string_view>

#include "shared/json/decimal.hpp"
#include "shared/json/json_equal.hpp"
#include "shared/json/json_scanner.hpp"
#include "shared/schema/catalogue_layout.hpp"
#include "shared/validate/validator.hpp"
#include "shared/validate/verdict_text.hpp"

namespace dialogue {

class Validation {
 public:
  Validation(const std::uint8_t* catalogue, std::string_view payload, Verdict& verdict, std::uint32_t passed)
      : catalogue_(catalogue),
        begin_(payload.data()),
        cursor_{payload.data(), payload.data() + payload.size()},
        comparison_(payload.size()),
        verdict_(verdict),
        to_pass_(passed) {}

  void run(std::uint32_t root);

 private:
  /// A value of which only the first step has been taken: a string, number or literal is read, an array or object only looked at.
  struct Scanned {
    std::uint8_t type = 0;
    JsonString string;
    Decimal number;
  };
  /// Items or keys that were seen already. It is large, so it lives in functions that do not recur.
  struct SeenValues {
    std::uint32_t count = 0;
    std::uint32_t digests[kComparedItemsMax + 1];
    const char* values[kComparedItemsMax + 1];
  };

  // Each returns false if a fault was found and noted; it returns true also if faults were skipped.

  /// One value at the cursor, inside `depth` open arrays and objects.
  bool value(NodeView node, const ValuePlace& place, std::uint32_t depth);
  bool number(const NodeView& node, const Decimal& found, const ValuePlace& place, const char* begin);
  bool string(const NodeView& node, const JsonString& found, const ValuePlace& place, const char* begin);
  bool enumeration(const NodeView& node, const ValuePlace& place, const char* begin);
  /// Checks a count against the field `minimum` and the next field, its maximum. In ErrorCode, `too_few` is followed by its
  /// opposite.
  bool count(const NodeView& node, NodeField minimum, std::uint32_t found, ErrorCode too_few, const ValuePlace& place,
             const char* begin);

  bool array(const NodeView& node, const ValuePlace& place, std::uint32_t depth);
  bool object(const NodeView& node, const ValuePlace& place, std::uint32_t depth);
  bool member(const NodeView& node, const ValuePlace& inner, std::uint32_t* seen, const char* key_begin, std::uint32_t depth);
  bool required(const NodeView& node, const std::uint32_t* seen, const ValuePlace& place, const char* begin);
  bool unique(const ValuePlace& place, const char* begin);
  bool count_keys(const NodeView& node, const ValuePlace& place, const char* begin);

  /// Replaces a node with oneOf by the branch that the value belongs to.
  bool choose(NodeView& node, std::uint8_t type, const ValuePlace& place, std::uint32_t depth);
  bool choose_by_tag(NodeView& node, const ValuePlace& place, std::uint32_t depth);

  /// At an opening bracket, which is stepped over: whether anything is inside.
  bool open(char closing, bool& more, const ValuePlace& place, std::uint32_t depth);
  /// Behind a value: whether the container continues or ended.
  bool close_or_continue(char closing, bool& more, const ValuePlace& place);

  ErrorCode scan(Scanned& scanned);
  bool find_tag(NodeView& node, Words one_of, const JsonString& text) const;
  /// The row whose first word is the text `key`, of `count` rows of `words` words that ascend by it; `count` when there is none.
  [[nodiscard]] std::uint32_t find_row(Words rows, std::uint32_t count, std::uint32_t words, const JsonString& key) const;
  /// Adds the value at the cursor and steps over it; returns false if an equal one was added before.
  bool add_unseen(SeenValues& seen, JsonCursor& at);
  /// A field's table, and the count in front of it: 0 when the node does not have it.
  [[nodiscard]] Words counted_table(const NodeView& node, NodeField field, std::uint32_t& count) const;

  // Each notes a fault and returns false, or passes over it and returns true.
  bool fail(ErrorCode code, const ValuePlace& place, const char* at, std::string_view argument = {});
  bool fail_bound(ErrorCode code, const ValuePlace& place, const char* at, std::uint32_t bound);
  bool fail_type(const NodeView& node, const ValuePlace& place, const char* at);
  /// A fault of the text itself, at the cursor.
  bool fail_syntax(ErrorCode code, const ValuePlace& place);
  /// Steps over the value at `begin`, whose fault was skipped before the value was read.
  [[gnu::noinline]] bool pass(const char* begin, const ValuePlace& place, std::uint32_t depth) {
    cursor_.at = begin;
    return good(skip_value(cursor_, depth), place);
  }
  bool good(ErrorCode scanned, const ValuePlace& place) { return scanned == ErrorCode::ok || fail_syntax(scanned, place); }
  VerdictText argument() { return {verdict_.argument_bytes, verdict_.argument_length}; }

  const std::uint8_t* catalogue_;
  const char* begin_;
  JsonCursor cursor_;
  JsonComparison comparison_;
  Verdict& verdict_;
  std::uint32_t to_pass_;  ///< faults that are skipped before one is noted
};

}  // namespace dialogue
