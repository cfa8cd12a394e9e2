export { backUp } from './back-up.js';
export { runCommand } from './command.js';
export { BackupError } from './errors.js';
export { restore } from './restore.js';
