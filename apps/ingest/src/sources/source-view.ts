import type { StreamEntry } from '#libs/catalogue';
import { sseUrl } from '../streams/public-address.js';
import { sourceTypeNamed } from './source-types.js';

/** A source as the API shows it. @param base the address under which users reach Runnel */
export function sourceView(entry: StreamEntry, base: string) {
  return {
    id: entry.id,
    name: entry.name,
    type: entry.type,
    active: entry.active,
    visibility: entry.visibility,
    ...sourceTypeNamed(entry.type)?.view(entry.settings, base),
    sse_url: sseUrl(base, entry),
    created_at: entry.createdAt,
    updated_at: entry.updatedAt,
  };
}
