export interface GreetingFacts {
  readonly baseUrl: string;
  readonly workflowId: string | undefined;
  /** Address that turns any request into an event, if the demo source is there. */
  readonly endpoint: string | undefined;
  /** What stands for the admin key in a command, so that the key itself is not printed at every start. */
  readonly keyInShell: string;
}

/** What a newcomer is told to open and to type. */
export function greeting({ baseUrl, workflowId, endpoint, keyInShell }: GreetingFacts): string {
  const lines: string[] = [];
  if (workflowId !== undefined) {
    const stream = `${baseUrl}/pipelines/${workflowId}/sse`;
    lines.push(
      `  Open in a browser      ${baseUrl}/demo`,
      `  The console            ${baseUrl}/console`,
      `  In a page of your own  new EventSource('${stream}')`,
      `                           .addEventListener('tick', (event) => console.log(event.data))`,
      `  Watch in a terminal    curl -N ${stream}`,
      `  Publish an event       curl ${baseUrl}/v1/streams/${workflowId}/events \\`,
      `                           -H "Authorization: Bearer ${keyInShell}" -H 'Content-Type: application/json' \\`,
      `                           -d '{"channel":"tick","payload":"hello"}'`,
    );
  }
  if (endpoint !== undefined) lines.push(`  A webhook of your own  curl ${endpoint} -d hello=world`);
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n\n`;
}
