// What is measured. Each scenario has
//   name, and about: what the figure is
//   args(seconds)   what `dialogue bench` is told
//   figure(report)  the number that counts, from its report; less is better, unless `isMore`
//   rounds          of the whole form, seconds of each
//   servers         the names of those that it makes sense for; absent: all
//   isFresh         each round gets a server of its own
const cpu = ({ server }) => server.cpuUsPerDelivery;
const kCpu = "server CPU µs per delivery";

const room = (clients, rooms, ...more) => ["--clients", `${clients}`, "--rooms", `${rooms}`, ...more];
const lasting = (args) => (seconds) => [...args, "--seconds", `${seconds}`];

export const scenarios = [
  {
    name: "1 x 1,000 at 50/s",
    id: "fan-out",
    about: kCpu,
    args: lasting(room(1000, 1, "--rate", "50")),
    figure: cpu,
    rounds: 5,
    seconds: 8,
  },
  {
    name: "500 x 4 saturated",
    id: "saturated",
    about: kCpu,
    args: lasting(room(2000, 500, "--saturate", "--publishers", "4")),
    figure: cpu,
    rounds: 5,
    seconds: 6,
  },
  {
    name: "500 x 4 at 10,000/s",
    id: "rooms",
    about: kCpu,
    args: lasting(room(2000, 500, "--rate", "10000")),
    figure: cpu,
    rounds: 5,
    seconds: 6,
  },
  {
    name: "bursts of 100 to 100",
    id: "bursts",
    about: kCpu,
    args: lasting(room(100, 1, "--rate", "1000", "--burst", "100")),
    figure: cpu,
    rounds: 3,
    seconds: 6,
  },
  {
    name: "ping-pong of two",
    id: "ping-pong",
    about: "p50 µs from one to the other",
    args: lasting(room(2, 1, "--ping-pong")),
    figure: ({ latencyUs }) => latencyUs.p50,
    rounds: 3,
    seconds: 3,
  },
  {
    name: "5,000 idle",
    id: "idle",
    about: "KiB of the server per connection",
    args: () => room(5000, 500, "--idle"),
    figure: ({ server }) => server.kibPerMember,
    also: [{ about: "server CPU µs from handshake to joined", figure: ({ server }) => server.cpuUsPerMember }],
    rounds: 3,
    seconds: 0,
    isFresh: true,
  },
];
