import type { IncomingMessage, ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { allowPage } from '../doors/security-headers.js';
import { withProblems } from './problem-answers.js';

export interface DocsOptions {
  readonly title: string;
  readonly version: string;
}

const DESCRIPTION =
  'Publish events over HTTP, and listen to them over Server-Sent Events. Wherever a path has an id, the name works too. ' +
  'Refusals are problems (RFC 9457), whose types are all in the schema Problem.';

/** The page of Swagger has its start-up script, its styles and its icons in itself. */
const PAGE_SOURCES = {
  'script-src': "'unsafe-inline'",
  'style-src': "'unsafe-inline'",
  'img-src': 'data:',
};

/** Serves the OpenAPI description for people at `/docs` and for programs at `/docs-json`. Before the app listens. */
export function setupDocs(app: INestApplication, { title, version }: DocsOptions): void {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, or a ticket.' })
    .addApiKey({ type: 'apiKey', in: 'query', name: 'ticket', description: 'A ticket.' }, 'ticket')
    .addCookieAuth('runnel_ticket', { type: 'apiKey', in: 'cookie', description: 'A ticket.' }, 'cookie')
    .build();
  app.use('/docs', (_request: IncomingMessage, response: ServerResponse, next: () => void) => {
    allowPage(response, PAGE_SOURCES);
    next();
  });
  const describe = () => withProblems(SwaggerModule.createDocument(app, config, { operationIdFactory }));
  SwaggerModule.setup('docs', app, describe, {
    jsonDocumentUrl: 'docs-json',
  });
}

/** `keys_create` for `KeysController.create`: what generated clients call their functions. */
function operationIdFactory(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${method}`;
}
