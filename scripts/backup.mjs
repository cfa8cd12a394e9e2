// `npm run backup -- <directory>` and `npm run restore -- <directory>`: docs/operations.md. Needs dist/.
import { runCommand } from '../dist/libs/backup/src/index.js';

process.exitCode = await runCommand(process.argv.slice(2), process.env, (text) => process.stderr.write(text));
