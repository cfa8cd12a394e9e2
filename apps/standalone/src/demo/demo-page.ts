/** Lines that the page keeps. */
const KEPT = 200;

export const DEMO_STYLE = `
  :root { color-scheme: light dark; }
  body { max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; font: 16px/1.55 system-ui, sans-serif; }
  h1 { margin: 0; font-size: 1.6rem; }
  pre { padding: .8rem 1rem; border-radius: 8px; background: light-dark(#f1f4f7, #151d25); overflow-x: auto; }
  #events { height: 12rem; overflow-y: auto; }
  #state { color: light-dark(#14703f, #66d19a); }
  #state.away { color: light-dark(#8a5a00, #f2c063); }
  a { color: light-dark(#0b6e8f, #5cc3e2); }
`;

/** What listens in the demo's page. @param address the stream's, at the same origin */
export function demoScript(address: string): string {
  return `
  const events = document.querySelector('#events');
  const state = document.querySelector('#state');
  const source = new EventSource('${address}');
  source.addEventListener('tick', (event) => {
    events.prepend(event.data + '\\n');
    while (events.childNodes.length > ${KEPT}) events.lastChild.remove();
  });
  source.onopen = () => { state.textContent = 'connected'; state.className = ''; };
  source.onerror = () => { state.textContent = 'reconnecting …'; state.className = 'away'; };
`;
}

/** @param script what listens @param streamUrl the stream's whole address, for pages that are elsewhere */
export function demoPage(script: string, streamUrl: string): string {
  const own = `<!doctype html>
<script>
  new EventSource('${streamUrl}')
    .addEventListener('tick', (event) => document.body.append(event.data, document.createElement('br')));
</script>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runnel</title>
<style>${DEMO_STYLE}</style>
<h1>Live from Runnel</h1>
<p>An event every second, in a page that uses what every browser has: <b id="state">connecting …</b></p>
<pre id="events"></pre>
<h2>In a page of your own</h2>
<p>Save this as <code>page.html</code> and open it, from your disk or from any website:</p>
<pre><code>${escaped(own)}</code></pre>
<p><a href="/console">The console</a> publishes events, breaks the connection for you, and has this for each stream.</p>
<script>${script}</script>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
