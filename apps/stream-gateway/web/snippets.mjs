import { ssePath } from './api.mjs';

/** A text for JavaScript, and one word for a shell, whatever is in it: channels are named by whoever publishes. */
const quoted = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`;
const word = (text) => (/^[\w.:@/-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);

/** How to use this very stream: name and text of each. @param channel one that it has, to have in the examples */
export function snippets(stream, origin, channel = 'prices', ticket = 'TICKET') {
  const address = origin + ssePath(stream);
  const isPrivate = stream.visibility === 'private';
  const isWorkflow = stream.kind === 'workflow';
  const asked = isPrivate ? `${address}?ticket=${ticket}` : address;
  const listen = isWorkflow
    ? `.addEventListener(${quoted(channel)}, (event) => {`
    : '.onmessage = (event) => {';
  const key = isPrivate ? '\n  key: process.env.RUNNEL_API_KEY,' : '';
  const getTicket = isPrivate ? `\n  getTicket: () => fetch('/my-ticket').then((r) => r.text()),` : '';
  const body = JSON.stringify({ ...(isWorkflow && { channel }), payload: { EUR: 1.07 } });
  return [
    [
      'EventSource',
      `new EventSource('${asked}')\n  ${listen}\n    console.log(JSON.parse(event.data));\n  }${isWorkflow ? ')' : ''};`,
    ],
    [
      'Client',
      `import { subscribe } from '${origin}/client.js';\n\nsubscribe('${address}', {${getTicket}\n  onEvent: ({ channel, payload }) => console.log(channel, payload),\n});`,
    ],
    [
      'Node',
      `import { subscribe } from 'runnel/client';\n\nconst stream = subscribe('${address}'${isPrivate ? `, {${key}\n}` : ''});\nfor await (const { channel, payload } of stream) {\n  console.log(channel, payload);\n}`,
    ],
    [
      'curl',
      `curl -N ${isPrivate ? '-H "Authorization: Bearer $RUNNEL_API_KEY" ' : ''}${address}\n\ncurl ${origin}/v1/streams/${stream.id}/events \\\n  -H "Authorization: Bearer $RUNNEL_API_KEY" \\\n  -H 'Content-Type: application/json' \\\n  -d ${word(body)}`,
    ],
    [
      'CLI',
      `runnel events -n 10 -f ${stream.name}\n\nrunnel publish ${stream.name}${isWorkflow ? ` --channel ${word(channel)}` : ''} '{"EUR":1.07}'`,
    ],
    [
      'NATS',
      `# The server's address is printed when Runnel starts.\nNATS_URL=nats://${new URL(origin).hostname}:4222 NATS_USER="$RUNNEL_API_KEY" \\\n  nats pub ${isWorkflow ? `-H ${word(`Runnel-Channel:${channel}`)} ` : ''}${stream.nats_subject} '{"EUR":1.07}'`,
    ],
  ];
}
