// The files of a message, and those that the composer is about to send.
import type { JSX } from "preact";
import { addressOf, type SentFile, sizeWords, type Uploads } from "../files.js";

export function Attachments({ files }: { files: readonly SentFile[] }): JSX.Element | null {
  if (files.length === 0) return null;
  return (
    <ul class="attachments">
      {files.map(({ id, name, bytes, picture }) => (
        <li key={id}>
          <a href={addressOf(id)} target="_blank" rel="noopener" {...(!picture && { download: name })}>
            {picture ? (
              <img class="picture" src={addressOf(id)} alt={name} loading="lazy" />
            ) : (
              <>
                <span dir="auto">{name}</span> <small>{sizeWords(bytes)}</small>
              </>
            )}
          </a>
        </li>
      ))}
    </ul>
  );
}

export function UploadList({ uploads }: { uploads: Uploads }): JSX.Element | null {
  if (uploads.list.value.length === 0) return null;
  return (
    <ul class="uploads" aria-label="Files of the next message">
      {uploads.list.value.map(({ key, name, sent, problem }) => (
        <li key={key}>
          <span dir="auto">{name}</span>{" "}
          <small class={problem ? "problem" : ""} role="status">
            {problem ?? (sent ? sizeWords(sent.bytes) : "Uploading…")}
          </small>{" "}
          <button class="link" type="button" aria-label={`Take out ${name}`} onClick={() => uploads.drop(key)}>
            Take out
          </button>
        </li>
      ))}
    </ul>
  );
}
