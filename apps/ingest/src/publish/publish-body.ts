import type { IncomingMessage } from 'node:http';
import { MAX_BATCH_EVENTS, Problem, parseJson } from '#libs/contracts';
import { readText } from '#libs/service';

/** The events of a request as they came, nothing about them checked yet. */
export interface PublishBody {
  readonly items: readonly unknown[];
  /** Whether they came as a batch: decides how a bad field is named. */
  readonly batch: boolean;
}

const NDJSON_TYPES = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl']);

/**
 * Reads what is to be published: one JSON object, an array of them, or one on each line (NDJSON).
 *
 * @throws Problem `unsupported-media-type`, `too-large` (bytes, or more than 1000 events), `malformed-request`
 */
export async function readPublishBody(request: IncomingMessage, limitBytes: number): Promise<PublishBody> {
  const { type, text } = await readText(request, {
    accepts: (type) => type === 'application/json' || NDJSON_TYPES.has(type),
    accepted: 'application/json or application/x-ndjson',
    limitBytes,
  });
  return NDJSON_TYPES.has(type) ? fromLines(text) : fromJson(text);
}

function fromJson(text: string): PublishBody {
  const value = parseJson(text);
  if (!Array.isArray(value)) return { items: [value], batch: false };
  return batch(value);
}

function fromLines(text: string): PublishBody {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > MAX_BATCH_EVENTS) throw tooMany(lines.length);
  const items = lines.map((line, index) => {
    try {
      return parseJson(line);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const message = `is not valid JSON: ${error.message}`;
      throw new Problem('malformed-request', 'A line cannot be read. Nothing was stored.', {
        errors: [{ field: `events[${index}]`, index, message }],
      });
    }
  });
  return batch(items);
}

function batch(items: readonly unknown[]): PublishBody {
  if (items.length === 0) throw new Problem('malformed-request', 'The batch is empty.');
  if (items.length > MAX_BATCH_EVENTS) throw tooMany(items.length);
  return { items, batch: true };
}

function tooMany(count: number): Problem {
  return new Problem(
    'too-large',
    `A request may hold ${MAX_BATCH_EVENTS} events, and this one has ${count}.`,
  );
}
