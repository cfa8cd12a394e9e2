import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Problem } from '#libs/contracts';
import { clientAddress } from '#libs/limits';
import { AccessService } from '../access-service.js';
import { credentialOf } from '../credential.js';
import { type Principal, requireScope, type Scope } from '../principal.js';
import { setPrincipal } from './caller.js';
import { originOf } from './origin-of.js';

export const REQUIRED_SCOPES = 'runnel:required-scopes';

/** Authenticates the caller and checks for a scope that `@RequireScope` asks for. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    private readonly access: AccessService,
    private readonly reflector: Reflector,
  ) {}

  /** @throws Problem `no-credential`, `bad-credential`, `key-in-query`, `not-allowed`, `too-many-requests`, `unavailable` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const scopes = this.reflector.getAllAndOverride<readonly Scope[]>(REQUIRED_SCOPES, [
      context.getHandler(),
      context.getClass(),
    ]);
    const credential = credentialOf(request);
    if (credential === undefined) {
      throw new Problem('no-credential', 'Send an API key as "Authorization: Bearer <key>".');
    }
    const { text } = credential;
    const address = clientAddress(request);
    const known = this.access.recall(text, address);
    if (known !== undefined) return admit(request, known, scopes);
    return this.access
      .authenticate(text, address, originOf(request))
      .then((principal) => admit(request, principal, scopes));
  }
}

function admit(request: IncomingMessage, principal: Principal, scopes: readonly Scope[]): true {
  requireScope(principal, scopes);
  setPrincipal(request, principal);
  return true;
}
