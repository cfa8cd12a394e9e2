import type { LoggerService } from '@nestjs/common';
import type { Log } from './create-log.js';

/** Parts of Nest that tell how it starts: one line for each module and route, of use only when one is missing. */
const CHATTY = new Set(['InstanceLoader', 'NestFactory', 'RouterExplorer', 'RoutesResolver']);

/** Nest's NATS transport, which calls each change of its connection an error; the link beside it tells the same. */
const TRANSPORT = new Set(['ClientNats', 'Server']);

/** Hands what Nest logs to our log, with Nest's context as a field. */
export class NestLog implements LoggerService {
  constructor(private readonly destination: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    const level = typeof context === 'string' && CHATTY.has(context) ? 'debug' : 'info';
    this.write(level, message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    const changed = TRANSPORT.has(String(rest.at(-1))) && /^NatsError: type:/.test(String(message));
    this.write(changed ? 'warn' : 'error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and before it, for errors, a stack or further values, which may be nothing. */
  private write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ) {
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    const values = context === undefined ? rest : rest.slice(0, -1);
    const details = values.filter((value) => value !== undefined && value !== null);
    const fields = { context, ...(details.length > 0 ? { details } : {}) };
    if (message instanceof Error) this.destination[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'string') this.destination[level](fields, message);
    else this.destination[level]({ ...fields, value: message }, 'Nest logged a value');
  }
}
