import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Imports a module of the user's. A syntax error says where it is, which Node tells only where nobody catches it. */
export async function importFile(url: string): Promise<unknown> {
  try {
    return await import(url);
  } catch (error) {
    if (error instanceof SyntaxError) error.stack = (await syntaxReport(url)) ?? error.stack ?? error.message;
    throw error;
  }
}

/** What `node --check` says: the line, with a mark under the fault. Undefined when it finds none in this file. */
function syntaxReport(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', fileURLToPath(url)], (_error, _stdout, stderr) => {
      const report = stderr.split(/\n\s+at /)[0]?.trim();
      resolve(report === '' ? undefined : report);
    });
  });
}
