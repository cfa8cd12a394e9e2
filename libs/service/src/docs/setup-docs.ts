import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

export interface DocsOptions {
  readonly title: string;
  readonly version: string;
}

/** Serves the OpenAPI description for people at `/docs` and for programs at `/docs-json`. Before the app listens. */
export function setupDocs(app: INestApplication, { title, version }: DocsOptions): void {
  const config = new DocumentBuilder().setTitle(title).setVersion(version).addBearerAuth().build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: 'docs-json',
  });
}
