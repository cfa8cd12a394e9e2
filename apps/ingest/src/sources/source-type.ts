import { z } from 'zod';
import type { EntryChange, NewEntry, StreamEntry } from '#libs/catalogue';
import { channelFault, Problem } from '#libs/contracts';
import { checkFields } from '#libs/service';
import { nameField, visibilityField } from '../streams/stream-fields.js';
import { type DedupeRule, dedupeRuleIn, pointerField, strategyField } from './dedupe/dedupe-rule.js';
import type { SourceRun } from './running/source-run.js';
import type { SourcePolicy } from './source-policy.js';

/** What the catalogue keeps for a source; each type knows what it put there. */
export type SourceSettings = StreamEntry['settings'];

/** What a type of source says of itself: the fields that it has beyond those of all sources. */
export interface SourceDefinition<New extends z.ZodRawShape, Change extends z.ZodRawShape> {
  readonly name: string;
  /** Fields of a new source. */
  readonly newFields: New;
  /** Fields that can be changed; all of them optional, and what is left out stays. */
  readonly changeFields: Change;
  /** What its sources leave out, whatever rule their owner adds. Default: nothing. */
  readonly ownRule?: DedupeRule;
  /** @throws Problem as {@link badField} makes it, for what the fields' own schemas cannot see */
  settings(fields: z.output<z.ZodObject<New>>, policy: SourcePolicy): SourceSettings;
  /** @throws Problem as {@link badField} makes it */
  changed(
    settings: SourceSettings,
    fields: z.output<z.ZodObject<Change>>,
    policy: SourcePolicy,
  ): SourceSettings;
  /** What the API shows of the settings. @param base the address under which users reach Runnel */
  view(settings: SourceSettings, base: string): Readonly<Record<string, unknown>>;
  /**
   * Does the source's work until the signal aborts; left out for types that only answer requests. What it throws is
   * reported, and after a pause it is called again.
   */
  run?(source: SourceRun): Promise<void>;
}

type AnyDefinition = SourceDefinition<z.ZodRawShape, z.ZodRawShape>;

/** A type of source, to be deployed and changed by fields whose types nobody else needs to know. */
export interface SourceType extends Pick<AnyDefinition, 'name' | 'view' | 'ownRule' | 'run'> {
  readonly newSchema: z.ZodObject;
  readonly changeSchema: z.ZodObject;
  /** @throws Problem `malformed-request` naming each bad or unknown field */
  readNew(body: unknown, policy: SourcePolicy): Omit<NewEntry, 'workspace'>;
  /** @throws Problem `malformed-request` naming each bad or unknown field; so does what it returns */
  readChange(body: unknown, policy: SourcePolicy): (entry: StreamEntry) => EntryChange;
}

const channelField = z.string().superRefine((channel, context) => {
  const message = channelFault(channel);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** What the catalogue keeps for every stream. */
const entryFields = {
  name: nameField.optional(),
  visibility: visibilityField.optional(),
  active: z.boolean().optional(),
};

/** Settings that sources of every type have. */
const commonSettings = {
  channel: channelField.optional(),
  dedupe: strategyField.optional(),
  dedupe_id: pointerField.optional(),
};

// null goes back to the default.
const commonChanges = {
  channel: channelField.nullable().optional(),
  dedupe: strategyField.nullable().optional(),
  dedupe_id: pointerField.nullable().optional(),
};

const commonNew = z.object({ ...entryFields, ...commonSettings });
const commonChange = z.object({ ...entryFields, ...commonChanges });

export function sourceType<New extends z.ZodRawShape, Change extends z.ZodRawShape>(
  definition: SourceDefinition<New, Change>,
): SourceType {
  const { name: type, newFields, changeFields, ownRule, run } = definition;
  const newSchema = z.strictObject({ type: z.literal(type), ...commonNew.shape, ...newFields });
  const changeSchema = z.strictObject({ ...commonChange.shape, ...changeFields });
  return {
    name: type,
    newSchema,
    changeSchema,
    ...(ownRule && { ownRule }),
    ...(run && { run: (source) => run(source) }),
    view(settings, base) {
      const rule = dedupeRuleIn(settings);
      const common = { channel: settings.channel, dedupe: rule?.strategy, dedupe_id: rule?.pointer };
      return { ...definition.view(settings, base), ...common };
    },
    readNew(body, policy) {
      const fields = checkFields(body, newSchema) as z.output<z.ZodObject<New>>;
      const { name, visibility, active, channel, dedupe, dedupe_id: dedupeId } = commonNew.parse(fields);
      const settings = { ...definition.settings(fields, policy), channel, dedupe, dedupeId };
      return { kind: 'source', type, name, visibility, active, settings };
    },
    readChange(body, policy) {
      const fields = checkFields(body, changeSchema) as z.output<z.ZodObject<Change>>;
      const { name, visibility, active, channel, dedupe, dedupe_id: dedupeId } = commonChange.parse(fields);
      return ({ settings }) => ({
        name,
        visibility,
        active,
        settings: {
          ...definition.changed(settings, fields, policy),
          channel: changed(settings.channel, channel),
          dedupe: changed(settings.dedupe, dedupe),
          dedupeId: changed(settings.dedupeId, dedupeId),
        },
      });
    },
  };
}

/** A setting after a change: left out it stays, and null takes it away. */
export function changed<T>(current: T, change: T | null | undefined): T | undefined {
  return change === undefined ? current : (change ?? undefined);
}

/** A field that is refused for what other fields or the operator say. */
export function badField(field: string, message: string): Problem {
  return new Problem('malformed-request', 'The request has bad fields.', { errors: [{ field, message }] });
}
