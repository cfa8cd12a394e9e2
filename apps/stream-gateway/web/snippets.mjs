import { ssePath } from './api.mjs';

/** How to use this very stream: name and text of each. */
export function snippets(stream, origin) {
  const address = origin + ssePath(stream);
  const isPrivate = stream.visibility === 'private';
  const listen =
    stream.kind === 'workflow'
      ? `.addEventListener('prices', (event) => console.log(JSON.parse(event.data)))`
      : `.onmessage = (event) => console.log(JSON.parse(event.data))`;
  const ticket = isPrivate ? `?ticket=TICKET` : '';
  const channel = stream.kind === 'workflow' ? '"channel":"prices",' : '';
  return [
    ['EventSource', `new EventSource('${address}${ticket}')${listen}`],
    [
      'Client',
      `import { subscribe } from '${origin}/client.js';\nsubscribe('${address}', {${isPrivate ? '\n  getTicket: () => myTicket(),' : ''}\n  onEvent: ({ channel, payload }) => console.log(channel, payload),\n});`,
    ],
    ['curl, listening', `curl -N ${isPrivate ? '-H "Authorization: Bearer $KEY" ' : ''}${address}`],
    [
      'curl, publishing',
      `curl ${origin}/v1/streams/${stream.id}/events \\\n  -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\\n  -d '{${channel}"payload":1}'`,
    ],
    ['Command line', `runnel events -n 10 -f ${stream.name}`],
    [
      'NATS',
      `nats --token "$KEY" pub ${stream.kind === 'workflow' ? '-H Runnel-Channel:prices ' : ''}${stream.nats_subject} '1'`,
    ],
  ];
}
