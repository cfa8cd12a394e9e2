import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { LineServer } from './line-server.js';
import { startNodeProgram } from './node-peers.js';
import { Program } from './program.js';
import type { ServerKind } from './server.js';

const PROGRAMS = ['/usr/bin/pushpin', '/usr/bin/condure', '/usr/bin/zurl'];
const INTERNALS = '/usr/lib/pushpin/internal.conf';

/**
 * The reverse proxy pushpin, as Debian packages it, before an application that keeps the streams. An event goes to the
 * application, which stores it and hands it to pushpin's control port; a subscriber's request goes to the application too,
 * which answers it with the history and the instruction to hold the connection.
 */
export const pushpin: ServerKind = {
  name: 'pushpin',
  unavailable: () =>
    [...PROGRAMS, INTERNALS].every((file) => existsSync(file))
      ? undefined
      : 'the Debian packages pushpin, condure and zurl are not installed',
  async start() {
    const directory = await mkdtemp(join(tmpdir(), 'rb-pushpin-'));
    const [port, controlPort, originPort] = [await freePort(), await freePort(), await freePort()];
    await writeFile(join(directory, 'routes'), `* 127.0.0.1:${originPort}\n`);
    const file = join(directory, 'pushpin.conf');
    await writeFile(file, pushpinConfiguration({ directory, port, controlPort }));
    const origin = await startNodeProgram('pushpin-origin', originPort, [String(controlPort)]);
    try {
      const proxy = await Program.start('/usr/bin/pushpin', [`--config=${file}`, '-m'], port);
      await proxy.listening(controlPort);
      const onStopped = () => rm(directory, { recursive: true });
      const programs = { pushpin: proxy, origin };
      return new LineServer('pushpin', {
        programs,
        port,
        publishPort: originPort,
        connectsAtOnce: CONNECTS_AT_ONCE,
        onStopped,
      });
    } catch (error) {
      await origin.stop();
      throw error;
    }
  },
};

/**
 * With a hundred at once it cancels some of them on a busy machine: its parts then see messages of a connection in another
 * order than they were sent.
 */
const CONNECTS_AT_ONCE = 20;

interface Places {
  /** For sockets and logs. */
  readonly directory: string;
  readonly port: number;
  readonly controlPort: number;
}

/**
 * As packaged, but for places and bounds: it delivers 2,500 messages a second as packaged, and drops what is over. Each of
 * its sockets is a file in the directory, so that nothing meets another pushpin of this machine.
 */
function pushpinConfiguration({ directory, port, controlPort }: Places): string {
  const socket = (name: string) => `ipc://${directory}/rb-${name}`;
  return `
[global]
include=${INTERNALS}
rundir=${directory}
ipc_prefix=rb-
stats_connection_ttl=120

[runner]
services=condure,zurl,pushpin-proxy,pushpin-handler
http_port=127.0.0.1:${port}
logdir=${directory}
log_level=1
client_buffer_size=8192
client_maxconn=20000
condure_bin=condure
zurl_bin=zurl

[proxy]
routesfile=${directory}/routes
zurl_out_specs=${socket('zurl-in')}
zurl_out_stream_specs=${socket('zurl-in-stream')}
zurl_in_specs=${socket('zurl-out')}

[handler]
push_in_spec=${socket('push-in')}
push_in_sub_specs=${socket('push-in-sub')}
push_in_http_addr=127.0.0.1
push_in_http_port=${controlPort}
push_in_http_max_headers_size=10000
push_in_http_max_body_size=10000000
command_spec=${socket('command')}
stats_spec=${socket('stats')}
message_rate=100000000
message_hwm=100000000
connection_subscription_max=20
`;
}
