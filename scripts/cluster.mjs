// `npm run cluster`: what docker-compose.yml describes, as processes on this machine, until Ctrl-C.
process.stderr.write('Building Runnel …\n');
await import('./build.mjs');
if (!process.exitCode) await run();

async function run() {
  const { ComposeCluster } = await import('../dist/libs/testing/src/index.js');
  const port = Number(process.env.PORT ?? 8080);
  const cluster = await ComposeCluster.start({
    port,
    onProgress: (text) => process.stderr.write(`${text}\n`),
  });
  const rows = [...cluster.services].flatMap(([app, list]) =>
    list.map(({ url }) => `  ${app.padEnd(16)}${url}`),
  );
  const nats = cluster.nats.map(({ name, url }) => `  ${name.padEnd(16)}${url}`);
  const front = cluster.proxyUrl ?? 'no address for all: nginx is not installed';
  process.stdout.write(`${[...nats, ...rows].join('\n')}\n`);
  process.stdout.write(`RUNNEL_API_KEY=${cluster.adminKey}\nRunnel is ready at ${front}\n`);
  const signalled = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, resolve);
  });
  await signalled;
  await cluster.stop();
}
