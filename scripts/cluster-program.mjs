import { ComposeCluster } from '#libs/testing';

// Heard from the beginning: what has been started by then is stopped, not left behind.
const signalled = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, resolve);
});
const cluster = await ComposeCluster.start({
  port: Number(process.env.PORT ?? 8080),
  onProgress: (text) => process.stderr.write(`${text}\n`),
});
const row = (name, url) => `  ${name.padEnd(16)}${url}\n`;
for (const { name, url } of cluster.nats) process.stdout.write(row(name, url));
for (const [app, list] of cluster.services) for (const { url } of list) process.stdout.write(row(app, url));
const front = cluster.proxyUrl ?? 'no address for all: nginx is not installed';
process.stdout.write(`RUNNEL_API_KEY=${cluster.adminKey}\nRunnel is ready at ${front}\n`);
await signalled;
await cluster.stop();
