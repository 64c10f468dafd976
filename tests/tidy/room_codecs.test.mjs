// Every member of RoomDefinition is in each place that reads or writes rooms, or stands in that place's list with a reason. The
// C++ tests compare what the codecs keep: tests/shared/support/whole_room.hpp.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothing, read } from "./repository.mjs";

const membersOf = (struct) => [...struct.matchAll(/^ {2}[\w:<>, ]+ (\w+)(?:\{[^;]*\}| = [^;]+)?;/gm)].map(([, name]) => name);

const kMembers = membersOf(/^struct RoomDefinition \{\n([\s\S]*?)^\};/m.exec(read("shared/schema/definitions.hpp"))[1]);

const kOnlyServer = "only the server needs it";
const kOnlyDefined = "rooms created at run time do not have it";
const kInCatalogue = "it is in the catalogue beside the list";

/** `named(member)` matches the use of a member in the text; `exempt` has the members that the place leaves out. */
const kPlaces = [
  {
    what: "rooms of app.json",
    text: read("server/definitions/room_json.cpp") + read("server/definitions/presence_json.cpp"),
    exempt: {},
  },
  {
    what: "rooms that C++ programs define",
    text: read("shared/define/define_app.hpp"),
    named: (member) => `\\b(?:out|room)\\.${member}\\b`,
    exempt: { middleware: "programs add functions: Instance::use()" },
  },
  {
    what: "rooms that the store keeps",
    text: read("server/core/room/dynamic_room.cpp"),
    exempt: { states: kOnlyDefined, middleware: kOnlyDefined },
  },
  {
    what: "rooms that the HTTP API creates",
    text: /ApiSchema\{kNewRoomSchema,([\s\S]*?)\}\)"\}/.exec(read("server/api/table/schemas.hpp"))[1],
    named: (member) =>
      `"${member === "sends_presence" ? "presence" : member.replace(/_(.)/g, (_, letter) => letter.toUpperCase())}":`,
    exempt: { states: kOnlyDefined, middleware: kOnlyDefined },
  },
  {
    what: "rooms of a recording",
    text: read("server/replay/format/recording_values.cpp"),
    exempt: { middleware: "the verdicts of its steps are recorded" },
  },
  {
    what: "rooms of the catalogue",
    text: read("shared/catalogue/catalogue_builder.cpp"),
    exempt: {
      description: "clients do not show it",
      retention: kOnlyServer,
      durability: kOnlyServer,
      sends_presence: kOnlyServer,
      access: kOnlyServer,
      channels: kOnlyServer,
      middleware: kOnlyServer,
    },
  },
  {
    what: "the list of definitions",
    text: read("server/definitions/output/definition_list.cpp"),
    exempt: {
      description: "the list has names",
      default_subscriptions: kInCatalogue,
      states: kInCatalogue,
      retention: kOnlyServer,
      sends_presence: kOnlyServer,
      access: kOnlyServer,
      middleware: kOnlyServer,
    },
  },
  {
    what: "the comparison of two versions",
    text: read("server/definitions/compatibility/room_compatibility.cpp"),
    named: (member) => `\\b(?:before_|after_|room)\\.${member}\\b`,
    exempt: { name: "text for people", description: "text for people" },
  },
];

test("the members of a room are read from its struct", () => {
  assert.ok(kMembers.length >= 13 && kMembers[0] === "id", kMembers.join(" "));
  assert.deepEqual(membersOf("  Range range{1, 2};  ///< x\n  std::vector<int> list;\n"), ["range", "list"]);
});

test("every place that reads or writes rooms has each of their members, or a reason to leave it out", () => {
  nothing(
    kPlaces.flatMap(({ what, text, named = (member) => `\\broom\\.${member}\\b`, exempt }) =>
      kMembers
        .filter((member) => new RegExp(named(member)).test(text) === member in exempt)
        .map((member) => `${what}: ${member} is ${member in exempt ? "there, and listed as left out" : "missing"}`)
        .concat(
          Object.keys(exempt)
            .filter((member) => !kMembers.includes(member))
            .map((member) => `${what}: ${member} is not a member of a room`),
        ),
    ),
  );
});
