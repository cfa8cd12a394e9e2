declare module 'eventsource1' {
  /** The package's first major, which has no types of its own; `headers` and `onmessage` are what programs use of it. */
  class EventSource1 {
    onmessage: (event: { data: string; lastEventId: string }) => void;
    constructor(url: string, init?: { headers?: Record<string, string> });
    close(): void;
  }
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default EventSource1;
}

declare module 'eventsource2' {
  /** The package's second major has no types of its own. */
  const EventSource2: new (url: string) => unknown;
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default EventSource2;
}
