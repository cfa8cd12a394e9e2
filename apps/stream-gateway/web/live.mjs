import { useEffect, useRef, useState } from 'preact/hooks';
import { subscribe } from '../../../libs/sdk/src/page/client.ts';
import { send, ssePath } from './api.mjs';

/** Events, notes and characters of the wire that are kept in the page. */
const KEPT_EVENTS = 300;
const KEPT_NOTES = 30;
const KEPT_TEXT = 20_000;

/**
 * What comes over a stream, newest first, with what happens to the connection and its bytes as they are.
 * `drop` breaks the connection as a network would: the client goes on where it was.
 */
export function useLive(stream) {
  const [events, setEvents] = useState([]);
  const [notes, setNotes] = useState([]);
  const [state, setState] = useState('connecting');
  const [raw, setRaw] = useState('');
  const connection = useRef(undefined);
  useEffect(() => {
    const note = (text) =>
      setNotes((all) => [`${new Date().toLocaleTimeString()} ${text}`, ...all].slice(0, KEPT_NOTES));
    const open = async (address, options) => {
      const control = new AbortController();
      connection.current = control;
      options.signal.addEventListener('abort', () => control.abort());
      const response = await send(address, { ...options, signal: control.signal });
      if (!response.ok || response.body === null) return response;
      const decoder = new TextDecoder();
      const tap = new TransformStream({
        transform(bytes, controller) {
          const text = decoder.decode(bytes, { stream: true });
          setRaw((all) => (all + text).slice(-KEPT_TEXT));
          controller.enqueue(bytes);
        },
      });
      return new Response(response.body.pipeThrough(tap), response);
    };
    const live = subscribe(ssePath(stream), {
      share: false,
      fetch: open,
      onEvent: (event) => {
        const item = { ...event, at: Date.now() };
        setEvents((all) => [item, ...all].slice(0, KEPT_EVENTS));
      },
      onGap: ({ requested }) => note(`gap: history after ${requested} is gone`),
      onState: ({ state: now, error, delayMs }) => {
        setState(now);
        const wait = delayMs === undefined ? '' : `, next try in ${(delayMs / 1_000).toFixed(1)} s`;
        note(`${now}${error ? `: ${error.message}` : ''}${wait}`);
      },
    });
    return () => live.close();
  }, [stream.id]);
  return { events, notes, state, raw, drop: () => connection.current?.abort() };
}
