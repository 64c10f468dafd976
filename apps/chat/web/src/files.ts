// Files of messages: uploads of the composer, and the addresses of what was sent.
import { signal } from "@preact/signals";
import type { Events } from "../gen/app.js";
import { ApiError, accessToken } from "./api.js";

export type SentFile = NonNullable<Events["message"]["files"]>[number];
export const fileBytesMax = 25 * 2 ** 20;
export const filesMax = 10;

/** A file that was chosen for the next message. */
export interface Upload {
  key: number;
  name: string;
  sent?: SentFile;
  problem?: string;
}

export const addressOf = (id: string): string => `/chat/v1/files/${id}`;

export function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

async function send(room: string, file: File): Promise<SentFile> {
  if (file.size > fileBytesMax) throw new ApiError("too_large", "A file has at most 25 MiB.");
  const query = new URLSearchParams({ room, name: file.name });
  const headers = { Authorization: `Bearer ${await accessToken()}`, "Content-Type": "application/octet-stream" };
  const response = await fetch(`/chat/v1/files?${query}`, { method: "POST", headers, body: file });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer as SentFile;
  throw new ApiError(answer.error?.code ?? "unavailable", answer.error?.message ?? answer.detail ?? "The file was not taken.");
}

let keys = 0;

/** The uploads of one composer. */
export class Uploads {
  readonly list = signal<readonly Upload[]>([]);

  constructor(private readonly room: string) {}

  get areDone(): boolean {
    return this.list.value.every(({ sent }) => sent);
  }

  add(files: Iterable<File>): void {
    for (const file of [...files].slice(0, filesMax - this.list.value.length)) {
      const key = ++keys;
      this.list.value = [...this.list.value, { key, name: file.name }];
      send(this.room, file).then(
        (sent) => this.change(key, { sent }),
        (error) => this.change(key, { problem: error instanceof ApiError ? error.message : "The server cannot be reached." }),
      );
    }
  }

  drop(key: number): void {
    this.list.value = this.list.value.filter((each) => each.key !== key);
  }

  /** What the next message carries; the list is empty then. */
  take(): SentFile[] {
    const sent = this.list.value.flatMap((each) => each.sent ?? []);
    this.list.value = [];
    return sent;
  }

  private change(key: number, changed: Partial<Upload>): void {
    this.list.value = this.list.value.map((each) => (each.key === key ? { ...each, ...changed } : each));
  }
}
