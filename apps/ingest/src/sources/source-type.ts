import { z } from 'zod';
import type { EntryChange, NewEntry, StreamEntry } from '#libs/catalogue';
import { checkFields, nameField, visibilityField } from '../streams/request-fields.js';

/** What the catalogue keeps for a source; each type knows what it put there. */
export type SourceSettings = StreamEntry['settings'];

/** What a type of source says of itself: the fields that it has beyond those of all sources. */
export interface SourceDefinition<New extends z.ZodRawShape, Change extends z.ZodRawShape> {
  readonly name: string;
  /** Fields of a new source. */
  readonly newFields: New;
  /** Fields that can be changed; all of them optional, and what is left out stays. */
  readonly changeFields: Change;
  settings(fields: z.output<z.ZodObject<New>>): SourceSettings;
  changed(settings: SourceSettings, fields: z.output<z.ZodObject<Change>>): SourceSettings;
  /** What the API shows of the settings. @param base the address under which users reach Runnel */
  view(settings: SourceSettings, base: string): Readonly<Record<string, unknown>>;
}

/** A type of source, to be deployed and changed by fields whose types nobody else needs to know. */
export interface SourceType extends Pick<SourceDefinition<z.ZodRawShape, z.ZodRawShape>, 'name' | 'view'> {
  readonly newSchema: z.ZodObject;
  readonly changeSchema: z.ZodObject;
  /** @throws Problem `malformed-request` naming each bad or unknown field */
  readNew(body: unknown): Omit<NewEntry, 'workspace'>;
  /** @throws Problem `malformed-request` naming each bad or unknown field */
  readChange(body: unknown): (entry: StreamEntry) => EntryChange;
}

const commonFields = {
  name: nameField.optional(),
  visibility: visibilityField.optional(),
  active: z.boolean().optional(),
};
type CommonFields = z.output<z.ZodObject<typeof commonFields>>;

export function sourceType<New extends z.ZodRawShape, Change extends z.ZodRawShape>(
  definition: SourceDefinition<New, Change>,
): SourceType {
  const { name: type, newFields, changeFields } = definition;
  const newSchema = z.strictObject({ type: z.literal(type), ...commonFields, ...newFields });
  const changeSchema = z.strictObject({ ...commonFields, ...changeFields });
  return {
    name: type,
    newSchema,
    changeSchema,
    view: (settings, base) => definition.view(settings, base),
    readNew(body) {
      const fields = checkFields(body, newSchema) as CommonFields & z.output<z.ZodObject<New>>;
      const { name, visibility, active } = fields;
      return { kind: 'source', type, name, visibility, active, settings: definition.settings(fields) };
    },
    readChange(body) {
      const fields = checkFields(body, changeSchema) as CommonFields & z.output<z.ZodObject<Change>>;
      const { name, visibility, active } = fields;
      return ({ settings }) => ({
        name,
        visibility,
        active,
        settings: definition.changed(settings, fields),
      });
    },
  };
}
