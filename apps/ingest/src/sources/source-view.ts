import type { StreamEntry } from '#libs/catalogue';
import { sseUrl } from '../streams/public-address.js';
import { sourceTypeNamed } from './source-types.js';

/**
 * A source as the API shows it. One whose settings cannot be read is shown without them, so that it does not hide
 * the others of a list and its owner can delete it.
 *
 * @param base the address under which users reach Runnel
 * @param onDamage hears why the settings cannot be read
 */
export function sourceView(entry: StreamEntry, base: string, onDamage: (error: unknown) => void) {
  return {
    id: entry.id,
    name: entry.name,
    type: entry.type,
    active: entry.active,
    visibility: entry.visibility,
    ...settingsView(entry, base, onDamage),
    sse_url: sseUrl(base, entry),
    created_at: entry.createdAt,
    updated_at: entry.updatedAt,
  };
}

function settingsView({ type, settings }: StreamEntry, base: string, onDamage: (error: unknown) => void) {
  try {
    return sourceTypeNamed(type)?.view(settings, base);
  } catch (error) {
    onDamage(error);
    return { damaged: true };
  }
}
