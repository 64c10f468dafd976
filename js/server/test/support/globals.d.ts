// What h3's types take from platforms that are not Node.
interface FetchEvent {
  readonly request: Request;
  respondWith(response: unknown): void;
}
