import type { KeyView, NewKeyView } from './key-view.js';

/** A key as the documentation shows it. */
export const KEY_EXAMPLE: KeyView = {
  id: 'CWbEGV7Ipw9u',
  name: 'website',
  scopes: ['subscribe'],
  streams: ['p_5hRZ0gQpXo2kVfW8aNcT3u'],
  root: false,
  created_at: '2026-01-31T12:00:00.000Z',
  expires_at: null,
};

export const NEW_KEY_EXAMPLE: NewKeyView = { ...KEY_EXAMPLE, key: 'rnl_CWbEGV7Ipw9u_…' };
