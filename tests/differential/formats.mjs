// The formats of docs/reference/schema.md, each written from the grammar that it names; nothing is shared with the product.

const kDaysOf = (year, month) => {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
};

/** RFC 3339, 5.6 full-date; 5.7 for the days of a month. */
function isDate(text) {
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []).map(Number);
  return year !== undefined && month >= 1 && month <= 12 && day >= 1 && day <= kDaysOf(year, month);
}

const kTime = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[zZ]|([+-])(\d{2}):(\d{2}))$/;

/** RFC 3339, 5.6 full-time; 5.7: a leap second is the last one of a day in UTC. */
function isTime(text) {
  const match = kTime.exec(text);
  if (!match) return false;
  const [hours, minutes, seconds] = match.slice(1, 4).map(Number);
  const [offsetHours, offsetMinutes] = [Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 60 || offsetHours > 23 || offsetMinutes > 59) return false;
  if (seconds < 60) return true;
  const east = (match[4] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
  return (hours * 60 + minutes - east + 2 * 1440) % 1440 === 1439;
}

const isDateTime = (text) => /^.{10}[tT]/.test(text) && isDate(text.slice(0, 10)) && isTime(text.slice(11));

/** RFC 2673, 3.2, without zeros in front. */
const isIpv4 = (text) =>
  /^\d+\.\d+\.\d+\.\d+$/.test(text) && text.split(".").every((part) => /^(0|[1-9]\d*)$/.test(part) && +part < 256);

/** RFC 4291, 2.2. */
function isIpv6(text) {
  const sides = text.split("::");
  if (sides.length > 2) return false;
  const groups = sides.flatMap((side) => (side === "" ? [] : side.split(":")));
  const last = groups.at(-1) ?? "";
  const endsInQuad = last.includes(".") && text.endsWith(last);
  if (endsInQuad && !isIpv4(groups.pop())) return false;
  const count = groups.length + (endsInQuad ? 2 : 0);
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (sides.length === 2 ? count < 8 : count === 8);
}

/** RFC 1123, 2.1. */
const isHostname = (text) => text.length <= 253 && text.split(".").every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(label));

/** RFC 5321, 4.1.2 Mailbox. */
function isEmail(text) {
  const [, local, domain] = /^("(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"|[^"@][^@]*)@(.*)$/s.exec(text) ?? [];
  if (local === undefined) return false;
  if (local.startsWith('"')) {
    if (local.slice(1, -1).replace(/\\(.)/g, "$1").length > 64) return false;
  } else if (local.length > 64 || !/^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local)) {
    return false;
  }
  const [, literal] = /^\[(.*)\]$/s.exec(domain) ?? [];
  if (literal === undefined) return isHostname(domain);
  return /^ipv6:/i.test(literal) ? isIpv6(literal.slice(5)) : isIpv4(literal);
}

const kUnreserved = "[\\w.~-]|%[0-9a-f]{2}|[!$&'()*+,;=]";
const kAuthority = `(?:(?:${kUnreserved}|:)*@)?(?:\\[([^\\]]*)\\]|(?:${kUnreserved})*)(?::\\d*)?`;
const kUri = new RegExp(
  `^[a-z][a-z0-9+.-]*:(?:\\/\\/${kAuthority}(?:\\/(?:${kUnreserved}|[:@/])*)?` +
    `|(?!\\/\\/)(?:${kUnreserved}|[:@/])*)(?:\\?(?:${kUnreserved}|[:@/?])*)?(?:#(?:${kUnreserved}|[:@/?])*)?$`,
  "i",
);

/** RFC 3986, 3 URI; an address in brackets is an IPv6 one. */
function isUri(text) {
  const match = kUri.exec(text);
  return match !== null && (match[1] === undefined || isIpv6(match[1]));
}

/** RFC 4648, 4, padded, with unused bits zero: what is written again is the same text. */
const isBytes = (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && Buffer.from(text, "base64").toString("base64") === text;

export const formats = {
  "date-time": isDateTime,
  date: isDate,
  time: isTime,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: isUri,
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
  bytes: isBytes,
};
