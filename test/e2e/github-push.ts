/**
 * The body of a push as GitHub sends it to a webhook: its fields, nesting and sizes, with made-up content. Text
 * holds what webhooks of real repositories hold: quotes, line ends, accents, emoji.
 */
export function gitHubPush(commits: number): Record<string, unknown> {
  const owner = { name: 'octo-org', email: null, ...account('octo-org', 101) };
  const list = Array.from({ length: commits }, (_, n) => commit(n));
  return {
    ref: 'refs/heads/main',
    before: sha('before'),
    after: sha('after'),
    repository: repository(owner),
    pusher: { name: 'mona', email: 'mona@example.org' },
    organization: { login: 'octo-org', id: 101, node_id: 'O_kgDOAAAAZQ', url: api('/orgs/octo-org') },
    sender: account('mona', 7),
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: 'https://git.example.org/octo-org/service/compare/before...after',
    commits: list,
    head_commit: list.at(-1),
  };
}

function commit(n: number): Record<string, unknown> {
  const author = {
    name: n % 2 ? 'Zoë Müller' : '山田 太郎',
    email: `dev${n}@example.org`,
    username: `dev${n}`,
  };
  return {
    id: sha(`commit ${n}`),
    tree_id: sha(`tree ${n}`),
    distinct: true,
    message: `fix(core): handle "quoted" paths\n\nCloses #${n} 🎉\r\nCo-authored-by: Zoë <zoe@example.org>`,
    timestamp: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    url: `https://git.example.org/octo-org/service/commit/${sha(`commit ${n}`)}`,
    author,
    committer: author,
    added: [`src/feature-${n}/index.ts`, `src/feature-${n}/größe.ts`],
    removed: [],
    modified: Array.from({ length: 6 }, (_, file) => `src/feature-${n}/part-${file}/module.ts`),
  };
}

function repository(owner: Record<string, unknown>): Record<string, unknown> {
  const links = [
    'forks',
    'keys',
    'hooks',
    'events',
    'tags',
    'languages',
    'stargazers',
    'commits',
    'issues',
    'pulls',
    'labels',
    'releases',
  ];
  return {
    id: 186853002,
    node_id: 'MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=',
    name: 'service',
    full_name: 'octo-org/service',
    private: false,
    owner,
    html_url: 'https://git.example.org/octo-org/service',
    description: null,
    fork: false,
    ...Object.fromEntries(links.map((name) => [`${name}_url`, api(`/repos/octo-org/service/${name}{/id}`)])),
    created_at: 1557933565,
    updated_at: '2026-05-15T15:20:41Z',
    pushed_at: 1557933657,
    size: 4096,
    stargazers_count: 21,
    language: 'TypeScript',
    license: { key: 'apache-2.0', name: 'Apache License 2.0', spdx_id: 'Apache-2.0' },
    topics: ['events', 'sse'],
    visibility: 'public',
    default_branch: 'main',
  };
}

function account(login: string, id: number): Record<string, unknown> {
  return {
    login,
    id,
    avatar_url: `https://avatars.example.org/u/${id}?v=4`,
    url: api(`/users/${login}`),
    type: 'User',
    site_admin: false,
  };
}

function api(path: string): string {
  return `https://api.example.org${path}`;
}

function sha(text: string): string {
  return Buffer.from(text.padEnd(20, '.')).toString('hex').slice(0, 40);
}
