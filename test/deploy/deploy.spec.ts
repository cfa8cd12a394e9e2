import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { authSettings } from '#apps/auth';
import { ingestSettings } from '#apps/ingest';
import { standaloneSettings } from '#apps/standalone';
import { gatewaySettings } from '#apps/stream-gateway';
import { AccountKey, newApiKey } from '#libs/access';
import { accountEntries } from '#libs/nats-server';
import { readComposeFile } from '#libs/testing';
import { OWNERS } from './addresses.js';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Settings {
  parse(env: NodeJS.ProcessEnv): { readonly port: number; readonly drainMs: number };
  describe(): readonly { readonly env: string; readonly default: string | undefined }[];
}

/** The settings of what each target of the Dockerfile builds. */
const SETTINGS: Readonly<Record<string, Settings>> = {
  auth: authSettings,
  ingest: ingestSettings,
  'stream-gateway': gatewaySettings,
  standalone: standaloneSettings,
};

const issuer = AccountKey.generate();
const SECRETS: Readonly<Record<string, string>> = {
  NATS_AUTH_PASSWORD: 'p1',
  NATS_INGEST_PASSWORD: 'p5',
  NATS_GATEWAY_PASSWORD: 'p6',
  NATS_OPERATOR_PASSWORD: 'p7',
  NATS_ROUTES_PASSWORD: 'p2',
  NATS_CALLOUT_PASSWORD: 'p3',
  NATS_CALLOUT_ISSUER: issuer.publicKey,
  RUNNEL_NATS_CALLOUT_SEED: issuer.seed,
  RUNNEL_NATS_CALLOUT_PASSWORD: 'p3',
  RUNNEL_ADMIN_KEY: newApiKey(),
  GRAFANA_PASSWORD: 'p4',
};

function expectKnown(target: string, env: Readonly<Record<string, string>>): void {
  const settings = SETTINGS[target] as Settings;
  const known = settings.describe().map(({ env: name }) => name);
  expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
  expect(() => settings.parse(env)).not.toThrow();
}

/** The sections of the Dockerfile, by target. */
const targets = new Map(
  read('Dockerfile')
    .split(/^(?=FROM )/m)
    .map((section) => [/ AS (\S+)/.exec(section)?.[1] ?? '', section]),
);

describe('the Dockerfile', () => {
  it.each(Object.entries(SETTINGS))('has %s, which runs it on its port', (target, settings) => {
    const section = targets.get(target) ?? '';
    const port = settings.parse({}).port;
    expect(section).toContain(`dist/apps/${target}/src/main.js`);
    expect(section).toMatch(new RegExp(`^EXPOSE ${port}\\b`, 'm'));
    expect(section).toMatch(new RegExp(`PORT=${port}\\b`));
    const variables = [...section.matchAll(/\b([A-Z_]+)=/g)].map(([, name]) => name);
    const known = ['NATS_SERVER_BIN', ...settings.describe().map(({ env }) => env)];
    expect(variables.filter((name) => !known.includes(name as string))).toEqual([]);
  });

  it('runs nothing as root, and pins what it builds on', () => {
    expect(targets.get('service')).toContain('USER node');
    for (const [, image] of read('Dockerfile').matchAll(/^FROM (\S+)/gm)) {
      expect(targets.has(image as string) || /:\d+\.\d+/.test(image as string)).toBe(true);
    }
  });
});

describe.each(['docker-compose.yml', 'deploy/compose/single.yml'])('%s', (file) => {
  const services = readComposeFile(read(file), SECRETS);
  const built = [...services].filter(([, { build }]) => build !== undefined);

  it('gives each service settings that it has, with values that it takes', () => {
    expect(built.length).toBeGreaterThan(0);
    for (const [, { build, environment }] of built) expectKnown(build?.target ?? '', environment);
  });

  it('pins every image', () => {
    for (const { image } of services.values()) expect(image ?? ':1.2').toMatch(/:v?\d+\.\d+/);
  });

  it('mounts only files that are there', () => {
    for (const { volumes } of services.values()) {
      for (const volume of volumes.filter((text) => text.startsWith('.'))) {
        const path = (volume.split(':')[0] as string).replace(/^\.\//, '');
        expect([path, existsSync(new URL(path, ROOT))]).toEqual([path, true]);
      }
    }
  });

  it('asks only for variables that scripts/compose-env.mjs writes', () => {
    const script = read('scripts/compose-env.mjs');
    for (const [, name] of read(file).matchAll(/^[^#\n]*\$\{(\w+):\?/gm))
      expect(script).toContain(`'${name}'`);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a test asserts the form of what is there
type Manifest = any;

describe('the Kubernetes manifests', () => {
  const resources = (parse(read('deploy/kubernetes/kustomization.yaml')).resources as string[]).flatMap(
    (name) =>
      parseAllDocuments(read(`deploy/kubernetes/${name}`)).map((document) => document.toJS() as Manifest),
  );
  const deployments = resources.filter(({ kind }) => kind === 'Deployment');
  const config = resources.find(({ kind }) => kind === 'ConfigMap').data as Record<string, string>;
  const containerOf = (deployment: Manifest) => deployment.spec.template.spec.containers[0] as Manifest;

  it('have all files of the folder, and the three services', () => {
    const files = readdirSync(new URL('deploy/kubernetes', ROOT)).filter((name) => name.endsWith('.yaml'));
    const listed = parse(read('deploy/kubernetes/kustomization.yaml')).resources as string[];
    expect(
      files.filter((name) => !['kustomization.yaml', 'values-nats.yaml', ...listed].includes(name)),
    ).toEqual([]);
    expect(deployments.map((deployment) => containerOf(deployment).image).sort()).toEqual([
      'runnel-auth',
      'runnel-ingest',
      'runnel-stream-gateway',
    ]);
  });

  it.each(deployments.map((deployment) => [deployment.metadata.name as string, deployment] as const))(
    '%s has settings that it knows, on its port, with probes that it answers',
    (name, deployment) => {
      const container = containerOf(deployment);
      const target = container.image.replace('runnel-', '');
      const env = Object.fromEntries(
        (container.env as Manifest[]).map((entry) => [
          entry.name,
          entry.value ?? SECRETS[entry.valueFrom.secretKeyRef.key],
        ]),
      );
      expectKnown(target, { ...config, ...env });
      const settings = SETTINGS[target] as Settings;
      const { port, drainMs } = settings.parse({ ...config, ...env });
      expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
      const service = resources.find(
        ({ kind, metadata }) => kind === 'Service' && metadata.name === name,
      ) as Manifest;
      expect(service.spec.ports).toEqual([{ name: 'http', port, targetPort: 'http' }]);
      expect(container.livenessProbe.httpGet.path).toBe('/healthz');
      expect(container.readinessProbe.httpGet.path).toBe('/readyz');
      const preStopS = Number(container.lifecycle.preStop.exec.command[1]);
      const graceS = deployment.spec.template.spec.terminationGracePeriodSeconds as number;
      expect(graceS).toBeGreaterThanOrEqual(preStopS + drainMs / 1_000 + 10);
      const pods = { 'app.kubernetes.io/name': name };
      expect(deployment.spec.selector.matchLabels).toEqual(pods);
      expect(deployment.spec.template.metadata.labels).toMatchObject(pods);
      expect(service.spec.selector).toEqual(pods);
    },
  );
});

describe('what Kubernetes selects, limits and scales by', () => {
  const resources = (parse(read('deploy/kubernetes/kustomization.yaml')).resources as string[]).flatMap(
    (name) =>
      parseAllDocuments(read(`deploy/kubernetes/${name}`)).map((document) => document.toJS() as Manifest),
  );
  const ofKind = (kind: string) => resources.filter((resource) => resource.kind === kind) as Manifest[];
  const pods = ofKind('Deployment').map(({ spec }) => spec.template as Manifest);
  const selects = (labels: Record<string, string>) =>
    pods.filter(({ metadata }) =>
      Object.entries(labels).every(([key, value]) => metadata.labels[key] === value),
    );

  it('are pods that there are', () => {
    for (const { metadata, spec } of ofKind('PodDisruptionBudget')) {
      expect(selects(spec.selector.matchLabels).map((pod) => pod.spec.containers[0].name)).toEqual([
        metadata.name,
      ]);
    }
    expect(ofKind('PodDisruptionBudget')).toHaveLength(pods.length);
    for (const { spec } of ofKind('Deployment')) {
      const spread = spec.template.spec.topologySpreadConstraints[0].labelSelector.matchLabels;
      expect(spread).toEqual(spec.selector.matchLabels);
    }
  });

  it('let through the ports that services and NATS listen on', () => {
    const policy = (name: string) =>
      ofKind('NetworkPolicy').find(({ metadata }) => metadata.name === name) as Manifest;
    const { podSelector, ingress, egress } = policy('services').spec;
    expect(selects(podSelector.matchLabels)).toHaveLength(pods.length);
    const named = pods.map((pod) => pod.spec.containers[0].ports[0].name);
    expect(new Set(named)).toEqual(new Set(ingress[0].ports.map(({ port }: Manifest) => port)));
    const config = ofKind('ConfigMap')[0].data as Record<string, string>;
    expect(egress[0].ports).toEqual([
      { protocol: 'TCP', port: Number(new URL(config.NATS_URL as string).port) },
    ]);
  });

  it('are deployments that there are, by metrics that they have', () => {
    const metrics = read('docs/metrics.md');
    for (const { spec } of ofKind('HorizontalPodAutoscaler')) {
      const { kind, name } = spec.scaleTargetRef;
      expect(ofKind(kind).map(({ metadata }) => metadata.name)).toContain(name);
      for (const { pods: own } of spec.metrics) if (own) expect(metrics).toContain(`\`${own.metric.name}\``);
    }
  });
});

describe('the accounts of NATS', () => {
  /** The configuration from `accounts` on, without what is for people. */
  const accountsIn = (text: string, start: string, end?: string) => {
    const plain = text.replace(/#.*$/gm, '');
    return plain.slice(plain.indexOf(start), end === undefined ? undefined : plain.indexOf(end));
  };
  const conf = accountsIn(read('deploy/compose/nats.conf'), 'accounts {');
  const values = accountsIn(read('deploy/kubernetes/values-nats.yaml'), '    accounts:', 'container:');
  const environment = readComposeFile(read('docker-compose.yml'), SECRETS);
  const shards = Number(environment.get('ingest')?.environment.RUNNEL_SHARDS);

  /** All words, in order: users, accounts, rules, and the subjects that may pass. */
  const wordsOf = (text: string) =>
    text
      .replace(/<<|>>(?!")/g, '')
      .split(/[\s,:{}[\]-]+(?=(?:[^"]*"[^"]*")*[^"]*$)/)
      .map((word) => word.replace(/^"|"$/g, ''))
      .filter((word) => word !== '');

  it('are the same in compose and in the values of the chart', () => {
    expect(wordsOf(conf)).toContain('publish.*.*');
    expect(wordsOf(values)).toEqual(wordsOf(conf));
  });

  it.each(['auth', 'ingest', 'gateway'] as const)('let %s do what the code says that it needs', (role) => {
    const password = `$NATS_${role.toUpperCase()}_PASSWORD`;
    const login = { user: role, password, role };
    const callout = { user: 'callout', password: '$NATS_CALLOUT_PASSWORD' };
    const { accounts } = accountEntries({ services: [login], shards, callout, issuer: 'A' }) as {
      accounts: { RUNNEL: { users: object[] }; SYS: { users: object[] } };
    };
    for (const users of [accounts.RUNNEL.users, accounts.SYS.users]) {
      expect(wordsOf(conf).join(' ')).toContain(wordsOf(JSON.stringify(users)).join(' '));
    }
  });

  it('ask auth about nobody who is named there', () => {
    expect(conf).toContain('auth_users: [auth, ingest, gateway, operator, callout]');
  });
});

describe('the addresses', () => {
  const nginx = [...read('deploy/compose/nginx.conf').matchAll(/^\s+~(\S+)\s+(\w+);$/gm)].map(
    ([, pattern = '', service]) => [new RegExp(pattern), service] as const,
  );
  const ingress = (parse(read('deploy/kubernetes/ingress.yaml')).spec.rules[0].http.paths as Manifest[]).map(
    ({ path, backend }) => [new RegExp(`^${path}`), backend.service.name as string] as const,
  );

  it.each(Object.entries(OWNERS))('%s go to %s, behind nginx and on Kubernetes', (path, owner) => {
    const ownerIn = (routes: readonly (readonly [RegExp, string | undefined])[]) =>
      routes.find(([pattern]) => pattern.test(path))?.[1] ?? 'ingest';
    expect([ownerIn(nginx), ownerIn(ingress)]).toEqual([owner, owner]);
  });
});

describe('what is watched', () => {
  const metrics = new Set([...read('docs/metrics.md').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));

  it.each(['deploy/compose/alerts.yml', 'deploy/grafana/dashboards/runnel.json'])(
    '%s asks for metrics that exist',
    (file) => {
      const asked = [...read(file).matchAll(/\brunnel_\w+/g)].map(([name]) =>
        name.replace(/_(bucket|sum|count)$/, ''),
      );
      expect(asked.length).toBeGreaterThan(5);
      expect(asked.filter((name) => !metrics.has(name))).toEqual([]);
    },
  );

  it('has a section in the operations guide for each alert', () => {
    const guide = read('docs/operations.md');
    const alerts = [...read('deploy/compose/alerts.yml').matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    for (const alert of alerts) expect(guide).toContain(`\`${alert}\``);
  });
});
