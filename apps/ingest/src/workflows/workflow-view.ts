import type { StreamEntry } from '#libs/catalogue';
import { sseUrl } from '../streams/public-address.js';

/** A workflow as the API shows it. @param base the address under which users reach Runnel */
export function workflowView(entry: StreamEntry, base: string) {
  return {
    id: entry.id,
    name: entry.name,
    visibility: entry.visibility,
    sse_url: sseUrl(base, entry),
    created_at: entry.createdAt,
    updated_at: entry.updatedAt,
  };
}
