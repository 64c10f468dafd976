// Dialogue's frames as the measurement needs them: just enough of a server to welcome and to acknowledge, and events to receive.
// The bare subject speaks them, too, so that both are given and give the same bytes.

const kRoom = 1;
const kNow = 1_700_000_000_000;
const kUser = '{"session":"s","userId":"ann","name":"ann","limits":{"messageBytes":65536,"rooms":128,"inFlight":32}}';
const kWelcomeRest = `25000,${kNow},1,${kUser}`;

/** The catalogue's numbers: sorted by name, from 1. */
export const eventNumbers = { chat: 1, order: 2 };

function answerTo(frame, answer) {
  const integers = frame.slice(1).split(",", 4);
  if (integers[0] === "4") answer(`[38,${kRoom},${integers[3]},1,${integers[3]},${kNow},0]`);
  else if (integers[0] === "1") answer(`[33,1,0,${integers[3]},${kWelcomeRest}]`);
  else if (integers[0] === "2")
    answer(`[34,${integers[1]},${kRoom},1,1,0,1,{"roomId":"bench","name":"Bench","clock":0,"members":[{"userId":"ann"}]}]`);
}

export function server(message, answer) {
  for (const frame of message.split("\n")) answerTo(frame, answer);
}

/** Makes the next `count` events of a room, each as the message that brings it. */
export function events() {
  let sequence = 0;
  return (event, data, count) =>
    Array.from({ length: count }, () => {
      sequence += 1;
      return `[36,${kRoom},${eventNumbers[event]},${sequence},${kNow},"ben",0,${JSON.stringify(data)}]`;
    });
}

/** The frame that publishes, as text. */
export const publication = (event, number, data) => JSON.stringify([4, kRoom, eventNumbers[event], number, 0, data]);
