import { html, render } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call, whenSignedOut } from './api.mjs';
import { Keys } from './keys.mjs';
import { Fault } from './parts.mjs';
import { Sources } from './sources.mjs';
import { Stream } from './stream.mjs';
import { Streams } from './streams.mjs';

const PAGES = [
  ['#/', 'Streams', Streams],
  ['#/sources', 'Sources', Sources],
  ['#/keys', 'Keys', Keys],
];

function App() {
  const [signedIn, setSignedIn] = useState(undefined);
  const [why, setWhy] = useState('');
  const [place, setPlace] = useState(location.hash || '#/');
  useEffect(() => {
    addEventListener('hashchange', () => setPlace(location.hash || '#/'));
    whenSignedOut((reason) => {
      setWhy(reason);
      setSignedIn(false);
    });
    call('GET', '/v1/streams?limit=1').then(
      () => setSignedIn(true),
      ({ status }) => {
        // Whoever has not been in yet was not signed out.
        setWhy('');
        setSignedIn(status !== 401);
      },
    );
  }, []);
  const leave = () => {
    setWhy('');
    setSignedIn(false);
  };
  if (signedIn === undefined) return html`<main><p class="soft">One moment …</p></main>`;
  if (!signedIn) return html`<${SignIn} why=${why} onDone=${() => setSignedIn(true)} />`;
  return html`<${SignedIn} place=${place} onSignOut=${leave} />`;
}

function SignedIn({ place, onSignOut }) {
  const [, id, part] = /^#\/streams\/([^/]+)(?:\/(\w+))?$/.exec(place) ?? [];
  const [href, name, Page] = PAGES.find(([address]) => address === place) ?? PAGES[0];
  useEffect(() => {
    document.title = `${id === undefined ? name : 'Stream'} · Runnel`;
  }, [id, name]);
  const signOut = () => call('DELETE', '/console/session').then(onSignOut, onSignOut);
  return html`
    <a class="skip" href="#main" onClick=${toMain}>To the content</a>
    <header class="top">
      <a class="brand" href="#/"><img src="/console/icon.svg" alt="" width="24" height="24" /><span>Runnel</span></a>
      <nav class="pages" aria-label="Pages">
        ${PAGES.map(
          ([address, text]) =>
            html`<a href=${address} aria-current=${address === href && (id === undefined || address === '#/') ? 'page' : undefined}>${text}</a>`,
        )}
      </nav>
      <button class="small" onClick=${signOut}>Sign out</button>
    </header>
    <main id="main" tabindex="-1">
      ${id === undefined ? html`<${Page} />` : html`<${Stream} key=${id} id=${id} part=${part} />`}
    </main>
  `;
}

/** The address names the page that is shown, so the link cannot be followed as others are. */
function toMain(event) {
  event.preventDefault();
  document.querySelector('#main').focus();
}

/** @param why somebody was signed out, if it was not by themselves */
function SignIn({ why, onDone }) {
  const [error, setError] = useState(why && `You have been signed out. ${why}`);
  const signIn = async (event) => {
    event.preventDefault();
    const key = new FormData(event.target).get('key').trim();
    await call('POST', '/console/session', { key }).then(onDone, ({ message }) => setError(message));
  };
  return html`
    <main class="signin">
      <section>
        <img src="/console/icon.svg" alt="" width="48" height="48" />
        <h1>Runnel console</h1>
        <form onSubmit=${signIn}>
          <label>API key<input name="key" type="password" autocomplete="current-password" required autofocus /></label>
          <button class="main wide">Sign in</button>
          <${Fault} text=${error} />
        </form>
        <p class="soft">
          The key is kept in a cookie that scripts cannot read. Standalone prints its first key when it starts, and keeps it
          in its data directory as <code>admin-key</code>.
        </p>
      </section>
    </main>
  `;
}

render(html`<${App} />`, document.querySelector('#app'));
