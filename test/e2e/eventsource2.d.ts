declare module 'eventsource2' {
  /** The package's second major has no types of its own. */
  const EventSource2: new (url: string) => unknown;
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default EventSource2;
}
