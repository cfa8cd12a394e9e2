// Listens to a source as programs for Pipedream do: the first major version of the npm package eventsource, a header.
// Here it is installed under another name, beside its successors. In a project of your own it is 'eventsource'.
import EventSource from 'eventsource1';
import { sourceToListenTo } from './source.mjs';

const { url, apiKey } = await sourceToListenTo();

const stream = new EventSource(url, { headers: { Authorization: `Bearer ${apiKey}` } });

stream.onmessage = (event) => {
  console.log(event.data);
};
