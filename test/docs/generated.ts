import { authSettings } from '#apps/auth';
import { ingestSettings } from '#apps/ingest';
import { standaloneSettings } from '#apps/standalone';
import { gatewaySettings } from '#apps/stream-gateway';
import { PROBLEMS } from '#libs/contracts';
import type { SettingRow } from '#libs/service';

/** docs/configuration.md, from the settings that the services parse. */
export function configurationPage(): string {
  const services: [string, string, readonly SettingRow[]][] = [
    ['standalone', '`npm start`, `npm run start:standalone`', standaloneSettings.describe()],
    ['auth', '`npm run start:auth`', authSettings.describe()],
    ['ingest', '`npm run start:ingest`', ingestSettings.describe()],
    ['stream-gateway', '`npm run start:gateway`', gatewaySettings.describe()],
  ];
  const sections = services.map(([name, command, rows]) => {
    const lines = rows.map(
      ({ env, type, default: value, secret, doc }) =>
        `| \`${env}\`${secret ? ' (secret)' : ''} | ${cell(type)} | ${value === undefined ? '' : `\`${value}\``} | ${cell(doc)} |`,
    );
    return [
      `## ${name}`,
      '',
      `Started by ${command}.`,
      '',
      '| variable | value | default | what it does |',
      '| --- | --- | --- | --- |',
      ...lines,
    ].join('\n');
  });
  return `# Configuration

Settings are environment variables, read once at the start. What is wrong is reported all at once, and the service
does not start. This page is written by \`npm run docs\` from the schemas themselves.

${sections.join('\n\n')}

\`NATS_SERVER_BIN\` names a nats-server binary for standalone and the tests; without it one is found or fetched.
`;
}

/** docs/errors.md, from the catalogue of problems. */
export function errorsPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) => `| ${status} | \`urn:runnel:problem:${code}\` | ${title} |`,
  );
  return `# Errors

Every refusal is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`, \`instance\` (the request
id, also in \`X-Request-Id\` and the log), and \`errors[]\` with \`field\`, \`message\` and, in a batch, \`index\`. 401 carries
\`WWW-Authenticate: Bearer\`, 429 and 503 carry \`Retry-After\`, 405 carries \`Allow\`. What HTTP itself refuses (408, 431
and the like) has the type \`about:blank\`.

| status | type | title |
| --- | --- | --- |
${rows.join('\n')}

503 on a publish means that the outcome is unknown or that nothing was stored: a retry with the same
\`Idempotency-Key\` is safe either way. On a stream's address almost nothing is an error once the stream exists: a
cursor that cannot be resumed is answered in the stream, by \`runnel.gap\`, because browsers give up for ever on a 4xx.

This page is written by \`npm run docs\`.
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
