import type { IncomingMessage, ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { allowPage } from '../doors/security-headers.js';

export interface DocsOptions {
  readonly title: string;
  readonly version: string;
}

/** The page of Swagger has its start-up script, its styles and its icons in itself. */
const PAGE_SOURCES = {
  'script-src': "'unsafe-inline'",
  'style-src': "'unsafe-inline'",
  'img-src': 'data:',
};

/** Serves the OpenAPI description for people at `/docs` and for programs at `/docs-json`. Before the app listens. */
export function setupDocs(app: INestApplication, { title, version }: DocsOptions): void {
  const config = new DocumentBuilder().setTitle(title).setVersion(version).addBearerAuth().build();
  app.use('/docs', (_request: IncomingMessage, response: ServerResponse, next: () => void) => {
    allowPage(response, PAGE_SOURCES);
    next();
  });
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: 'docs-json',
  });
}
