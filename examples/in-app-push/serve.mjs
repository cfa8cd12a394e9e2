import { once } from 'node:events';

/** Serves an Express application on PORT, or on a free port, says where, and ends on SIGTERM and Ctrl+C. */
export async function serve(app) {
  const server = app.listen(process.env.PORT ?? 0);
  await once(server, 'listening');
  console.log(`Open http://localhost:${server.address().port} in a browser.`);
  const end = () => {
    server.close();
    // Streams do not end by themselves: their clients would come back to the next process.
    server.closeAllConnections();
  };
  const signals = ['SIGTERM', 'SIGINT'];
  for (const signal of signals) process.once(signal, end);
  server.once('close', () => {
    for (const signal of signals) process.off(signal, end);
  });
  return server;
}
