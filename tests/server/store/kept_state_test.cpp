// The kept state of every store: changes of entries, their versions, tombstones and the ends of their lives. What it is used for,
// revocations and rooms, is in store_test.cpp.
#include "server/store/kept_state.hpp"

#include "tests/server/store/support/store_kit.hpp"
#include "tests/server/store/support/store_makers.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

using Texts = std::vector<std::string>;

KeptChange room(const std::string& key, std::optional<std::string> value = "{}") {
  return {KeptKind::room, key, std::move(value)};
}

/// "key=value" of each entry, "-key" of a tombstone, "?key" of a damaged one.
Texts texts(const KeptList& list) {
  Texts found;
  for (const KeptEntry& each : list.entries)
    found.push_back(each.is_damaged ? "?" + each.key : each.is_removed ? "-" + each.key : each.key + "=" + each.value);
  std::sort(found.begin(), found.end());
  return found;
}

template <typename Behaviour>
void on_every_kind(Behaviour behaviour) {
  for (const StoreMaker& maker : store_makers()) {
    DYNAMIC_SECTION(maker.name) {
      const std::unique_ptr<StoreUnderTest> under_test = maker.make();
      behaviour(*under_test);
    }
  }
}

TEST_CASE("the keys of entries can be read back, whatever is in the texts") {
  for (const std::string user : {"", "ann", "7:", "J\xC3\xB6rg", "a\nb"})
    for (const std::string token : {"", "t-1", "3:x"}) {
      const bool is_exact = token.empty();
      const KeptChange change = kept_change(KeptRevocation{{token, user, 90, is_exact}, 900});
      const auto read = revocation_of({change.kind, change.key, *change.value, 1, change.expires_s});
      REQUIRE(read);
      CHECK(read->what == Revocation{token, user, 90, is_exact});
      CHECK(read->forget_at_s == 900);
    }
  CHECK_FALSE(revocation_of({KeptKind::revocation, "90:4:ann", {}, 1, 900}));
  CHECK_FALSE(revocation_of({KeptKind::revocation, "ann", {}, 1, 900}));
  CHECK(room_of({KeptKind::room, "acme/a/b", "{}", 1}) == KeptRoom{{"acme", "a/b"}, "{}"});
}

TEST_CASE("a write of the kept state is all or nothing, has one version, and may expect the version before it") {
  on_every_kind([](StoreUnderTest& under_test) {
    const auto list = [&](std::uint64_t epoch = 0, std::uint64_t after = 0) {
      return ask_list(under_test.store(), {KeptKind::room, epoch, after});
    };
    CHECK(list().version == 0);
    REQUIRE(ask_put(under_test.store(), {{room("/a"), room("/b")}}) == StoreStatus::ok);
    const KeptList first = list();
    CHECK(texts(first) == Texts{"/a={}", "/b={}"});
    CHECK((first.is_whole && first.is_kept && first.epoch != 0));
    CHECK((first.entries[0].version == first.version && first.entries[1].version == first.version));
    KeptChange expects_none = room("/a", "[]"), expects_old = room("/a", "[]");
    expects_none.expected_version = 0;
    expects_old.expected_version = first.version;
    CHECK(ask_put(under_test.store(), {{room("/c"), expects_none}}) == StoreStatus::stale);
    CHECK(texts(list()) == texts(first));
    CHECK(list().version == first.version);
    CHECK(ask_put(under_test.store(), {{expects_old}}) == StoreStatus::ok);
    CHECK(ask_put(under_test.store(), {{expects_old}}) == StoreStatus::stale);
    CHECK(texts(list()) == Texts{"/a=[]", "/b={}"});
    CHECK(list().version > first.version);
    if (!under_test.reopen()) return;
    CHECK(texts(list()) == Texts{"/a=[]", "/b={}"});
    CHECK(list().epoch == first.epoch);
    CHECK(texts(list(first.epoch, first.version)) == Texts{"/a=[]"});
  });
}

TEST_CASE("a reader with an older version gets the later changes, including removals and those of an erased room") {
  on_every_kind([](StoreUnderTest& under_test) {
    Store& store = under_test.store();
    REQUIRE(ask_put(store, {{room("/a"), room("/b"), room("/c")}}) == StoreStatus::ok);
    const KeptList known = ask_list(store, {KeptKind::room});
    const auto since = [&] { return ask_list(store, {KeptKind::room, known.epoch, known.version}); };
    CHECK(texts(since()).empty());
    REQUIRE(ask_put(store, {{room("/a", std::nullopt), room("/never", std::nullopt), room("/d")}}) == StoreStatus::ok);
    REQUIRE(ask_erase(store, {"", "b"}) == StoreStatus::ok);
    CHECK(texts(since()) == Texts{"-/a", "-/b", "/d={}"});
    CHECK_FALSE(since().is_whole);
    CHECK(texts(ask_list(store, {KeptKind::room})) == Texts{"/c={}", "/d={}"});
    REQUIRE(ask_put(store, {{room("/a", "[]")}}) == StoreStatus::ok);
    CHECK(texts(since()) == Texts{"-/b", "/a=[]", "/d={}"});
    const KeptList other = ask_list(store, {KeptKind::room, known.epoch + 1, known.version});
    CHECK(other.is_whole);
    CHECK(texts(other) == Texts{"/a=[]", "/c={}", "/d={}"});
  });
}

TEST_CASE("the number of tombstones is bounded, and a reader that would miss one gets the whole list") {
  on_every_kind([](StoreUnderTest& under_test) {
    Store& store = under_test.store();
    const auto name = [](std::size_t i) { return "/room-" + std::to_string(i); };
    KeptWrite put{{room("/stays")}};
    for (std::size_t i = 0; i <= kTombstonesMax; ++i) put.changes.push_back(room(name(i)));
    REQUIRE(ask_put(store, put) == StoreStatus::ok);
    const KeptList before = ask_list(store, {KeptKind::room});
    REQUIRE(ask_put(store, {{room(name(0), std::nullopt)}}) == StoreStatus::ok);
    const KeptList first = ask_list(store, {KeptKind::room, before.epoch, before.version});
    CHECK(texts(first) == Texts{"-" + name(0)});
    KeptWrite rest;
    for (std::size_t i = 1; i < kTombstonesMax; ++i) rest.changes.push_back(room(name(i), std::nullopt));
    REQUIRE(ask_put(store, rest) == StoreStatus::ok);
    CHECK(ask_list(store, {KeptKind::room, before.epoch, before.version}).entries.size() == kTombstonesMax);
    REQUIRE(ask_put(store, {{room(name(kTombstonesMax), std::nullopt)}}) == StoreStatus::ok);
    const KeptList late = ask_list(store, {KeptKind::room, before.epoch, before.version});
    CHECK(late.is_whole);
    CHECK(texts(late) == Texts{"/stays={}"});
    const KeptList in_time = ask_list(store, {KeptKind::room, before.epoch, first.version});
    CHECK_FALSE(in_time.is_whole);
    CHECK(in_time.entries.size() == kTombstonesMax);
    if (!under_test.reopen()) return;
    CHECK(ask_list(under_test.store(), {KeptKind::room, before.epoch, before.version}).is_whole);
  });
}

TEST_CASE("an entry is forgotten when its life has ended, which no change shortens") {
  on_every_kind([](StoreUnderTest& under_test) {
    Store& store = under_test.store();
    const auto put = [&](const std::string& key, std::uint64_t expires_s, std::uint64_t now_s) {
      return ask_put(store, {{{KeptKind::revocation, key, "", expires_s}}, now_s});
    };
    REQUIRE(put("a", 500, 100) == StoreStatus::ok);
    REQUIRE(put("a", 300, 100) == StoreStatus::ok);
    REQUIRE(put("b", 200, 100) == StoreStatus::ok);
    REQUIRE(put("c", 0, 100) == StoreStatus::ok);
    REQUIRE(put("c", 200, 100) == StoreStatus::ok);
    CHECK(texts(ask_list(store, {KeptKind::revocation})) == Texts{"a=", "b=", "c="});
    const std::uint64_t version = ask_list(store, {KeptKind::revocation}).version;
    REQUIRE(put("d", 900, 200) == StoreStatus::ok);
    CHECK(texts(ask_list(store, {KeptKind::revocation})) == Texts{"a=", "c=", "d="});
    REQUIRE(put("d", 900, 500) == StoreStatus::ok);
    CHECK(texts(ask_list(store, {KeptKind::revocation})) == Texts{"c=", "d="});
    CHECK(ask_list(store, {KeptKind::revocation}).version > version);
  });
}

}  // namespace
}  // namespace dialogue::testing
