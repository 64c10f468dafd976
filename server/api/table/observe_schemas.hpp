// The answers of the routes that observe, as kAnswerSchemas has the others. Immutable.
#pragma once
#include <array>

#include "server/api/table/schemas.hpp"

namespace dialogue::api {

inline constexpr std::array kObserveSchemas = {
    ApiSchema{"Overview", R"({"type":"object","properties":{
"verdict":{"type":"object","properties":{"level":{"enum":["ok","warning","critical"]},
"sentence":{"type":"string","description":"The state of the server and its reason, for people."}},
"required":["level","sentence"]},
"server":{"type":"object","properties":{"version":{"type":"string"},"catalogue":{"type":"string",
"description":"The fingerprint of the definitions."},"startedAt":{"type":"integer","minimum":0},
"uptimeMs":{"type":"integer","minimum":0},"draining":{"type":"boolean"},
"dev":{"type":"boolean","description":"Requests of this machine need no key."}},
"required":["version","catalogue","startedAt","uptimeMs","draining","dev"]},
"numbers":{"type":"object","description":"Rates are the last of their series in samples.","properties":{
"connections":{"type":"integer","minimum":0},
"users":{"type":"integer","minimum":0},"rooms":{"type":"integer","minimum":0},"eventsPerSecond":{"type":"number","minimum":0},
"deliveriesPerSecond":{"type":"number","minimum":0},"refusalsPerSecond":{"type":"number","minimum":0},
"lagging":{"type":"integer","minimum":0,"description":"Memberships that read from the log, since they lag."},
"memoryBytes":{"type":"integer","minimum":0},"memoryLimitBytes":{"type":"integer","minimum":1}},
"required":["connections","users","rooms","eventsPerSecond","deliveriesPerSecond","refusalsPerSecond","lagging","memoryBytes"]},
"samples":{"type":"object","properties":{"intervalMs":{"type":"integer","minimum":1},
"end":{"type":"integer","minimum":0,"description":"Unix milliseconds of the newest sample; 0: there is none."},
"series":{"type":"object","description":"At most 180 numbers each, oldest first.","additionalProperties":{"type":"array",
"items":{"type":"number"}}}},"required":["intervalMs","end","series"]},
"changes":{"type":"array","description":"At most 50, newest first.","items":{"type":"object","properties":{
"at":{"type":"integer","minimum":0},"name":{"type":"string","description":"A log event, or an operation of this API."},
"detail":{"type":"string"}},"required":["at","name","detail"]}}},
"required":["verdict","server","numbers","samples","changes"]})"},
    ApiSchema{"Connection", R"({"type":"object","properties":{
"id":{"type":"string","description":"The session, as log lines have it."},"user":{"type":"string"},"name":{"type":"string"},
"transport":{"type":"string"},"peer":{"type":"string","description":"The client's address."},
"since":{"type":"integer","minimum":0,"description":"Unix milliseconds."},"rooms":{"type":"integer","minimum":0},
"queuedBytes":{"type":"integer","minimum":0,"description":"Bytes that wait to be sent."},
"behind":{"type":"integer","minimum":0,"description":"Sequences, in the room where it is most behind."},
"lagging":{"type":"boolean"},"closedAt":{"type":"integer","minimum":0},
"code":{"type":"string","description":"Why it ended."},"initiator":{"enum":["server","client","network",
"operator"]},"reason":{"type":"string","description":"In words, where one was given."}},
"required":["id","user","name","transport","peer","since","rooms","queuedBytes","behind","lagging"]})"},
    ApiSchema{"ConnectionList", R"({"type":"object","properties":{
"connections":{"type":"array","items":{"$ref":"#/components/schemas/Connection"}},
"next":{"type":"string","description":"The value of after for the next page. Absent on the last page."}},
"required":["connections"]})"},
    ApiSchema{"ConnectionDetail", R"({"type":"object","description":"A Connection, and more.","properties":{
"id":{"type":"string"},"user":{"type":"string"},"name":{"type":"string"},"transport":{"type":"string"},
"peer":{"type":"string"},"since":{"type":"integer","minimum":0},"rooms":{"type":"integer","minimum":0},
"queuedBytes":{"type":"integer","minimum":0},"behind":{"type":"integer","minimum":0},"lagging":{"type":"boolean"},
"closedAt":{"type":"integer","minimum":0},"code":{"type":"string"},"initiator":{"enum":["server","client","network",
"operator"]},"reason":{"type":"string","description":"In words, where one was given."},
"memberships":{"type":"array","items":{"type":"object","properties":{"room":{"type":"string"},
"epoch":{"type":"integer","minimum":0},"joinedAt":{"type":"integer","minimum":0,
"description":"Unix time in ms, exact to the second."},
"started":{"type":"integer","minimum":0,"description":"It is owed what is after this sequence."},
"position":{"type":"integer","minimum":0,"description":"The last sequence that it was notified of."},
"head":{"type":"integer","minimum":0},"behind":{"type":"integer","minimum":0},"lagging":{"type":"boolean"}},
"required":["room","epoch","joinedAt","started","position","head","behind","lagging"]}},
"allowances":{"type":"array","description":"What is left of its limits.","items":{"type":"object","properties":{
"name":{"enum":["joins","reads","publications","bytes"]},"left":{"type":"integer","minimum":0},
"limit":{"type":"integer","minimum":0},"windowMs":{"type":"integer","minimum":0}},
"required":["name","left","limit","windowMs"]}},
"decisions":{"type":"array","description":"The last 20, newest first.","items":{"type":"object","properties":{
"at":{"type":"integer","minimum":0},"what":{"enum":["joined","left","refused","lagging","caught_up","dropped"]},
"room":{"type":"string"},"event":{"type":"string"},"code":{"type":"string"},"seq":{"type":"integer","minimum":0},
"count":{"type":"integer","minimum":1,"description":"How often in a row."}},"required":["at","what","count"]}}},
"required":["id","user","name","transport","peer","since","rooms","queuedBytes","behind","lagging","memberships","allowances",
"decisions"]})"},
    ApiSchema{"RefusalList", R"({"type":"object","properties":{"refusals":{"type":"array","items":{"type":"object","properties":{
"code":{"type":"string"},"request":{"type":"string","description":"connect, join, publish and so on."},
"path":{"type":"string","description":"Where in the payload, with names of the event's schema; other keys are *, indexes [*]."},
"event":{"type":"string"},"room":{"type":"string","description":"The pattern of its definition."},
"by":{"enum":["client","application"],"description":"Who asked; application: this API, or the embedding program."},
"count":{"type":"integer","minimum":1},"last":{"type":"integer","minimum":0,"description":"Unix milliseconds."}},
"required":["code","request","path","by","count","last"]}}},"required":["refusals"]})"},
    ApiSchema{"Top", R"({"type":"object","properties":{"events":{"type":"array","items":{"type":"object","properties":{
"room":{"type":"string","description":"The pattern of its definition."},"event":{"type":"string"},
"perSecond":{"type":"number","minimum":0},"total":{"type":"integer","minimum":0}},
"required":["room","event","perSecond","total"]}},
"rooms":{"type":"array","items":{"type":"object","properties":{"room":{"type":"string","description":"Its id."},
"size":{"type":"integer","minimum":0},"perSecond":{"type":"number","minimum":0}},"required":["room","size","perSecond"]}}},
"required":["events","rooms"]})"},
    ApiSchema{"SettingList", R"({"type":"object","properties":{"settings":{"type":"array","items":{"type":"object","properties":{
"name":{"type":"string"},"value":{"type":"string"},"source":{"type":"string"},"change":{"enum":["hot","restart"]}},
"required":["name","value","source","change"]}}},"required":["settings"]})"},
    ApiSchema{"StoreState", R"({"type":"object","properties":{"address":{"type":"string"},
"durable":{"type":"boolean","description":"false: rooms are in memory only."},"ready":{"type":"boolean"},
"sizeBytes":{"type":"integer","minimum":0},"walBytes":{"type":"integer","minimum":0},
"appends":{"type":"integer","minimum":0,"description":"In the last 15 minutes."},
"commitP50Ms":{"type":["number","null"]},"commitP99Ms":{"type":["number","null"]},
"queue":{"type":"integer","minimum":0,"description":"Events that wait for the store."},
"errors":{"type":"object","description":"Since the start, by operation.","additionalProperties":{"type":"integer"}}},
"required":["address","durable","ready","sizeBytes","walBytes","appends","commitP50Ms","commitP99Ms","queue","errors"]})"},
    ApiSchema{"HookList", R"({"type":"object","properties":{"hooks":{"type":"array","items":{"type":"object","properties":{
"hook":{"enum":["connect","join","publish"]},"url":{"type":"string","description":"Empty: only the program's own."},
"requests":{"type":"integer","minimum":0},"denied":{"type":"integer","minimum":0},"failures":{"type":"integer","minimum":0},
"p99Ms":{"type":["number","null"],"description":"Of the last 15 minutes."},"breakerOpen":{"type":"boolean"}},
"required":["hook","url","requests","denied","failures","p99Ms","breakerOpen"]}}},"required":["hooks"]})"},
    ApiSchema{"DefinitionList", R"({"type":"object","properties":{
"catalogue":{"type":"string","description":"Their compiled form in base64, with which clients validate."},
"events":{"type":"object","additionalProperties":{"type":"object","properties":{
"schema":{"description":"JSON Schema 2020-12."},"delivery":{"type":"string"}},"required":["schema","delivery"]}},
"rooms":{"type":"array","items":{"type":"object","properties":{"pattern":{"type":"string"},"name":{"type":"string"},
"isPattern":{"type":"boolean"},"events":{"type":"array","items":{"type":"string"}},"maxSize":{"type":["integer","null"]},
"durability":{"enum":["commit","memory"]},"channels":{"type":"array","description":"Empty: all.","items":{"type":"string"}}},
"required":["pattern","name","isPattern","events","maxSize","durability","channels"]}}},
"required":["catalogue","events","rooms"]})"},
    ApiSchema{"Whoami", R"({"type":"object","properties":{"name":{"type":"string"},
"scopes":{"type":"array","items":{"type":"string"}}},"required":["name","scopes"]})"},
    ApiSchema{"Why", R"({"type":"object","properties":{"room":{"type":"string"},"seq":{"type":"integer","minimum":1},
"user":{"type":"string"},"answer":{"enum":["delivered","not_delivered","pending","unknown"]},
"reason":{"type":"string","description":"What programs compare with."},
"sentence":{"type":"string","description":"The answer for people."},
"event":{"type":"string","description":"Its name, where the log still has it."},
"evidence":{"type":"array","items":{"type":"string"}},
"unknown":{"type":"array","description":"What cannot be known after the fact.","items":{"type":"string"}},
"more":{"type":"boolean","description":"The user has more connections than are asked: 50 in each shard."},
"connections":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"open":{"type":"boolean"},
"answer":{"enum":["delivered","not_delivered","pending","unknown"]},"reason":{"type":"string"},
"epoch":{"type":"integer","minimum":0,"description":"Of the log that the positions are of. Absent if it is not in the room."},
"started":{"type":"integer","minimum":0},
"position":{"type":"integer","minimum":0,"description":"The last sequence that its socket has surely taken, or a skip of it."}},
"required":["id","open","answer","reason"]}}},
"required":["room","seq","user","answer","reason","sentence","evidence","unknown","more","connections"]})"},
};

}  // namespace dialogue::api
