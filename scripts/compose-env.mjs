// Writes .env with generated secrets for docker-compose.yml. Does nothing when there is one.
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../.env', import.meta.url));
if (existsSync(file)) {
  console.log('.env is there already.');
} else {
  await import('./build.mjs');
  const { newApiKey } = await import('../dist/libs/access/src/index.js');
  const adminKey = newApiKey();
  const lines = [`NATS_PASSWORD=${randomBytes(24).toString('hex')}`, `RUNNEL_ADMIN_KEY=${adminKey}`];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  console.log('Wrote .env. The first admin key is in it as RUNNEL_ADMIN_KEY.');
}
