// Listens to a source with the npm package eventsource (3 and newer), which asks for headers through fetch.
import { EventSource } from 'eventsource';
import { sourceToListenTo } from './source.mjs';

const { url, apiKey } = await sourceToListenTo();

const stream = new EventSource(url, {
  fetch: (input, init) =>
    fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${apiKey}` } }),
});

stream.onmessage = ({ data }) => console.log(data);
