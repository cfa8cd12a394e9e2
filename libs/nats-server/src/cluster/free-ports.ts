import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * Ports of this host that are free now. Another program may take one before it is used, so whoever uses them
 * must be ready to try others.
 */
export async function freePorts(count: number, host: string): Promise<number[]> {
  // All are held at once: asked one after the other, the system may give the same port twice.
  const listeners = Array.from({ length: count }, () => createServer().listen(0, host));
  await Promise.all(listeners.map((listener) => once(listener, 'listening')));
  const ports = listeners.map((listener) => (listener.address() as AddressInfo).port);
  await Promise.all(listeners.map((listener) => once(listener.close(), 'close')));
  return ports;
}
