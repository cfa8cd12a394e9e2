import { StartError } from '../errors.js';

/** What kept the server from listening, in words. */
export function cannotListen(host: string, port: number, error: unknown): StartError {
  const { code } = error as { code?: unknown };
  const reasons: Record<string, string> = {
    EADDRINUSE: 'the port is taken',
    EACCES: 'this user may not use the port',
    EADDRNOTAVAIL: 'this machine does not have the address',
    ENOTFOUND: 'the host name is unknown',
  };
  const reason = reasons[String(code)] ?? String(code ?? error);
  return new StartError(`Cannot listen on ${host} port ${port}: ${reason}.`, { cause: error });
}
