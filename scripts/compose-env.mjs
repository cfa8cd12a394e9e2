// Writes .env with generated secrets for docker-compose.yml. What is in it already stays as it is.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

await import('./build.mjs');
const { AccountKey, newApiKey } = await import('../dist/libs/access/src/index.js');

const file = fileURLToPath(new URL('../.env', import.meta.url));
const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
const names = new Set([...before.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name));
// nats-server would read text that begins with a digit as a number.
const password = () => `p${randomBytes(24).toString('hex')}`;
const issuer = AccountKey.generate();
const wanted = [
  [['NATS_AUTH_PASSWORD', password()]],
  [['NATS_INGEST_PASSWORD', password()]],
  [['NATS_GATEWAY_PASSWORD', password()]],
  [['NATS_OPERATOR_PASSWORD', password()]],
  [['NATS_ROUTES_PASSWORD', password()]],
  [['RUNNEL_ADMIN_KEY', newApiKey()]],
  [['GRAFANA_PASSWORD', password()]],
  [['NATS_CALLOUT_PASSWORD', password()]],
  // These two belong together.
  [
    ['NATS_CALLOUT_ISSUER', issuer.publicKey],
    ['RUNNEL_NATS_CALLOUT_SEED', issuer.seed],
  ],
];
const added = wanted.filter((group) => group.some(([name]) => !names.has(name))).flat();
if (added.length === 0) {
  console.log('.env has everything already.');
} else {
  const lines = added.map(([name, value]) => `${name}=${value}\n`).join('');
  writeFileSync(file, before === '' || before.endsWith('\n') ? before + lines : `${before}\n${lines}`, {
    mode: 0o600,
  });
  console.log(
    `Wrote ${added.map(([name]) => name).join(', ')} to .env. RUNNEL_ADMIN_KEY is the first admin key.`,
  );
}
