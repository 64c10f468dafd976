// The bodies and answers of the API as JSON Schema (2020-12), each by its name. Those of bodies are also what bodies are checked
// with, so they keep to docs/reference/schema.md. Immutable.
#pragma once
#include <array>
#include <string_view>

namespace dialogue::api {

struct ApiSchema {
  std::string_view name, json;
};

inline constexpr std::string_view kPublicationSchema = "Publication", kOwnPublicationSchema = "OwnPublication",
                                  kBatchSchema = "Batch", kNewRoomSchema = "NewRoom", kRevocationSchema = "Revocation",
                                  kEmissionSchema = "Emission";

/// What callers send.
inline constexpr std::array kBodySchemas = {
    ApiSchema{kPublicationSchema, R"({"type":"object","description":"One event for a room.","properties":{
"event":{"type":"string","minLength":1,"maxLength":128,"description":"An event that the room lists."},
"data":{"description":"The payload: JSON that fits the event's schema."},
"from":{"type":"string","minLength":1,"maxLength":128,"description":"The author's user id. Default: system."}},
"required":["event","data"],"additionalProperties":false})"},
    ApiSchema{kOwnPublicationSchema, R"({"type":"object","description":"One event for a user or a session.","properties":{
"event":{"type":"string","minLength":1,"maxLength":128,"description":"An event of the definitions."},
"data":{"description":"The payload: JSON that fits the event's schema."},
"from":{"type":"string","minLength":1,"maxLength":128,"description":"The author's user id. Default: system."}},
"required":["event","data"],"additionalProperties":false})"},
    ApiSchema{kBatchSchema,
              R"({"type":"object","description":"Events, each for exactly one room, user or session, in their order.",
"properties":{"items":{"type":"array","minItems":1,"maxItems":100,"items":{"type":"object","properties":{
"room":{"type":"string","minLength":1,"maxLength":128,"description":"A room's id."},
"user":{"type":"string","minLength":1,"maxLength":128,"description":"A user's id, for all of the user's current connections."},
"session":{"type":"string","minLength":1,"maxLength":128,"description":"A session's id, if it is connected."},
"event":{"type":"string","minLength":1,"maxLength":128,"description":"An event that the room lists, or of the definitions."},
"data":{"description":"The payload: JSON that fits the event's schema."},
"from":{"type":"string","minLength":1,"maxLength":128,"description":"The author's user id. Default: system."}},
"required":["event","data"],"additionalProperties":false}}},
"required":["items"],"additionalProperties":false})"},
    ApiSchema{kNewRoomSchema, R"({"type":"object","description":"A room, as app.json describes one.","properties":{
"id":{"type":"string","minLength":1,"maxLength":128,"description":"1 to 128 of A-Z a-z 0-9 _ - . : @ ~"},
"name":{"type":"string","description":"The display name. Default: the id."},
"description":{"type":"string"},
"maxSize":{"type":"integer","minimum":1,"description":"The maximum number of members. Default: unbounded."},
"events":{"type":"array","items":{"type":"string"},"description":"Events of the definitions that the room allows."},
"defaultSubscriptions":{"type":"array","items":{"type":"string"}},
"retention":{"type":"object","properties":{"maxEvents":{"type":"integer","minimum":0},
"maxAge":{"type":"string","description":"A duration: 500ms, 1s, 1m, 7d"}},"additionalProperties":false},
"durability":{"enum":["commit","memory"]},
"presence":{"type":"boolean","description":"Whether members receive who is present, joins and leaves."},
"access":{"type":"object","description":"Who may do what, as in app.json."},
"channels":{"type":"array","items":{"enum":["websocket","sse","stream","polling","tcp","socketio"]}}},
"required":["id","events"],"additionalProperties":false})"},
    ApiSchema{kRevocationSchema,
              R"({"type":"object","description":"The tokens to revoke: exactly one of tokenId, user and everybody.",
"properties":{"tokenId":{"type":"string","minLength":1,"maxLength":256,"description":"The token with this jti."},
"user":{"type":"string","minLength":1,"maxLength":128,"description":"Those of this user that were issued before issuedBefore."},
"everybody":{"const":true,"description":"All that were issued before issuedBefore."},
"issuedBefore":{"type":"integer","minimum":1,"description":"Unix seconds, at most a day ahead. Default: now."},
"forgetAt":{"type":"integer","minimum":1,"description":
"Unix seconds: when the last of them has expired. Default: in 366 days."}},
"additionalProperties":false})"},
    ApiSchema{kEmissionSchema, R"({"type":"object","description":"An event for Socket.IO clients.","properties":{
"namespace":{"type":"string","minLength":1,"maxLength":128,"description":"A namespace that the program serves: /chat"},
"rooms":{"type":"array","maxItems":1000,"items":{"type":"string","minLength":1,"maxLength":256},
"description":"The clients in any of these rooms; the id of a socket is a room, too. Default: all of the namespace."},
"except":{"type":"array","maxItems":1000,"items":{"type":"string","minLength":1,"maxLength":256},
"description":"Without the clients in any of these rooms."},
"event":{"type":"string","minLength":1,"maxLength":128},
"args":{"type":"array","maxItems":100,"items":true,"description":"The event's arguments. Default: none."}},
"required":["namespace","event"],"additionalProperties":false})"},
};

/// What callers get.
inline constexpr std::array kAnswerSchemas = {
    ApiSchema{"Receipt", R"({"type":"object","description":"The event's position in its room's log.","properties":{
"room":{"type":"string"},
"seq":{"type":"integer","minimum":0,"description":"Position in the log, from 1; 0 for a volatile event, which is not in it."},
"epoch":{"type":"integer","minimum":0,"description":"The log that seq belongs to."},
"timestamp":{"type":"integer","minimum":0,"description":"Unix milliseconds."},
"duplicate":{"type":"boolean","description":"The key was used before: this is the original receipt."}},
"required":["room","seq","epoch","timestamp","duplicate"]})"},
    ApiSchema{"Sent", R"({"type":"object","properties":{"connections":{"type":"integer","minimum":0,
"description":"The number of recipients; 0 if none was connected."}},"required":["connections"]})"},
    ApiSchema{"Emitted", R"({"type":"object","properties":{"sockets":{"type":"integer","minimum":0,
"description":"The number of clients that it was sent to."}},"required":["sockets"]})"},
    ApiSchema{"BatchResult", R"({"type":"object","properties":{"results":{"type":"array",
"description":"One for each item, in their order.","items":{"type":"object","properties":{
"receipt":{"$ref":"#/components/schemas/Receipt"},"sent":{"$ref":"#/components/schemas/Sent"},
"problem":{"$ref":"#/components/schemas/Problem"}},
"minProperties":1,"maxProperties":1,"additionalProperties":false}}},"required":["results"]})"},
    ApiSchema{"Room", R"({"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"},
"size":{"type":"integer","minimum":0,"description":"Connections in the room, including the slots of lost ones."},
"maxSize":{"type":["integer","null"],"minimum":1,"description":"null: unbounded."}},
"required":["id","name","size","maxSize"]})"},
    ApiSchema{"RoomList", R"({"type":"object","properties":{
"rooms":{"type":"array","items":{"$ref":"#/components/schemas/Room"}},
"next":{"type":"string","format":"uri-reference","description":"The next page. Absent on the last page."}},
"required":["rooms"]})"},
    ApiSchema{"RoomDetail", R"({"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"},
"size":{"type":"integer","minimum":0},"maxSize":{"type":["integer","null"],"minimum":1},
"epoch":{"type":"integer","minimum":0,"description":"Identifies the room's log."},
"base":{"type":"integer","minimum":1,"description":"The first sequence that can still be read."},
"head":{"type":"integer","minimum":0,"description":"The newest sequence; 0 for an empty log."}},
"required":["id","name","size","maxSize","epoch","base","head"]})"},
    ApiSchema{"MemberList", R"({"type":"object","properties":{"members":{"type":"array","items":{"type":"object","properties":{
"userId":{"type":"string"},"name":{"type":"string"},"connections":{"type":"integer","minimum":1,
"description":"Connections in the room, including the slots of lost ones."},
"meta":{"type":"object"}},"required":["userId","name","connections"]}},
"next":{"type":"string","format":"uri-reference","description":"The next page. Absent on the last page."}},
"required":["members"]})"},
    ApiSchema{"HistoryPage", R"({"type":"object","properties":{"room":{"type":"string"},
"epoch":{"type":"integer","minimum":0},"base":{"type":"integer","minimum":1},"head":{"type":"integer","minimum":0},
"events":{"type":"array","description":"In log order.","items":{"type":"object","properties":{
"event":{"type":"string"},"data":{},"from":{"type":"string"},"timestamp":{"type":"integer","minimum":0},
"seq":{"type":"integer","minimum":1}},"required":["event","data","from","timestamp","seq"]}},
"damaged":{"type":"array","description":"Stored sequences that can no longer be read. They count towards limit.",
"items":{"type":"object","properties":{"first":{"type":"integer","minimum":1},"last":{"type":"integer","minimum":1}},
"required":["first","last"]}},
"next":{"type":"string","format":"uri-reference","description":"The next page. Absent on the last page."}},
"required":["room","epoch","base","head","events"]})"},
    ApiSchema{"Disconnected", R"({"type":"object","properties":{"connections":{"type":"integer","minimum":0,
"description":"The number of connections ended."}},"required":["connections"]})"},
    ApiSchema{"UserList", R"({"type":"object","properties":{"users":{"type":"array","items":{"type":"object","properties":{
"userId":{"type":"string"},"online":{"type":"boolean"},"connections":{"type":"integer","minimum":0},
"name":{"type":"string","description":"Of online users."}},"required":["userId","online","connections"]}},
"next":{"type":"string","format":"uri-reference","description":"The next page. Absent on the last page."}},
"required":["users"]})"},
    ApiSchema{"UserData", R"({"type":"object","properties":{
"events":{"type":"array","items":{"type":"object","properties":{"room":{"type":"string"},
"epoch":{"type":"integer","minimum":0},"seq":{"type":"integer","minimum":1},"timestamp":{"type":"integer","minimum":0},
"event":{"type":"string"},"from":{"type":"string"},"data":{}},
"required":["room","epoch","seq","timestamp","event","from","data"]}},
"next":{"type":"string","format":"uri-reference","description":"The next page. Absent on the last page."}},
"required":["events"]})"},
    ApiSchema{"Erasure", R"({"type":"object","description":"What was erased, and what the search of the files found.",
"properties":{"events":{"type":"integer","minimum":0},"rooms":{"type":"integer","minimum":0,
"description":"Rooms in which there was anything."},"producers":{"type":"integer","minimum":0},
"connections":{"type":"integer","minimum":0,"description":"The number of connections ended."},
"revocationsKept":{"type":"integer","minimum":0,
"description":"Revocations of the user's tokens: they contain the id and stay until they expire."},
"auditValues":{"type":"integer","minimum":0,"description":"Personal values that the audit has forgotten."},
"clean":{"type":"boolean","description":"Nothing of the user is left in the store's files."},
"recording":{"type":"boolean","description":"A flight recorder is on, and may have some of it."},
"mentionsByOthers":{"type":"integer","minimum":0,"description":"How often others mention the id in what they published."},
"piecesSearched":{"type":"integer","minimum":0,"description":"Pieces of payloads that were searched for."},
"files":{"type":"array","items":{"type":"object","properties":{"path":{"type":"string"},
"bytes":{"type":"integer","minimum":0},"userId":{"type":"integer","minimum":0,"description":"How often it has the id."},
"payloads":{"type":"integer","minimum":0,"description":"How often it has a piece of a payload."}},
"required":["path","bytes","userId","payloads"]}}},
"required":["events","rooms","producers","connections","revocationsKept","auditValues","clean","recording","mentionsByOthers",
"piecesSearched","files"]})"},
    ApiSchema{"AuditPage", R"({"type":"object","properties":{"records":{"type":"array","items":{"type":"object","properties":{
"record":{"type":"object","description":"As it is in the chain: seq, at, action, fields, and digests of what is personal."},
"hash":{"type":"string","description":"Of the record before and this one, in hexadecimal digits."},
"values":{"type":"object","description":"What the digests are of, unless it was erased."}},
"required":["record","hash","values"]}},
"next":{"type":"integer","minimum":1,"description":"The value of after for the next page. Absent on the last page."}},
"required":["records"]})"},
    ApiSchema{"Info", R"({"type":"object","properties":{"version":{"type":"string"},
"protocol":{"type":"integer","minimum":1},"catalogue":{"type":"string","description":"The fingerprint of the definitions."},
"events":{"type":"array","items":{"type":"string"}},"connections":{"type":"integer","minimum":0,"description":"Open sockets."}},
"required":["version","protocol","catalogue","events","connections"]})"},
    ApiSchema{"DrainReceipt", R"({"type":"object",
"description":"What became of the sessions that a server disconnected as it ended.",
"properties":{"begunUnixMs":{"type":"integer","minimum":0,"description":"When clients were asked to come back."},
"tookMs":{"type":"integer","minimum":0,"description":"Until all had closed, or the deadline."},
"pauseMs":{"type":"integer","minimum":0,"description":"From the beginning to the first reconnect slot."},
"spreadMs":{"type":"integer","minimum":0,"description":"From the first reconnect slot to the last."},
"notified":{"type":"integer","minimum":0,"description":"Sessions that received BYE."},
"resumable":{"type":"integer","minimum":0,"description":"Of those, whose clients can resume; push streams cannot."},
"cut":{"type":"integer","minimum":0,"description":"Sockets still open at the deadline; their BYE may not have arrived."},
"resumed":{"type":"integer","minimum":0,"description":"Resumable sessions that came back to this server."},
"rooms":{"type":"integer","minimum":0,"description":"Rooms that resumed sessions joined."},
"lost":{"type":"integer","minimum":0,"description":"Of those joins, the ones that miss events."},
"repeated":{"type":"integer","minimum":0,"description":"Publications that arrived again. Each is in the log once."},
"gapMsMax":{"type":"integer","minimum":0,"description":"The longest time from a session's BYE to its return."},
"complete":{"type":"boolean","description":"Every resumable session came back, or the time for it is over."}},
"required":["begunUnixMs","tookMs","pauseMs","spreadMs","notified","resumable","cut","resumed","rooms","lost","repeated",
"gapMsMax","complete"]})"},
    ApiSchema{"Reload", R"({"type":"object","description":"What reading the settings again changes.","properties":{
"applied":{"type":"boolean","description":"false in a dry run."},
"changes":{"type":"array","description":"Settings with another value than the one in force.",
"items":{"type":"object","properties":{
"key":{"type":"string","description":"As in the configuration file."},
"before":{"type":"string"},"now":{"type":"string"},
"change":{"type":"string","enum":["hot","restart"],"description":"restart: it takes effect when the server is started again."}},
"required":["key","before","now","change"]}},
"contents":{"type":"array","description":"What files or variables that settings name say other than before.",
"items":{"type":"string","enum":["tokenKeys","apiKeys","hooksSecret"]}}},
"required":["applied","changes","contents"]})"},
    ApiSchema{"OpenApi", R"({"type":"object","description":"An OpenAPI 3.1 document."})"},
    ApiSchema{"Problem", R"({"type":"object","description":"Why not: problem details (RFC 9457).","properties":{
"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},
"detail":{"type":"string","description":"One sentence for people."},
"code":{"type":"string","description":"What programs compare with: docs/reference/errors.md"},
"path":{"type":"string","description":"Where in the body: $.data.text"},
"scope":{"type":"string","description":"What the key would need to have."},
"expected":{"type":"integer","description":"producer_hole: the number that must come first."},
"retryAfterMs":{"type":"integer","description":"When trying again can succeed."}},
"required":["type","title","status","detail","code"]})"},
};

}  // namespace dialogue::api
