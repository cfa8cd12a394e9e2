/** A backup or a restore that cannot be finished. The message says why, in words for whoever started it. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code = 'backup-failed';
}
