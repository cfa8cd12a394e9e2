import { html } from 'htm/preact';

/** Fields of every source: name in the API, label, kind; null goes back to the default where `clear` is set. */
const COMMON = [
  { name: 'channel', label: 'Channel', hint: 'none', clear: true },
  {
    name: 'dedupe',
    label: 'Leave out repeated events',
    kind: ['', 'unique', 'greatest', 'last'],
    clear: true,
  },
  { name: 'dedupe_id', label: 'By the id at', hint: '/id', clear: true },
];

/** Fields of each type of source. */
const TYPES = {
  http: [
    {
      name: 'response',
      label: 'Answer to senders, as JSON',
      kind: 'json',
      hint: '{"status":200,"body":"ok"}',
      clear: true,
    },
    {
      name: 'signature',
      label: 'Signature check, as JSON',
      kind: 'json',
      hint: '{"type":"github","secret":"…"}',
      clear: true,
    },
  ],
  timer: [
    { name: 'interval_seconds', label: 'Every so many seconds', kind: 'number', hint: '60' },
    { name: 'cron', label: 'Or at the times of a cron pattern', hint: '0 9 * * 1-5' },
    { name: 'timezone', label: 'in the time zone', hint: 'Europe/Berlin' },
  ],
  rss: [
    { name: 'url', label: 'Address of the feed', kind: 'url', hint: 'https://…', required: true },
    {
      name: 'interval_seconds',
      label: 'Look every so many seconds',
      kind: 'number',
      hint: '900',
      clear: true,
    },
  ],
  nats: [{ name: 'subject', label: 'Subject', hint: 'sensors.>', required: true }],
};

export const SOURCE_TYPES = Object.keys(TYPES);

/** What a source of a type can be told. @param source shown as it is; left out: a new one */
export function SourceFields({ type, source = {} }) {
  return html`<div class="fields">
    ${[...TYPES[type], ...COMMON].map((field) => html`<label key=${`${type} ${field.name}`}>${field.label}<${Input} field=${field} value=${textOf(field, source)} /></label>`)}
  </div>`;
}

function Input({ field: { name, kind = 'text', hint, required }, value }) {
  if (Array.isArray(kind)) {
    return html`<select name=${name}>
      ${kind.map((option) => html`<option value=${option} selected=${option === value}>${option === '' ? 'no' : option}</option>`)}
    </select>`;
  }
  if (kind === 'json')
    return html`<textarea name=${name} class="code" rows="2" spellcheck="false" placeholder=${hint} defaultValue=${value}></textarea>`;
  return html`<input name=${name} type=${kind} required=${required} placeholder=${hint} defaultValue=${value} />`;
}

/**
 * What was filled in, as the API takes it: what is as before is left out, and what was emptied goes back to its default.
 *
 * @throws SyntaxError naming the field whose JSON is none
 */
export function fieldsIn(form, type, source = {}) {
  const given = new FormData(form);
  const body = {};
  for (const field of [...TYPES[type], ...COMMON]) {
    const text = String(given.get(field.name) ?? '').trim();
    if (text === textOf(field, source)) continue;
    if (text !== '') body[field.name] = readValue(field, text);
    else if (field.clear) body[field.name] = null;
  }
  return body;
}

function textOf({ name, kind }, source) {
  const value = source[name];
  if (value === undefined || value === null) return '';
  return kind === 'json' ? JSON.stringify(value) : String(value);
}

function readValue({ kind, label }, text) {
  if (kind === 'number') return Number(text);
  if (kind !== 'json') return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError(`${label}: this is not JSON.`);
  }
}
