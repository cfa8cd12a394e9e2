import type { Io } from '../io.js';
import { colours } from './colours.js';
import { visible } from './visible.js';

/** Fields of the API in the order in which they are shown, with their labels. Others follow under their own names. */
const LABELS: Readonly<Record<string, string>> = {
  name: 'Name',
  id: 'Id',
  kind: 'Kind',
  type: 'Type',
  active: 'Active',
  visibility: 'Visibility',
  endpoint: 'Endpoint',
  sse_url: 'SSE',
  nats_subject: 'NATS subject',
  event_count: 'Events kept',
  history: 'History',
  subscribers: 'Subscribers',
  created_at: 'Created',
  updated_at: 'Updated',
};

/** Writes one thing, a field a line. What it does not have is left out. */
export async function writeDetails(io: Io, view: object): Promise<void> {
  const fields = new Map(Object.entries(view).filter(([, value]) => value !== undefined && value !== null));
  const known = Object.keys(LABELS).filter((name) => fields.has(name));
  const names = [...known, ...[...fields.keys()].filter((name) => !(name in LABELS))];
  const width = Math.max(...names.map((name) => labelOf(name).length));
  const { dim } = colours(io.stdout, io.env);
  const lines = names.map((name) => `${dim(labelOf(name).padEnd(width))}  ${textOf(fields.get(name))}`);
  await io.stdout.write(`${lines.join('\n')}\n`);
}

function labelOf(name: string): string {
  return LABELS[name] ?? visible(name);
}

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}
