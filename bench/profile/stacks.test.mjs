// perf's text and V8's profiles as stacks and tables, and long C++ names made short.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shortened } from "./names.mjs";
import { callRows, selfRows, splitRows } from "./shares.mjs";
import { stacksOf, stacksOfProfile } from "./stacks.mjs";

const kSend = `dialogue 812/813 100.250000: cpu-clock:
	ffffffff81e2a937 tcp_sendmsg ([kernel.kallsyms])
	ffffffff81e2eb88 __x64_sys_sendmsg ([kernel.kallsyms])
	          10ac4d __libc_sendmsg (/usr/lib/x86_64-linux-gnu/libc.so.6)
	          2904ff dialogue::Channel::send (/somewhere/bin/dialogue)
`;
const kOwn = `dialogue 812/813 100.250000: cpu-clock:
	          2904ff dialogue::Map<std::pair<int, long> >::find(int, std::string const&) const (/somewhere/bin/dialogue)
`;
const kUnknown = `dialogue 812/813 100.250000: cpu-clock:
	           d44a2 [unknown] (/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30)
`;
const kWhere = { kernel: "kernel", user: "program", library: "libraries" };
const stacks = stacksOf([kSend, kSend, kOwn, kUnknown].join("\n"), "dialogue");

test("the same stack is one, its frames from outside inwards, each of the kernel, the program or a library", () => {
  assert.deepEqual(stacks[0], {
    count: 2,
    frames: [
      { name: "dialogue::Channel::send", kind: "user" },
      { name: "__libc_sendmsg", kind: "library" },
      { name: "__x64_sys_sendmsg", kind: "kernel" },
      { name: "tcp_sendmsg", kind: "kernel" },
    ],
  });
  assert.deepEqual(stacks[2].frames, [{ name: "[libstdc++]", kind: "library" }]);
});

test("shares are of all samples, and the kernel's are told by the system call that they were for", () => {
  assert.deepEqual(splitRows(stacks, kWhere), [
    { where: "kernel", "%": 50 },
    { where: "program", "%": 25 },
    { where: "libraries", "%": 25 },
  ]);
  assert.deepEqual(callRows(stacks), [{ "kernel's time, by system call": "sendmsg", "%": 50 }]);
  assert.deepEqual(selfRows(stacks, kWhere)[0], { function: "tcp_sendmsg", where: "kernel", "%": 50 });
});

test("a profile of V8's gives the stacks below what is measured, and tells engine, JavaScript and WebAssembly apart", () => {
  const node = (id, functionName, url, children = []) => ({ id, children, callFrame: { functionName, url } });
  const nodes = [
    node(1, "(root)", "", [2, 5]),
    node(2, "measured", "file:///load.mjs", [3, 4]),
    node(3, "receive", "wasm://wasm/1"),
    node(4, "encodeInto", ""),
    node(5, "prepare", "file:///load.mjs"),
  ];
  const measured = { name: "measured", kind: "user" };
  assert.deepEqual(stacksOfProfile({ nodes, samples: [3, 5, 3, 4] }, "measured"), [
    { frames: [measured, { name: "receive", kind: "library" }], count: 2 },
    { frames: [measured, { name: "encodeInto", kind: "kernel" }], count: 1 },
  ]);
});

test("names lose their arguments and parameters, and operators keep their signs", () => {
  for (const [long, short] of [
    [
      "boost::asio::detail::reactive_wait_op<dialogue::SocketSet::wait()::{lambda(int)#1}, void>::do_complete",
      "boost::asio::detail::reactive_wait_op::do_complete",
    ],
    ["dialogue::(anonymous namespace)::fault_of(int)", "dialogue::fault_of"],
    ["std::ostream& std::operator<< <char>(std::ostream&, char const*)", "std::ostream& std::operator<< "],
    ["void take(std::vector<int>&) const", "void take"],
    ["finish_task_switch.isra.0", "finish_task_switch"],
    ["Visitor::operator()(int) const", "Visitor::operator()"],
  ])
    assert.equal(shortened(long), short.trim());
});
