// Numbers, sizes, times and payloads as people read them.

const whole = new Intl.NumberFormat("en-US");
const tenth = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

export const none = "–";

/** 1,234 */
export const count = (value: number | undefined): string => (value === undefined ? none : whole.format(Math.round(value)));

/** 12.5 below a thousand, 12.5 k and 3.4 M above. */
export function compact(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return none;
  if (Math.abs(value) < 1_000) return tenth.format(value);
  if (Math.abs(value) < 10_000) return whole.format(Math.round(value));
  return Math.abs(value) < 1_000_000 ? `${tenth.format(value / 1_000)} k` : `${tenth.format(value / 1_000_000)} M`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"];
/** 1.5 MiB */
export function bytes(value: number | undefined): string {
  if (value === undefined) return none;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; value /= 1024) unit += 1;
  return `${unit ? tenth.format(value) : whole.format(value)} ${units[unit]}`;
}

/** 850 ms, 12 s, 4 min, 3 h 20 min, 5 d */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return none;
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

/** 12.3 ms */
export const milliseconds = (value: number | null | undefined): string =>
  typeof value !== "number" ? none : `${tenth.format(value)} ms`;

export const time = (at: number | undefined): string => (at ? clock.format(at) : none);
export const dayTime = (at: number | undefined): string => (at ? dayAndClock.format(at) : none);

/** 4 min ago */
export const ago = (at: number | undefined, now = Date.now()): string => {
  if (!at) return none;
  return now - at < 1_000 ? "now" : `${duration(now - at)} ago`;
};

const charactersMax = 2_000;
/** As much of a text as a row shows. */
export const shortened = (text: string): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax).replace(/[\ud800-\udbff]$/, "")}…`;

/** "1 row", "2 rows" */
export const plural = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

/** "eventsPerSecond" and "not_in_enum" as words. */
export const words = (name: string): string => {
  const text = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_.]/g, " ")
    .toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
};
