import { ComposeCluster } from '#libs/testing';

// Heard from the beginning: what has been started by then is stopped, not left behind.
const signalled = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, resolve);
});
const cluster = await ComposeCluster.start({
  port: Number(process.env.PORT ?? 8080),
  keepRunning: true,
  onProgress: (text) => process.stderr.write(`${text}\n`),
});
for (const { name, url, pid } of cluster.processes)
  process.stdout.write(`  ${name.padEnd(18)}${url.padEnd(26)}pid ${pid}\n`);
const front = cluster.proxyUrl ?? 'no address for all: nginx is not installed';
process.stdout.write(`RUNNEL_API_KEY=${cluster.adminKey}\nRunnel is ready at ${front}\n`);
process.stderr.write(
  `Kill what you like: it is started again. Logs are in ${cluster.dir}. Ctrl-C ends all of it.\n`,
);
await signalled;
await cluster.stop();
