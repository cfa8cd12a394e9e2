import { html, render } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.mjs';
import { Keys } from './keys.mjs';
import { Sources } from './sources.mjs';
import { Stream } from './stream.mjs';
import { Streams } from './streams.mjs';

const PAGES = [
  ['#/', 'Streams'],
  ['#/sources', 'Sources'],
  ['#/keys', 'Keys'],
];

function App() {
  const [signedIn, setSignedIn] = useState(undefined);
  const [place, setPlace] = useState(location.hash || '#/');
  useEffect(() => {
    addEventListener('hashchange', () => setPlace(location.hash || '#/'));
    call('GET', '/v1/streams').then(
      () => setSignedIn(true),
      ({ status }) => setSignedIn(status !== 401),
    );
  }, []);
  if (signedIn === undefined) return html`<main><p class="soft">One moment …</p></main>`;
  if (!signedIn) return html`<${SignIn} onDone=${() => setSignedIn(true)} />`;
  const signOut = () => call('DELETE', '/console/session').then(() => setSignedIn(false));
  const id = /^#\/streams\/([^/]+)$/.exec(place)?.[1];
  return html`
    <header class="top">
      <strong>Runnel</strong>
      <nav aria-label="Pages">
        ${PAGES.map(
          ([href, name]) =>
            html`<a href=${href} aria-current=${place === href ? 'page' : undefined}>${name}</a>`,
        )}
      </nav>
      <button onClick=${signOut}>Sign out</button>
    </header>
    <main>
      ${
        id !== undefined
          ? html`<${Stream} key=${id} id=${id} />`
          : place === '#/sources'
            ? html`<${Sources} />`
            : place === '#/keys'
              ? html`<${Keys} />`
              : html`<${Streams} />`
      }
    </main>
  `;
}

function SignIn({ onDone }) {
  const [error, setError] = useState('');
  const signIn = async (event) => {
    event.preventDefault();
    const key = new FormData(event.target).get('key').trim();
    await call('POST', '/console/session', { key }).then(onDone, ({ message }) => setError(message));
  };
  return html`
    <main class="signin">
      <section>
        <h1>Runnel console</h1>
        <form onSubmit=${signIn}>
          <label>API key<input name="key" type="password" autocomplete="current-password" required /></label>
          <button class="main">Sign in</button>
          <p class="bad" role="alert">${error}</p>
        </form>
        <p class="soft">
          The key is kept in a cookie that scripts cannot read. Standalone prints its first key when it starts, and keeps it
          in its data directory as admin-key.
        </p>
      </section>
    </main>
  `;
}

render(html`<${App} />`, document.querySelector('#app'));
