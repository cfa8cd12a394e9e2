import { z } from 'zod';
import { sourceType } from '../source-type.js';
import { runNats } from './run-nats.js';
import { subjectFault } from './source-subject.js';

const subjectField = z.string().superRefine((subject, context) => {
  const message = subjectFault(subject);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const natsSettings = z.object({ subject: z.string() });

/** Messages of the NATS system that Runnel runs on, by subject. */
export const natsSource = sourceType({
  name: 'nats',
  newFields: { subject: subjectField },
  changeFields: { subject: subjectField.optional() },
  settings: ({ subject }) => ({ subject }),
  changed: (settings, { subject }) => (subject === undefined ? settings : { ...settings, subject }),
  view: (settings) => ({ ...natsSettings.parse(settings) }),
  run: (source) => runNats(source, natsSettings.parse(source.entry.settings).subject),
});
