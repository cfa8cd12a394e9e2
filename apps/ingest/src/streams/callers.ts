import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AccessService, credentialOf, type Principal } from '#libs/access';
import { Problem } from '#libs/contracts';

/** Who calls, where any of several scopes will do: `@RequireScope` asks for one. */
@Injectable()
export class Callers {
  constructor(private readonly access: AccessService) {}

  /** @throws Problem `no-credential`, `bad-credential`, `key-in-query`, `unavailable` */
  async authenticate(request: IncomingMessage): Promise<Principal> {
    const credential = credentialOf(request);
    if (credential === undefined) {
      throw new Problem('no-credential', 'Send an API key as "Authorization: Bearer <key>".');
    }
    return this.access.authenticate(credential.text);
  }
}
